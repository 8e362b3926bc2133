"""Engines and sessions: SQLite in WAL with foreign keys by default, PostgreSQL when it grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from library.db.sqlite_file import FrozenConnection, open_sqlite

# How long a writer waits for another before SQLite gives up, in milliseconds.
BUSY_TIMEOUT_MS = 15_000


def make_engine(url: str, *, pool: bool = True) -> Engine:
    """An engine for ``sqlite:///...`` or ``postgresql+psycopg://...``.

    ``pool=False`` opens a connection for each session: right before a fork, since connections must not
    be shared between processes.
    """
    options: dict[str, Any] = {"future": True}
    if not pool:
        options["poolclass"] = NullPool
    if url.startswith("sqlite"):
        if pool:
            # The connection given back last is taken next: its pages are in memory, the others' need not be.
            options["pool_use_lifo"] = True
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **options)
        _prepare_sqlite(engine)
        return engine
    if pool:
        options |= {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 16}
    return create_engine(url, **options)


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, and transactions that begin when we say so.

    The driver's own transaction handling delays BEGIN until the first write, so that two readers who
    both go on to write deadlock at once. Writers here begin with ``BEGIN IMMEDIATE`` (see
    ``session_scope``), readers with a plain ``BEGIN``, so a reader never waits.
    """

    @event.listens_for(engine, "do_connect")
    def _open(_dialect: Any, _record: Any, positional: Any, named: Any) -> Any:
        return open_sqlite(*positional, **named)

    @event.listens_for(engine, "checkin")
    def _thaw(connection: Any, record: Any) -> None:
        # Tried anew for the next transaction: by then the disk may have room again.
        if isinstance(connection, FrozenConnection):
            record.invalidate()

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-4000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("library_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def session_scope(factory: sessionmaker[Session], *, write: bool = False) -> Iterator[Session]:
    """One transaction: commits when the block ends, rolls back when it raises.

    ``write=True`` takes SQLite's write lock at the start instead of at the first change, so that what
    was read is still true when it is changed.
    """
    with factory() as session:
        if write:
            session.connection(execution_options={"library_writes": True})
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
