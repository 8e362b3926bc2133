"""Where translations have fallen behind their source: in what readers have, and in what is being written."""

from __future__ import annotations

import uuid as uuids
from typing import NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Edition, Work, WorkInstitution
from library.directory.models import Institution
from library.editorial import queries
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptSection,
    ManuscriptText,
    State,
)

_BEING_WRITTEN = (State.DRAFT, State.IN_REVIEW, State.APPROVED)


class Behind(NamedTuple):
    """A work with so many ``texts`` in one language that their source has left behind.

    ``manuscript`` is None while nobody has taken the work onto the desk.
    """

    manuscript: uuids.UUID | None
    work: uuids.UUID
    kind: str
    title: str
    title_lang: str
    lang: str
    texts: int


def behind(session: Session, *, by: Actor, limit: int = 20) -> list[Behind]:
    """What this person could bring up to date, the most first.

    A published work is counted from its editions, whose counts are kept; a manuscript that is being
    written from its own texts, so that what was done today is done.
    """
    found = {(row.work, row.lang): row for row in _being_written(session, by=by, limit=limit)}
    for row in _published(session, by=by, limit=limit):
        found.setdefault((row.work, row.lang), row)
    return sorted(found.values(), key=lambda one: (-one.texts, one.title, one.lang))[:limit]


def _being_written(session: Session, *, by: Actor, limit: int) -> list[Behind]:
    """What is behind in manuscripts, the `queries.LATEST` of them that were changed last, the most first."""
    latest = (
        queries.visible(select(Manuscript.id), by, Action.TRANSLATE)
        .where(Manuscript.state.in_(_BEING_WRITTEN))
        .order_by(Manuscript.changed_at.desc())
        .limit(queries.LATEST)
    )
    named = (
        Manuscript.uuid,
        Manuscript.work_uuid,
        Manuscript.kind,
        Manuscript.title,
        Manuscript.source_language,
        ManuscriptText.lang,
    )
    original = aliased(ManuscriptText)
    query = (
        select(*named, func.count())
        .select_from(Manuscript)
        .join(ManuscriptSection, ManuscriptSection.manuscript_id == Manuscript.id)
        .join(ManuscriptBlock, ManuscriptBlock.section_id == ManuscriptSection.id)
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .join(
            original,
            and_(
                original.block_id == ManuscriptBlock.id,
                original.lang == Manuscript.source_language,
            ),
        )
        .where(
            Manuscript.id.in_(latest),
            ManuscriptText.lang != Manuscript.source_language,
            or_(ManuscriptText.made_from.is_(None), ManuscriptText.made_from != original.hash),
        )
        .group_by(Manuscript.id, *named)
        .order_by(func.count().desc(), Manuscript.title)
        .limit(limit)
    )
    languages = by.languages(Action.TRANSLATE)
    if languages is not None:
        query = query.where(ManuscriptText.lang.in_(sorted(languages)))
    return [Behind(*row) for row in session.execute(query)]


def _published(session: Session, *, by: Actor, limit: int) -> list[Behind]:
    title = select(Edition.title).where(
        Edition.work_id == Work.id, Edition.lang == Work.source_language
    )
    query = (
        select(
            Manuscript.uuid,
            Work.uuid,
            Work.kind,
            title.correlate(Work).scalar_subquery(),
            Work.source_language,
            Edition.lang,
            Edition.stale,
        )
        .select_from(Edition)
        .join(Work, Work.id == Edition.work_id)
        .outerjoin(Manuscript, Manuscript.work_uuid == Work.uuid)
        .where(
            Edition.stale > 0,
            Edition.lang != Work.source_language,
            Work.status == "published",
            Manuscript.id.is_(None) | Manuscript.state.not_in(_BEING_WRITTEN),
        )
        .order_by(Edition.stale.desc(), Edition.work_id.desc(), Edition.lang.desc())
        .limit(limit)
    )
    languages = by.languages(Action.TRANSLATE)
    if languages is not None:
        query = query.where(Edition.lang.in_(sorted(languages)))
    places = by.places(Action.TRANSLATE)
    if places is not None:
        query = query.where(
            # Asked of each row: few are looked at before there are enough.
            exists().where(
                WorkInstitution.work_id == Edition.work_id,
                Institution.id == WorkInstitution.institution_id,
                Institution.key.in_(sorted(places)),
            )
        )
    return [
        Behind(manuscript, work, kind, title or "", source, lang, count)
        for manuscript, work, kind, title, source, lang, count in session.execute(query)
    ]
