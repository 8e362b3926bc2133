"""Filters by facet values, and counts of works for each value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.pieces import Column, Piece
from library.search.port import FACETS
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
        return chosen.take(self._value[passages])

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
        self.tables = [
            np.array([codes.setdefault(v, len(codes)) for v in part.values], np.int32)
            for part in self._parts
        ]
        self.values = tuple(codes)

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
        counts = np.zeros(len(self.values), np.int64)
        for piece, part, table in zip(self._pieces, self._parts, self.tables, strict=True):
            counts[table] += _held(part.bits, piece, found)
        return self.told(counts, found)

    def told(self, counts: NDArray[np.int64], found: Found) -> dict[str, int]:
        """The tally, given for each of the ``values`` how many of the works have it that have the same
        values in all their passages."""
        for part, table in zip(self._parts, self.tables, strict=True):
            if len(part.odd_passage):
                counts[table] += _odd(part.odd_passage, part.odd_value, found, len(table))
        return {v: n for v, n in zip(self.values, counts.tolist(), strict=True) if n}


class Facets:
    """All facets of all pieces of a snapshot."""

    def __init__(self, pieces: Sequence[Piece], languages: Languages) -> None:
        self._pieces = pieces
        self._languages = languages
        self._values = {name: Values(name, pieces) for name in FACETS if name != "languages"}
        sizes = [len(facet.values) for facet in self._values.values()]
        #: Where the values of each facet begin among all, and where the last ones end.
        self._bounds = [0, *accumulate(sizes)]
        several = list(zip(self._values.values(), self._bounds, strict=False))
        #: For each piece the numbers of all its values among all of the snapshot.
        self._tables = [
            np.concatenate([facet.tables[number] + begin for facet, begin in several])
            for number in range(len(pieces))
        ]

    def __getitem__(self, name: str) -> Facet:
        return self._languages if name == "languages" else self._values[name]

    def tallies(self, found: Found) -> dict[str, dict[str, int]]:
        """What `Facet.tally` gives, of each facet."""
        counts = np.zeros(self._bounds[-1], np.int64)
        for piece, table in zip(self._pieces, self._tables, strict=True):
            counts[table] += _held(piece.bits, piece, found)
        told = {"languages": self._languages.tally(found)}
        for (name, facet), bounds in zip(self._values.items(), pairwise(self._bounds), strict=True):
            told[name] = facet.told(counts[slice(*bounds)], found)
        return told


def _held(bits: NDArray[np.uint64], piece: Piece, found: Found) -> NDArray[np.integer[Any]]:
    """How many works of a piece that were found have each value, given a row of ``bits`` for it."""
    begin = piece.first_run // 64
    held = np.bitwise_count(bits & found.words[begin : begin + piece.words])
    # Short numbers are added up in a third of the time.
    fits = 64 * piece.words < 1 << 16
    added: NDArray[np.integer[Any]] = np.add.reduce(
        held, axis=1, dtype=np.uint16 if fits else np.int64
    )
    return added


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
    # Row by row it is counted many times as fast as numpy adds up flags.
    return np.array([np.count_nonzero(row) for row in seen.reshape(size, among)], np.int64)
