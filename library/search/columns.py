"""Per-passage data as Whoosh columns that load whole, as arrays.

Whoosh reads a column value by value; filtering and counting ten thousands of passages wants them all
at once.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.search.port import FACETS
from library.search.stock import Column, ColumnReader, ColumnWriter, VarBytesColumn

Ints = NDArray[np.int32]
Places = NDArray[np.uint32] | NDArray[np.uint64]

NUMBERS: Final = np.dtype(
    [("work", "<u8"), ("title", "u1"), ("work_title", "u1"), ("keywords", "u1"), ("body", "u1")]
)
"""One passage in numbers: a hash of its work's id, and Whoosh's length byte for every text field."""


class NumbersColumn(Column):  # type: ignore[misc]
    """Records of `NUMBERS`; values are their bytes."""

    _default = bytes(NUMBERS.itemsize)

    class Writer(ColumnWriter):  # type: ignore[misc]
        """Writes the records one after the other."""

        _defaultbytes = bytes(NUMBERS.itemsize)

        def add(self, docnum: int, value: bytes) -> None:
            self.fill(docnum)
            self._dbfile.write(value)
            self._count = docnum + 1

        def finish(self, docnum: int) -> None:
            self.fill(docnum)

    class Reader(ColumnReader):  # type: ignore[misc]
        """Reads one record or all of them."""

        def __getitem__(self, docnum: int) -> bytes:
            size = NUMBERS.itemsize
            return bytes(self._dbfile.get(self._basepos + docnum * size, size))

        def load(self) -> NDArray[np.void]:  # type: ignore[override,unused-ignore]
            return np.frombuffer(self._dbfile.get(self._basepos, self._length), dtype=NUMBERS)


class RowColumn(VarBytesColumn):  # type: ignore[misc]
    """Values of any length, which can be read past Whoosh: thirty of them for a page of results."""

    class Reader(VarBytesColumn.Reader):  # type: ignore[misc]
        """Knows where in the file each value is."""

        def places(self) -> Places:
            """Where in the file each value begins, and where the last one ends."""
            ends = [self._offsets[-1] + self._lengths[-1]] if len(self._offsets) else [0]
            return small(np.concatenate((self._offsets, ends)) + self._basepos)


def small(places: NDArray[Any]) -> Places:
    """Places in a file in as little memory as they need."""
    fits = not len(places) or int(places.max()) < 1 << 32
    return places.astype(np.uint32) if fits else places.astype(np.uint64)


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of one facet in one segment: pair n says that passage ``docs[n]`` has ``codes[n]``."""

    values: tuple[str, ...]
    docs: Ints
    codes: Ints


class LabelsColumn(Column):  # type: ignore[misc]
    """The facet values of every passage; a value is a tuple of tuples of text, in `FACETS` order."""

    _default: tuple[tuple[str, ...], ...] = ((),) * len(FACETS)

    class Writer(ColumnWriter):  # type: ignore[misc]
        """Gathers (passage, code) pairs for every facet, and the meaning of the codes."""

        def __init__(self, dbfile: Any) -> None:
            super().__init__(dbfile)
            self._codes: list[dict[str, int]] = [{} for _ in FACETS]
            self._pairs = [(array("i"), array("i")) for _ in FACETS]

        def add(self, docnum: int, value: tuple[tuple[str, ...], ...]) -> None:
            for labels, codes, (docs, coded) in zip(value, self._codes, self._pairs, strict=True):
                for label in dict.fromkeys(labels):
                    docs.append(docnum)
                    coded.append(codes.setdefault(label, len(codes)))

        def finish(self, docnum: int) -> None:
            head = json.dumps([[list(c), len(p[0])] for c, p in self._columns()]).encode()
            self._dbfile.write(len(head).to_bytes(4, "little") + head)
            for _, (docs, coded) in self._columns():
                self._dbfile.write(np.asarray(docs, dtype="<i4").tobytes())
                self._dbfile.write(np.asarray(coded, dtype="<i4").tobytes())

        def _columns(self) -> list[tuple[dict[str, int], tuple[array[int], array[int]]]]:
            return list(zip(self._codes, self._pairs, strict=True))

    class Reader(ColumnReader):  # type: ignore[misc]
        """Reads all labels at once; one by one only while segments are merged."""

        _all: list[tuple[tuple[str, ...], ...]] | None = None

        def __getitem__(self, docnum: int) -> tuple[tuple[str, ...], ...]:
            if self._all is None:
                lists: list[list[list[str]]] = [[[] for _ in FACETS] for _ in range(len(self))]
                for number, labels in enumerate(self.load()):
                    for doc, code in zip(labels.docs.tolist(), labels.codes.tolist(), strict=True):
                        lists[doc][number].append(labels.values[code])
                self._all = [tuple(tuple(labels) for labels in doc) for doc in lists]
            return self._all[docnum]

        def load(self) -> list[Labels]:  # type: ignore[override,unused-ignore]
            data = self._dbfile.get(self._basepos, self._length)
            start = 4 + int.from_bytes(data[:4], "little")
            columns = []
            for values, count in json.loads(data[4:start]):
                docs = np.frombuffer(data, "<i4", count, start)
                codes = np.frombuffer(data, "<i4", count, start + 4 * count)
                start += 8 * count
                columns.append(Labels(tuple(values), docs, codes))
            return columns
