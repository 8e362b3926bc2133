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


def united(several: Sequence[Ints]) -> tuple[Ints, list[NDArray[np.intp]]]:
    """What is in any of some lists, each of which is ascending, and where those of each list are among
    them."""
    values = np.concatenate(several)
    # A stable sort makes use of what is in order already.
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    different = np.ones(len(values), bool)
    different[1:] = ordered[1:] != ordered[:-1]
    place = np.empty(len(values), np.intp)
    place[order] = np.cumsum(different) - 1
    ends = np.cumsum([len(some) for some in several]).tolist()
    places = [place[end - len(some) : end] for some, end in zip(several, ends, strict=True)]
    return ordered[different], places
