"""Lists that are joined, against counting by hand."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from library.search.distinct import summed

lists = st.lists(st.sets(st.integers(0, 30), max_size=20).map(sorted), min_size=1, max_size=5)


@given(lists)
def test_values_come_once_and_in_order_with_the_sums_of_their_numbers(
    several: list[list[int]],
) -> None:
    expected: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for number, values in enumerate(several):
        for place, value in enumerate(values):
            expected[value][0] += 10 * place + number
            expected[value][1] |= 1 << number
    found, sums, bits = summed(
        [np.array(values, np.int32) for values in several],
        [10 * np.arange(len(values)) + number for number, values in enumerate(several)],
        [np.full(len(values), 1 << number, np.uint8) for number, values in enumerate(several)],
    )
    assert found.tolist() == sorted(expected)
    assert (found.dtype, bits.dtype) == (np.int32, np.uint8)
    assert sums.tolist() == [expected[value][0] for value in sorted(expected)]
    assert bits.tolist() == [expected[value][1] for value in sorted(expected)]


def test_numbers_are_added_in_the_order_of_their_lists() -> None:
    one, most = np.float32(1), np.float32(2**24)
    same = np.array([7], np.int32)
    # In single precision one more than so many is as many.
    for numbers, total in (((one, one, most), most + 2), ((most, one, one), most)):
        _, sums = summed([same] * 3, [np.array([number]) for number in numbers])
        assert sums.tolist() == [total]
