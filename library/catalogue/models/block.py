"""The block and its texts."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid


class Origin(StrEnum):
    """How a text came to be. Whether it is reviewed and whether it is fresh are separate facts."""

    HUMAN = "human"
    IMPORTED = "imported"
    MACHINE = "machine"


class Role(StrEnum):
    """What a block is to its section. Titles and summaries are blocks like any other."""

    TITLE = "title"
    SUMMARY = "summary"
    BODY = "body"


class Block(Base):
    """One paragraph-sized piece of a section: heading, paragraph, list, table, code, figure, ...

    A block is free of language: it is the place in which the languages of one paragraph meet. Its
    ``uuid`` lasts: text may change, be translated, or move to another section, and a link to the
    paragraph still finds it. ``label`` is the name an author gave it to align files by
    (``<!-- block: safety-1 -->``).
    """

    __tablename__ = "block"
    __table_args__ = (Index("ix_block_section_id_position", "section_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(8), default=Role.BODY)
    level: Mapped[int] = mapped_column(default=0)
    label: Mapped[str | None] = mapped_column(String(60))
    removed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class BlockText(Base):
    """What a block says in one language, as Markdown.

    ``hash`` is of this text, ``made_from`` of the source-language text that it was made from. The text
    is *fresh* while ``made_from`` equals the hash of the source text as it stands now. Freshness is
    always computed from the two and never stored: tools that stored it as a flag got it wrong.
    In the work's source language ``made_from`` is empty.

    ``html`` is the rendered text, made by the worker or by the first reader of a page from a renderer
    of version ``html_version``; it can be thrown away at any time. Links inside it start with ``/@/``,
    which stands for the language of the page that shows it.
    """

    __tablename__ = "block_text"

    block_id: Mapped[int] = mapped_column(
        ForeignKey("block.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(32))
    made_from: Mapped[str | None] = mapped_column(String(32))
    origin: Mapped[str] = mapped_column(String(8), default=Origin.HUMAN)
    reviewed_by: Mapped[str | None] = mapped_column(String(200))
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    html: Mapped[str | None] = mapped_column(Text)
    html_version: Mapped[int | None] = mapped_column(index=True)
