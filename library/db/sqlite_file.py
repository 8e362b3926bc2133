"""Opening SQLite's file: to write where that can be, else to read, so that pages can still be served.

A file in WAL mode cannot even be read by SQLite's usual way where the folder cannot be written or the
disk is full, because the shared memory beside it has to be made first.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any
from urllib.parse import quote

# Primary result codes that say that writing, not reading, is what does not work.
_CANNOT_WRITE = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
)


class FrozenConnection(sqlite3.Connection):
    """A connection that only reads. Good for one transaction: it may not see what others write."""


def open_sqlite(path: str, **options: Any) -> sqlite3.Connection:
    """Open a database in WAL mode; a ``FrozenConnection`` where it can be read but not written.

    ``options`` are those of ``sqlite3.connect``. Raises ``sqlite3.Error`` where it cannot be read.
    """
    connection: sqlite3.Connection = sqlite3.connect(path, **options)
    try:
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute("PRAGMA schema_version").close()
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in _CANNOT_WRITE or not os.path.isfile(path):
            raise
        return _frozen(path, error, options)
    except BaseException:
        connection.close()
        raise
    return connection


def _frozen(path: str, failure: sqlite3.Error, options: dict[str, Any]) -> sqlite3.Connection:
    """Read beside another process that can write, else the bare file if it is all that there is."""
    ways = ["mode=ro"]
    if not _has_content(f"{path}-wal"):
        ways.append("mode=ro&immutable=1")
    for way in ways:
        address = f"file:{quote(os.path.abspath(path))}?{way}"
        frozen = {**options, "uri": True, "factory": FrozenConnection}
        connection: sqlite3.Connection = sqlite3.connect(address, **frozen)
        try:
            connection.execute("PRAGMA schema_version").close()
        except sqlite3.Error:
            connection.close()
            continue
        return connection
    raise failure


def _has_content(path: str) -> bool:
    try:
        return os.path.getsize(path) > 0
    except OSError:
        return False
