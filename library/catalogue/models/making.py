"""What was made from the bytes of a file: smaller pictures, small films, posters, pages as pictures."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, utc_now


class MakingState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: Nothing is made from files of its kind, or not on this machine; ``note`` says why.
    NONE = "none"
    FAILED = "failed"


class Purpose(StrEnum):
    """What something was made for."""

    #: The same picture for a smaller screen.
    PICTURE = "picture"
    #: A page of a document as a picture.
    PAGE = "page"
    #: The same film for a thinner line.
    FILM = "film"
    #: The sound of a film without the film.
    SOUND = "sound"
    #: What stands in a film's place until it is played.
    POSTER = "poster"


class Making(Base):
    """Whether something was made from the bytes with this SHA-256; ``progress`` in percent.

    Hangs on bytes rather than on a work's file or an upload: what was made when a file came in is there
    when it is published, in however many works.
    """

    __tablename__ = "making"
    __table_args__ = (Index("ix_making_state_next_try", "state", "next_try"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default=MakingState.WAITING)
    note: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class MadeFile(Base):
    """One thing that was made; ``position`` tells things of one purpose apart (page 1, page 2)."""

    __tablename__ = "made_file"
    __table_args__ = (UniqueConstraint("original", "purpose", "media_type", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    original: Mapped[str] = mapped_column(ForeignKey("making.sha256", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(10))
    position: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    width: Mapped[int | None]
    height: Mapped[int | None]
