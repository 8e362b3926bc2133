from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from library.db import session_scope
from library.jobs import outbox
from library.jobs.change_watch import ChangeWatch


def test_what_is_noted_waits_in_order_until_it_is_cleared(session: Session) -> None:
    ids = [uuid.uuid4() for _ in range(3)]
    for one in ids:
        outbox.note(session, [outbox.Change("work", one)])
    waiting = outbox.pending(session, limit=2)
    assert [e.uuid for e in waiting] == ids[:2]
    outbox.clear(session, ids=[e.id for e in waiting])
    assert [e.uuid for e in outbox.pending(session, limit=9)] == ids[2:]
    assert outbox.count(session) == 1


def test_the_number_grows_with_every_change(session: Session) -> None:
    assert outbox.change_number(session) == 0
    outbox.note(session, [])
    outbox.touch(session)
    assert outbox.change_number(session) == 2


def test_the_watch_sees_a_change_once_it_is_committed(
    engine: Engine, factory: sessionmaker[Session]
) -> None:
    watch = ChangeWatch(engine)
    assert watch.number() == 0
    with session_scope(factory, write=True) as session:
        outbox.touch(session)
        session.flush()
        assert watch.number() == 0
    assert watch.number() == 1


def test_threads_share_the_watch(engine: Engine, factory: sessionmaker[Session]) -> None:
    watch = ChangeWatch(engine)
    with ThreadPoolExecutor(4) as threads:
        for expected in range(3):
            assert set(threads.map(lambda _: watch.number(), range(40))) == {expected}
            with session_scope(factory, write=True) as session:
                outbox.touch(session)
    watch.close()
    assert watch.number() == 3, "it opens another connection"
    watch.close()
