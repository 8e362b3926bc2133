"""The sketches of a segment's passages as a Whoosh column, and how common their letters are."""

from __future__ import annotations

from array import array
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Places, small
from library.search.sketches import Letters, read
from library.search.stock import Column, ColumnReader, ColumnWriter, byte_to_length

_TRAILER: Final = Struct("<QQ")
_GATHERED: Final = 1 << 21
# What Whoosh's length bytes stand for, ascending.
_COUNTS: Final = np.array([byte_to_length(code) for code in range(256)], np.uint32)


class LettersDraft:
    """Counts in how many sketches each four letters are."""

    def __init__(self) -> None:
        self._hashes = array("I")
        self._gathered: tuple[Letters, NDArray[np.uint32]] = (
            np.empty(0, np.uint32),
            np.empty(0, np.uint32),
        )

    def add(self, stored: bytes) -> None:
        """One sketch, as it is stored."""
        self._hashes.frombytes((read(stored).letters >> np.uint32(8)).tobytes())
        if len(self._hashes) > _GATHERED:
            self._gather()

    def _gather(self) -> None:
        fresh, counts = np.unique(np.array(self._hashes, np.uint32), return_counts=True)
        self._hashes = array("I")
        hashes, place = np.unique(np.concatenate([self._gathered[0], fresh]), return_inverse=True)
        sums = np.bincount(place, np.concatenate([self._gathered[1], counts]))
        self._gathered = (hashes, sums.astype(np.uint32))

    def coded(self) -> Letters:
        """What `SketchColumn.Reader.letters` gives."""
        self._gather()
        hashes, counts = self._gathered
        codes = np.searchsorted(_COUNTS, counts, side="right") - 1
        coded: Letters = (hashes << np.uint32(8)) | codes.astype(np.uint32)
        return coded


class SketchColumn(Column):  # type: ignore[misc]
    """Sketches one after the other; where each ends; how many passages have each four letters.

    ::

        sketches | n ends, uint64 | letters, uint32: hash << 8 | number of passages, as Whoosh's
        length byte | where the ends begin, where the letters begin, uint64 each
    """

    _default = b""

    class Writer(ColumnWriter):  # type: ignore[misc]
        """Writes the sketches and counts their letters."""

        _defaultbytes = b""

        def __init__(self, dbfile: Any) -> None:
            super().__init__(dbfile)
            self._ends = array("Q")
            self._end = 0
            self._letters = LettersDraft()

        def fill(self, docnum: int) -> None:
            self._ends.extend([self._end] * (docnum - len(self._ends)))

        def add(self, docnum: int, value: bytes) -> None:
            self.fill(docnum)
            self._dbfile.write(value)
            self._end += len(value)
            self._ends.append(self._end)
            self._letters.add(value)

        def finish(self, docnum: int) -> None:
            self.fill(docnum)
            coded = self._letters.coded()
            self._dbfile.write(np.array(self._ends, "<u8").tobytes())
            self._dbfile.write(coded.astype("<u4").tobytes())
            self._dbfile.write(_TRAILER.pack(self._end, self._end + 8 * len(self._ends)))

    class Reader(ColumnReader):  # type: ignore[misc]
        """Reads one sketch, or where all of them are."""

        _known: Places | None = None

        def __getitem__(self, docnum: int) -> bytes:
            if self._known is None:
                self._known = self.places()
            start, end = (int(at) for at in self._known[docnum : docnum + 2])
            return bytes(self._dbfile.get(self._basepos + start, end - start))

        def places(self) -> Places:
            """Where each sketch begins, and where the last one ends."""
            ends, letters = self._trailer()
            data = self._dbfile.get(self._basepos + ends, letters - ends)
            return small(np.append(np.zeros(1, np.uint64), np.frombuffer(data, "<u8")))

        def letters(self) -> Letters:
            """All letters of the segment, ascending: ``hash << 8 | number of passages`` in Whoosh's
            length code."""
            _, letters = self._trailer()
            size = self._length - _TRAILER.size - letters
            return np.frombuffer(self._dbfile.get(self._basepos + letters, size), "<u4")

        def _trailer(self) -> tuple[int, int]:
            at = self._basepos + self._length - _TRAILER.size
            ends, letters = _TRAILER.unpack(self._dbfile.get(at, _TRAILER.size))
            return ends, letters


def passages_with(letters: Letters, asked: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """How many passages have each of the ``asked`` hashes, about, given `SketchColumn.Reader.letters`."""
    at = np.searchsorted(letters, asked << np.uint32(8))
    found = letters[np.minimum(at, max(len(letters) - 1, 0))] if len(letters) else asked * 0
    there = (found >> np.uint32(8)) == asked if len(letters) else np.zeros(len(asked), bool)
    return np.where(there, _COUNTS[found & np.uint32(255)], 0).astype(np.uint32)
