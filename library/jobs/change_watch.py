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
    """Reads the change number; each thread has its own connection, made at first use.

    Connections are therefore made after a fork, never shared across one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = threading.local()
        self._file = engine.url.database if engine.url.get_backend_name() == "sqlite" else None

    def number(self) -> int:
        """The number of the last published change; raises ``Unavailable``."""
        try:
            return self._from_sqlite() if self._file else self._from_table()
        except (sqlite3.Error, SQLAlchemyError) as error:
            self._local = threading.local()
            raise Unavailable(explain(error)) from None

    def close(self) -> None:
        """Let go of this thread's connection, say before a fork; the next question opens another."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
        self._local = threading.local()

    def _from_sqlite(self) -> int:
        local = self._local
        connection = getattr(local, "connection", None)
        if connection is None:
            connection = open_sqlite(str(self._file), isolation_level=None, timeout=5)
            if isinstance(connection, FrozenConnection):
                with closing(connection):
                    row = connection.execute(_COUNTER).fetchone()
                return int(row[0]) if row else 0
            local.connection = connection
            local.version = None
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != local.version:
            row = connection.execute(_COUNTER).fetchone()
            local.number = row[0] if row else 0
            local.version = version
        return int(local.number)

    def _from_table(self) -> int:
        with self._engine.connect() as connection:
            return connection.scalar(select(ChangeCounter.value)) or 0
