"""The revision: a work as it was approved at one moment."""

from __future__ import annotations

import datetime as dt
import uuid as uuids

from sqlalchemy import LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, utc_now


class Revision(Base):
    """The whole text of a work with all its facts, as a reviewer approved it, never changed again.

    Publishing takes the work from here and not from the manuscript, so that what is published is what
    was approved. ``content`` is the compressed form of a `WorkDraft` (`editorial.snapshot`), ``digest``
    the SHA-256 of that form before it was compressed. Media files are named by their own SHA-256; what
    a revision names is not swept.

    What the library had before its editors came is kept as a revision too, without ``approved_by``.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("work_uuid", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_uuid: Mapped[uuids.UUID] = mapped_column(Uuid)
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    published_by: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
