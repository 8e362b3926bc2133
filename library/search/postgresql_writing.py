"""Writing a segment into the tables: passages as they come, their postings sorted at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from library.search.codec import term_hash
from library.search.columns import NUMBERS, Ints
from library.search.merging import crowded
from library.search.postgresql_connections import Cursor
from library.search.postgresql_reading import word_key
from library.search.postgresql_segments import (
    TableSegment,
    TableSnapshot,
    labels_reader,
    packed_labels,
)
from library.search.postgresql_tables import Generation, commit, new_mark
from library.search.postings import POSTING, PostingsPool
from library.search.schema import TEXTS
from library.search.segments import Flags
from library.search.sketch_column import LettersDraft


class SegmentDraft:
    """A segment that is being written, within the transaction of a cursor."""

    def __init__(self, cursor: Cursor, generation: Generation, number: int) -> None:
        self.count = 0
        self.number = number
        self._cursor = cursor
        self._sql = generation.sql
        self._numbers = bytearray()
        self._labels: list[tuple[tuple[str, ...], ...]] = []
        self._letters = LettersDraft()
        self._pool = PostingsPool(Path(tempfile.gettempdir()))

    def fill(self, documents: Iterable[dict[str, Any]]) -> None:
        """Add passages, each as `schema.document` gives it."""
        with self._cursor.copy(
            self._sql("COPY {passage} (segment, number, row, sketch) FROM STDIN (FORMAT BINARY)")
        ) as copy:
            copy.set_types(["int4", "int4", "bytea", "bytea"])
            for fields in documents:
                copy.write_row((self.number, self.count, fields["row"], fields["sketch"]))
                self._numbers += fields["numbers"]
                self._labels.append(fields["labels"])
                self._letters.add(fields["sketch"])
                for name in TEXTS:
                    if name in fields:
                        self._pool.gather(name, self.count, fields[name])
                self._pool.make_room()
                self.count += 1

    def take(self, segment: int, live: Flags) -> None:
        """Copy what is left of another segment of the generation to the end of this one."""
        first, kept = self.count, np.flatnonzero(live)
        if not len(kept):
            return
        cursor = self._cursor
        for numbers, packed in cursor.execute(
            self._sql("SELECT numbers, labels FROM {segment} WHERE id = %s"), (segment,)
        ):
            self._numbers += np.frombuffer(numbers, NUMBERS)[kept].tobytes()
            labels = labels_reader(packed, len(live))
            self._labels += [labels[number] for number in kept.tolist()]
        moved = np.full(len(live), -1, np.int32)
        moved[kept] = np.arange(first, first + len(kept), dtype=np.int32)
        self.count += len(kept)
        cursor.execute(
            self._sql(
                "INSERT INTO {passage} (segment, number, row, sketch)"
                " SELECT %s, moved.fresh, p.row, p.sketch"
                " FROM unnest(%s::int4[], %s::int4[]) AS moved(old, fresh)"
                " JOIN {passage} p ON p.segment = %s AND p.number = moved.old"
            ),
            (self.number, kept.tolist(), moved[kept].tolist(), segment),
        )
        for (sketch,) in cursor.stream(
            self._sql("SELECT sketch FROM {passage} WHERE segment = %s AND number >= %s"),
            (self.number, first),
            size=100,
        ):
            self._letters.add(sketch)
        self._take_postings(segment, moved)

    def _take_postings(self, segment: int, moved: Ints) -> None:
        for word, count, postings, places in self._cursor.stream(
            self._sql("SELECT word, passages, postings, places FROM {posting} WHERE segment = %s"),
            (segment,),
            size=1000,
        ):
            self._pool.put(TEXTS[word[0]], word[1:], postings + places, count, moved)
            self._pool.make_room()

    def finish(self) -> None:
        """Write the rest."""
        terms = 0
        with self._cursor.copy(
            self._sql(
                "COPY {posting} (term, segment, passages, word, postings, places)"
                " FROM STDIN (FORMAT BINARY)"
            )
        ) as copy:
            copy.set_types(["int8", "int4", "int4", "bytea", "bytea", "bytea"])
            for name, records in self._pool.iter_postings():
                for record in records:
                    size = len(record.data) - 2 * record.total
                    key = term_hash(name, record.term)
                    terms += 1
                    copy.write_row(
                        (
                            key - (1 << 64) if key >> 63 else key,
                            self.number,
                            size // POSTING,
                            word_key(name, record.term),
                            record.data[:size],
                            record.data[size:],
                        )
                    )
        self._cursor.execute(
            self._sql(
                "INSERT INTO {segment} (id, mark, numbers, labels, letters, terms)"
                " VALUES (%s, %s, %s, %s, %s, %s)"
            ),
            (
                self.number,
                new_mark(),
                bytes(self._numbers),
                packed_labels(self._labels),
                self._letters.coded().astype("<u4").tobytes(),
                terms,
            ),
        )

    def close(self) -> None:
        """Remove what was put aside on the disk."""
        self._pool.cleanup()


def change(
    cursor: Cursor,
    generation: Generation,
    snapshot: TableSnapshot,
    *,
    gone: Ints,
    documents: Sequence[dict[str, Any]],
) -> bool:
    """Take away the passages ``gone`` and add ``documents``; False where that changes nothing. Crowded
    segments become one with the new passages."""
    if not len(gone) and not documents:
        return False
    lives: list[Flags] = []
    changed: set[int] = set()
    bounds = np.searchsorted(gone, snapshot.offsets).tolist()
    for number, (segment, live) in enumerate(zip(snapshot.segments, snapshot.live, strict=True)):
        flags = np.ones(segment.count, bool) if live is None else live.copy()
        if bounds[number] < bounds[number + 1]:
            changed.add(number)
            here = gone[bounds[number] : bounds[number + 1]]
            flags[here - np.int32(snapshot.offsets[number])] = False
        lives.append(flags)
    sizes = [(len(live), int(np.count_nonzero(~live))) for live in lives]
    merged = crowded(sizes)
    with closing(SegmentDraft(cursor, generation, generation.commits + 1)) as draft:
        draft.fill(documents)
        for number in merged:
            draft.take(snapshot.segments[number].number, lives[number])
        if draft.count:
            draft.finish()
    _remove(cursor, generation, [snapshot.segments[number] for number in merged])
    for number in changed.difference(merged):
        cursor.execute(
            generation.sql("UPDATE {segment} SET gone = %s WHERE id = %s"),
            (
                np.packbits(~lives[number], bitorder="little").tobytes(),
                snapshot.segments[number].number,
            ),
        )
    commit(cursor, generation)
    return True


def _remove(cursor: Cursor, generation: Generation, segments: Sequence[TableSegment]) -> None:
    numbers = [segment.number for segment in segments]
    if numbers:
        for statement in (
            generation.sql("DELETE FROM {posting} WHERE segment = ANY(%s::int4[])"),
            generation.sql("DELETE FROM {passage} WHERE segment = ANY(%s::int4[])"),
            generation.sql("DELETE FROM {segment} WHERE id = ANY(%s::int4[])"),
        ):
            cursor.execute(statement, (numbers,))
