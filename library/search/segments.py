"""One immutable segment of the index as arrays.

A segment's files never change once they are written; only the set of its deleted passages does, and
that belongs to the `scorer.Snapshot`. All passages of a work stand in a row in one segment: an
`apply` writes them so in one commit, a `rebuild` starts a new segment only between works, and merging
keeps the order. Counting works is therefore counting rows.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.errors import Damaged
from library.search import schema as rows
from library.search.codec import DIRECTORY, ENTRY, POSTINGS
from library.search.columns import Ints, Labels
from library.search.port import FACETS
from library.search.postings import POSTING, unpack
from library.search.stems import primary
from library.search.stock import SegmentReader, byte_to_length
from library.search.storage import IndexFiles

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_LENGTHS: Final = np.array([byte_to_length(code) for code in range(256)], dtype=np.float32)
_LENGTHS[0] = 0.0
_MOST_STARTS: Final = 256


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


class _Files:
    """The open files of one segment, closed when nobody reads them any more."""

    def __init__(self, folder: Path, fields: Any, segment: Any) -> None:
        files = IndexFiles(folder)
        close = weakref.finalize(self, files.release)
        try:
            files.verify(segment.segment_id())
            self.reader = SegmentReader(files, fields, segment)
            self.postings = os.open(folder / segment.make_filename(POSTINGS), os.O_RDONLY)
            weakref.finalize(self, os.close, self.postings)
            self.directory = os.open(folder / segment.make_filename(DIRECTORY), os.O_RDONLY)
            weakref.finalize(self, os.close, self.directory)
            self.rows = self.reader.column_reader("row", translate=False)
        except BaseException:
            close()
            raise


class Segment:
    """The files of one segment. Reading is thread-safe."""

    def __init__(self, folder: Path, fields: Any, segment: Any) -> None:
        """Open ``segment`` (Whoosh's). `Damaged` or `OSError` when its files are not as written."""
        self.id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._lock = threading.Lock()
        self._open = partial(_Files, folder, fields, segment)
        self._held: _Files | None = self._open()
        reader = self._held.reader
        directory = np.fromfile(folder / segment.make_filename(DIRECTORY), ENTRY)
        numbers = reader.column_reader("numbers", translate=False).load()
        labels = dict(
            zip(FACETS, reader.column_reader("labels", translate=False).load(), strict=True)
        )
        # Half of each hash is enough to know where to look; all of it would take much memory.
        self._heads = (directory["term"] >> np.uint64(32)).astype(np.uint32)
        self._lengths = {name: numbers[name].copy() for name in rows.TEXTS}
        # The passages of a work stand in a row (see above): works are numbered as they come.
        key = numbers["work"]
        first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        self.keys: NDArray[np.uint64] = key[first]
        self.works: Ints = np.repeat(
            np.arange(len(first), dtype=np.int32), np.diff(first, append=self.count)
        )
        languages = labels.pop("languages")
        self.languages = languages.values
        #: The language of each passage, as a number in `languages`; one more for none.
        self.language: NDArray[np.uint16] = np.full(self.count, len(languages.values), np.uint16)
        self.language[languages.docs] = languages.codes
        #: The facets by name, but for the language, which every passage has one of.
        self.facets = {name: SegmentFacet(found, self.works) for name, found in labels.items()}

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

    def release(self) -> None:
        """Let go of the files and keep the arrays; the next read opens the files again."""
        self._lock, self._held = threading.Lock(), None

    def _files(self) -> _Files:
        held = self._held
        if held is None:
            held = self._held = self._open()
        return held

    def row(self, passage: int) -> list[str]:
        """Id, work, section, block, kind and language of a passage."""
        with self._reading() as files:
            return rows.row(files.rows[passage])

    @contextmanager
    def _reading(self) -> Iterator[_Files]:
        """Whoosh's readers share the positions of their files, and raise anything on damaged ones."""
        with self._lock:
            try:
                yield self._files()
            except Exception as error:
                raise Damaged(f"The index files of {self.id} cannot be read.") from error

    def postings(self, terms: NDArray[np.uint64]) -> dict[int, tuple[Ints, Ints]]:
        """Number of a term among ``terms`` (their `codec.term_hash`) -> its passages, ascending, and
        its frequency in each; terms that the segment does not have are left out."""
        found = {}
        files = self._files()
        for number, offset, count in self._entries(files, terms):
            found[number] = unpack(_pread(files.postings, POSTING * count, offset), count)
        return found

    def places(self, terms: NDArray[np.uint64]) -> dict[int, tuple[Ints, Ints]]:
        """The same for every occurrence: its passage and its place there."""
        found = {}
        files = self._files()
        for number, offset, count in self._entries(files, terms):
            record = _pread(files.postings, POSTING * count, offset)
            passages, frequencies = unpack(record, count)
            total = int(frequencies.sum())
            record = _pread(files.postings, 2 * total, offset + POSTING * count)
            places = np.frombuffer(record, "<u2")
            found[number] = np.repeat(passages, frequencies), places.astype(np.int32)
        return found

    def _entries(self, files: _Files, terms: NDArray[np.uint64]) -> list[tuple[int, int, int]]:
        """Number, offset and count of the terms that are here."""
        heads = (terms >> np.uint64(32)).astype(np.uint32)
        starts = np.searchsorted(self._heads, heads, side="left")
        ends = np.searchsorted(self._heads, heads, side="right")
        found = []
        for number in np.flatnonzero(ends > starts).tolist():
            start, end = int(starts[number]), int(ends[number])
            size = ENTRY.itemsize
            data = _pread(files.directory, size * (end - start), size * start)
            found += [
                (number, int(entry["offset"]), int(entry["count"]))
                for entry in np.frombuffer(data, ENTRY)
                if entry["term"] == terms[number]
            ]
        return found

    def starting(self, field: str, start: str) -> list[str]:
        """The terms of ``field`` that begin with ``start``, at most some hundreds."""
        begin = start.encode()
        found: list[str] = []
        with self._reading() as files:
            for name, term in files.reader.terms_from(field, begin):
                if name != field or not term.startswith(begin) or len(found) == _MOST_STARTS:
                    break
                found.append(term.decode())
        return found


def _pread(file: int, length: int, offset: int) -> bytes:
    # The size first: a damaged directory may ask for more than there is memory.
    data = os.pread(file, length, offset) if offset + length <= os.fstat(file).st_size else b""
    if len(data) != length:
        raise Damaged("A file of the search index ends too early.")
    return data
