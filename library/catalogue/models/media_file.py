"""The media file."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, utc_now


class MediaRole(StrEnum):
    ORIGINAL = "original"
    RENDITION = "rendition"
    SUBTITLES = "subtitles"


class TextState(StrEnum):
    """How far taking the text out of a file has come."""

    WAITING = "waiting"
    #: Nothing is taken out of files of its kind.
    NONE = "none"
    DONE = "done"
    #: Only its beginning was read; ``text_note`` says why.
    CUT = "cut"
    #: It could be read and holds no text: scanned pages, say.
    EMPTY = "empty"
    #: It could not be read; ``text_note`` says why.
    FAILED = "failed"


class MediaFile(Base):
    """Bytes under a name in a work, with what they are.

    The bytes are addressed by their SHA-256 and stored once however many works show them; the row is
    the work's own view: its name, its language, its licence. ``path`` is the address inside the work's
    folder (``01-safety/photo.png``). ``lang`` is empty for a picture without words; ``photo.fr.png`` is
    the French one of ``photo.png``. A rendition points to the file it was made from.
    """

    __tablename__ = "media_file"
    __table_args__ = (
        UniqueConstraint("work_id", "path"),
        Index("ix_media_file_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    lang: Mapped[str | None] = mapped_column(String(35))
    role: Mapped[str] = mapped_column(String(10), default=MediaRole.ORIGINAL)
    made_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("media_file.id", ondelete="CASCADE"), index=True
    )
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    width: Mapped[int | None]
    height: Mapped[int | None]
    title: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    # When its small versions were made; empty means that the worker still has to look.
    prepared_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, index=True)
    # Which version of the readers has looked for text in it (`library.extraction.formats`); 0 for none.
    text_version: Mapped[int] = mapped_column(default=0, index=True)
    text_state: Mapped[str] = mapped_column(String(10), default=TextState.WAITING)
    text_note: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class MediaText(Base):
    """A piece of the text of a media file, and where in the file it stands.

    ``place`` is written as the fragment of an address (``page=3``, ``slide=2``, ``t=63.5``), empty where
    a format has no places; several pieces may have one place. ``lang`` is set where the file says it.
    """

    __tablename__ = "media_text"
    __table_args__ = (UniqueConstraint("media_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"))
    position: Mapped[int]
    place: Mapped[str] = mapped_column(String(40))
    lang: Mapped[str | None] = mapped_column(String(35))
    text: Mapped[str] = mapped_column(Text)
