"""Pieces of a snapshot: segments in a row, and what is worked out of them once for many commits.

A commit adds a small segment at the end and deletes passages here and there. What is worked out of big
segments stays true, so the pieces that a snapshot begins with are those of the one before, as far as their
segments are the same; only what comes after is worked out again. Passages and runs are numbered
through all pieces, so that a column of a big segment is the piece's own without a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.port import FACETS
from library.search.schema import TEXTS
from library.search.segments import Floats, Segment

FULL: Final = 4096
"""Passages from which on a piece takes no further segment."""

_WORD: Final = 64

Number = TypeVar("Number", bound=np.generic)

Sums = Mapping[str, Mapping[str, tuple[float, int]]]
"""Text field -> language -> total length and number of the passages that have the field."""


class PieceFacet:
    """The values that runs of a piece have, or its passages where those of a run differ."""

    def __init__(self, name: str, piece: Piece) -> None:
        codes: dict[str, int] = {}
        several: list[list[Ints]] = [[], [], [], []]
        for segment, passage, run in zip(
            piece.segments, piece.segment_passages, piece.segment_runs, strict=True
        ):
            part = segment.facets[name]
            table = np.array([codes.setdefault(v, len(codes)) for v in part.values], np.int32)
            for found, pairs in zip(
                several,
                (
                    part.run + np.int32(run) if run else part.run,
                    table[part.value] if len(table) else part.value,
                    part.odd_passage + np.int32(passage) if passage else part.odd_passage,
                    table[part.odd_value] if len(table) else part.odd_value,
                ),
                strict=True,
            ):
                found.append(pairs)
        self.values = tuple(codes)
        #: As in `SegmentFacet`, but numbered through all pieces.
        self.run, self.value, self.odd_passage, self.odd_value = map(_joined, several)
        #: For each value a bit for each run: counting is then a look at a few words of memory.
        self.bits = np.zeros((len(codes), piece.words), np.uint64)
        here = self.run - np.int32(piece.first_run)
        place = np.uint64(1) << (here & (_WORD - 1)).astype(np.uint64)
        np.bitwise_or.at(self.bits, (self.value, here // _WORD), place)


class Piece:
    """Segments in a row, by the numbers that their passages and runs have in a snapshot."""

    def __init__(
        self, segments: Sequence[Segment], *, first: int, first_run: int, languages: dict[str, int]
    ) -> None:
        """The numbers of the first passage and of the first run, which is a multiple of 64; languages
        that are not yet among ``languages`` get the next numbers."""
        self.segments = tuple(segments)
        self.first = first
        self.first_run = first_run
        #: The numbers of each segment's first passage and first run.
        self.segment_passages: list[int] = []
        self.segment_runs: list[int] = []
        for segment in segments:
            self.segment_passages.append(first)
            self.segment_runs.append(first_run)
            first += segment.count
            first_run += len(segment.keys)
            for tag in segment.languages:
                languages.setdefault(tag, len(languages))
        #: The number of the passage after the last one.
        self.end = first
        #: How many words of 64 bits have a bit for each run.
        self.words = -(-(first_run - self.first_run) // _WORD)
        #: The languages known so far: those of this piece are among them.
        self.languages = tuple(languages)
        self._norms: dict[str, tuple[bytes, Floats]] = {}

    @property
    def is_full(self) -> bool:
        """Whether it takes no further segment."""
        return self.end - self.first >= FULL

    @property
    def end_run(self) -> int:
        """The first number that the runs of the next piece may have."""
        return self.first_run + self.words * _WORD

    @cached_property
    def runs(self) -> Ints:
        """The run of each passage."""
        return _joined(
            [
                segment.runs + np.int32(run) if run else segment.runs
                for segment, run in zip(self.segments, self.segment_runs, strict=True)
            ]
        )

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """The work of each run."""
        return _joined([segment.keys for segment in self.segments])

    @cached_property
    def starts(self) -> Ints:
        """The first passage of each run, and the one after the last run."""
        parts = [
            segment.starts[:-1] + np.int32(passage)
            for segment, passage in zip(self.segments, self.segment_passages, strict=True)
        ]
        return np.append(np.concatenate(parts), np.int32(self.end))

    @cached_property
    def ordered(self) -> tuple[NDArray[np.uint64], Ints]:
        """The works of the runs, ascending, and the run of each."""
        order = np.argsort(self.keys, kind="stable").astype(np.int32)
        return self.keys[order], order + np.int32(self.first_run)

    @cached_property
    def repeated(self) -> NDArray[np.uint64]:
        """The works that have several runs, each as often as it has more than one."""
        ordered = self.ordered[0]
        again: NDArray[np.uint64] = ordered[1:][ordered[1:] == ordered[:-1]]
        return again

    @cached_property
    def language(self) -> NDArray[np.uint16]:
        """The language of each passage: its number in `languages` and one, or 0 for none."""
        numbers = {tag: number for number, tag in enumerate(self.languages, 1)}
        found = []
        for segment in self.segments:
            table = [0, *(numbers[tag] for tag in segment.languages)]
            same = table == list(range(len(table)))
            found.append(segment.language if same else np.array(table, np.uint16)[segment.language])
        return _joined(found)

    @cached_property
    def length_sums(self) -> Sums:
        """Of all its segments."""
        return added([segment.length_sums for segment in self.segments])

    def norms(self, name: str, table: Floats) -> Floats:
        """For each passage what a ``table`` has for its language and the length byte of a text field.

        The last answer is kept: tables of one commit and the next hardly ever differ.
        """
        table = table[: len(self.languages) + 1]
        told = table.tobytes()
        known = self._norms.get(name)
        if known is not None and known[0] == told:
            return known[1]
        codes = _joined([segment.length_codes(name) for segment in self.segments])
        made: Floats = table.reshape(-1)[(self.language.astype(np.int32) << 8) | codes]
        self._norms[name] = (told, made)
        return made

    @cached_property
    def facets(self) -> dict[str, PieceFacet]:
        """The facets by name, but for the language."""
        return {name: PieceFacet(name, self) for name in FACETS if name != "languages"}

    @cached_property
    def bits(self) -> NDArray[np.uint64]:
        """`PieceFacet.bits` of all facets, one after the other: counted at once they take less time."""
        every = np.concatenate([facet.bits for facet in self.facets.values()])
        begin = 0
        for facet in self.facets.values():
            # A part of the whole from now on, so that nothing is held twice.
            facet.bits = every[begin : begin + len(facet.values)]
            begin += len(facet.values)
        return every


class Column(Generic[Number]):
    """A value for each passage of a snapshot, piece by piece."""

    def __init__(self, pieces: Sequence[Piece], parts: Sequence[NDArray[Number]]) -> None:
        self._parts = parts
        self._begins = [piece.first for piece in pieces]
        self._end = pieces[0].end

    def __getitem__(self, passages: Ints) -> NDArray[Number]:
        """The values of passages, which are ascending."""
        if len(self._parts) == 1 or not len(passages) or passages[-1] < self._end:
            # Several times as fast as an index in brackets, which is cast piece by piece.
            return self._parts[0].take(passages)
        bounds = [*np.searchsorted(passages, self._begins).tolist(), len(passages)]
        found = [
            part.take(passages[start:end] - np.int32(begin))
            for part, begin, (start, end) in zip(
                self._parts, self._begins, pairwise(bounds), strict=True
            )
        ]
        return np.concatenate(found)


def cut(segments: Sequence[Segment], before: Sequence[Piece]) -> list[Piece]:
    """The pieces of a snapshot; those of the one ``before`` it as far as they are the same."""
    pieces: list[Piece] = []
    languages: dict[str, int] = {}
    at = 0
    for piece in before:
        # The last one may have had room for what comes now.
        there = tuple(segments[at : at + len(piece.segments)])
        if there != piece.segments or not (piece.is_full or at + len(there) == len(segments)):
            break
        pieces.append(piece)
        at += len(there)
    if pieces:
        languages = {tag: number for number, tag in enumerate(pieces[-1].languages)}
    while at < len(segments):
        taken, size = [], 0
        while at < len(segments) and size < FULL:
            taken.append(segments[at])
            size += segments[at].count
            at += 1
        pieces.append(
            Piece(
                taken,
                first=pieces[-1].end if pieces else 0,
                first_run=pieces[-1].end_run if pieces else 0,
                languages=languages,
            )
        )
    return pieces


def added(several: Iterable[Sums]) -> dict[str, dict[str, tuple[float, int]]]:
    """The sums of several."""
    sums: dict[str, dict[str, tuple[float, int]]] = {name: {} for name in TEXTS}
    for some in several:
        for name, by_language in some.items():
            for language, (total, count) in by_language.items():
                before = sums[name].get(language, (0.0, 0))
                sums[name][language] = (before[0] + total, before[1] + count)
    return sums


def _joined(parts: Sequence[NDArray[Number]]) -> NDArray[Number]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
