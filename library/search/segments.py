"""One immutable segment of the index as arrays, wherever it is stored.

What a segment holds never changes once it is written; only the set of its deleted passages does, and
that belongs to the `scorer.Snapshot`. Passages of one work that follow one another are a *run*. A work is
one run as long as it was written at once; where a part of it was written anew, it has runs in several
segments, or, when those have been merged, several in one. Passages of a work that has several
runs all have the same facet values but for the language (`differences` sees to it).
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
from library.search.distinct import counted
from library.search.sketches import Letters, Sketch
from library.search.stems import primary
from library.search.stock import byte_to_length

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

MOST_STARTS: Final = 256
"""Terms with one beginning that are looked up."""

LENGTHS: Final = np.array([byte_to_length(code) for code in range(256)], dtype=np.float32)
"""What Whoosh's length bytes stand for, about."""
LENGTHS[0] = 0.0


class SegmentFacet:
    """The values that the runs of a segment have, or its passages where those of a run differ."""

    def __init__(self, labels: Labels, runs: Ints) -> None:
        """Labels as stored, and the run of each passage."""
        self.values = labels.values
        size = max(1, len(labels.values))
        pairs, passages = counted(runs[labels.docs].astype(np.int64) * size + labels.codes)
        having = (pairs // size).astype(np.int32)
        sizes = np.bincount(runs)
        odd = np.zeros(len(sizes), bool)
        odd[having[sizes[having] != passages]] = True
        alike = ~odd[having]
        #: Pairs of a run all of whose passages have the same values, and the number of a value.
        self.run: Ints = having[alike]
        self.value: Ints = (pairs % size).astype(np.int32)[alike]
        apart = odd[runs[labels.docs]]
        #: Pairs of a passage of any other run, and the number of a value.
        self.odd_passage: Ints = labels.docs[apart]
        self.odd_value: Ints = labels.codes[apart]


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
        key = numbers["work"]
        first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        #: The work of each run, as `schema.work_key` has it.
        self.keys: NDArray[np.uint64] = key[first]
        #: Where each run begins, and where the last one ends.
        self.starts: Ints = np.append(first, self.count).astype(np.int32)
        #: The run of each passage.
        self.runs: Ints = np.repeat(np.arange(len(first), dtype=np.int32), np.diff(self.starts))
        languages = labels["languages"]
        self.languages = languages.values
        #: The language of each passage: its number in `languages` and one, or 0 for none.
        self.language: NDArray[np.uint16] = np.zeros(self.count, np.uint16)
        self.language[languages.docs] = languages.codes + 1
        #: The facets by name, but for the language, which every passage has one of.
        self.facets = {
            name: SegmentFacet(found, self.runs)
            for name, found in labels.items()
            if name != "languages"
        }

    def length_codes(self, name: str) -> NDArray[np.uint8]:
        """How many tokens a text field has in each passage, as places in `LENGTHS`."""
        return self._lengths[name]

    @cached_property
    def length_sums(self) -> dict[str, dict[str, tuple[float, int]]]:
        """Text field -> language -> total length and number of the passages that have the field."""
        sums: dict[str, dict[str, tuple[float, int]]] = {}
        slots = len(self.languages) + 1
        for name in rows.TEXTS:
            lengths = LENGTHS[self._lengths[name]]
            totals = np.bincount(self.language, weights=lengths, minlength=slots)
            counts = np.bincount(self.language, weights=lengths > 0, minlength=slots)
            found = sums.setdefault(name, {})
            for tag, total, count in zip(self.languages, totals[1:], counts[1:], strict=True):
                before = found.get(primary(tag), (0.0, 0))
                found[primary(tag)] = (before[0] + float(total), before[1] + int(count))
        return sums

    @abstractmethod
    def release(self) -> None:
        """Let go of what is open and keep the arrays; the next read opens it again."""

    @abstractmethod
    def rows(self, passages: Ints) -> list[list[str]]:
        """Id, work, section, block, kind, language, file, place and digest of some passages."""

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
