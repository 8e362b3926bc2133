"""How often works are read, by day, language and country: a count, never a person.

Kept are the day, the work, the language of its text and the country, if whoever stands in front of the
site says it. No address of a network, no cookie, no time of day. Counting never touches a request: it goes
into the process's memory, and from there a minute later, by a thread of its own, into the database. What a
process has not written when it is killed is lost: a statistic is not worth a slow page.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Edition, Work, WorkInstitution, WorkUse
from library.db import session_scope, utc_now
from library.db.refusal import explain
from library.directory.models import Institution

DAYS: Final = 800
"""Days for which counts are kept: two years can be compared."""

FEW: Final = 3
"""Below this a count is told as "fewer than"; it could be one person that everybody knows."""

# Seconds between a reading and its being written down, and kinds of readings that wait in memory at most.
_LATER = 60.0
_MOST_WAITING = 20_000
_BATCH = 500

_log = logging.getLogger(__name__)

#: (id of the work, language, country)
Reading = tuple[int, str, str]
_Row = TypeVar("_Row")
By = Literal["work", "language", "country", "month"]


class UseTally:
    """Counts of this process that are not written down yet. Cheap to tell, safe from all threads."""

    def __init__(self, *, later: float = _LATER) -> None:
        """``later``: seconds after which what was told is written down."""
        self._later = later
        self._lock = threading.Lock()
        self._waiting: Counter[Reading] = Counter()
        self._timer: threading.Timer | None = None
        self._process = 0

    def note(self, factory: sessionmaker[Session], reading: Reading) -> None:
        """Count a reading. Never raises and never waits for the database."""
        with self._lock:
            if reading not in self._waiting and len(self._waiting) >= _MOST_WAITING:
                return
            self._waiting[reading] += 1
            if self._timer is None or self._process != os.getpid():
                # A timer from before a fork runs in the other process only.
                self._process = os.getpid()
                self._timer = threading.Timer(self._later, self.flush, (factory,))
                self._timer.daemon = True
                self._timer.start()

    def flush(self, factory: sessionmaker[Session]) -> None:
        """Write down what was told so far; a fault is logged, and what it was about is forgotten."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            waiting, self._waiting, self._timer = self._waiting, Counter(), None
        if not waiting:
            return
        try:
            with session_scope(factory, write=True) as session:
                record(session, waiting, day=utc_now().date())
        except SQLAlchemyError as error:
            _log.warning("The use of works was not counted. %s", explain(error))

    def close(self) -> None:
        """Forget what is not written down yet, and write nothing any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._waiting, self._timer = Counter(), None


def record(session: Session, counts: Mapping[Reading, int], *, day: dt.date) -> None:
    """Add counts to a day's, and let go of what is older than `DAYS` days; works gone are skipped."""
    old = WorkUse.day <= day - dt.timedelta(days=DAYS)
    if session.scalar(select(WorkUse.day).where(old).limit(1)) is not None:
        session.execute(delete(WorkUse).where(old))
    ids = {work_id for work_id, _, _ in counts}
    there = set()
    for some in _batches(sorted(ids)):
        there |= set(session.scalars(select(Work.id).where(Work.id.in_(some))))
    rows = [
        {"day": day, "work_id": work_id, "lang": lang[:35], "country": country, "count": count}
        for (work_id, lang, country), count in sorted(counts.items())
        if work_id in there
    ]
    insert: Any = sqlite.insert
    if session.get_bind().dialect.name == "postgresql":
        # Loading this dialect takes memory that a library in one file can do without.
        from sqlalchemy.dialects import postgresql

        insert = postgresql.insert
    for batch in _batches(rows):
        statement = insert(WorkUse).values(batch)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "work_id", "lang", "country"],
                set_={"count": WorkUse.count + statement.excluded.count},
            )
        )


def _batches(rows: list[_Row]) -> Iterator[list[_Row]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]


@dataclass(frozen=True, slots=True)
class Used:
    """A row of a table of use: ``name`` is a kind/key, a language, a country or a month (2026-11).

    For a work, ``title`` is in the language ``lang``.
    """

    name: str
    count: int
    title: str = ""
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Days from ``since`` to ``until``, both in it; works of ``institutions``, None for all."""

    since: dt.date
    until: dt.date
    institutions: frozenset[str] | None = None
    work: tuple[str, str] | None = None


def _within(query: Any, bounds: Bounds) -> Any:
    query = query.where(WorkUse.day >= bounds.since, WorkUse.day <= bounds.until)
    if bounds.work is not None:
        kind, key = bounds.work
        query = query.where(
            WorkUse.work_id.in_(select(Work.id).where(Work.kind == kind, Work.key == key))
        )
    if bounds.institutions is not None:
        query = query.where(
            WorkUse.work_id.in_(
                select(WorkInstitution.work_id)
                .join(Institution, Institution.id == WorkInstitution.institution_id)
                .where(Institution.key.in_(sorted(bounds.institutions)))
            )
        )
    return query


def total(session: Session, bounds: Bounds) -> int:
    """All readings within bounds."""
    return session.scalar(_within(select(func.sum(WorkUse.count)), bounds)) or 0


def used(session: Session, bounds: Bounds, *, by: By, limit: int = 50) -> list[Used]:
    """Use by work, language or country, the most first; by month, the latest first."""
    count = func.sum(WorkUse.count)
    if by == "month":
        months: Counter[str] = Counter()
        for day, number in session.execute(
            _within(select(WorkUse.day, count), bounds).group_by(WorkUse.day)
        ):
            months[f"{day:%Y-%m}"] += number
        return [Used(name, number) for name, number in sorted(months.items(), reverse=True)][:limit]
    if by == "work":
        rows = session.execute(
            _within(select(WorkUse.work_id, count.label("count_")), bounds)
            .group_by(WorkUse.work_id)
            .order_by(count.desc(), WorkUse.work_id)
            .limit(limit)
        ).all()
        named = _titles(session, [row.work_id for row in rows])
        return [Used(named[id_][0], number, *named[id_][1:]) for id_, number in rows]
    column = WorkUse.lang if by == "language" else WorkUse.country
    return [
        Used(name, number)
        for name, number in session.execute(
            _within(select(column, count), bounds)
            .group_by(column)
            .order_by(count.desc(), column)
            .limit(limit)
        )
    ]


def _titles(session: Session, ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """kind/key, title and its language of works, in their source languages."""
    return {
        row.id: (f"{row.kind}/{row.key}", row.title or row.key, row.source_language)
        for row in session.execute(
            select(Work.id, Work.kind, Work.key, Work.source_language, Edition.title)
            .outerjoin(
                Edition, (Edition.work_id == Work.id) & (Edition.lang == Work.source_language)
            )
            .where(Work.id.in_(list(ids)))
        )
    }


def by_month(session: Session, bounds: Bounds) -> Iterator[tuple[str, str, str, str, int]]:
    """Rows of (kind/key, language, country, month, count), one after another, for a table to take along."""
    query = (
        _within(
            select(
                Work.kind, Work.key, WorkUse.lang, WorkUse.country, WorkUse.day, WorkUse.count
            ).join(Work, Work.id == WorkUse.work_id),
            bounds,
        )
        .order_by(Work.kind, Work.key, WorkUse.lang, WorkUse.country, WorkUse.day)
        .execution_options(yield_per=1000)
    )
    last: tuple[str, str, str, str] | None = None
    count = 0
    for kind, key, lang, country, day, number in session.execute(query):
        here = (f"{kind}/{key}", lang, country, f"{day:%Y-%m}")
        if last is not None and here != last:
            yield (*last, count)
            count = 0
        last = here
        count += number
    if last is not None:
        yield (*last, count)
