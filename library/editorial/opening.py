"""The works of the library as somebody may take them onto the desk."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Edition, Work, WorkInstitution
from library.directory.models import Institution
from library.editorial.models import Manuscript


class WorkLine(NamedTuple):
    """A work of the library. ``manuscript`` is its manuscript's uuid where it has one already."""

    uuid: uuids.UUID
    kind: str
    key: str
    title: str
    source_language: str
    status: str
    updated_at: dt.datetime
    manuscript: uuids.UUID | None


def works(
    session: Session,
    *,
    by: Actor,
    text: str = "",
    kind: str = "",
    institution: str = "",
    offset: int = 0,
    limit: int = 20,
) -> tuple[int, list[WorkLine]]:
    """How many works fit whose drafts this person may see, and a page of them, the latest changed first.

    ``text`` is looked for in titles of all languages and in keys.
    """
    places = by.places(Action.SEE_DRAFTS)
    query: Any = select(Work.id)
    if kind:
        query = query.where(Work.kind == kind)
    for keys in ([institution] if institution else None, places):
        if keys is not None:
            query = query.where(
                exists().where(
                    WorkInstitution.work_id == Work.id,
                    WorkInstitution.institution_id == Institution.id,
                    Institution.key.in_(sorted(keys)),
                )
            )
    sought = text.strip()
    if sought:
        titled = select(Edition.work_id).where(Edition.title.icontains(sought, autoescape=True))
        query = query.where(or_(Work.id.in_(titled), Work.key.icontains(sought, autoescape=True)))
    order = query.order_by(Work.updated_at.desc(), Work.id.desc())
    if sought:
        # Looking through titles takes longer than reading the numbers of all that fit.
        fitting = list(session.scalars(order))
        total, ids = len(fitting), fitting[offset : offset + limit]
    else:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        ids = list(session.scalars(order.offset(offset).limit(limit)))
    rows = session.execute(
        select(
            Work.id,
            Work.uuid,
            Work.kind,
            Work.key,
            Edition.title,
            Work.source_language,
            Work.status,
            Work.updated_at,
            Manuscript.uuid,
        )
        .outerjoin(Edition, (Edition.work_id == Work.id) & (Edition.lang == Work.source_language))
        .outerjoin(Manuscript, Manuscript.work_uuid == Work.uuid)
        .where(Work.id.in_(ids))
    )
    found = {row[0]: WorkLine(row[1], row[2], row[3], row[4] or row[3], *row[5:]) for row in rows}
    return total, [found[id_] for id_ in ids if id_ in found]
