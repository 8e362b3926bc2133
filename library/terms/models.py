"""The term bank.

A *concept* is a thing of the trade, free of language (an encoder, a bill of lading). It has *terms* in
many languages; of those that mean the same in one language one is preferred, others are allowed, and
some are forbidden because they mislead. One bank serves reading (pop-ups), search across languages,
checks while translating, and glossaries.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now

TERM_STATUSES = ("preferred", "allowed", "forbidden")


class Concept(Base):
    """One thing of the trade. ``domain`` is a code like ``isced-f-2013:0714``."""

    __tablename__ = "concept"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    source_language: Mapped[str] = mapped_column(String(35))
    domain: Mapped[str | None] = mapped_column(String(100), index=True)
    source: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class ConceptText(Base):
    """The definition of a concept in one language."""

    __tablename__ = "concept_text"

    concept_id: Mapped[int] = mapped_column(
        ForeignKey("concept.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    definition: Mapped[str] = mapped_column(Text, default="")


class Term(Base):
    """One word or phrase for a concept in one language; ``reading`` is pinyin or the like."""

    __tablename__ = "term"
    __table_args__ = (Index("ix_term_concept_id_lang", "concept_id", "lang"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    concept_id: Mapped[int] = mapped_column(ForeignKey("concept.id", ondelete="CASCADE"))
    lang: Mapped[str] = mapped_column(String(35))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10))
    reading: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int]
