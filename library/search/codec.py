"""Postings as plain arrays, inside Whoosh's segments.

Whoosh's own codec pickles postings in small blocks, made for walking one posting at a time. Here a
term's postings lie one after the other on the disk as the arrays in which they are scored:

    passages: n int32, ascending | frequencies: n uint16 | places: sum of the frequencies uint16

Terms, columns, segments, commits and locks stay Whoosh's, and so does every reader that goes through
its matchers, the stock searcher among them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermInfo
from whoosh.matching import ListMatcher
from whoosh.reading import SegmentReader

from library.search.columns import Ints

LAST_PLACE: Final = 0xFFFF
"""Words that stand further back in a field than this share a place."""

POSTING: Final = 6
"""Bytes of one posting without its places."""


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
    ) -> ListMatcher:
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

    def take(self, reader: SegmentReader, postings: bytes, moved: Ints) -> None:
        """All postings of a segment; ``moved`` says for each of its passages the new number, or -1.

        ``postings`` is the content of its postings file. Numbers must be higher than any before.
        """
        for (field, term), info in reader:
            offset, length = extent(info)
            data = postings[offset : offset + length]
            count = info.doc_frequency()
            passages, frequencies = unpack(data, count)
            passages = moved[passages]
            kept = passages >= 0
            number = self._number(field, term)
            places = data[POSTING * count :]
            if not kept.all():
                every = np.frombuffer(places, "<u2")
                places = every[np.repeat(kept, frequencies)].tobytes()
                passages, frequencies = passages[kept], frequencies[kept]
            self._term.extend([number] * len(passages))
            self._passage.frombytes(passages.astype("<i4").tobytes())
            self._frequency.frombytes(frequencies.astype("<u2").tobytes())
            self._places += places

    def iter_postings(self) -> SortedPostings:
        """What the pool holds, in the order of fields, terms and passages."""
        return SortedPostings(
            self._terms, self._term, self._passage, self._frequency, bytes(self._places)
        )

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
        places: bytes,
    ) -> None:
        self._terms = {field: sorted(numbers.items()) for field, numbers in sorted(terms.items())}
        order = np.argsort(np.asarray(term, dtype=np.int32), kind="stable")
        counted = np.asarray(frequency, dtype=np.int64)
        begins = np.cumsum(counted) - counted
        self._passages = np.asarray(passage, dtype="<i4")[order]
        self._frequencies = np.asarray(frequency, dtype="<u2")[order]
        sorted_counts = counted[order]
        self._place_ends = np.cumsum(sorted_counts)
        # Gather runs of different lengths: for each place, where its run began and how far in it is.
        inside = np.arange(len(places) // 2) - np.repeat(
            self._place_ends - sorted_counts, sorted_counts
        )
        self._places = np.frombuffer(places, "<u2")[
            np.repeat(begins[order], sorted_counts) + inside
        ]
        number_of_terms = sum(len(numbers) for numbers in terms.values())
        self._ends = np.cumsum(np.bincount(np.asarray(term), minlength=number_of_terms))

    def fields(self) -> Iterator[tuple[str, Iterator[tuple[bytes, int, int, bytes, float, float]]]]:
        """Per field, per term: its bytes, first and last passage, record, total and highest frequency."""
        for field, numbers in self._terms.items():
            yield field, self._records(numbers)

    def _records(
        self, numbers: Iterable[tuple[bytes, int]]
    ) -> Iterator[tuple[bytes, int, int, bytes, float, float]]:
        ends = [0, *self._ends.tolist()]
        place_ends = [0, *self._place_ends[self._ends - 1].tolist()] if len(self._ends) else [0]
        passages, frequencies, places = self._passages, self._frequencies, self._places
        for term, number in numbers:
            start, end = ends[number], ends[number + 1]
            if start == end:
                continue
            first_place, last_place = place_ends[number], place_ends[number + 1]
            counted = frequencies[start:end]
            record = b"".join(
                (
                    passages[start:end].tobytes(),
                    counted.tobytes(),
                    places[first_place:last_place].tobytes(),
                )
            )
            total = last_place - first_place
            highest = total if end - start == 1 else int(counted.max())
            yield term, int(passages[start]), int(passages[end - 1]), record, total, highest


class ArrayFieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Writes whole terms where Whoosh's writes posting after posting."""

    def add_postings(self, schema: Any, lengths: Any, items: SortedPostings) -> None:
        for field, records in items.fields():
            self.start_field(field, schema[field])
            for term, first, last, record, total, highest in records:
                self._add_term(term, first, last, record, total, highest)
            self.finish_field()

    def _add_term(
        self, term: bytes, first: int, last: int, record: bytes, total: float, highest: float
    ) -> None:
        info = W3TermInfo(
            weight=total,
            df=(len(record) - 2 * int(total)) // POSTING,
            minlength=0,
            maxlength=LAST_PLACE,
            maxweight=highest,
            minid=first,
            maxid=last,
        )
        info.set_extent(self._postfile.tell(), len(record))
        self._postfile.write(record)
        self._tindex.add(self._fieldid.to_bytes(2, "big") + term, info.to_bytes())
