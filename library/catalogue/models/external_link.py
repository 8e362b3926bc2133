"""Links to elsewhere: whether they still lead somewhere, and where they stand."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, utc_now


class LinkState(StrEnum):
    """What is known of a link."""

    UNCHECKED = "unchecked"
    WELL = "well"
    #: It failed once; a day may be a bad day.
    DOUBTFUL = "doubtful"
    #: It failed on two different days at least.
    BROKEN = "broken"


class ExternalLink(Base):
    """An address outside of the library that published works lead to, once however many do.

    ``status`` is the last HTTP status, ``trouble`` why there was none (`untrusted.outgoing.Trouble`).
    ``moved_to`` is where it says that it has moved for ever. ``failing_since`` is the day of the first
    failure in a row.
    """

    __tablename__ = "external_link"
    __table_args__ = (
        Index("ix_external_link_host_next_check", "host", "next_check"),
        Index("ix_external_link_state_checked_at", "state", "checked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # SHA-256 of the address: addresses may be longer than what an index takes.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    url: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10), default=LinkState.UNCHECKED)
    strikes: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[dt.date | None] = mapped_column(Date)
    checked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    next_check: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    status: Mapped[int | None]
    trouble: Mapped[str | None] = mapped_column(String(12))
    moved_to: Mapped[str | None] = mapped_column(Text)


class LinkPlace(Base):
    """Where a link stands: in a paragraph of a work in a language, or among the facts of the work."""

    __tablename__ = "link_place"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(
        ForeignKey("external_link.id", ondelete="CASCADE"), index=True
    )
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"), index=True)
    block_uuid: Mapped[uuids.UUID | None] = mapped_column(Uuid)
    lang: Mapped[str | None] = mapped_column(String(35))


class LinkScan(Base):
    """Which revision of a work was last looked through for links."""

    __tablename__ = "link_scan"

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int]
