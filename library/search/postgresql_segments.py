"""Segments in tables: their arrays in memory, everything else read within one transaction.

A snapshot is shared by all threads; a search binds a copy of it to its own `Reading`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Final

import numpy as np

from library.errors import Damaged
from library.search.columns import NUMBERS, Ints, Labels, LabelsColumn
from library.search.port import FACETS, Query, WorkHit
from library.search.postgresql_reading import Hashes, Reading, hashes
from library.search.question import Phrase, Question, Word
from library.search.schema import READ, TEXTS
from library.search.scorer import Snapshot
from library.search.segments import Flags, Segment
from library.search.sketches import Sketch

# Terms of a row that are asked for at once.
_SHORT: Final = 4


def packed_labels(values: Iterable[tuple[tuple[str, ...], ...]]) -> bytes:
    """The labels of passages in the bytes of their column."""
    file = io.BytesIO()
    writer = LabelsColumn.Writer(file)
    count = 0
    for count, value in enumerate(values, 1):
        writer.add(count - 1, value)
    writer.finish(count)
    return file.getvalue()


def labels_reader(stored: bytes, count: int) -> LabelsColumn.Reader:
    """The column that `packed_labels` wrote."""
    return LabelsColumn.Reader(_Bytes(stored), 0, len(stored), count)


class _Bytes:
    """Bytes as a file of Whoosh's."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get(self, position: int, length: int) -> bytes:
        return self._data[position : position + length]


class TableSegment(Segment):
    """One segment in the tables."""

    def __init__(
        self, number: int, mark: str, numbers: bytes, labels: bytes, letters: bytes
    ) -> None:
        """What the table of segments holds. ``ValueError`` or ``LookupError`` where it is damaged."""
        passages = np.frombuffer(numbers, NUMBERS)
        columns: list[Labels] = labels_reader(labels, len(passages)).load()
        super().__init__(
            mark,
            numbers=passages,
            labels=dict(zip(FACETS, columns, strict=True)),
            letters=np.frombuffer(letters, "<u4"),
        )
        self.number = number
        self._reading: Reading | None = None

    def on(self, reading: Reading) -> TableSegment:
        """The same segment, to be read in a transaction."""
        bound = copy(self)
        bound._reading = reading
        return bound

    @property
    def _bound(self) -> Reading:
        if self._reading is None:
            raise RuntimeError("This segment is not bound to a transaction.")
        return self._reading

    def release(self) -> None:
        """Nothing of a segment stays open from one transaction to the next."""

    def rows(self, passages: Ints) -> list[list[str]]:
        return self._bound.rows([self.number] * len(passages), passages.tolist())

    def sketches(self, passages: Ints) -> list[Sketch]:
        return self._bound.sketches([self.number] * len(passages), passages.tolist())

    def counts(self, terms: Hashes) -> dict[int, int]:
        return self._bound.counts(self.number, terms)

    def postings(self, terms: Hashes) -> dict[int, tuple[Ints, Ints]]:
        return self._bound.postings(self.number, terms)

    def places(self, terms: Hashes, within: Flags | None = None) -> dict[int, tuple[Ints, Ints]]:
        return self._bound.places(self.number, terms, within)

    def expect_places(self, terms: Hashes) -> None:
        self._bound.expect_places(terms)

    def starting(self, field: str, start: str) -> list[str]:
        return self._bound.starting(self.number, field, start)


class TableSnapshot(Snapshot):
    """All segments of one commit in the tables."""

    segments: tuple[TableSegment, ...]

    def __init__(
        self,
        segments: Sequence[tuple[TableSegment, Flags | None]],
        before: TableSnapshot | None = None,
    ) -> None:
        super().__init__(segments, before)
        self._numbers = np.array([segment.number for segment in self.segments], np.int32)
        self._reading: Reading | None = None
        # Worked out now: what a bound copy works out is lost with it.
        _ = self._language, self._facets, self._norms, self._standing

    @property
    def live(self) -> list[Flags | None]:
        """For each segment, a flag per passage that is False where it is deleted; None if none is."""
        if self._live is None:
            return [None] * len(self.segments)
        parts = np.split(self._live, self.offsets[1:-1])
        return [None if part.all() else part for part in parts]

    def on(self, reading: Reading) -> TableSnapshot:
        """The same snapshot, to be read in a transaction."""
        bound = copy(self)
        bound.segments = tuple(segment.on(reading) for segment in self.segments)
        bound._reading = reading
        return bound

    def verified(self) -> int:
        """The number of passages that can be found. `Damaged` unless the tables hold what the segments
        say, as far as can be told without reading all of them."""
        reading = self._bound
        missing = reading.cursor.execute(
            reading.generation.sql(
                "SELECT s.id FROM {segment} s"
                " JOIN unnest(%s::int4[], %s::int4[]) AS w(id, last) USING (id)"
                " WHERE NOT EXISTS (SELECT FROM {passage} p"
                " WHERE p.segment = s.id AND p.number = w.last) OR s.terms > 0 AND NOT EXISTS"
                " (SELECT FROM {posting} p WHERE p.segment = s.id)"
            ),
            (self._numbers.tolist(), [segment.count - 1 for segment in self.segments]),
        ).fetchone()
        if missing is not None:
            raise Damaged(f"Rows of segment {missing[0]} are missing in the search index.")
        return self.passages

    def search(
        self, question: Question, query: Query
    ) -> tuple[int, list[WorkHit], dict[str, dict[str, int]]]:
        reading = self._bound
        reading.expect(hashes(self._looked_up(question)))
        reading.expect_places(hashes(_in_rows(question)))
        return super().search(question, query)

    def _looked_up(self, question: Question) -> Iterator[tuple[str, str]]:
        """The terms whose postings a question will need."""
        words = {
            word: None for word in (*question.words, *question.excluded) if isinstance(word, Word)
        }
        for substitute in question.substitutes:
            for phrase in substitute.phrases:
                words |= {Word((row[0][0],)): None for row in phrase.rows if len(row) == 1}
        for word in words:
            if self.kept.get(word) is None:
                yield from ((name, form) for name in TEXTS for form in word.forms)

    def rows(self, passages: Ints) -> list[list[str]]:
        return self._bound.rows(*self._places(passages))

    def sketches(self, passages: Ints) -> list[Sketch]:
        return self._bound.sketches(*self._places(passages))

    @property
    def _bound(self) -> Reading:
        if self._reading is None:
            raise RuntimeError("This snapshot is not bound to a transaction.")
        return self._reading

    def _places(self, passages: Ints) -> tuple[list[int], list[int]]:
        """The segments of passages, and their numbers there."""
        at = np.searchsorted(self.offsets, passages, side="right") - 1
        return self._numbers[at].tolist(), (passages - np.array(self.offsets)[at]).tolist()


def _in_rows(question: Question) -> Iterator[tuple[str, str]]:
    """The terms whose places a question will need for what stands word after word. Of long rows little
    is needed: those are read as they are looked for."""
    for phrase in (*question.phrases, *question.excluded):
        if isinstance(phrase, Phrase):
            for row in phrase.rows:
                if len(row) <= _SHORT:
                    yield from ((name, token) for name in TEXTS for token, _ in row)
    for word in question.words:
        yield from (
            (READ, token) for row in word.readings if len(row) <= _SHORT for token, _ in row
        )


def opened(
    reading: Reading, known: Mapping[str, TableSegment], before: TableSnapshot | None = None
) -> TableSnapshot:
    """The last commit that a transaction sees; segments ``known`` by their ids are not read again, nor is
    what is still true of the snapshot ``before`` worked out again."""
    cursor, sql = reading.cursor, reading.generation.sql
    listed: list[tuple[int, str, bytes | None]] = cursor.execute(
        sql("SELECT id, mark, gone FROM {segment} ORDER BY id")
    ).fetchall()
    fresh = [number for number, mark, _ in listed if mark not in known]
    rows: list[tuple[Any, ...]] = cursor.execute(
        sql("SELECT id, mark, numbers, labels, letters FROM {segment} WHERE id = ANY(%s::int4[])"),
        (fresh,),
    ).fetchall()
    read = {row[0]: TableSegment(*row) for row in rows}
    segments = [(known.get(mark) or read[number], gone) for number, mark, gone in listed]
    return TableSnapshot(
        [(segment, _live(gone, segment.count)) for segment, gone in segments], before
    )


def _live(gone: bytes | None, count: int) -> Flags | None:
    if gone is None:
        return None
    return ~np.unpackbits(np.frombuffer(gone, np.uint8), count=count, bitorder="little").view(bool)
