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
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from library.search.postings import POSTING, FieldPostings, Record, extent, unpack
from library.search.stock import ListMatcher, W3Codec, W3FieldWriter, W3TermInfo

LAST_PLACE: Final = 0xFFFF
"""Words that stand further back in a field than this share a place."""

POSTINGS: Final = ".pst"
DIRECTORY: Final = ".dir"
"""File names' ends."""

ENTRY: Final = np.dtype([("term", "<u8"), ("offset", "<u8"), ("count", "<u4")])
"""An entry of the directory: a term's hash, where its record begins, its number of passages."""


def term_hash(field: str, term: bytes) -> int:
    """64 bits that stand for a term of a field: too many for two of one index to meet."""
    return int.from_bytes(blake2b(field.encode() + b"\0" + term, digest_size=8).digest(), "little")


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


class ArrayFieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Writes whole terms where Whoosh's writes posting after posting."""

    def __init__(self, codec: Any, storage: Any, segment: Any) -> None:
        super().__init__(codec, storage, segment)
        self._directory = (array("Q"), array("Q"), array("I"))

    def add_postings(self, schema: Any, lengths: Any, items: Iterable[FieldPostings]) -> None:
        for field, records in items:
            self.start_field(field, schema[field])
            for record in records:
                self._add_term(field, record)
            self.finish_field()

    def _add_term(self, field: str, record: Record) -> None:
        offset = self._postfile.tell()
        count = (len(record.data) - 2 * record.total) // POSTING
        info = W3TermInfo(
            weight=record.total,
            df=count,
            minlength=0,
            maxlength=LAST_PLACE,
            maxweight=record.highest,
            minid=record.first,
            maxid=record.last,
        )
        info.set_extent(offset, len(record.data))
        self._postfile.write(record.data)
        self._tindex.add(self._fieldid.to_bytes(2, "big") + record.term, info.to_bytes())
        for column, value in zip(
            self._directory, (term_hash(field, record.term), offset, count), strict=True
        ):
            column.append(value)

    def close(self) -> None:
        entries = np.empty(len(self._directory[0]), ENTRY)
        for name, column in zip(ENTRY.names or (), self._directory, strict=True):
            entries[name] = column
        entries.sort(order="term")
        with self._create_file(DIRECTORY) as file:
            file.write(entries.tobytes())
        super().close()
