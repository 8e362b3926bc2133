"""Filters by facet values, and counts of works for each value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.pieces import Column, Piece
from library.search.segments import Flags


@dataclass(frozen=True)
class Found:
    """Passages that were found, ascending; the work of each of them, which is the number of its run, or
    of one of its runs where it has several; and for every such number a flag that is True where one of the
    work's passages is among them."""

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
    """One facet of all pieces of a snapshot."""

    def mask(self, wanted: Sequence[str], passages: Ints, works: Ints) -> Flags:
        """Which of some passages have one of the wanted values; ``works`` is the work of each."""

    def tally(self, found: Found) -> dict[str, int]:
        """For each value, how many of the works that were found have it in a passage that was."""


class Languages:
    """The facet of languages: every passage has one value."""

    def __init__(self, values: tuple[str, ...], value: Column[np.uint16]) -> None:
        """The languages, and for each passage the number of its language and one, or 0 for none."""
        self._values = values
        self._value = value

    def mask(self, wanted: Sequence[str], passages: Ints, works: Ints) -> Flags:
        chosen = np.array([False, *(value in wanted for value in self._values)])
        return chosen[self._value[passages]]

    def tally(self, found: Found) -> dict[str, int]:
        value = self._value[found.passages].astype(np.int64)
        counted = _counted(len(self._values) + 1, value, found.works, len(found.among))
        return {tag: n for tag, n in zip(self._values, counted[1:].tolist(), strict=True) if n}


class Values:
    """Any other facet.

    Nearly always all passages of a work have the same values; then they are kept by run, which is
    several times less to hold and to go through. A work with several runs has them with the run that
    stands for it.
    """

    def __init__(self, name: str, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._parts = [piece.facets[name] for piece in pieces]
        codes: dict[str, int] = {}
        #: For each piece the numbers of its values in the snapshot.
        self._tables = [
            np.array([codes.setdefault(v, len(codes)) for v in part.values], np.int32)
            for part in self._parts
        ]
        self._values = tuple(codes)

    def mask(self, wanted: Sequence[str], passages: Ints, works: Ints) -> Flags:
        having = np.zeros(self._pieces[-1].end_run, dtype=bool)
        odd: Flags | None = None
        for part in self._parts:
            chosen = np.array([value in wanted for value in part.values], bool)
            having[part.run[chosen[part.value]]] = True
            if len(part.odd_passage):
                odd = np.zeros(self._pieces[-1].end, dtype=bool) if odd is None else odd
                odd[part.odd_passage[chosen[part.odd_value]]] = True
        flags: Flags = having[works] if odd is None else having[works] | odd[passages]
        return flags

    def tally(self, found: Found) -> dict[str, int]:
        counts = np.zeros(len(self._values), np.int64)
        for piece, part, table in zip(self._pieces, self._parts, self._tables, strict=True):
            begin = piece.first_run // 64
            words = found.words[begin : begin + piece.words]
            held = np.bitwise_count(part.bits & words)
            counts[table] += np.add.reduce(held, axis=1, dtype=np.int64)
            if len(part.odd_passage):
                counts[table] += _odd(part.odd_passage, part.odd_value, found, len(table))
        return {v: n for v, n in zip(self._values, counts.tolist(), strict=True) if n}


def _odd(passages: Ints, values: Ints, found: Found, size: int) -> NDArray[np.int64]:
    """The works for each value among passages of runs whose passages have different values."""
    at = np.searchsorted(found.passages, passages)
    at = np.minimum(at, max(0, len(found.passages) - 1))
    there = np.zeros(len(passages), bool)
    if len(found.passages):
        there = found.passages[at] == passages
    return _counted(size, values[there].astype(np.int64), found.works[at[there]], len(found.among))


def _counted(size: int, value: NDArray[np.int64], works: Ints, among: int) -> NDArray[np.int64]:
    """How many works have each of ``size`` values, given pairs in which they may occur several times;
    works are numbered below ``among``."""
    seen = np.zeros(size * among, dtype=bool)
    seen[value * among + works] = True
    counts: NDArray[np.int64] = seen.reshape(size, among).sum(axis=1, dtype=np.int64)
    return counts
