"""Postings as plain arrays, inside Whoosh's segments.

Whoosh's own codec pickles postings in small blocks, made for walking one posting at a time. Here a
term's postings lie one after the other on the disk as the arrays in which they are scored:

    passages: n int32, ascending | frequencies: n uint16 | places: sum of the frequencies uint16

A directory beside them says where each term's record is, sorted by a hash of the term, so that many
terms are looked up at once. Terms, columns, segments, commits and locks stay Whoosh's, and so does
every reader that goes through its matchers, the stock searcher among them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from library.search.columns import Ints
from library.search.stock import ListMatcher, W3Codec, W3FieldWriter, W3TermInfo

LAST_PLACE: Final = 0xFFFF
"""Words that stand further back in a field than this share a place."""

POSTINGS: Final = ".pst"
DIRECTORY: Final = ".dir"
"""File names' ends."""

ENTRY: Final = np.dtype([("term", "<u8"), ("offset", "<u4"), ("count", "<u4")])
"""An entry of the directory: a term's hash, where its record begins, its number of passages."""

_PORTION: Final = 1 << 17

POSTING: Final = 6
"""Bytes of one posting without its places."""


def term_hash(field: str, term: bytes) -> int:
    """64 bits that stand for a term of a field: too many for two of one index to meet."""
    return int.from_bytes(blake2b(field.encode() + b"\0" + term, digest_size=8).digest(), "little")


def unpack(data: bytes, count: int) -> tuple[Ints, Ints]:
    """The passages and frequencies of ``count`` postings."""
    return (
        np.frombuffer(data, "<i4", count),
        np.frombuffer(data, "<u2", count, 4 * count).astype(np.int32),
    )


def extent(info: Any) -> tuple[int, int]:
    """Where a term's record begins in the postings file, and its length."""
    offset, length = info.extent()
    # Whoosh forgets to take the length out of what it unpacks.
    return offset, length[0] if isinstance(length, tuple) else length


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


class PostingsPool:
    """Takes the place of a writer's pool: gathers postings in arrays instead of sorting tuples."""

    def __init__(self) -> None:
        self._terms: dict[str, dict[bytes, int]] = {}
        self._count = 0
        self._term = array("i")
        self._passage = array("i")
        self._frequency = array("H")
        self._places = bytearray()

    @property
    def size(self) -> int:
        """About how many bytes of memory the pool takes."""
        return len(self._term) * 10 + len(self._places) + self._count * 150

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """One posting, as Whoosh's writer hands it over; its value is the places, as uint16."""
        field, term, passage, _, places = item
        self._term.append(self._number(field, term))
        self._passage.append(passage)
        self._frequency.append(len(places) >> 1)
        self._places += places

    def _number(self, field: str, term: bytes) -> int:
        terms = self._terms.get(field)
        if terms is None:
            terms = self._terms[field] = {}
        number = terms.get(term)
        if number is None:
            number = terms[term] = self._count
            self._count += 1
        return number

    def take(self, reader: Any, postings: bytes, moved: Ints) -> None:
        """All postings of a segment; ``moved`` says for each of its passages the new number, or -1.

        ``postings`` is the content of its postings file. Numbers must be higher than any before.
        """
        numbers = moved.tolist()
        for (field, term), info in reader:
            offset, length = extent(info)
            data = postings[offset : offset + length]
            count = info.doc_frequency()
            if count == 1:
                # Half of all terms occur in one passage only.
                passage = numbers[int.from_bytes(data[:4], "little")]
                if passage >= 0:
                    self.add((field, term, passage, 1.0, data[POSTING:]))
                continue
            passages, frequencies = unpack(data, count)
            passages = moved[passages]
            kept = passages >= 0
            places = data[POSTING * count :]
            if not kept.all():
                every = np.frombuffer(places, "<u2")
                places = every[np.repeat(kept, frequencies)].tobytes()
                passages, frequencies = passages[kept], frequencies[kept]
            if len(passages):
                self._term.extend([self._number(field, term)] * len(passages))
                self._passage.frombytes(passages.tobytes())
                self._frequency.frombytes(frequencies.astype("<u2").tobytes())
                self._places += places

    def iter_postings(self) -> SortedPostings:
        """What the pool holds, in the order of fields, terms and passages."""
        return SortedPostings(self._terms, self._term, self._passage, self._frequency, self._places)

    def cleanup(self) -> None:
        """Whoosh asks its pool to remove temporary files; there are none."""


class SortedPostings:
    """All postings of a segment to be, term by term."""

    def __init__(
        self,
        terms: dict[str, dict[bytes, int]],
        term: array[int],
        passage: array[int],
        frequency: array[int],
        places: bytearray,
    ) -> None:
        self._terms = {field: sorted(numbers) for field, numbers in sorted(terms.items())}
        # Number the terms anew, in the order in which they are to be written.
        ranks = np.empty(sum(map(len, terms.values())), np.int32)
        rank = 0
        for field, names in self._terms.items():
            ranks[[terms[field][name] for name in names]] = np.arange(rank, rank + len(names))
            rank += len(names)
        ranked = ranks[np.frombuffer(term, np.int32)]
        self._order = np.argsort(ranked, kind="stable").astype(np.int32)
        self._ends = np.cumsum(np.bincount(ranked, minlength=len(ranks)))
        self._passage = np.frombuffer(passage, np.int32)
        self._frequency = np.frombuffer(frequency, np.uint16)
        self._places = np.frombuffer(places, np.uint16)
        self._begins = np.cumsum(self._frequency, dtype=np.int32) - self._frequency

    def fields(self) -> Iterator[tuple[str, Iterator[tuple[bytes, int, int, bytes, int, int]]]]:
        """Per field, per term: its bytes, first and last passage, record, total and highest frequency."""
        first = 0
        for field, names in self._terms.items():
            yield field, self._records(names, first)
            first += len(names)

    def _records(
        self, names: list[bytes], first: int
    ) -> Iterator[tuple[bytes, int, int, bytes, int, int]]:
        """Terms in portions: gathering term by term takes too long, all at once too much memory."""
        at = 0
        while at < len(names):
            start = int(self._ends[first + at - 1]) if first + at else 0
            until = int(np.searchsorted(self._ends, start + _PORTION, side="right")) - first
            until = min(max(until, at + 1), len(names))
            ends = self._ends[first + at : first + until] - start
            order = self._order[start : start + int(ends[-1])]
            passages = self._passage[order]
            frequencies = self._frequency[order]
            counted = frequencies.astype(np.int64)
            place_ends = np.cumsum(counted)
            # Runs of different lengths: for each place, where its run begins and how far in it is.
            inside = np.arange(int(place_ends[-1])) - np.repeat(place_ends - counted, counted)
            places = self._places[np.repeat(self._begins[order], counted) + inside]
            raw = passages.tobytes(), frequencies.tobytes(), places.tobytes()
            highest = np.maximum.reduceat(frequencies, np.append(0, ends[:-1])).tolist()
            firsts = passages[np.append(0, ends[:-1])].tolist()
            lasts = passages[ends - 1].tolist()
            a = x = 0
            for number, (b, y) in enumerate(
                zip(ends.tolist(), place_ends[ends - 1].tolist(), strict=True)
            ):
                record = raw[0][4 * a : 4 * b] + raw[1][2 * a : 2 * b] + raw[2][2 * x : 2 * y]
                name = names[at + number]
                yield name, firsts[number], lasts[number], record, y - x, highest[number]
                a, x = b, y
            at = until


class ArrayFieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Writes whole terms where Whoosh's writes posting after posting."""

    def __init__(self, codec: Any, storage: Any, segment: Any) -> None:
        super().__init__(codec, storage, segment)
        self._directory = (array("Q"), array("I"), array("I"))

    def add_postings(self, schema: Any, lengths: Any, items: SortedPostings) -> None:
        for field, records in items.fields():
            self.start_field(field, schema[field])
            for term, first, last, record, total, highest in records:
                self._add_term(field, term, first, last, record, total, highest)
            self.finish_field()

    def _add_term(
        self,
        field: str,
        term: bytes,
        first: int,
        last: int,
        record: bytes,
        total: int,
        highest: int,
    ) -> None:
        offset = self._postfile.tell()
        count = (len(record) - 2 * total) // POSTING
        info = W3TermInfo(
            weight=total,
            df=count,
            minlength=0,
            maxlength=LAST_PLACE,
            maxweight=highest,
            minid=first,
            maxid=last,
        )
        info.set_extent(offset, len(record))
        self._postfile.write(record)
        self._tindex.add(self._fieldid.to_bytes(2, "big") + term, info.to_bytes())
        for column, value in zip(
            self._directory, (term_hash(field, term), offset, count), strict=True
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
