"""The manuscript: a work as its editors have it before them."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now


class State(StrEnum):
    """How far a manuscript has come on its way to readers."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    APPROVED = "approved"
    #: What readers have is what stands here.
    PUBLISHED = "published"
    #: Taken away from readers; its address says why and where to go.
    RETIRED = "retired"


STATES = tuple(State)


class Manuscript(Base):
    """A work on the desk: what its next edition will be, while readers have the last one.

    The catalogue holds what is published and nothing else, so that no reader's page has to leave out
    what is not ready. A work has at most one manuscript, with all its languages, and carries the
    lasting ids of the work, its sections and blocks from the beginning: ``work_uuid`` is the work's,
    also while there is no such work yet.

    ``facts`` holds what ``meta.toml`` would say (licence, level, codes, editions ...), checked when it is
    written. ``version`` rises with every change. ``based_on`` is the revision of the work in the
    catalogue that this was last equal to: a work that has moved on since, by an import say, is noticed
    before it is overwritten. ``approved_id`` is the revision that a reviewer has approved.
    """

    __tablename__ = "manuscript"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_manuscript_state_changed_at", "state", "changed_at"),
        Index("ix_manuscript_changed_at_id", "changed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    work_uuid: Mapped[uuids.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(200))
    source_language: Mapped[str] = mapped_column(String(35))
    # The title in the source language, for lists; written with the text that it comes from.
    title: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(12), default=State.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    based_on: Mapped[int | None]
    approved_id: Mapped[int | None]
    publish_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, index=True)
    # Why publishing at that time did not work, in a sentence.
    publish_fault: Mapped[str | None] = mapped_column(Text)
    publish_by: Mapped[int | None]
    submitted_by: Mapped[int | None]
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    started_by: Mapped[int | None]
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_by: Mapped[int | None] = mapped_column(index=True)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class ManuscriptInstitution(Base):
    """An institution that answers for a manuscript; who has a role there has it here.

    A row of its own beside ``facts`` because every list on the desk is narrowed by it.
    """

    __tablename__ = "manuscript_institution"

    manuscript_id: Mapped[int] = mapped_column(
        ForeignKey("manuscript.id", ondelete="CASCADE"), primary_key=True
    )
    institution: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)


class ManuscriptFile(Base):
    """A file that a manuscript shows, under its path in the work. Its bytes are in the store already.

    ``upload_uuid`` is the upload that it came by; empty for what the work had already.
    """

    __tablename__ = "manuscript_file"

    manuscript_id: Mapped[int] = mapped_column(
        ForeignKey("manuscript.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    upload_uuid: Mapped[uuids.UUID | None] = mapped_column(Uuid, index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    lang: Mapped[str | None] = mapped_column(String(35))
    role: Mapped[str] = mapped_column(String(10), default="original")
    width: Mapped[int | None]
    height: Mapped[int | None]
    title: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
