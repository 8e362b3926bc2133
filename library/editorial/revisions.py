"""Revisions: keeping a manuscript as it was approved, and finding what was kept."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from library.catalogue.drafting import draft_of
from library.catalogue.drafts import WorkDraft
from library.catalogue.models import Work
from library.editorial.holding import hold_revision
from library.editorial.models import Revision
from library.editorial.snapshot import pack, unpack
from library.errors import NotFound


def keep(
    session: Session,
    work_uuid: uuids.UUID,
    draft: WorkDraft,
    *,
    written_by: str,
    approved_by: str | None,
    note: str = "",
    **published: Any,
) -> Revision:
    """Keep a draft as the next revision of a work."""
    number = session.scalar(
        select(func.max(Revision.number)).where(Revision.work_uuid == work_uuid)
    )
    content, digest = pack(draft)
    revision = Revision(
        work_uuid=work_uuid,
        number=(number or 0) + 1,
        content=content,
        digest=digest,
        written_by=written_by,
        approved_by=approved_by,
        note=note,
        **published,
    )
    session.add(revision)
    session.flush()
    hold_revision(session, revision, draft)
    return revision


def keep_what_was_there(session: Session, work_uuid: uuids.UUID) -> None:
    """Keep what readers have now, where no revision says it: what an import brought can be restored too."""
    work = session.scalar(select(Work).where(Work.uuid == work_uuid))
    if work is None:
        return
    draft = draft_of(session, work_uuid)
    _, digest = pack(draft)
    known = session.scalar(
        select(Revision.id).where(Revision.work_uuid == work_uuid, Revision.digest == digest)
    )
    if known is None:
        keep(
            session,
            work_uuid,
            draft,
            written_by=work.updated_by,
            approved_by=None,
            published_by=work.updated_by,
            published_at=work.updated_at,
        )


def revisions(session: Session, work_uuid: uuids.UUID) -> list[Revision]:
    """Every revision of a work, the newest first, without their texts."""
    return list(
        session.scalars(
            select(Revision)
            .where(Revision.work_uuid == work_uuid)
            .order_by(Revision.number.desc())
            .options(defer(Revision.content))
        )
    )


def revision(session: Session, work_uuid: uuids.UUID, number: int) -> Revision:
    """One revision of a work. Raises ``NotFound``."""
    found = session.scalar(
        select(Revision).where(Revision.work_uuid == work_uuid, Revision.number == number)
    )
    if found is None:
        raise NotFound(f"This work has no revision {number}.")
    return found


def published_revision(session: Session, work_uuid: uuids.UUID) -> Revision | None:
    """The revision that readers were given last."""
    return session.scalar(
        select(Revision)
        .where(Revision.work_uuid == work_uuid, Revision.published_at.is_not(None))
        .order_by(Revision.published_at.desc(), Revision.number.desc())
        .limit(1)
    )


def draft_in(kept: Revision) -> WorkDraft:
    """The work that a revision keeps. Raises ``Damaged``."""
    return unpack(kept.content, digest=kept.digest)
