"""What comes in many at once: tables that were handed in, what they changed, folders of content."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from typing import Any

from sqlalchemy import JSON, BigInteger, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now


class BulkTable(Base):
    """A table as it was read, kept until it is applied or a day has passed.

    What is applied is what was shown: the file is not sent a second time. ``content`` is compressed JSON
    (`library.content.tables.table`), ``about`` is ``works``, ``codes`` or ``schemes``.
    """

    __tablename__ = "bulk_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    person_id: Mapped[int] = mapped_column(index=True)
    about: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class BulkChange(Base):
    """What a table has changed: who, when, and each cell before and after, so that it can be undone.

    ``content`` is compressed JSON, one object for each row. ``undoes`` is the change that this one took
    back; ``left`` are the rows that could not be taken back, with the reason.
    """

    __tablename__ = "bulk_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    person_id: Mapped[int | None] = mapped_column(index=True)
    by_name: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    rows: Mapped[int]
    cells: Mapped[int]
    handed_in: Mapped[int] = mapped_column(default=0)
    published: Mapped[int] = mapped_column(default=0)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    left: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    undoes: Mapped[uuids.UUID | None] = mapped_column(Uuid)
    undone_by: Mapped[str | None] = mapped_column(String(200))
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ContentImport(Base):
    """A ZIP of content that somebody has sent: looked through first, stored when they say so.

    ``state``: ``waiting`` (to be looked through), ``looked`` (the report says what would change),
    ``agreed`` (to be stored), ``done``, ``failed``. The bytes lie in the data folder under the uuid.
    """

    __tablename__ = "content_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    person_id: Mapped[int] = mapped_column(index=True)
    by_name: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    # Bytes that came by an upload and lie in the media store; empty for those that came with the form.
    sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default="waiting", index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    at_work: Mapped[str] = mapped_column(Text, default="")
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    trouble: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    touched_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
