"""Postings as plain arrays, inside Whoosh's segments.

Whoosh's own codec pickles postings in small blocks, made for walking one posting at a time. Here a
term's postings lie one after the other on the disk as the arrays in which they are scored (see
`postings`).

A directory beside them says where each term's record is, sorted by a hash of the term, so that many
terms are looked up at once. Terms, columns, segments, commits and locks stay Whoosh's, and so does
every reader that goes through its matchers, the stock searcher among them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b, md5
from typing import Any, Final

import numpy as np

from library.search.postings import (
    LENGTHS,
    POSTING,
    TERM_INFO,
    FieldPostings,
    Record,
    extent,
    unpack,
)
from library.search.stock import (
    ListMatcher,
    OrderedHashWriter,
    W3Codec,
    W3FieldWriter,
    length_to_byte,
)

LAST_PLACE: Final = 0xFFFF
"""Words that stand further back in a field than this share a place."""

POSTINGS: Final = ".pst"
DIRECTORY: Final = ".dir"
"""File names' ends."""

ENTRY: Final = np.dtype([("term", "<u8"), ("offset", "<u8"), ("count", "<u4")])
"""An entry of the directory: a term's hash, where its record begins, its number of passages."""


_SLOT: Final = np.dtype([("hash", ">u4"), ("position", ">i8")])
# Terms that go to the files at once.
_PORTION: Final = 4096
# What Whoosh wants to know of the shortest and the longest text that a term is in.
_SHORTEST, _LONGEST = length_to_byte(0), length_to_byte(LAST_PLACE)


def term_hash(field: str, term: bytes) -> int:
    """64 bits that stand for a term of a field: too many for two of one index to meet."""
    return _number(field.encode() + b"\0" + term)


def _number(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "little")


class ArrayCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with other postings."""

    def field_writer(self, storage: Any, segment: Any) -> ArrayFieldWriter:
        return ArrayFieldWriter(self, storage, segment)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> Any:
        """A stock matcher, for all that wants one; scoring reads the arrays itself."""
        offset, length = extent(terminfo)
        count = terminfo.doc_frequency()
        passages, frequencies = unpack(dbfile.get(offset, length), count)
        return ListMatcher(
            passages.tolist(),
            frequencies.astype(float).tolist(),
            None,
            format_,
            scorer=scorer,
            term=term,
            terminfo=terminfo,
        )


class TermsWriter(OrderedHashWriter):  # type: ignore[misc]
    """Whoosh's file of terms, written many at once: term by term takes most of the time of a commit."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.lastkey: bytes = b""
        self._at: int = file.tell()
        self._positions = array("q")

    def add_all(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Terms and their infos, ascending and after all that were added before."""
        at = self._at
        written: list[bytes] = []
        last = self.lastkey
        buckets, place = self.buckets, self._positions.append
        for key, value in items:
            if key <= last:
                raise ValueError(f"The terms {last!r} and {key!r} are not ascending.")
            last = key
            written += (LENGTHS.pack(len(key), len(value)), key, value)
            # Whoosh's hash of a key.
            number = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
            buckets[number & 255].append((number, at))
            place(at)
            at += LENGTHS.size + len(key) + len(value)
        self._at, self.lastkey = at, last
        self.dbfile.write(b"".join(written))

    def _write_hashes(self) -> None:
        for entries in self.buckets:
            size = 2 * len(entries)
            self.directory.append((self.dbfile.tell(), size))
            taken = [False] * size
            slots = []
            for number, _ in entries:
                slot = (number >> 8) % size
                while taken[slot]:
                    slot = (slot + 1) % size
                taken[slot] = True
                slots.append(slot)
            table = np.zeros(size, _SLOT)
            if entries:
                table["hash"][slots], table["position"][slots] = zip(*entries, strict=True)
            self.dbfile.write(table.tobytes())

    def _write_extras(self) -> None:
        small = self._at < 1 << 31
        self.index.array = array("i", self._positions) if small else self._positions
        super()._write_extras()


class ArrayFieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Writes whole terms where Whoosh's writes posting after posting."""

    def __init__(self, codec: Any, storage: Any, segment: Any) -> None:
        super().__init__(codec, storage, segment)
        # Begins the file anew: nothing but Whoosh's head has been written.
        file = self._tindex.dbfile  # type: ignore[has-type]
        file.seek(0)
        self._tindex = TermsWriter(file)
        self._fieldmap: dict[str, int] = {}
        self._tindex.extras["fieldmap"] = self._fieldmap
        self._directory = (array("Q"), array("Q"), array("I"))
        self._offset = 0

    def add_postings(self, schema: Any, lengths: Any, items: Iterable[FieldPostings]) -> None:
        for field, records in items:
            self.start_field(field, schema[field])
            portion: list[Record] = []
            for record in records:
                portion.append(record)
                if len(portion) == _PORTION:
                    self._add_terms(field, portion)
                    portion.clear()
            self._add_terms(field, portion)
            self.finish_field()

    def _add_terms(self, field: str, records: list[Record]) -> None:
        begin, offset = self._fieldid.to_bytes(2, "big"), self._offset
        hashes, offsets, counts = self._directory
        head = field.encode() + b"\0"
        terms: list[tuple[bytes, bytes]] = []
        for term, first, last, data, total, highest in records:
            length = len(data)
            count = (length - 2 * total) // POSTING
            info = TERM_INFO.pack(
                0, total, count, _SHORTEST, _LONGEST, highest, first, last, offset, length
            )
            terms.append((begin + term, info))
            hashes.append(_number(head + term))
            offsets.append(offset)
            counts.append(count)
            offset += length
        self._offset = offset
        self._postfile.write(b"".join([record.data for record in records]))
        self._tindex.add_all(terms)

    def close(self) -> None:
        entries = np.empty(len(self._directory[0]), ENTRY)
        for name, column in zip(ENTRY.names or (), self._directory, strict=True):
            entries[name] = column
        entries.sort(order="term")
        with self._create_file(DIRECTORY) as file:
            file.write(entries.tobytes())
        super().close()
