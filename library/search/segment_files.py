"""A segment in the files of Whoosh, and ours beside them.

A segment's files never change once they are written.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import Damaged
from library.search.codec import DIRECTORY, ENTRY, POSTINGS
from library.search.columns import Ints
from library.search.port import FACETS
from library.search.postings import POSTING, unpack
from library.search.schema import row
from library.search.segments import MOST_STARTS, Segment
from library.search.sketch_column import Places
from library.search.sketches import Sketch
from library.search.sketches import read as read_sketch
from library.search.stock import SegmentReader, column_file
from library.search.storage import IndexFiles


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
            self.row_file = os.open(folder / column_file(segment, "row"), os.O_RDONLY)
            weakref.finalize(self, os.close, self.row_file)
            self.sketches = os.open(folder / column_file(segment, "sketch"), os.O_RDONLY)
            weakref.finalize(self, os.close, self.sketches)
        except BaseException:
            close()
            raise


class FileSegment(Segment):
    """The files of one segment. Reading is thread-safe."""

    def __init__(self, folder: Path, fields: Any, segment: Any) -> None:
        """Open ``segment`` (Whoosh's). `Damaged` or `OSError` when its files are not as written."""
        self._lock = threading.Lock()
        self._open = partial(_Files, folder, fields, segment)
        self._held: _Files | None = self._open()
        reader = self._held.reader
        sketches = reader.column_reader("sketch", translate=False)
        super().__init__(
            segment.segment_id(),
            numbers=reader.column_reader("numbers", translate=False).load(),
            labels=dict(
                zip(FACETS, reader.column_reader("labels", translate=False).load(), strict=True)
            ),
            letters=sketches.letters().copy(),
        )
        self._sketched: Places = sketches.places()
        directory = np.fromfile(folder / segment.make_filename(DIRECTORY), ENTRY)
        # Half of each hash is enough to know where to look; all of it would take much memory.
        self._heads = (directory["term"] >> np.uint64(32)).astype(np.uint32)

    def release(self) -> None:
        """Let go of the files and keep the arrays; the next read opens the files again."""
        self._lock, self._held = threading.Lock(), None

    def _files(self) -> _Files:
        held = self._held
        if held is None:
            held = self._held = self._open()
        return held

    def rows(self, passages: Ints) -> list[list[str]]:
        files = self._files()
        extents = [files.rows.extent(passage) for passage in passages.tolist()]
        return [row(stored) for stored in _preads(files.row_file, extents)]

    def sketches(self, passages: Ints) -> list[Sketch]:
        starts = self._sketched[passages]
        lengths = self._sketched[passages + 1] - starts
        extents = zip(starts.tolist(), lengths.tolist(), strict=True)
        return [read_sketch(stored) for stored in _preads(self._files().sketches, list(extents))]

    @contextmanager
    def _reading(self) -> Iterator[_Files]:
        """Whoosh's readers share the positions of their files, and raise anything on damaged ones."""
        with self._lock:
            try:
                yield self._files()
            except Exception as error:
                raise Damaged(f"The index files of {self.id} cannot be read.") from error

    def counts(self, terms: NDArray[np.uint64]) -> dict[int, int]:
        return {number: count for number, _, count in self._entries(self._files(), terms)}

    def postings(self, terms: NDArray[np.uint64]) -> dict[int, tuple[Ints, Ints]]:
        found = {}
        files = self._files()
        for number, offset, count in self._entries(files, terms):
            found[number] = unpack(_pread(files.postings, POSTING * count, offset), count)
        return found

    def places(self, terms: NDArray[np.uint64]) -> dict[int, tuple[Ints, Ints]]:
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
        begin = start.encode()
        found: list[str] = []
        with self._reading() as files:
            for name, term in files.reader.terms_from(field, begin):
                if name != field or not term.startswith(begin) or len(found) == MOST_STARTS:
                    break
                found.append(term.decode())
        return found


def _preads(file: int, extents: Sequence[tuple[int, int]]) -> list[bytes]:
    """What is at each offset, of each length."""
    size = os.fstat(file).st_size
    if any(offset + length > size for offset, length in extents):
        raise Damaged("A file of the search index ends too early.")
    return [os.pread(file, length, offset) for offset, length in extents]


def _pread(file: int, length: int, offset: int) -> bytes:
    # The size first: a damaged directory may ask for more than there is memory.
    data = os.pread(file, length, offset) if offset + length <= os.fstat(file).st_size else b""
    if len(data) != length:
        raise Damaged("A file of the search index ends too early.")
    return data
