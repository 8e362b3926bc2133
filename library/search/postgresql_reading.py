"""Reading the tables within one transaction, in few round trips.

A term is asked for in all segments at once, however many there are. Since the transaction sees the tables
as they were when it began, what a writer merges or deletes meanwhile does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from library.errors import Damaged
from library.search.codec import term_hash
from library.search.columns import Ints
from library.search.postgresql_connections import Cursor
from library.search.postgresql_tables import Generation
from library.search.postings import POSTING, occurrences, unpack
from library.search.schema import TEXTS
from library.search.schema import row as read_row
from library.search.segments import MOST_STARTS, Flags
from library.search.sketches import Sketch
from library.search.sketches import read as read_sketch

Hashes = NDArray[np.uint64]


def word_key(field: str, term: bytes) -> bytes:
    """A term of a field as it is stored and sorted."""
    return bytes([TEXTS.index(field)]) + term


def hashes(terms: Iterable[tuple[str, str]]) -> Hashes:
    """The terms of fields as they are looked up."""
    return np.array([term_hash(field, term.encode()) for field, term in terms], np.uint64)


class Reading:
    """The tables of a generation as one transaction sees them; for one thread."""

    def __init__(self, cursor: Cursor, generation: Generation) -> None:
        self.cursor = cursor
        self.generation = generation
        self._sql = generation.sql
        self._expected: set[int] = set()
        self._expected_places: set[int] = set()
        self._counts: dict[int, dict[int, int]] = {}
        self._postings: dict[int, dict[int, bytes]] = {}
        self._places: dict[int, dict[int, bytes]] = {}
        self._starting: dict[bytes, dict[int, list[str]]] = {}

    def expect(self, terms: Hashes) -> None:
        """Ask for the postings of these terms together with the first ones that are needed."""
        self._expected.update(terms.view(np.int64).tolist())

    def expect_places(self, terms: Hashes) -> None:
        """The same for their places."""
        self._expected_places.update(terms.view(np.int64).tolist())

    def counts(self, segment: int, terms: Hashes) -> dict[int, int]:
        """As `Segment.counts`."""
        keys = terms.view(np.int64).tolist()
        self._fetch_places(self._expected_places.intersection(keys))
        for key in keys:
            if key not in self._counts and key in self._postings:
                there = self._postings[key].items()
                self._counts[key] = {where: len(data) // POSTING for where, data in there}
        missing = [key for key in keys if key not in self._counts]
        if missing:
            self._counts.update((key, {}) for key in missing)
            for term, where, passages in self.cursor.execute(
                self._sql(
                    "SELECT term, segment, passages FROM {posting} WHERE term = ANY(%s::int8[])"
                ),
                (missing,),
            ):
                self._counts[term][where] = passages
        return {
            n: self._counts[k][segment] for n, k in enumerate(keys) if segment in self._counts[k]
        }

    def postings(self, segment: int, terms: Hashes) -> dict[int, tuple[Ints, Ints]]:
        """As `Segment.postings`."""
        keys = terms.view(np.int64).tolist()
        self._fetch(keys)
        found = {}
        for number, key in enumerate(keys):
            data = self._postings[key].get(segment)
            if data is not None:
                if len(data) % POSTING:
                    raise Damaged("Postings in the search index end too early.")
                found[number] = unpack(data, len(data) // POSTING)
        return found

    def _fetch(self, keys: Sequence[int]) -> None:
        missing = [key for key in keys if key not in self._postings]
        if not missing:
            return
        missing += self._expected.difference(missing, self._postings)
        self._expected.clear()
        self._postings.update((key, {}) for key in missing)
        for term, where, data in self.cursor.execute(
            self._sql("SELECT term, segment, postings FROM {posting} WHERE term = ANY(%s::int8[])"),
            (missing,),
        ):
            self._postings[term][where] = data

    def places(
        self, segment: int, terms: Hashes, within: Flags | None = None
    ) -> dict[int, tuple[Ints, Ints]]:
        """As `Segment.places`."""
        keys = terms.view(np.int64).tolist()
        self._fetch_places(keys)
        found = {}
        for number, (passages, frequencies) in self.postings(segment, terms).items():
            read = partial(_places, self._places[keys[number]][segment])
            found[number] = occurrences(passages, frequencies, within, read)
        return found

    def _fetch_places(self, keys: Iterable[int]) -> None:
        missing = [key for key in keys if key not in self._places]
        if not missing:
            return
        missing += self._expected_places.difference(missing, self._places)
        self._expected_places.clear()
        self._places.update((key, {}) for key in missing)
        self._postings.update((key, {}) for key in missing)
        for term, where, postings, places in self.cursor.execute(
            self._sql(
                "SELECT term, segment, postings, places FROM {posting} WHERE term = ANY(%s::int8[])"
            ),
            (missing,),
        ):
            self._postings[term][where] = postings
            self._places[term][where] = places

    def starting(self, segment: int, field: str, start: str) -> list[str]:
        """As `Segment.starting`."""
        begin = word_key(field, start.encode())
        known = self._starting.get(begin)
        if known is None:
            known = self._starting[begin] = {}
            for where, word in self.cursor.execute(
                self._sql(
                    "SELECT s.id, w.word FROM {segment} s CROSS JOIN LATERAL ("
                    "SELECT word FROM {posting} p WHERE p.segment = s.id"
                    " AND p.word >= %s AND p.word < %s ORDER BY word LIMIT %s) w"
                ),
                (begin, begin + b"\xff", MOST_STARTS),
            ):
                known.setdefault(where, []).append(word[1:].decode())
            terms = {term for some in known.values() for term in some}
            self.expect(hashes((field, term) for term in terms))
        return known.get(segment, [])

    def rows(self, segments: Sequence[int], numbers: Sequence[int]) -> list[list[str]]:
        """What is shown of passages, each given by its segment and its number there."""
        return [read_row(stored) for stored in self._column("row", segments, numbers)]

    def sketches(self, segments: Sequence[int], numbers: Sequence[int]) -> list[Sketch]:
        """The sketches of passages."""
        return [read_sketch(stored) for stored in self._column("sketch", segments, numbers)]

    def _column(self, name: str, segments: Sequence[int], numbers: Sequence[int]) -> list[bytes]:
        found: dict[int, bytes] = dict(
            self.cursor.execute(
                self._sql(
                    "SELECT w.n, p.{column} FROM unnest(%s::int4[], %s::int4[]) WITH ORDINALITY"
                    " AS w(segment, number, n) JOIN {passage} p"
                    " ON p.segment = w.segment AND p.number = w.number",
                    column=name,
                ),
                (list(segments), list(numbers)),
            )
        )
        if len(found) != len(numbers):
            raise Damaged("Passages are missing in the tables of the search index.")
        return [found[number] for number in range(1, len(numbers) + 1)]


def _places(stored: bytes, first: int, count: int) -> Ints:
    if 2 * (first + count) > len(stored):
        raise Damaged("Places in the search index end too early.")
    return np.frombuffer(stored, "<u2", count, 2 * first).astype(np.int32)
