"""The edition."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from library.catalogue.models.block import Origin
from library.db import Base


class Edition(Base):
    """One work in one language: how complete, how fresh, whether offered, who answers for it.

    The counts, the title and the summary follow from the block texts. They are written anew in the
    transaction that changes a text (``catalogue.editions.recount``) so that a list of works needs no
    look at a million blocks; a test holds them equal to what the hashes say.
    """

    __tablename__ = "edition"
    __table_args__ = (Index("ix_edition_stale_work_id_lang", "stale", "work_id", "lang"),)

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True, index=True)
    offered: Mapped[bool] = mapped_column(default=True)
    # What its texts are unless one says otherwise.
    origin: Mapped[str] = mapped_column(String(8), default=Origin.HUMAN)
    answered_by: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(Text, default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    # Blocks that have a text in the source language; those that this language has too; those stale.
    blocks: Mapped[int] = mapped_column(default=0)
    translated: Mapped[int] = mapped_column(default=0)
    stale: Mapped[int] = mapped_column(default=0)
    machine: Mapped[int] = mapped_column(default=0)
    reviewed: Mapped[int] = mapped_column(default=0)
    # Bytes of Markdown: what a reader pays for the text, about.
    bytes: Mapped[int] = mapped_column(default=0)
