"""One immutable segment of the index as arrays, wherever it is stored.

What a segment holds never changes once it is written; only the set of its deleted passages does, and
that belongs to the `scorer.Snapshot`. All passages of a work stand in a row in one segment: an
`apply` writes them so in one commit, a `rebuild` starts a new segment only between works, and merging
keeps the order. Counting works is therefore counting rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from library.search import schema as rows
from library.search.columns import Ints, Labels
from library.search.sketches import Letters, Sketch
from library.search.stems import primary
from library.search.stock import byte_to_length

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

MOST_STARTS: Final = 256
"""Terms with one beginning that are looked up."""

_LENGTHS: Final = np.array([byte_to_length(code) for code in range(256)], dtype=np.float32)
_LENGTHS[0] = 0.0


class SegmentFacet:
    """The values that the works of a segment have, or its passages where those of a work differ."""

    def __init__(self, labels: Labels, works: Ints) -> None:
        """Labels as stored, and the work of each passage."""
        self.values = labels.values
        size = max(1, len(labels.values))
        pairs, passages = np.unique(
            works[labels.docs].astype(np.int64) * size + labels.codes, return_counts=True
        )
        having = (pairs // size).astype(np.int32)
        #: Whether all passages of each work have the same values.
        self.of_works = bool((np.bincount(works)[having] == passages).all())
        #: Pairs of a work, or a passage, and the number of a value in `values`.
        self.owner: Ints = having if self.of_works else labels.docs.copy()
        self.value: Ints = (pairs % size).astype(np.int32) if self.of_works else labels.codes.copy()

    def by_passage(self, works: Ints) -> tuple[Ints, Ints]:
        """The pairs of all passages."""
        if not self.of_works:
            return self.owner, self.value
        first = np.searchsorted(works, self.owner, side="left")
        counts = np.searchsorted(works, self.owner, side="right") - first
        ends = np.cumsum(counts)
        inside = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
        return (np.repeat(first, counts) + inside).astype(np.int32), np.repeat(self.value, counts)


class Segment(ABC):
    """A segment: its arrays, which are in memory, and what is read from wherever it is stored."""

    def __init__(
        self,
        id_: str,
        *,
        numbers: NDArray[np.void],
        labels: Mapping[str, Labels],
        letters: Letters,
    ) -> None:
        """``numbers`` are `columns.NUMBERS`, one for each passage, ``labels`` by the names of facets."""
        self.id = id_
        self.count = len(numbers)
        self._lengths = {name: numbers[name].copy() for name in rows.TEXTS}
        #: How common which letters are here, see `sketch_column.passages_with`.
        self.letters = letters
        # The passages of a work stand in a row (see above): works are numbered as they come.
        key = numbers["work"]
        first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        self.keys: NDArray[np.uint64] = key[first]
        self.works: Ints = np.repeat(
            np.arange(len(first), dtype=np.int32), np.diff(first, append=self.count)
        )
        languages = labels["languages"]
        self.languages = languages.values
        #: The language of each passage, as a number in `languages`; one more for none.
        self.language: NDArray[np.uint16] = np.full(self.count, len(languages.values), np.uint16)
        self.language[languages.docs] = languages.codes
        #: The facets by name, but for the language, which every passage has one of.
        self.facets = {
            name: SegmentFacet(found, self.works)
            for name, found in labels.items()
            if name != "languages"
        }

    def lengths(self, name: str) -> Floats:
        """How many tokens a text field has in each passage, about."""
        lengths: Floats = _LENGTHS[self._lengths[name]]
        return lengths

    @cached_property
    def length_sums(self) -> dict[str, dict[str, tuple[float, int]]]:
        """Text field -> language -> total length and number of the passages that have the field."""
        sums: dict[str, dict[str, tuple[float, int]]] = {}
        slots = len(self.languages) + 1
        for name in rows.TEXTS:
            lengths = self.lengths(name)
            totals = np.bincount(self.language, weights=lengths, minlength=slots)
            counts = np.bincount(self.language, weights=lengths > 0, minlength=slots)
            found = sums.setdefault(name, {})
            for tag, total, count in zip(self.languages, totals, counts, strict=False):
                before = found.get(primary(tag), (0.0, 0))
                found[primary(tag)] = (before[0] + float(total), before[1] + int(count))
        return sums

    def of_work(self, key: int) -> Ints:
        """The passages of a work, by the key of `schema.work_key`."""
        return np.flatnonzero((self.keys == np.uint64(key))[self.works]).astype(np.int32)

    @abstractmethod
    def release(self) -> None:
        """Let go of what is open and keep the arrays; the next read opens it again."""

    @abstractmethod
    def rows(self, passages: Ints) -> list[list[str]]:
        """Id, work, section, block, kind, language, file and place of some passages."""

    @abstractmethod
    def sketches(self, passages: Ints) -> list[Sketch]:
        """The sketches of some passages."""

    @abstractmethod
    def counts(self, terms: NDArray[np.uint64]) -> dict[int, int]:
        """Number of a term among ``terms`` (their `codec.term_hash`) -> how many passages have it."""

    @abstractmethod
    def postings(self, terms: NDArray[np.uint64]) -> dict[int, tuple[Ints, Ints]]:
        """Number of a term among ``terms`` (their `codec.term_hash`) -> its passages, ascending, and
        its frequency in each; terms that the segment does not have are left out."""

    @abstractmethod
    def places(
        self, terms: NDArray[np.uint64], within: Flags | None = None
    ) -> dict[int, tuple[Ints, Ints]]:
        """The same for every occurrence: its passage and its place there; only in the passages for which
        ``within`` is True."""

    @abstractmethod
    def expect_places(self, terms: NDArray[np.uint64]) -> None:
        """These will be needed: a segment that is far away may ask for all of them at once."""

    @abstractmethod
    def starting(self, field: str, start: str) -> list[str]:
        """The terms of ``field`` that begin with ``start``, in their order, at most `MOST_STARTS`."""
