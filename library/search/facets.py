"""Filters by facet values, and counts of works for each value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.segments import Flags, Segment


@dataclass(frozen=True)
class Found:
    """Passages that were found, the work of each of them, and a flag for every work of the index that
    is True where one of its passages is among them."""

    passages: Ints
    works: Ints
    among: Flags

    @cached_property
    def words(self) -> NDArray[np.uint64]:
        """The flags as bits, 64 to a word, the first one lowest."""
        packed = np.packbits(self.among, bitorder="little")
        words = np.zeros(-(-len(self.among) // 64), "<u8")
        words.view(np.uint8)[: len(packed)] = packed
        return words


class Facet(Protocol):
    """One facet of all segments of a snapshot."""

    def mask(self, wanted: Sequence[str], passages: Ints, works: Ints) -> Flags:
        """Which of some passages have one of the wanted values; ``works`` is the work of each."""

    def tally(self, found: Found) -> dict[str, int]:
        """For each value, how many of the works that were found have it in a passage that was."""


class Languages:
    """The facet of languages: every passage has one value."""

    def __init__(self, values: tuple[str, ...], value: NDArray[np.uint16]) -> None:
        """The languages, and the number of the one that each passage is in; one more for none."""
        self._values = values
        self._value = value

    def mask(self, wanted: Sequence[str], passages: Ints, works: Ints) -> Flags:
        chosen = np.array([*(value in wanted for value in self._values), False])
        return chosen[self._value[passages]]

    def tally(self, found: Found) -> dict[str, int]:
        return _counted(
            self._values, self._value[found.passages].astype(np.int64), found.works, found
        )


class Values:
    """Any other facet.

    Nearly always all passages of a work have the same values; then the facet is kept by work, which is
    several times less to hold and to go through.
    """

    def __init__(
        self, name: str, segments: Sequence[Segment], passages: Sequence[int], works: Sequence[int]
    ) -> None:
        """The facet's name, and the numbers of each segment's first passage and first work."""
        parts = [segment.facets[name] for segment in segments]
        codes: dict[str, int] = {}
        tables = [
            np.array([codes.setdefault(v, len(codes)) for v in part.values], np.int32)
            for part in parts
        ]
        self._values = tuple(codes)
        self._of_works = all(part.of_works for part in parts)
        self._owners = (works if self._of_works else passages)[-1]
        owners, values = [], []
        for part, segment, table, passage, work in zip(
            parts, segments, tables, passages, works, strict=False
        ):
            if self._of_works:
                owner, value, first = part.owner, part.value, work
            else:
                owner, value = part.by_passage(segment.works)
                first = passage
            owners.append(owner + np.int32(first) if first else owner)
            values.append(table[value] if len(table) and len(parts) > 1 else value)
        # The arrays of the segment itself where there is but one.
        self._owner: Ints = np.concatenate(owners) if len(owners) > 1 else owners[0]
        self._value: Ints = np.concatenate(values) if len(values) > 1 else values[0]
        if self._of_works:
            # A bit for each work: counting is then a look at a few words of memory.
            self._bits = np.zeros((len(codes), -(-works[-1] // 64)), np.uint64)
            place = np.uint64(1) << (self._owner & 63).astype(np.uint64)
            np.bitwise_or.at(self._bits, (self._value, self._owner >> 6), place)

    def mask(self, wanted: Sequence[str], passages: Ints, works: Ints) -> Flags:
        chosen = np.array([value in wanted for value in self._values] or [False])
        kept = self._owner[chosen[self._value]] if len(self._value) else self._owner
        having = np.zeros(self._owners, dtype=bool)
        having[kept] = True
        return having[works if self._of_works else passages]

    def tally(self, found: Found) -> dict[str, int]:
        size = len(self._values)
        if not size:
            return {}
        if self._of_works:
            held = np.bitwise_count(self._bits & found.words).sum(axis=1, dtype=np.int64)
            return {v: n for v, n in zip(self._values, held.tolist(), strict=True) if n}
        most = int(self._owner[-1]) + 1 if len(self._owner) else 0
        work_of = np.full(max(most, int(found.passages[-1]) + 1 if len(found.passages) else 0), -1)
        work_of[found.passages] = found.works
        works = work_of[self._owner]
        there = works >= 0
        return _counted(self._values, self._value[there].astype(np.int64), works[there], found)


def _counted(
    values: Sequence[str], value: NDArray[np.int64], works: Ints, found: Found
) -> dict[str, int]:
    """How many works have each value, given pairs in which they may occur several times."""
    size = len(found.among)
    seen = np.zeros((len(values) + 1) * size, dtype=bool)
    seen[value * size + works] = True
    rows = seen.reshape(-1, size)
    return {
        name: count
        for name, row in zip(values, rows, strict=False)
        if (count := int(np.count_nonzero(row)))
    }
