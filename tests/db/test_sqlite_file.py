"""SQLite's file: read where it cannot be written, and written again as soon as it can be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from library.db import make_engine
from library.db.refusal import explain, is_outage
from library.db.sqlite_file import FrozenConnection, open_sqlite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a #1.sqlite"
    with closing(open_sqlite(str(path), isolation_level=None)) as connection:
        connection.execute("CREATE TABLE word (text TEXT)")
        connection.execute("INSERT INTO word VALUES ('torque')")
    return path


@pytest.fixture
def blocked(file: Path) -> Path:
    """The shared memory cannot be made: as on a full disk, and so that even root is refused."""
    place = file.with_name(f"{file.name}-shm")
    place.symlink_to(file.parent / "no" / "such" / "folder")
    return place


def test_a_file_beside_which_nothing_can_be_made_is_read(file: Path, blocked: Path) -> None:
    with closing(open_sqlite(str(file), isolation_level=None)) as connection:
        assert isinstance(connection, FrozenConnection)
        assert connection.execute("SELECT text FROM word").fetchone() == ("torque",)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("INSERT INTO word VALUES ('vane')")


def test_the_next_transaction_writes_once_it_can(file: Path, blocked: Path) -> None:
    engine = make_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT text FROM word")) == "torque"
    with pytest.raises(OperationalError) as refused, engine.begin() as connection:
        connection.execute(text("INSERT INTO word VALUES ('vane')"))
    assert is_outage(refused.value)
    assert "cannot be written" in explain(refused.value)
    blocked.unlink()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO word VALUES ('vane')"))
    engine.dispose()


def test_what_is_in_the_log_is_never_left_out(file: Path) -> None:
    """A frozen reading of the file alone would show an older library, or half of a transaction."""
    writer = open_sqlite(str(file), isolation_level=None)
    writer.execute("INSERT INTO word VALUES ('vane')")
    copy = file.with_name("copy.sqlite")
    copy.write_bytes(file.read_bytes())
    Path(f"{copy}-wal").write_bytes(Path(f"{file}-wal").read_bytes())
    writer.close()
    Path(f"{copy}-shm").symlink_to(file.parent / "no" / "such" / "folder")
    with pytest.raises(sqlite3.OperationalError):
        open_sqlite(str(copy))


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(sqlite3.DatabaseError) as damaged:
        open_sqlite(str(path))
    assert "restore it from a backup" in explain(damaged.value)
