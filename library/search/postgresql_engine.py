"""The search engine for a library on several machines: PostgreSQL stores, `scorer` ranks.

The same tokens, postings, segments and formula as in `whoosh_engine`; in place of files there are tables
(see `postgresql_tables`), and in place of a look at the disk a transaction, in which a search sees one
commit from its first question to its last.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, suppress
from itertools import chain
from typing import Any, Final, TypeVar

from psycopg.sql import SQL

from library.errors import Conflict, Damaged, Unavailable
from library.search import postgresql_tables as tables
from library.search.answer import answer
from library.search.differences import difference
from library.search.filling import TELL_EVERY, Canaries, by_work, gathered
from library.search.port import Health, Passage, Query, Results
from library.search.postgresql_connections import Connections, Cursor, Failure, may_pass, reason
from library.search.postgresql_reading import Reading
from library.search.postgresql_segments import TableSnapshot, opened
from library.search.postgresql_tables import Generation
from library.search.postgresql_writing import SegmentDraft, change
from library.search.schema import BODIES, SENTINEL, Bodies, document, work_key

# There is an index for whatever is read: no guess of the planner's is better, nor worth compiling.
_READING: Final = SQL(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '10s';"
    " SET LOCAL enable_seqscan = off; SET LOCAL jit = off; {}"
).format(tables.READ)
_TRIES: Final = 5
# What comes of bytes that are not what was written.
_DAMAGE: Final = (ValueError, LookupError, TypeError, Damaged)

T = TypeVar("T")


class _Outdated(Exception):
    """A transaction began before a commit that this process knows already."""


class PostgresqlEngine:
    """`port.SearchEngine` in a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        """``url`` as SQLAlchemy takes it; nothing is asked yet whether it answers."""
        self._connections = Connections(url)
        self._bodies = Bodies(BODIES)
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._opened: tuple[Generation, TableSnapshot] | None = None

    # Reading

    def stamp(self) -> str:
        generation = self._generation()
        return generation.stamp if generation else "none"

    def _generation(self) -> Generation | None:
        """The generation in use, whether it can be used or not; None if that cannot be told."""
        for _ in range(2):
            try:
                with self._connections.cursor() as cursor:
                    return tables.generation(cursor.execute(tables.READ).fetchone())
            except Unavailable:
                break
            except Failure as error:
                if not may_pass(error):
                    break
                self._connections.close()
        return None

    def search(self, query: Query) -> Results:
        began = time.perf_counter()
        results = self._read(lambda snapshot: answer(snapshot, query))
        results.took_ms = (time.perf_counter() - began) * 1000
        return results

    def _read(self, ask: Callable[[TableSnapshot], T]) -> T:
        """Ask the last commit. A transaction that a commit or rebuild, or a restart of the server, got
        in the way of is begun again."""
        failure: BaseException | None = None
        for tried in range(_TRIES):
            try:
                with self._connections.transaction(_READING) as cursor:
                    while cursor.nextset():
                        pass
                    generation = tables.generation(cursor.fetchone()).usable()
                    reading = Reading(cursor, generation)
                    snapshot = self._snapshot(reading, surely=tried == _TRIES - 1)
                    return ask(snapshot.on(reading))
            except _Outdated as error:
                failure = error
            except tables.ABSENT as error:
                # There is no index, or this generation of it has just gone out of use.
                failure = tables.no_index()
                failure.__cause__ = error
            except Failure as error:
                if failure is not None or not may_pass(error):
                    raise _unreadable(error) from error
                failure = _unreadable(error)
                self._connections.close()
            except _DAMAGE as error:
                raise _damaged(error) from error
        if isinstance(failure, Unavailable):
            raise failure
        raise Unavailable("The search index changes all the time.")

    def _snapshot(self, reading: Reading, *, surely: bool) -> TableSnapshot:
        """The commit that a transaction sees, opened once for all threads.

        `_Outdated` where a later one is known; but ``surely`` it is the last one, if it is again and again
        or the lock is held: the server was put back to an earlier state.
        """
        if os.getpid() != self._process:
            # Another thread of the process that this one was forked from may have held it.
            self._lock, self._process = threading.Lock(), os.getpid()
        wanted = reading.generation
        held = self._opened
        if held is not None and held[0] == wanted:
            return held[1]
        with self._lock:
            held = self._opened
            known = {}
            if held is not None and held[0].name == wanted.name:
                if held[0] == wanted:
                    return held[1]
                if held[0].commits > wanted.commits and not surely:
                    raise _Outdated
                known = {segment.id: segment for segment in held[1].segments}
            snapshot = opened(reading, known, held[1] if known and held else None)
            self._opened = (wanted, snapshot)
            return snapshot

    def check(self) -> Health:
        problem: str | None = None
        passages = 0
        try:
            passages = self._read(TableSnapshot.verified)
        except Unavailable as error:
            problem = error.message
        found = self._generation()
        if found is None:
            return Health(None, 0, None, None, problem or tables.no_index().message)
        return Health(found.name, passages, found.analysis, found.created, problem)

    def close(self) -> None:
        # The arrays are kept, so that processes forked after this share them.
        self._connections.close()

    # Writing

    def apply(self, *, works: Collection[str], passages: Iterable[Passage]) -> None:
        wanted, fresh = gathered(works, passages)
        if not wanted:
            return
        keys = [work_key(work) for work in wanted]
        for last in (False, True):
            try:
                self._apply(keys, fresh)
                return
            except _DAMAGE as error:
                raise _damaged(error) from error
            except Failure as error:
                # To apply again what was applied after all changes nothing.
                if last or not may_pass(error):
                    raise _unwritable(error) from error
                self._connections.close()

    def _apply(self, keys: list[int], passages: list[Passage]) -> None:
        with self._connections.transaction("BEGIN") as cursor:
            tables.lock(cursor)
            try:
                row = cursor.execute(tables.READ).fetchone()
                generation = tables.generation(row).usable()
                reading = Reading(cursor, generation)
                snapshot = self._snapshot(reading, surely=True)
            except tables.ABSENT as error:
                raise tables.no_index() from error
            gone, fresh = difference(snapshot.on(reading), keys, passages)
            documents = [document(passage, bodies=self._bodies) for passage in fresh]
            change(cursor, generation, snapshot, gone=gone, documents=documents)

    def rebuild(
        self, passages: Iterable[Passage], *, progress: Callable[[int], None] | None = None
    ) -> int:
        try:
            with self._connections.transaction("BEGIN") as cursor:
                tables.lock(cursor)
                count = _fill(cursor, passages, progress or (lambda _: None))
        except Failure as error:
            raise _unwritable(error) from error
        # What still reads the old generation ends soon; what is left is swept next time.
        with suppress(Conflict, *Failure):
            tables.sweep(self._connections)
        return count


def _fill(cursor: Cursor, passages: Iterable[Passage], progress: Callable[[int], None]) -> int:
    """Write a generation, read it back and use it; the number of passages."""
    made = tables.begin(cursor)
    canaries = Canaries()
    count = 0

    def documents() -> Iterator[dict[str, Any]]:
        nonlocal count
        for passage in by_work(passages):
            fields = document(passage)
            yield fields
            canaries.add(passage, fields)
            count += 1
            if count % TELL_EVERY == 0:
                progress(count)

    with closing(SegmentDraft(cursor, made, made.commits)) as draft:
        draft.fill(chain([SENTINEL], documents()))
        draft.finish()
    tables.index(cursor, made)
    reading = Reading(cursor, made)
    canaries.prove(opened(reading, {}).on(reading).segments)
    tables.use(cursor, made)
    progress(count)
    return count


def _damaged(error: BaseException) -> Unavailable:
    return Unavailable(f"The search index is damaged and has to be rebuilt ({reason(error)}).")


def _unreadable(error: BaseException) -> Unavailable:
    return Unavailable(f"The search index in PostgreSQL cannot be read: {reason(error)}.")


def _unwritable(error: BaseException) -> Unavailable:
    return Unavailable(f"The search index in PostgreSQL cannot be written: {reason(error)}.")
