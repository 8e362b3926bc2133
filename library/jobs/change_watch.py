"""A cheap answer to one question of every request: has anything been published since?

SQLite says so without reading a table: ``PRAGMA data_version`` moves when another connection commits.
Only then is the counter read. PostgreSQL is asked for the counter itself.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from library.db.refusal import explain
from library.db.sqlite_file import FrozenConnection, open_sqlite
from library.errors import Unavailable
from library.jobs.models import ChangeCounter

_COUNTER = "SELECT value FROM change_counter WHERE id = 1"


class ChangeWatch:
    """Reads the change number, by one connection for all threads: an answer takes some microseconds.

    It is made at first use: after a fork, never shared across one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = engine.url.database if engine.url.get_backend_name() == "sqlite" else None
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._version = self._number = 0

    def number(self) -> int:
        """The number of the last published change; raises ``Unavailable``."""
        try:
            return self._from_sqlite() if self._file else self._from_table()
        except (sqlite3.Error, SQLAlchemyError) as error:
            self.close()
            raise Unavailable(explain(error)) from None

    def close(self) -> None:
        """Let go of the connection, say before a fork; the next question opens another."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _from_sqlite(self) -> int:
        with self._lock:
            connection = self._connection
            known = connection is not None
            if connection is None:
                connection = open_sqlite(
                    str(self._file), isolation_level=None, timeout=5, check_same_thread=False
                )
                if isinstance(connection, FrozenConnection):
                    with closing(connection):
                        return _counter(connection)
                self._connection = connection
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if not known or version != self._version:
                self._number = _counter(connection)
                self._version = version
            return self._number

    def _from_table(self) -> int:
        with self._engine.connect() as connection:
            return connection.scalar(select(ChangeCounter.value)) or 0


def _counter(connection: sqlite3.Connection) -> int:
    row = connection.execute(_COUNTER).fetchone()
    return int(row[0]) if row else 0
