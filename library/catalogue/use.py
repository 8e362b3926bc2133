"""How often works are read, by month, language and country: a count, never a person.

Kept are the month, the work, the language of its text and the country, if whoever stands in front of the
site says it. No address of a network, no cookie, no day. It is written down a minute later
(`library.catalogue.tally`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import (
    Edition,
    LibraryUse,
    Work,
    WorkInstitution,
    WorkUse,
    WorkUseSum,
)
from library.catalogue.tally import Tally
from library.directory.models import Institution

MONTHS: Final = 26
"""Months for which counts are kept: two years can be compared."""

FEW: Final = 3
"""Below this a count is told as "fewer than"; it could be one person that everybody knows."""

# Seconds between a reading and its being written down, and kinds of readings that wait in memory at most.
_LATER = 60.0
_MOST_WAITING = 20_000
_BATCH = 500

#: (id of the work, language, country)
Reading = tuple[int, str, str]
_Row = TypeVar("_Row")
By = Literal["work", "language", "country", "month"]


class UseTally(Tally[Reading]):
    """Readings of this process that are not written down yet."""

    def __init__(self, *, later: float = _LATER) -> None:
        """``later``: seconds after which what was told is written down."""
        super().__init__(
            lambda session, counts, day: record(session, counts, day=day),
            later=later,
            most=_MOST_WAITING,
            lost="The use of works was not counted.",
        )

    def note(self, factory: sessionmaker[Session], reading: Reading) -> None:
        """Count a reading, or none where too many wait. Never raises and never waits for the database."""
        self._count(factory, reading)


def month_of(day: dt.date, *, before: int = 0) -> dt.date:
    """The first day of a day's month, or of the one so many ``before`` it."""
    months = day.year * 12 + day.month - 1 - before
    return dt.date(months // 12, months % 12 + 1, 1)


def record(session: Session, counts: Mapping[Reading, int], *, day: dt.date) -> None:
    """Add counts to a month's, and let go of what is older than `MONTHS`; works gone are skipped."""
    month = month_of(day)
    oldest = month_of(day, before=MONTHS - 1)
    if session.scalar(select(LibraryUse.month).where(LibraryUse.month < oldest).limit(1)):
        for table in (WorkUse, WorkUseSum, LibraryUse):
            session.execute(delete(table).where(table.month < oldest))
    ids = {work_id for work_id, _, _ in counts}
    there = set()
    for some in _batches(sorted(ids)):
        there |= set(session.scalars(select(Work.id).where(Work.id.in_(some))))
    rows: Counter[tuple[object, ...]] = Counter()
    works: Counter[tuple[object, ...]] = Counter()
    library: Counter[tuple[object, ...]] = Counter()
    for (work_id, lang, country), count in sorted(counts.items()):
        if work_id in there:
            lang = lang[:35]
            rows[work_id, lang, country] += count
            works[(work_id,)] += count
            library[lang, country] += count
    _add(session, WorkUse, ("work_id", "lang", "country"), month, rows)
    _add(session, WorkUseSum, ("work_id",), month, works)
    _add(session, LibraryUse, ("lang", "country"), month, library)


def _add(
    session: Session,
    table: type[WorkUse | WorkUseSum | LibraryUse],
    names: tuple[str, ...],
    month: dt.date,
    counts: Mapping[tuple[object, ...], int],
) -> None:
    insert: Any = sqlite.insert
    if session.get_bind().dialect.name == "postgresql":
        # Loading this dialect takes memory that a library in one file can do without.
        from sqlalchemy.dialects import postgresql

        insert = postgresql.insert
    rows = [
        {"month": month, **dict(zip(names, key, strict=True)), "count": count}
        for key, count in counts.items()
    ]
    for batch in _batches(rows):
        statement = insert(table).values(batch)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["month", *names],
                set_={"count": table.count + statement.excluded.count},
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
    """Months from ``since`` to ``until``, first days, both in it; works of ``institutions``, None for all;
    one ``work``, as its kind and key."""

    since: dt.date
    until: dt.date
    institutions: frozenset[str] | None = None
    work: tuple[str, str] | None = None

    @property
    def whole(self) -> bool:
        """Is the whole library asked for?"""
        return self.institutions is None and self.work is None


def _within(query: Any, table: Any, bounds: Bounds) -> Any:
    query = query.where(table.month >= bounds.since, table.month <= bounds.until)
    if bounds.work is not None:
        kind, key = bounds.work
        query = query.where(
            table.work_id.in_(select(Work.id).where(Work.kind == kind, Work.key == key))
        )
    if bounds.institutions is not None:
        query = query.where(
            table.work_id.in_(
                select(WorkInstitution.work_id)
                .join(Institution, Institution.id == WorkInstitution.institution_id)
                .where(Institution.key.in_(sorted(bounds.institutions)))
            )
        )
    return query


def total(session: Session, bounds: Bounds) -> int:
    """All readings within bounds."""
    table: Any = LibraryUse if bounds.whole else WorkUseSum
    return session.scalar(_within(select(func.sum(table.count)), table, bounds)) or 0


def used(session: Session, bounds: Bounds, *, by: By, limit: int = 50) -> list[Used]:
    """Use by work, language or country, the most first; by month, the latest first."""
    table: Any = LibraryUse if bounds.whole else WorkUse
    if by == "work" or (by == "month" and not bounds.whole):
        table = WorkUseSum
    column = {"work": "work_id", "language": "lang", "country": "country", "month": "month"}[by]
    what = getattr(table, column)
    count = func.sum(table.count)
    order = (what.desc(),) if by == "month" else (count.desc(), what)
    rows = session.execute(
        _within(select(what, count), table, bounds).group_by(what).order_by(*order).limit(limit)
    ).all()
    if by == "work":
        named = _titles(session, [id_ for id_, _ in rows])
        return [Used(named[id_][0], number, *named[id_][1:]) for id_, number in rows]
    if by == "month":
        return [Used(f"{month:%Y-%m}", number) for month, number in rows]
    return [Used(name, number) for name, number in rows]


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
                Work.kind, Work.key, WorkUse.lang, WorkUse.country, WorkUse.month, WorkUse.count
            ).join(Work, Work.id == WorkUse.work_id),
            WorkUse,
            bounds,
        )
        .order_by(Work.kind, Work.key, WorkUse.lang, WorkUse.country, WorkUse.month)
        .execution_options(yield_per=1000)
    )
    for kind, key, lang, country, month, number in session.execute(query):
        yield f"{kind}/{key}", lang, country, f"{month:%Y-%m}", number
