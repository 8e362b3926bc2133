"""Reads about uploads: a page of them, one that is ready, whether bytes are known, room that is left."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from library.accounts.models import Person
from library.accounts.permissions import Action, Actor
from library.catalogue.models import MadeFile, Making, MediaFile, Work
from library.errors import Conflict
from library.media.port import is_address
from library.uploads.models import Upload, UploadState, UploadText
from library.uploads.service import Limits, Use, by_uuid, used_bytes, uses

PAGE = 50
"""Uploads on one page of a list."""


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file that may be put into a work: its bytes are in the media store and are what they say.

    ``size`` in bytes, ``width`` and ``height`` in pixels as shown; ``alt`` by language tag.
    """

    uuid: uuid.UUID
    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    name: str
    title: str | None
    author: str | None
    licence: str | None
    alt: dict[str, str]


@dataclass(slots=True)
class Listed:
    """An upload with what stands beside it in a list. ``hidden`` counts uses that are not told."""

    upload: Upload
    person: str = ""
    making: Making | None = None
    made: list[MadeFile] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    hidden: int = 0
    alt: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """Bytes that the library has: ``upload`` where the institution itself has them already."""

    sha256: str
    size: int
    upload: Upload | None


def ready(session: Session, key: uuid.UUID, *, by: Actor) -> ReadyFile:
    """A file to be put into a work, for somebody who may see it.

    Raises ``NotFound``, or ``Conflict`` while it is not ready.
    """
    upload = by_uuid(session, key, by=by)
    if upload.state != UploadState.READY or not upload.sha256 or not upload.media_type:
        raise Conflict("This file is not ready yet, or was not taken.", reason="not-ready")
    return ReadyFile(
        uuid=upload.uuid,
        sha256=upload.sha256,
        size=upload.size,
        media_type=upload.media_type,
        width=upload.width,
        height=upload.height,
        name=upload.name,
        title=upload.title,
        author=upload.author,
        licence=upload.licence,
        alt=alternative_texts(session, [upload.id]).get(upload.id, {}),
    )


def listed(
    session: Session,
    *,
    institutions: frozenset[str] | None,
    state: str = "",
    words: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Uploads of some institutions (None for all), newest first, from the one below id ``before`` on."""
    statement = (
        select(Upload, Person.name)
        .join(Person, Person.id == Upload.person_id, isouter=True)
        .where(Upload.piece.is_(False))
        .order_by(Upload.id.desc())
        .limit(limit)
    )
    if institutions is not None:
        statement = statement.where(Upload.institution.in_(institutions))
    if state:
        statement = statement.where(Upload.state == state)
    if words:
        statement = statement.where(
            or_(
                Upload.name.icontains(words, autoescape=True),
                Upload.title.icontains(words, autoescape=True),
            )
        )
    if before is not None:
        statement = statement.where(Upload.id < before)
    rows = [Listed(upload, name or "") for upload, name in session.execute(statement)]
    fill(session, rows)
    return rows


def fill(session: Session, rows: Sequence[Listed]) -> None:
    """Look up what was made from the files, who uses them and what is said instead of them."""
    digests = sorted({row.upload.sha256 for row in rows if row.upload.sha256})
    if digests:
        makings = {
            m.sha256: m for m in session.scalars(select(Making).where(Making.sha256.in_(digests)))
        }
        made: dict[str, list[MadeFile]] = {}
        for one in session.scalars(
            select(MadeFile)
            .where(MadeFile.original.in_(digests))
            .order_by(MadeFile.purpose, MadeFile.position, MadeFile.width, MadeFile.id)
        ):
            made.setdefault(one.original, []).append(one)
        used = uses(session, digests)
        for row in rows:
            key = row.upload.sha256 or ""
            row.making, row.made = makings.get(key), made.get(key, [])
            row.uses = used.get(key, [])
    texts = alternative_texts(session, [row.upload.id for row in rows])
    for row in rows:
        row.alt = texts.get(row.upload.id, {})


def alternative_texts(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What is said instead of files, by upload and language."""
    found: dict[int, dict[str, str]] = {}
    if ids:
        for row in session.scalars(
            select(UploadText).where(UploadText.upload_id.in_(ids)).order_by(UploadText.lang)
        ):
            found.setdefault(row.upload_id, {})[row.lang] = row.alt
    return found


def known(session: Session, *, sha256: str, institution: str, by: Actor) -> Known | None:
    """Whether the library has these bytes, among files that ``by`` may see: nothing else is told."""
    if not is_address(sha256):
        return None
    may = by.places(Action.UPLOAD)
    sees = by.places(Action.SEE_DRAFTS)
    statement = select(Upload).where(
        Upload.state == UploadState.READY,
        or_(Upload.sha256 == sha256, Upload.sent_sha256 == sha256),
    )
    if may is not None and sees is not None:
        statement = statement.where(Upload.institution.in_(may | sees))
    uploads = list(session.scalars(statement.order_by(Upload.id).limit(100)))
    own = next((one for one in uploads if one.institution == institution), None)
    if own is not None:
        return Known(own.sha256 or sha256, own.size, own)
    if uploads:
        return Known(uploads[0].sha256 or sha256, uploads[0].size, None)
    size = session.scalar(
        select(MediaFile.size)
        .join(Work, Work.id == MediaFile.work_id)
        .where(MediaFile.sha256 == sha256, Work.status == "published")
        .limit(1)
    )
    return Known(sha256, size, None) if size else None


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that an institution has used and may use; ``quota`` and ``left`` None for no limit."""

    used: int
    quota: int | None

    @property
    def left(self) -> int | None:
        return None if self.quota is None else max(0, self.quota - self.used)


def room(session: Session, institution: str, *, limits: Limits) -> Room:
    """How much of its quota an institution has used."""
    return Room(used_bytes(session, institution), limits.quota_of(institution))


def storage(session: Session, institutions: frozenset[str] | None) -> list[tuple[str, int, int]]:
    """(institution, files, bytes) of what is ready, largest first; None for all institutions."""
    statement = (
        select(Upload.institution, func.count(), func.sum(Upload.size))
        .where(Upload.state == UploadState.READY)
        .group_by(Upload.institution)
    )
    if institutions is not None:
        statement = statement.where(Upload.institution.in_(institutions))
    found = [(key, int(count), int(size)) for key, count, size in session.execute(statement)]
    return sorted(found, key=lambda row: (-row[2], row[0]))
