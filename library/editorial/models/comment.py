"""The comment."""

from __future__ import annotations

import datetime as dt
import uuid as uuids

from sqlalchemy import ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now


class Comment(Base):
    """What somebody has to say about a block of a manuscript, or about the whole of it.

    ``block_uuid`` outlives the block: a comment on a paragraph that is gone is shown with the manuscript.
    ``lang`` is the language that it is about, empty for all. A comment is open until somebody settles it.
    """

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_manuscript_id_block_uuid", "manuscript_id", "block_uuid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuids.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    manuscript_id: Mapped[int] = mapped_column(ForeignKey("manuscript.id", ondelete="CASCADE"))
    block_uuid: Mapped[uuids.UUID | None] = mapped_column(Uuid)
    lang: Mapped[str | None] = mapped_column(String(35))
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
