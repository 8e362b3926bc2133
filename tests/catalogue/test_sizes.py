"""The facet of sizes."""

from __future__ import annotations

import pytest

from library.catalogue import sizes


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, ("1", "5", "25", "100")),
        (1_000_000, ("1", "5", "25", "100")),
        (1_000_001, ("5", "25", "100")),
        (30_000_000, ("100",)),
        (100_000_001, ()),
    ],
)
def test_a_work_has_every_limit_that_it_stays_below(size: int, expected: tuple[str, ...]) -> None:
    assert sizes.values(size) == expected
