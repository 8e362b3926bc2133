"""What the library does by itself: what waits, what has failed and why, and having it tried again.

Every kind of work has its state in tables of its own; here they are seen together.
"""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from library.accounts import log
from library.accounts.models import Letter
from library.accounts.permissions import Action, Actor
from library.catalogue import extraction
from library.catalogue.models import (
    Making,
    MakingState,
    MediaFile,
    MediaRole,
    TextState,
    Work,
    WorkInstitution,
)
from library.db import utc_now
from library.directory.models import Institution
from library.editorial.models import Manuscript, ManuscriptInstitution, State
from library.errors import Conflict, Invalid, NotFound
from library.jobs import outbox
from library.uploads.models import Upload, UploadState
from library.uploads.service import require_upload

#: Kinds of work, in the order in which they are told.
INDEXING: Final = "indexing"
PREPARING: Final = "preparing"
READING: Final = "reading"
MAKING: Final = "making"
UPLOAD: Final = "upload"
PUBLISHING: Final = "publishing"
MAIL: Final = "mail"
KINDS: Final = (PUBLISHING, UPLOAD, MAKING, READING, PREPARING, INDEXING, MAIL)
_MOST: Final = 50


class Waiting(NamedTuple):
    """How much of one kind of work is to be done."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """One thing that did not work. ``key`` names it for `try_again`; empty where that makes no sense.

    ``about`` is what people know it by; ``why`` a plain English sentence, or for an upload the code of
    its reason with ``facts``.
    """

    kind: str
    key: str
    about: str
    why: str
    at: dt.datetime | None
    manuscript: uuids.UUID | None = None


def waiting(session: Session, *, by: Actor) -> list[Waiting]:
    """What the whole library waits for. For who may see jobs anywhere: numbers tell of nobody's work."""
    if not by.may_somewhere(Action.SEE_JOBS):
        by.require(Action.SEE_JOBS)

    def count(*where: object) -> int:
        return session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]

    found = [
        Waiting(
            PUBLISHING,
            count(Manuscript.publish_at.is_not(None), Manuscript.state == State.APPROVED),
        ),
        Waiting(UPLOAD, count(Upload.state == UploadState.CHECKING)),
        Waiting(MAKING, count(Making.state == MakingState.WAITING)),
        Waiting(READING, extraction.count_waiting(session)),
        Waiting(
            PREPARING, count(MediaFile.prepared_at.is_(None), MediaFile.role == MediaRole.ORIGINAL)
        ),
        Waiting(INDEXING, outbox.count(session)),
        Waiting(MAIL, count(Letter.given_up.is_(False))),
    ]
    return [one for one in found if one.number]


def failed(session: Session, *, by: Actor, limit: int = _MOST) -> list[Failed]:
    """What has failed of what this person answers for, the latest first where it has a time."""
    if not by.may_somewhere(Action.SEE_JOBS):
        by.require(Action.SEE_JOBS)
    places = by.places(Action.SEE_JOBS)
    found = [
        *_publishing(session, places, limit),
        *_uploads(session, places, limit),
        *_texts(session, places, limit),
    ]
    if places is None:
        found += [*_makings(session, limit), *_letters(session, limit)]
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: one.at or never, reverse=True)[:limit]


def _publishing(session: Session, places: frozenset[str] | None, limit: int) -> list[Failed]:
    query = select(Manuscript).where(Manuscript.publish_fault.is_not(None)).limit(limit)
    if places is not None:
        query = query.where(
            Manuscript.id.in_(
                select(ManuscriptInstitution.manuscript_id).where(
                    ManuscriptInstitution.institution.in_(sorted(places))
                )
            )
        )
    return [
        Failed(
            PUBLISHING, "", row.title or row.key, row.publish_fault or "", row.changed_at, row.uuid
        )
        for row in session.scalars(query.order_by(Manuscript.changed_at.desc()))
    ]


def _uploads(session: Session, places: frozenset[str] | None, limit: int) -> list[Failed]:
    query = select(Upload).where(Upload.state == UploadState.FAILED).limit(limit)
    if places is not None:
        query = query.where(Upload.institution.in_(sorted(places)))
    return [
        Failed(UPLOAD, str(row.uuid), row.name, row.reason or "", row.touched_at)
        for row in session.scalars(query.order_by(Upload.touched_at.desc()))
    ]


def _texts(session: Session, places: frozenset[str] | None, limit: int) -> list[Failed]:
    query = (
        select(MediaFile.id, MediaFile.path, MediaFile.text_note, Work.kind, Work.key)
        .join(Work, Work.id == MediaFile.work_id)
        .where(MediaFile.text_state == TextState.FAILED)
        .order_by(MediaFile.id.desc())
        .limit(limit)
    )
    if places is not None:
        query = query.where(
            Work.id.in_(
                select(WorkInstitution.work_id)
                .join(Institution, Institution.id == WorkInstitution.institution_id)
                .where(Institution.key.in_(sorted(places)))
            )
        )
    return [
        Failed(READING, str(row.id), f"{row.kind}/{row.key}: {row.path}", row.text_note or "", None)
        for row in session.execute(query)
    ]


def _makings(session: Session, limit: int) -> list[Failed]:
    """Small versions that could not be made; those of an upload are told there too, by its name."""
    rows = session.scalars(
        select(Making)
        .where(Making.state == MakingState.FAILED)
        .order_by(Making.asked_at.desc())
        .limit(limit)
    ).all()
    names = _names(session, [row.sha256 for row in rows])
    return [
        Failed(
            MAKING,
            row.sha256,
            names.get(row.sha256, row.sha256[:12]),
            row.note or "",
            row.asked_at,
        )
        for row in rows
    ]


def _names(session: Session, digests: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for model in (MediaFile, Upload):
        rows = session.execute(select(model.sha256, model.name).where(model.sha256.in_(digests)))
        found |= {row.sha256: row.name for row in rows}
    return found


def _letters(session: Session, limit: int) -> list[Failed]:
    return [
        Failed(MAIL, str(row.uuid), row.subject, row.trouble, row.made_at)
        for row in session.scalars(
            select(Letter)
            .where(or_(Letter.given_up.is_(True), and_(Letter.tries > 1, Letter.trouble != "")))
            .order_by(Letter.made_at.desc())
            .limit(limit)
        )
    ]


def may_try_again(one: Failed) -> bool:
    """Whether trying again could change anything from here. A mail that was given up is gone."""
    return bool(one.key) and one.kind in (UPLOAD, MAKING, READING)


def try_again(session: Session, *, kind: str, key: str, by: Actor) -> None:
    """Have something that failed tried again. Raises ``NotFound``, ``Conflict``, ``Forbidden``."""
    if kind == UPLOAD:
        upload = session.scalar(select(Upload).where(Upload.uuid == _uuid(key)))
        if upload is None:
            raise NotFound("This upload is not there any more.")
        if not by.may(Action.SEE_JOBS, institutions=[upload.institution]):
            require_upload(upload, by=by)
        if upload.state != UploadState.FAILED:
            raise Conflict("Nothing of this file has failed.", reason="state")
        upload.state = UploadState.CHECKING
        upload.reason, upload.reason_facts = None, {}
        upload.attempts, upload.next_try, upload.touched_at = 0, None, utc_now()
        subject = f"upload/{upload.uuid}"
    elif kind == MAKING:
        by.require(Action.SEE_JOBS)
        making = session.get(Making, key)
        if making is None or making.state != MakingState.FAILED:
            raise Conflict("This has not failed, or not any more.", reason="state")
        making.state, making.note = MakingState.WAITING, None
        making.attempts, making.next_try = 0, None
        subject = f"media/{key[:12]}"
    elif kind == READING:
        file = (
            session.get(MediaFile, int(key))
            if key.isascii() and key.isdigit() and len(key) < 16
            else None
        )
        if file is None:
            raise NotFound("This file is not there any more.")
        by.require(Action.SEE_JOBS, institutions=_answering(session, file.work_id))
        if file.text_state != TextState.FAILED:
            raise Conflict("This has not failed, or not any more.", reason="state")
        file.text_version, file.text_state, file.text_note = 0, TextState.WAITING, None
        work = session.get_one(Work, file.work_id)
        subject = f"{work.kind}/{work.key}"
    else:
        raise Invalid(f"Work of the kind {kind!r} cannot be tried again.")
    log.record(session, by=by, did="retried", subject=subject, details={"job": kind})
    session.flush()


def _answering(session: Session, work_id: int) -> list[str]:
    return list(
        session.scalars(
            select(Institution.key)
            .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
            .where(WorkInstitution.work_id == work_id)
        )
    )


def _uuid(key: str) -> uuids.UUID:
    try:
        return uuids.UUID(key)
    except ValueError:
        raise NotFound("This upload is not there any more.") from None
