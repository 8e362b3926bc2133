"""What is still to be done, as rows: the outbox, the counter and log of changes, and leases.

What has to be done later is a state in the database first; a queue or a bell only says when to look.
So a worker that is killed loses nothing: what is still to do is still here.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime

# SQLite numbers rows by itself only for INTEGER; PostgreSQL should not run out at two thousand million.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class OutboxEntry(Base):
    """Something changed and the search index does not know yet.

    Written in the same transaction as the change. ``subject`` is ``work``, ``institution``,
    ``partnership`` or ``term``. No foreign key: the row must outlive what it speaks of.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    subject: Mapped[str] = mapped_column(String(16))
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid)
    noted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ChangeCounter(Base):
    """One row whose number grows with every published change: the age of everything cached."""

    __tablename__ = "change_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class LoggedChange(Base):
    """What changed at which number of the counter, for caches that only read again what did.

    The last `outbox.REMEMBERED` numbers are kept; a number without a row changed nothing but the age of
    what is cached.
    """

    __tablename__ = "change_log"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    subject: Mapped[str] = mapped_column(String(16))


class Lease(Base):
    """Who does a job that only one process may do (the indexer), and until when."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    until: Mapped[dt.datetime] = mapped_column(UtcDateTime)
