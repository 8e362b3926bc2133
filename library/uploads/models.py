"""Files on their way in, and those that have arrived and wait to be used.

What has arrived lies in the media store under the SHA-256 of its bytes, like everything that is
published. A manuscript that uses a file copies its address and its facts.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

import library.accounts.models  # noqa: F401 - uploads refer to the table of people
from library.db import Base, UtcDateTime, new_uuid, utc_now


class UploadState(StrEnum):
    """How far a file has come."""

    RECEIVING = "receiving"
    #: All bytes are here; the worker looks at what they are.
    CHECKING = "checking"
    READY = "ready"
    #: It is not what it says, or not what is taken; trying again would change nothing.
    REFUSED = "refused"
    #: Something of ours went wrong; it can be tried again.
    FAILED = "failed"


class TextFound(StrEnum):
    """Whether there is text in a file that can be searched."""

    DONE = "done"
    #: Only its beginning was read; the note says why.
    CUT = "cut"
    #: It can be read and holds no text: scanned pages, say.
    EMPTY = "empty"
    FAILED = "failed"


class Way(StrEnum):
    """How the bytes come in."""

    #: Through the server into its data folder.
    SERVER = "server"
    #: In parts, straight to the object store.
    PARTS = "parts"
    #: Not at all: the library has them already.
    KNOWN = "known"


class Upload(Base):
    """A file that somebody sends for an institution.

    ``size`` (bytes), ``claimed_type`` and ``claimed_sha256`` are what the sender says; ``sha256`` and
    ``media_type`` what was found. ``arrived`` counts the bytes that were safe when a request ended; the
    file itself knows better. ``sha256`` differs from ``sent_sha256`` where the place or the lie of a
    picture was taken out.
    """

    __tablename__ = "upload"
    __table_args__ = (
        Index("ix_upload_institution_made_at", "institution", "made_at"),
        Index("ix_upload_state_next_try", "state", "next_try"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    institution: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    claimed_type: Mapped[str] = mapped_column(String(120), default="")
    claimed_sha256: Mapped[str | None] = mapped_column(String(64))
    way: Mapped[str] = mapped_column(String(10), default=Way.SERVER)
    # What the object store calls an upload in parts.
    handle: Mapped[str | None] = mapped_column(Text)
    # A piece of a file that is put together from several (tus, concatenation).
    piece: Mapped[bool] = mapped_column(default=False)
    arrived: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(10), default=UploadState.RECEIVING)
    # A member of `library.uploads.reasons.Reason`, and what its sentence needs to know.
    reason: Mapped[str | None] = mapped_column(String(20))
    reason_facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    sent_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    media_type: Mapped[str | None] = mapped_column(String(120))
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[float | None]
    pages: Mapped[int | None]
    text_state: Mapped[str | None] = mapped_column(String(10))
    text_note: Mapped[str | None] = mapped_column(Text)
    # Whether a place, a camera or a person was taken out of it.
    cleaned: Mapped[bool] = mapped_column(default=False)

    # Proposed from the file, then what somebody says.
    title: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)

    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    touched_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    # After this moment an upload that has not arrived is forgotten.
    expires: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class UploadText(Base):
    """What is to be said instead of a picture, in one language; empty for a mere ornament."""

    __tablename__ = "upload_text"

    upload_id: Mapped[int] = mapped_column(
        ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    alt: Mapped[str] = mapped_column(Text)


class MediaHold(Base):
    """Somebody needs these bytes: a manuscript, a revision. What is held is never swept.

    ``holder`` is ``manuscript/<uuid>`` or the like, ``label`` its title for people.
    """

    __tablename__ = "media_hold"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120), primary_key=True, index=True)
    label: Mapped[str] = mapped_column(Text, default="")


class Leftover(Base):
    """Bytes that the last row about them is gone for; removed a while later if still nobody has them."""

    __tablename__ = "media_leftover"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
