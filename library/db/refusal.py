"""What the database refused, in one sentence for operators."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, SQLAlchemyError

_SENTENCES = {
    sqlite3.SQLITE_READONLY: (
        "The database cannot be written: permission is denied, or its disk is read-only."
    ),
    sqlite3.SQLITE_FULL: "The database cannot be written: the disk is full.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened: look at its folder and its owner.",
    sqlite3.SQLITE_BUSY: "Another process is writing to the database; try again when it is done.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged; restore it from a backup.",
    sqlite3.SQLITE_NOTADB: "The database file is damaged or no database; restore it from a backup.",
}


def is_outage(error: BaseException) -> bool:
    """Whether the database itself failed, rather than what was asked of it."""
    # Damage of the file is a plain DatabaseError; its subclasses are mistakes of ours.
    return type(error) in (OperationalError, InterfaceError, DatabaseError)


def explain(error: SQLAlchemyError | sqlite3.Error) -> str:
    """The sentence for an error of the driver or of SQLAlchemy."""
    cause = getattr(error, "orig", None) or error
    known = _SENTENCES.get(getattr(cause, "sqlite_errorcode", -1) & 0xFF)
    if known is not None:
        return known
    said = str(cause).strip() or type(cause).__name__
    return f"The database does not answer: {said.splitlines()[0].rstrip('.')}."
