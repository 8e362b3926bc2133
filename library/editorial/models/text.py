"""The sections, blocks and texts of a manuscript."""

from __future__ import annotations

import datetime as dt
import uuid as uuids

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now


class ManuscriptSection(Base):
    """A node of the tree of a manuscript; the root has no parent.

    ``uuid`` is the one that the section has, or will have, in the catalogue. ``position`` orders
    siblings. ``key`` is its name in addresses and stays when the title changes; ``folder`` is its name in
    the content folder where it came from one.
    """

    __tablename__ = "manuscript_section"
    __table_args__ = (
        UniqueConstraint("manuscript_id", "uuid"),
        Index("ix_manuscript_section_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, index=True, default=new_uuid)
    manuscript_id: Mapped[int] = mapped_column(ForeignKey("manuscript.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("manuscript_section.id", ondelete="CASCADE")
    )
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(220))


class ManuscriptBlock(Base):
    """One paragraph's place in a manuscript, free of language; ``uuid`` is, or will be, the block's."""

    __tablename__ = "manuscript_block"
    __table_args__ = (
        UniqueConstraint("section_id", "uuid"),
        Index("ix_manuscript_block_section_id_position", "section_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, index=True, default=new_uuid)
    section_id: Mapped[int] = mapped_column(ForeignKey("manuscript_section.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(8), default="body")
    label: Mapped[str | None] = mapped_column(String(60))


class ManuscriptText(Base):
    """What a block of a manuscript says in one language.

    ``version`` rises with every change of this text: who saves says which version they changed, so that
    two who write the same paragraph at once find out, and two who write different ones do not.
    The other facts mean what they mean in `catalogue.models.BlockText`.
    """

    __tablename__ = "manuscript_text"
    # What tells whether a text has fallen behind is found without reading the texts themselves.
    __table_args__ = (
        Index("ix_manuscript_text_freshness", "block_id", "lang", "hash", "made_from"),
    )

    block_id: Mapped[int] = mapped_column(
        ForeignKey("manuscript_block.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(32))
    made_from: Mapped[str | None] = mapped_column(String(32))
    origin: Mapped[str] = mapped_column(String(8), default="human")
    reviewed_by: Mapped[str | None] = mapped_column(String(200))
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[int | None]
    edited_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
