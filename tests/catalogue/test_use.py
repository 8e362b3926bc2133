from __future__ import annotations

import datetime as dt
import os
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import LibraryUse, WorkUse, WorkUseSum
from library.catalogue.use import MONTHS, Bounds, UseTally, by_month, month_of, record, total, used
from library.db import make_engine, make_session_factory, utc_now
from tests.factories import make_institution, make_work

DAY = dt.date(2026, 11, 22)


def _within(**bounds: object) -> Bounds:
    told = {"since": month_of(DAY, before=1), "until": month_of(DAY), **bounds}
    return Bounds(**told)  # type: ignore[arg-type]


def test_counts_of_a_day_add_up_and_old_ones_go(session: Session) -> None:
    work = make_work(session)
    record(session, {(work.id, "en", "TZ"): 2, (work.id, "en", ""): 1}, day=DAY)
    record(session, {(work.id, "en", "TZ"): 3, (999_999, "en", "TZ"): 7}, day=DAY)
    rows = {(row.lang, row.country): row.count for row in session.scalars(select(WorkUse))}
    assert rows == {("en", "TZ"): 5, ("en", ""): 1}
    later = month_of(DAY, before=1 - MONTHS)
    record(session, {(work.id, "fr", ""): 1}, day=later)
    session.expire_all()
    assert {row.lang for row in session.scalars(select(WorkUse))} == {"en", "fr"}
    record(session, {(work.id, "fr", ""): 1}, day=later + dt.timedelta(days=31))
    session.expire_all()
    for table in (WorkUse, WorkUseSum, LibraryUse):
        kept = session.scalars(select(table.month)).all()
        assert kept == [later, month_of(later, before=-1)]


def test_months_before() -> None:
    assert month_of(DAY) == dt.date(2026, 11, 1)
    assert month_of(DAY, before=11) == dt.date(2025, 12, 1)
    assert month_of(DAY, before=-2) == dt.date(2027, 1, 1)


def test_sums_are_those_of_the_rows(session: Session) -> None:
    """Whatever was told, and in whatever order: the small tables say what the large one says."""
    one, other = make_work(session), make_work(session, key="another")
    for n in range(40):
        day = DAY - dt.timedelta(days=13 * (n % 7))
        langs, countries = ("en", "fr", "x" * 35 + "y"), ("", "TZ")
        work = one if n % 3 else other
        reading = (work.id, langs[n % 3], countries[n % 2])
        record(session, {reading: n + 1, (other.id, "fr", "ML"): 1}, day=day)
    everything = _within(since=month_of(DAY, before=20))
    single = _within(since=everything.since, institutions=None, work=("course", "another"))
    assert total(session, everything) == 40 + sum(range(1, 41))
    for by in ("language", "country", "month", "work"):
        rows = used(session, everything, by=by)  # type: ignore[arg-type]
        assert sum(row.count for row in rows) == total(session, everything)
    alone = used(session, single, by="month")
    assert sum(row.count for row in alone) == total(session, single)
    assert sum(row.count for row in used(session, single, by="country")) == total(session, single)


def test_many_at_once_are_written_in_batches(session: Session) -> None:
    work = make_work(session)
    counts = {(work.id, f"x{n}", "TZ"): 1 for n in range(1200)}
    record(session, counts, day=DAY)
    assert total(session, _within()) == 1200


def test_use_by_work_language_country_and_month(session: Session) -> None:
    make_institution(session)
    one = make_work(session, institutions=["mbeya-college"])
    other = make_work(session, key="another")
    record(session, {(one.id, "en", "TZ"): 5, (other.id, "fr", "ML"): 9}, day=DAY)
    earlier = DAY - dt.timedelta(days=40)
    record(session, {(one.id, "zh-Hans", ""): 4}, day=earlier)
    record(session, {(one.id, "en", "TZ"): 100}, day=DAY - dt.timedelta(days=61 + 22))

    def told(by: str, **bounds: object) -> list[tuple[str, int]]:
        return [(row.name, row.count) for row in used(session, _within(**bounds), by=by)]  # type: ignore[arg-type]

    assert told("work") == [("course/another", 9), ("course/measuring-safely", 9)] or told(
        "work"
    ) == [("course/measuring-safely", 9), ("course/another", 9)]
    assert told("language") == [("fr", 9), ("en", 5), ("zh-Hans", 4)]
    assert told("country") == [("ML", 9), ("TZ", 5), ("", 4)]
    assert told("month") == [("2026-11", 14), ("2026-10", 4)]
    college = frozenset({"mbeya-college"})
    assert told("country", institutions=college) == [("TZ", 5), ("", 4)]
    assert told("country", institutions=frozenset()) == []
    assert told("language", work=("course", "another")) == [("fr", 9)]
    assert total(session, _within(institutions=college)) == 9
    assert list(by_month(session, _within(institutions=college))) == [
        ("course/measuring-safely", "en", "TZ", "2026-11", 5),
        ("course/measuring-safely", "zh-Hans", "", "2026-10", 4),
    ]
    assert used(session, _within(institutions=college), by="work")[0].title == "Measuring safely"


def test_a_tally_writes_after_a_while_from_all_threads(
    session: Session, factory: sessionmaker[Session]
) -> None:
    work = make_work(session)
    session.commit()
    tally = UseTally(later=3600)
    reading = (work.id, "en", "TZ")

    def read() -> None:
        for _ in range(500):
            tally.note(factory, reading)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.flush(factory)
    tally.flush(factory)
    today = utc_now().date()
    month = month_of(today)
    assert total(session, Bounds(month, month)) == 2000


def test_a_process_that_was_forked_writes_its_own_counts(
    session: Session, factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer that was set before the fork runs in the parent only."""
    work = make_work(session)
    session.commit()
    tally = UseTally(later=3600)
    tally.note(factory, (work.id, "en", ""))
    before = tally._timer
    process = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    tally.note(factory, (work.id, "en", ""))
    assert tally._timer is not before
    tally.close()
    assert before is not None
    before.cancel()


def test_a_database_that_is_away_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    factory = make_session_factory(make_engine("sqlite:////nowhere/at/all.sqlite"))
    tally = UseTally(later=3600)
    tally.note(factory, (1, "en", ""))
    tally.flush(factory)
    assert "not counted" in caplog.text
