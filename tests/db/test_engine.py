"""Sessions: one transaction, all or nothing; SQLite as we want it."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Section
from library.db import make_engine, session_scope
from library.jobs import outbox
from library.jobs.models import OutboxEntry


def test_a_fault_takes_everything_back(factory: sessionmaker[Session]) -> None:
    def fails() -> None:
        with session_scope(factory, write=True) as session:
            outbox.note(session, [outbox.Change("work", uuid.uuid4())])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with factory() as session:
        assert outbox.count(session) == 0


def test_foreign_keys_hold(factory: sessionmaker[Session]) -> None:
    with pytest.raises(IntegrityError), session_scope(factory, write=True) as session:
        session.add(Section(work_id=999, position=0, depth=0, key="", folder="", path=""))


def test_sqlite_is_in_wal_so_that_readers_never_wait(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def test_writers_at_once_lose_no_change(factory: sessionmaker[Session]) -> None:
    with session_scope(factory, write=True) as session:
        outbox.touch(session)

    def count_up() -> None:
        for _ in range(20):
            with session_scope(factory, write=True) as session:
                outbox.touch(session)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with factory() as session:
        assert outbox.change_number(session) == 81


def test_moments_come_back_in_utc_and_naive_ones_are_refused(session: Session) -> None:
    zone = dt.timezone(dt.timedelta(hours=3))
    noon = dt.datetime(2026, 11, 22, 12, tzinfo=zone)
    entry = OutboxEntry(subject="work", uuid=uuid.uuid4(), noted_at=noon)
    session.add(entry)
    session.commit()
    session.expire_all()
    assert entry.noted_at == noon
    assert entry.noted_at.utcoffset() == dt.timedelta(0)
    session.add(OutboxEntry(subject="work", uuid=uuid.uuid4(), noted_at=dt.datetime(2026, 1, 1)))
    with pytest.raises(StatementError, match="time zone"):
        session.flush()
