"""The indexer: turns the outbox into index updates, and rebuilds the index from the database.

One process at a time, by a lease in the database. An entry leaves the outbox only when the index has
committed it; a worker killed in between replays it, which changes nothing. So nothing that was
published can be missing from the index for longer than until the next round.
"""

from __future__ import annotations

import logging
import time
import uuid as uuids
from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import passages
from library.db import session_scope
from library.errors import Conflict, Unavailable
from library.jobs import lease, outbox
from library.search.port import Passage, SearchEngine

LEASE = "indexer"
# Things taken from the outbox at once: one commit of the index serves them all.
BATCH = 200
# Passages after which no other thing is taken: books are inside of files.
MOST = 5_000

# Seconds from one commit of the index to the next while edits come one by one: every process that searches
# opens each of them.
PACE = 1.0

_log = logging.getLogger(__name__)


class Pace:
    """Gathers edits that come one after the other into batches; the first of them does not wait."""

    def __init__(self, seconds: float = PACE) -> None:
        self._seconds = seconds
        self._next = float("-inf")

    def rest(self, waiting: int) -> float:
        """Seconds until the next batch is to be taken, of which so many things wait."""
        return 0.0 if waiting >= BATCH else max(0.0, self._next - time.monotonic())

    def taken(self) -> None:
        """A batch is being indexed from now on."""
        self._next = time.monotonic() + self._seconds


def drain(
    factory: sessionmaker[Session],
    engine: SearchEngine,
    *,
    progress: Callable[[int, int], None] | None = None,
    pace: Pace | None = None,
) -> int:
    """Index what waits in the outbox; returns how many entries were done.

    Does nothing while another process is the indexer. ``progress`` gets (done, waiting). An index that
    cannot be used is built anew from the database.
    """
    pace = pace or Pace(0.0)
    with lease.held(factory, name=LEASE) as mine:
        if not mine:
            return 0
        done = 0
        if engine.check().problem is not None:
            done += _rebuild(factory, engine)[1]
        while True:
            with session_scope(factory) as session:
                entries = outbox.pending(session, limit=BATCH)
                if not entries:
                    return done
            if rest := pace.rest(len(entries)):
                time.sleep(rest)
                continue
            pace.taken()
            with session_scope(factory) as session:
                known = passages.known_of(session, {e.uuid for e in entries if e.subject == "work"})
                subjects: set[tuple[str, uuids.UUID]] = set()
                found: list[Passage] = []
                taken: list[int] = []
                for entry in entries:
                    if (entry.subject, entry.uuid) not in subjects:
                        if len(found) >= MOST:
                            break
                        subjects.add((entry.subject, entry.uuid))
                        found.extend(
                            passages.of_subject(session, entry.subject, entry.uuid, known=known)
                        )
                    taken.append(entry.id)
            try:
                engine.apply(works=[str(uuid) for _, uuid in subjects], passages=found)
            except Conflict:
                return done
            except Unavailable as error:
                _log.warning("The index took nothing (%s); it is built anew.", error)
                done += _rebuild(factory, engine)[1]
                continue
            with session_scope(factory, write=True) as session:
                outbox.clear(session, ids=taken)
                # Pages that show search results are older now; pages kept for their text are not.
                waiting = outbox.count(session)
            done += len(taken)
            lease.acquire(factory, name=LEASE)
            if progress is not None:
                progress(done, waiting)


def rebuild(
    factory: sessionmaker[Session],
    engine: SearchEngine,
    *,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Build the index anew beside the one in use, and switch; returns the number of passages.

    What is published meanwhile stays in the outbox and is applied after the switch. Raises
    ``Conflict`` while another process is the indexer.
    """
    with lease.held(factory, name=LEASE) as mine:
        if not mine:
            raise Conflict("Another process is indexing now; try again when it is done.")
        return _rebuild(factory, engine, progress=progress)[0]


def _rebuild(
    factory: sessionmaker[Session],
    engine: SearchEngine,
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[int, int]:
    """Passages indexed, and outbox entries that this has done with."""

    def renew(count: int) -> None:
        lease.acquire(factory, name=LEASE)
        if progress is not None:
            progress(count)

    with session_scope(factory) as session:
        before = outbox.waiting_ids(session)
        count = engine.rebuild(passages.everything(session), progress=renew)
    with session_scope(factory, write=True) as session:
        for start in range(0, len(before), 500):
            outbox.clear(session, ids=before[start : start + 500])
    _log.info("The index was built anew with %s passages.", count)
    return count, len(before)
