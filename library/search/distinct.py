"""Different values in order. numpy has the same, which takes many times as long where values are many,
and memory for what is never needed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints

Number = TypeVar("Number", bound=np.generic)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Each of the values once, ascending."""
    values = np.sort(values)
    return values[firsts(values)]


def counted(values: NDArray[Number]) -> tuple[NDArray[Number], NDArray[np.int32]]:
    """Each of the values once, ascending, and how often it is there."""
    values = np.sort(values)
    first = firsts(values)
    return values[first], np.diff(first, append=len(values)).astype(np.int32)


def firsts(values: NDArray[Any]) -> NDArray[np.intp]:
    """Where in ``values``, which are in order, each one is for the first time."""
    different = np.ones(len(values), bool)
    different[1:] = values[1:] != values[:-1]
    return np.flatnonzero(different)


def summed(several: Sequence[Ints], *columns: Sequence[NDArray[Any]]) -> tuple[Any, ...]:
    """What is in any of some lists, each of which holds different values in order; and for each column,
    which has a number for every value of every list, their sums, added up list after list."""
    values = np.concatenate(several)
    # A stable sort makes use of what is in order already.
    order = np.argsort(values, kind="stable")
    values = values.take(order)
    different = np.empty(len(values), bool)
    different[:1] = True
    np.not_equal(values[1:], values[:-1], out=different[1:])
    first = np.flatnonzero(different)
    again = np.flatnonzero(~different)
    of = np.searchsorted(first, again) - 1
    sums = []
    for column in columns:
        numbers = np.concatenate(column).take(order)
        total = numbers.take(first)
        np.add.at(total, of, numbers.take(again))
        sums.append(total)
    return (values.take(first), *sums)
