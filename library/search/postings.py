"""Postings on their way to the disk: gathered, sorted, joined.

A term's postings are one record of plain arrays, in which they are scored as well:

    passages: n int32, ascending | frequencies: n uint16 | places: sum of the frequencies uint16

Whatever is written goes through a pool. It sorts in memory, and puts what it has sorted aside on the
disk when that grows too big; so a whole library becomes one segment, however little memory there is.
"""

from __future__ import annotations

import os
import struct
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import count as counting
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from library.errors import Damaged
from library.search.columns import Ints
from library.search.distinct import summed

Flags = NDArray[np.bool_]

POSTING: Final = 6
"""Bytes of one posting without its places."""

POOL_BYTES: Final = 64 << 20
"""How much of the memory a pool may take before it puts something aside."""

TERM_INFO: Final = struct.Struct("!BfIBBfIIqi")
"""What Whoosh keeps of a term whose postings are elsewhere: a mark, its weight, its passages, the shortest
and the longest text, its highest weight, the first and the last passage, the record's offset and length."""

LENGTHS: Final = struct.Struct("!ii")
"""What stands before a term in Whoosh's file of terms: the length of its key, and that of its info."""

_PORTION: Final = 1 << 17
_READ_AT_ONCE: Final = 1 << 20
_HEAD: Final = struct.Struct("<BHIiiIH")


class Record(NamedTuple):
    """A term, its first and last passage, its postings, how often it occurs in all of them, and in
    the one that has it most often."""

    term: bytes
    first: int
    last: int
    data: bytes
    total: int
    highest: int


class Gathered(NamedTuple):
    """The terms of a text, how often each occurs (uint16), and all their places (uint16), term by term."""

    terms: Sequence[bytes]
    counts: array[int]
    places: array[int]


FieldPostings = tuple[str, Iterable[Record]]
"""A field and its records, in the order of their terms."""


def unpack(data: bytes, count: int) -> tuple[Ints, Ints]:
    """The passages and frequencies of ``count`` postings."""
    return (
        np.frombuffer(data, "<i4", count),
        np.frombuffer(data, "<u2", count, 4 * count).astype(np.int32),
    )


def merged(several: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """The postings of several terms as those of one."""
    passages, frequencies = summed([p for p, _ in several], [f for _, f in several])
    return passages, frequencies


def occurrences(
    passages: Ints, frequencies: Ints, within: Flags | None, read: Callable[[int, int], Ints]
) -> tuple[Ints, Ints]:
    """The passage of each occurrence and its place there, only where ``within`` is True for a passage.

    ``read`` gives so many places of the record, from which one on.
    """
    at = None if within is None else np.flatnonzero(within[passages])
    if at is None or len(at) == len(passages):
        return np.repeat(passages, frequencies), read(0, int(frequencies.sum()))
    if not len(at):
        return passages[:0], frequencies[:0]
    ends = np.cumsum(frequencies)
    often, last = frequencies[at], ends[at]
    begins = last - often
    inside = np.arange(int(often.sum())) - np.repeat(np.cumsum(often) - often, often)
    places = read(int(begins[0]), int(last[-1] - begins[0]))
    return np.repeat(passages[at], often), places[np.repeat(begins - begins[0], often) + inside]


def extent(info: Any) -> tuple[int, int]:
    """Where a term's record begins in the postings file, and its length; from Whoosh's term info."""
    offset, length = info.extent()
    # Whoosh forgets to take the length out of what it unpacks.
    return offset, length[0] if isinstance(length, tuple) else length


class PostingsPool:
    """Takes the place of a Whoosh writer's pool: gathers postings in arrays instead of sorting tuples."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is where postings may be put aside; nothing is left there, even after a kill."""
        self._folder = folder
        self._runs: list[IO[bytes]] = []
        self._begin()

    def _begin(self) -> None:
        number = counting()
        # Every term gets a number when it is first asked for.
        self._terms: defaultdict[str, defaultdict[bytes, int]] = defaultdict(
            lambda: defaultdict(number.__next__)
        )
        self._term = array("i")
        self._passage = array("i")
        self._frequency = array("H")
        self._places = bytearray()

    @property
    def size(self) -> int:
        """About how many bytes of memory the pool takes."""
        terms = sum(map(len, self._terms.values()))
        return len(self._term) * 10 + len(self._places) + terms * 150

    def gather(self, field: str, passage: int, text: Gathered) -> None:
        """The postings of a text in a passage, whose number must not be lower than any before."""
        self._term.extend(map(self._terms[field].__getitem__, text.terms))
        self._passage.extend(array("i", [passage]) * len(text.terms))
        self._frequency.extend(text.counts)
        self._places += text.places.tobytes()

    def make_room(self, most: int | None = None) -> None:
        """Put aside what is there if it takes more than ``most`` bytes (`POOL_BYTES`) of memory."""
        if self.size <= (POOL_BYTES if most is None else most):
            return
        run = tempfile.TemporaryFile(dir=self._folder, buffering=1 << 18)  # noqa: SIM115
        self._runs.append(run)
        for field, records in self._sorted():
            name = field.encode()
            for term, first, last, data, total, highest in records:
                run.write(_HEAD.pack(len(name), len(term), len(data), first, last, total, highest))
                run.write(name)
                run.write(term)
                run.write(data)
        run.flush()
        self._begin()

    def take(self, reader: Any, postings: int, moved: Ints) -> None:
        """All postings of a segment; ``moved`` says for each of its passages the new number, or -1.

        ``postings`` is its open postings file. Numbers must be higher than any before.
        """
        numbers = moved.tolist()
        ahead, begin = b"", 0
        for field, term, count, offset, length in _terms(reader):
            # Records lie in the order of their terms.
            at = offset - begin
            if at < 0 or at + length > len(ahead):
                ahead = os.pread(postings, max(length, _READ_AT_ONCE), offset)
                begin, at = offset, 0
            data = ahead[at : at + length]
            if count == 1:
                # Half of all terms occur in one passage only.
                passage = numbers[int.from_bytes(data[:4], "little")]
                if passage >= 0:
                    places = data[POSTING:]
                    self._term.append(self._terms[field][term])
                    self._passage.append(passage)
                    self._frequency.append(len(places) >> 1)
                    self._places += places
            else:
                self.put(field, term, data, count, moved)
            self.make_room()

    def put(self, field: str, term: bytes, data: bytes, count: int, moved: Ints) -> None:
        """A record of ``count`` postings; ``moved`` as for `take`."""
        passages, frequencies = unpack(data, count)
        passages = moved[passages]
        kept = passages >= 0
        places = data[POSTING * count :]
        if not kept.all():
            every = np.frombuffer(places, "<u2")
            places = every[np.repeat(kept, frequencies)].tobytes()
            passages, frequencies = passages[kept], frequencies[kept]
        if len(passages):
            self._term.extend(array("i", [self._terms[field][term]]) * len(passages))
            self._passage.frombytes(passages.tobytes())
            self._frequency.frombytes(frequencies.astype("<u2").tobytes())
            self._places += places

    def iter_postings(self) -> Iterator[FieldPostings]:
        """What was put into the pool, in the order of fields, terms and passages."""
        if not self._runs:
            return self._sorted()
        self.make_room(0)
        return _joined(self._runs)

    def _sorted(self) -> Iterator[FieldPostings]:
        return iter(
            _Sorted(self._terms, self._term, self._passage, self._frequency, self._places).fields()
        )

    def cleanup(self) -> None:
        """Remove what was put aside."""
        for run in self._runs:
            run.close()
        self._runs.clear()


def _terms(reader: Any) -> Iterator[tuple[str, bytes, int, int, int]]:
    """Field, term, number of passages, and offset and length of the record, of all terms of a segment.

    Read past Whoosh's reader, which makes several objects of each.
    """
    table, names = reader._terms._tindex, reader._terms._fieldunmap
    at = table.startofdata
    while at < table.endofdata:
        data = bytes(table.dbfile.get(at, min(_READ_AT_ONCE, table.endofdata - at)))
        here = 0
        while (start := here + LENGTHS.size) <= len(data):
            key, info = LENGTHS.unpack_from(data, here)
            end = start + key
            if end + info > len(data):
                break
            told = TERM_INFO.unpack_from(data, end)
            field = names[int.from_bytes(data[start : start + 2], "big")]
            yield field, data[start + 2 : end], told[2], told[8], told[9]
            here = end + info
        if not here:
            raise Damaged("A file of the search index ends too early.")
        at += here


class _Sorted:
    """What is in memory, term by term."""

    def __init__(
        self,
        terms: Mapping[str, Mapping[bytes, int]],
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

    def fields(self) -> Iterator[FieldPostings]:
        """Every field with its records."""
        first = 0
        for field, names in self._terms.items():
            yield field, self._records(names, first)
            first += len(names)

    def _records(self, names: list[bytes], first: int) -> Iterator[Record]:
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
                data = raw[0][4 * a : 4 * b] + raw[1][2 * a : 2 * b] + raw[2][2 * x : 2 * y]
                yield Record(
                    names[at + number], firsts[number], lasts[number], data, y - x, highest[number]
                )
                a, x = b, y
            at = until


def _joined(runs: list[IO[bytes]]) -> Iterator[FieldPostings]:
    """What was put aside, as one: passages of a later run follow those of an earlier one."""
    every = merge(*(_read(run, number) for number, run in enumerate(runs)))
    for field, some in groupby(every, key=itemgetter(0)):
        yield field.decode(), _records(some)


def _records(entries: Iterator[tuple[bytes, bytes, int, Record]]) -> Iterator[Record]:
    for _, same in groupby(entries, key=itemgetter(1)):
        records = [entry[3] for entry in same]
        yield records[0] if len(records) == 1 else _one(records)


def _one(records: list[Record]) -> Record:
    passages, frequencies, places = [], [], []
    for record in records:
        count = (len(record.data) - 2 * record.total) // POSTING
        passages.append(record.data[: 4 * count])
        frequencies.append(record.data[4 * count : POSTING * count])
        places.append(record.data[POSTING * count :])
    return Record(
        records[0].term,
        records[0].first,
        records[-1].last,
        b"".join((*passages, *frequencies, *places)),
        sum(record.total for record in records),
        max(record.highest for record in records),
    )


def _read(run: IO[bytes], number: int) -> Iterator[tuple[bytes, bytes, int, Record]]:
    run.seek(0)
    while head := run.read(_HEAD.size):
        field_length, term_length, length, first, last, total, highest = _HEAD.unpack(head)
        field = run.read(field_length)
        term = run.read(term_length)
        yield field, term, number, Record(term, first, last, run.read(length), total, highest)
