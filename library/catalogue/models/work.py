"""The work, and what it is linked to."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now

WORK_KINDS = (
    "course",
    "textbook",
    "standard",
    "lesson",
    "resource",
    "equipment",
    "certificate",
)
LEVELS = ("introductory", "secondary", "higher", "bachelor", "training")
STATUSES = ("published", "withdrawn")


class Work(Base):
    """What the library publishes under one address, in all its languages.

    ONE work holds all its languages; there is never a record for each language. *Refrigeration and
    Cold-Chain Technology* is one work whether it can be read in two languages or in ten: the languages
    are its editions, joined block by block.

    Three identifiers, three jobs: ``id`` stays inside the database, ``uuid`` is for other systems
    (``/id/{uuid}`` never dies), ``key`` is for people and addresses.

    Why no subclass for each kind: kinds differ in a few facts (hours, minutes, version), not in what
    can be done with them.
    """

    __tablename__ = "work"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_work_kind_status_published", "kind", "status", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(200))
    source_language: Mapped[str] = mapped_column(String(35))
    licence: Mapped[str] = mapped_column(Text)
    level: Mapped[str | None] = mapped_column(String(16))
    hours: Mapped[float | None]
    minutes: Mapped[float | None]
    credits: Mapped[float | None]
    version: Mapped[str | None] = mapped_column(String(40))
    sample: Mapped[bool] = mapped_column(default=False)
    # People as credited: [{"name": ..., "role": ...}].
    contributors: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    # Pages elsewhere that belong to it: [{"url": ..., "title": ...}].
    links: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    # Facts of an equipment item: [{"name": {"en": ...}, "value": ..., "unit": ...}].
    parameters: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    derived_from: Mapped[str | None] = mapped_column(String(220), index=True)
    related: Mapped[list[str]] = mapped_column(JSON, default=list)
    status: Mapped[str] = mapped_column(String(12), default="published")
    withdrawn_because: Mapped[str | None] = mapped_column(Text)
    replaced_by: Mapped[str | None] = mapped_column(String(220))
    published_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    updated_by: Mapped[str] = mapped_column(String(200), default="")
    revision: Mapped[int] = mapped_column(default=1)
    # Bytes of all its media without renditions; follows from them, written with them.
    media_bytes: Mapped[int] = mapped_column(BigInteger, default=0)


class WorkInstitution(Base):
    """An institution's part in a work; position 0 answers for it."""

    __tablename__ = "work_institution"

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id"), primary_key=True, index=True
    )
    position: Mapped[int]


class WorkPartnership(Base):
    """A partnership that made or uses a work."""

    __tablename__ = "work_partnership"

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    partnership_id: Mapped[int] = mapped_column(
        ForeignKey("partnership.id"), primary_key=True, index=True
    )


class WorkCode(Base):
    """What a work is about, as a code of some scheme."""

    __tablename__ = "work_code"

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id"), primary_key=True, index=True)


class WorkCountry(Base):
    """A country (ISO 3166-1 alpha-2) that a work is used in."""

    __tablename__ = "work_country"

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    country: Mapped[str] = mapped_column(String(2), primary_key=True, index=True)
