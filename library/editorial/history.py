"""Reading the log: who did what to what, for those who may see it, and only of what they answer for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from library.accounts.models import LogEntry, Person
from library.accounts.permissions import Action, Actor
from library.catalogue.models import FormerWorkAddress, Work, WorkInstitution
from library.directory.models import Institution
from library.editorial.models import Manuscript, ManuscriptInstitution


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed to; empty for no bound. ``since`` and ``until`` are days, both in it.

    ``subject`` is a kind/key or a part of it, ``who`` a part of a name, ``did`` a verb of the log.
    """

    subject: str = ""
    who: str = ""
    did: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def _visible(by: Actor) -> Any:
    """Entries that somebody may see: all, or those on what their institutions answer for and their own."""
    by_everywhere = by.places(Action.SEE_LOG)
    query = select(LogEntry)
    if by_everywhere is None:
        return query
    places = sorted(by_everywhere)
    of_works = (
        select(WorkInstitution.work_id)
        .join(Institution, Institution.id == WorkInstitution.institution_id)
        .where(Institution.key.in_(places))
    )
    on_desk = exists().where(
        ManuscriptInstitution.manuscript_id == Manuscript.id,
        ManuscriptInstitution.institution.in_(places),
    )
    return query.where(
        or_(
            LogEntry.by_id == by.id,
            LogEntry.subject.in_(select(Manuscript.kind + "/" + Manuscript.key).where(on_desk)),
            LogEntry.subject.in_(select(Work.kind + "/" + Work.key).where(Work.id.in_(of_works))),
            LogEntry.subject.in_(
                select(FormerWorkAddress.kind + "/" + FormerWorkAddress.key).where(
                    FormerWorkAddress.work_id.in_(of_works)
                )
            ),
            LogEntry.subject.in_([f"institution/{key}" for key in places]),
            # Roles given and taken name the institution that they are for.
            LogEntry.details["institution"].as_string().in_(places),
        )
    )


def _narrowed(by: Actor, filters: Filters) -> Any:
    by_places = by.places(Action.SEE_LOG)
    if by_places is not None and not by_places:
        by.require(Action.SEE_LOG)
    query = _visible(by)
    if filters.subject.strip():
        query = query.where(LogEntry.subject.icontains(filters.subject.strip(), autoescape=True))
    if filters.who.strip():
        query = query.where(LogEntry.by_name.icontains(filters.who.strip(), autoescape=True))
    if filters.did:
        query = query.where(LogEntry.did == filters.did)
    if filters.since is not None:
        query = query.where(LogEntry.at >= _midnight(filters.since))
    if filters.until is not None:
        query = query.where(LogEntry.at < _midnight(filters.until + dt.timedelta(days=1)))
    return query


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def entries(
    session: Session, filters: Filters, *, by: Actor, offset: int = 0, limit: int = 50
) -> tuple[int, list[LogEntry]]:
    """How many entries fit that somebody may see, and a page of them, the latest first.

    Raises ``Forbidden`` for who may see none.
    """
    query = _narrowed(by, filters)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(LogEntry.at.desc(), LogEntry.id.desc()).offset(offset).limit(limit)
    )
    return total, list(rows)


def every_entry(session: Session, filters: Filters, *, by: Actor) -> Iterator[LogEntry]:
    """All entries that fit, the oldest first, without holding them all in memory."""
    query = _narrowed(by, filters).order_by(LogEntry.id).execution_options(yield_per=500)
    for entry in session.scalars(query):
        yield entry
        session.expunge(entry)


def person_uuids(session: Session) -> dict[int | None, str]:
    """The lasting number of each person, by the one that entries hold."""
    rows = session.execute(select(Person.id, Person.uuid))
    return {row.id: str(row.uuid) for row in rows}


def verbs(session: Session, *, by: Actor) -> list[str]:
    """The verbs that the log holds."""
    by_places = by.places(Action.SEE_LOG)
    if by_places is not None and not by_places:
        by.require(Action.SEE_LOG)
    return list(session.scalars(select(LogEntry.did).distinct().order_by(LogEntry.did)))
