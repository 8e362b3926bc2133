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
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.errors import Damaged
from library.search.codec import DIRECTORY, ENTRY, POSTINGS
from library.search.columns import Ints, Places
from library.search.port import FACETS
from library.search.postings import POSTING, occurrences, unpack
from library.search.schema import row
from library.search.segments import MOST_STARTS, Flags, Segment
from library.search.sketches import Sketch
from library.search.sketches import read as read_sketch
from library.search.stock import SegmentReader, column_file
from library.search.storage import IndexFiles

# The entries of the directory of terms that are read at once.
_PAGE: Final = 64
# Entries that are remembered, in 20 bytes each: readers ask for the same words again and again, and a
# word in all its forms and fields is a dozen terms, most of which are not there.
_REMEMBERED: Final = 1 << 13
# Bytes that are read at once to spare a second read.
_AT_ONCE: Final = 4096
# Bytes that may be asked for without a look at whether there are so many.
_LITTLE: Final = 1 << 16


# As `ENTRY` is stored.
_ENTRY: Final = Struct("<QQI")


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
        self._placed: Places = reader.column_reader("row", translate=False).places()
        directory = np.fromfile(folder / segment.make_filename(DIRECTORY), ENTRY)
        # The first term of each page is enough to know where to look; all would take much memory.
        self._firsts: NDArray[np.uint64] = directory["term"][::_PAGE].copy()
        self._terms = len(directory)
        #: Entries as they are stored, or with no passages for terms that are not here, each in the place
        #: that its hash gives it. A look at one and a change of one are one step to other threads.
        self._known = bytearray(ENTRY.itemsize * max(1, min(_REMEMBERED, self._terms)))

    def release(self) -> None:
        """Let go of the files and keep the arrays; the next read opens the files again."""
        self._lock, self._held = threading.Lock(), None

    def _files(self) -> _Files:
        held = self._held
        if held is None:
            held = self._held = self._open()
        return held

    def rows(self, passages: Ints) -> list[list[str]]:
        # In their order in the file, each of them once.
        there = np.sort(passages)
        found = _preads(self._files().row_file, _extents(self._placed, there))
        stored = dict(zip(there.tolist(), found, strict=True))
        return [row(stored[passage]) for passage in passages.tolist()]

    def sketches(self, passages: Ints) -> list[Sketch]:
        found = _preads(self._files().sketches, _extents(self._sketched, passages))
        return [read_sketch(stored) for stored in found]

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

    def places(
        self, terms: NDArray[np.uint64], within: Flags | None = None
    ) -> dict[int, tuple[Ints, Ints]]:
        found = {}
        files = self._files()
        for number, offset, count in self._entries(files, terms):
            record = _pread(files.postings, POSTING * count, offset)
            read = partial(_places, files.postings, offset + POSTING * count)
            found[number] = occurrences(*unpack(record, count), within, read)
        return found

    def expect_places(self, terms: NDArray[np.uint64]) -> None:
        """Files are near."""

    def _entries(self, files: _Files, terms: NDArray[np.uint64]) -> list[tuple[int, int, int]]:
        """Number, offset and count of the terms that are here."""
        found = []
        unknown = []
        size, known = _ENTRY.size, self._known
        for number, term in enumerate(terms.tolist()):
            told, offset, count = _ENTRY.unpack_from(known, term * size % len(known))
            if told != term:
                unknown.append(number)
            elif count:
                found.append((number, offset, count))
        if not unknown:
            return found
        several = terms[unknown]
        pages = np.searchsorted(self._firsts, several, side="right").tolist()
        for number, term, before in zip(unknown, several.tolist(), pages, strict=True):
            entry = self._looked_up(files, term, _PAGE * (before - 1))
            _, offset, count = _ENTRY.unpack(entry)
            begin = term * size % len(known)
            known[begin : begin + size] = entry
            if count:
                found.append((number, offset, count))
        return sorted(found)

    def _looked_up(self, files: _Files, term: int, first: int) -> bytes:
        """The entry of a term, given the number of the first one of the page where it would be."""
        sought = term.to_bytes(8, "little")
        size = _ENTRY.size
        if first >= 0:
            page = _pread(files.directory, size * min(_PAGE, self._terms - first), size * first)
            at = page.find(sought)
            while at > 0 and at % size:
                at = page.find(sought, at + 1)
            if at >= 0:
                return page[at : at + size]
        return sought + bytes(size - len(sought))

    def starting(self, field: str, start: str) -> list[str]:
        begin = start.encode()
        found: list[str] = []
        with self._reading() as files:
            for name, term in files.reader.terms_from(field, begin):
                if name != field or not term.startswith(begin) or len(found) == MOST_STARTS:
                    break
                found.append(term.decode())
        return found


def _extents(places: Places, passages: Ints) -> list[tuple[int, int]]:
    """Where each passage's value begins, and its length."""
    starts = places[passages]
    return list(zip(starts.tolist(), (places[passages + 1] - starts).tolist(), strict=True))


def _preads(file: int, extents: Sequence[tuple[int, int]]) -> list[bytes]:
    """What is at each offset, of each length; the offsets are ascending."""
    size = os.fstat(file).st_size
    if any(offset + length > size for offset, length in extents):
        raise Damaged("A file of the search index ends too early.")
    found = []
    data, begin = b"", 0
    for number, (offset, length) in enumerate(extents):
        if offset + length > begin + len(data):
            # What is wanted next is often near: passages of a work stand one after the other.
            end = offset + length
            for following, size in extents[number + 1 :]:
                if following + size > offset + _AT_ONCE:
                    break
                end = following + size
            data, begin = os.pread(file, end - offset, offset), offset
        found.append(data[offset - begin : offset - begin + length])
    return found


def _places(file: int, offset: int, first: int, count: int) -> Ints:
    """Places of a record that has them from ``offset`` on."""
    return np.frombuffer(_pread(file, 2 * count, offset + 2 * first), "<u2").astype(np.int32)


def _pread(file: int, length: int, offset: int) -> bytes:
    # The size first: a damaged directory may ask for more than there is memory.
    there = length <= _LITTLE or offset + length <= os.fstat(file).st_size
    data = os.pread(file, length, offset) if there else b""
    if len(data) != length:
        raise Damaged("A file of the search index ends too early.")
    return data
