from __future__ import annotations

import datetime as dt
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import unanswered as module
from library.catalogue.models import UnansweredSearch
from library.catalogue.unanswered import DAYS, LONGEST, UnansweredTally, kept, record, unanswered
from library.db import make_engine, make_session_factory, utc_now

TODAY = dt.date(2026, 11, 22)


def rows(session: Session) -> dict[tuple[str, str], int]:
    return {(row.lang, row.text): row.count for row in session.scalars(select(UnansweredSearch))}


@pytest.mark.parametrize(
    ("typed", "stays"),
    [
        ("  Plasma   CUTTER ", "plasma cutter"),
        ("等离子切割", "等离子切割"),
        ("القَطع بالبلازما", "القَطع بالبلازما"),
        ("ＰＬＣ　S7", "plc s7"),
        ("GB/T 5226.1-2019", "gb/t 5226.1-2019"),
        ("ISO 9001:2015", "iso 9001:2015"),
        ("6ES7214-1AG40", "6es7214-1ag40"),
        ("x" * 30 + " " + "y" * 200 + "ж", ""),
    ],
)
def test_questions_are_kept_plain(typed: str, stays: str) -> None:
    assert kept(typed) == stays


@pytest.mark.parametrize(
    "typed",
    [
        "li.ming@example.org",
        "mail LI.MING@EXAMPLE.ORG please",
        "+86 138 0013 8000",
        "call (022) 2789-4567",
        "13800138000",
        "110101199003071234",
        "４２４２ ４２４２ ４２４２ ４２４２",
        "٠١٢٣٤٥٦٧٨٩",
        "https://example.org/?token=abc",
        "www.example.org",
        "q7Fh2Kx9Zp4Lm8Tn3Vb6Wc1Rd5Ys0Ju7Eg2Ai9Ok4",
    ],
)
def test_what_may_be_a_persons_is_not_kept(typed: str) -> None:
    assert kept(typed) == ""


@given(st.text(max_size=2000))
def test_any_text_is_kept_short_or_not_at_all(typed: str) -> None:
    text = kept(typed)
    assert len(text) <= LONGEST
    assert not any("." in word.partition("@")[2] for word in text.split()), "an address"
    assert text == text.strip()


def test_the_same_question_is_counted_on(session: Session) -> None:
    record(session, {("en", "plasma"): 2, ("fr", "plasma"): 1}, day=TODAY)
    record(session, {("en", "plasma"): 3}, day=TODAY)
    session.commit()
    assert rows(session) == {("en", "plasma"): 5, ("fr", "plasma"): 1}


def test_beyond_a_days_bound_questions_are_only_counted(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_A_DAY", 3)
    record(session, {("en", f"word {n}"): 1 for n in range(10)}, day=TODAY)
    record(session, {("en", "word 0"): 1, ("en", "word 99"): 1}, day=TODAY)
    assert len(rows(session)) == 4
    assert rows(session)["en", ""] == 8
    assert rows(session)["en", "word 0"] == 2
    record(session, {("en", "tomorrow"): 1}, day=TODAY + dt.timedelta(days=1))
    assert rows(session)["en", "tomorrow"] == 1


def test_after_ninety_days_it_is_gone(session: Session) -> None:
    record(session, {("en", "old"): 1}, day=TODAY - dt.timedelta(days=DAYS))
    record(session, {("en", "young"): 1}, day=TODAY - dt.timedelta(days=DAYS - 1))
    record(session, {("en", "new"): 1}, day=TODAY)
    assert sorted(text for _, text in rows(session)) == ["new", "young"]


def test_editors_see_the_most_frequent_first(session: Session) -> None:
    today = utc_now().date()
    record(session, {("en", "rare"): 1, ("en", ""): 50}, day=today)
    record(session, {("en", "plasma"): 2, ("zh-Hans", "plasma"): 7}, day=today)
    record(session, {("en", "plasma"): 1}, day=today - dt.timedelta(days=3))
    record(session, {("en", "gone"): 9}, day=today - dt.timedelta(days=40))
    plasma, rare, nameless = unanswered(session)
    assert (plasma.text, plasma.count, plasma.last) == ("plasma", 10, today)
    assert plasma.languages == ("zh-Hans", "en")
    assert (rare.text, nameless.text, nameless.count) == ("rare", "", 50)
    assert {one.text for one in unanswered(session, days=60)} == {"plasma", "gone", "rare", ""}
    assert [one.count for one in unanswered(session, lang="zh-Hans")] == [7]
    assert len(unanswered(session, limit=1)) == 1


def test_a_process_writes_down_later_what_it_was_told(
    session: Session, factory: sessionmaker[Session]
) -> None:
    tally = UnansweredTally(later=0.05)
    for text in ("Plasma", "plasma ", "a@b.org"):
        tally.note(factory, text, lang="en")
    assert rows(session) == {}
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(20)
    session.rollback()
    assert rows(session) == {("en", "plasma"): 2, ("en", ""): 1}


def test_many_threads_lose_nothing(session: Session, factory: sessionmaker[Session]) -> None:
    tally = UnansweredTally(later=600)
    threads = [
        threading.Thread(target=lambda: [tally.note(factory, "w", lang="en") for _ in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.flush(factory)
    assert rows(session) == {("en", "w"): 800}


def test_what_waits_in_memory_is_bounded(session: Session, factory: sessionmaker[Session]) -> None:
    tally = UnansweredTally(later=600)
    for n in range(700):
        tally.note(factory, f"word{n}", lang="en")
    tally.flush(factory)
    assert len(rows(session)) <= 501
    assert rows(session)["en", ""] == 200


def test_a_database_that_is_away_costs_the_count_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = make_session_factory(make_engine("sqlite:////nowhere/at/all/library.sqlite"))
    tally = UnansweredTally(later=600)
    tally.note(away, "plasma", lang="en")
    tally.flush(away)
    assert "were not counted" in caplog.text


def test_a_process_that_was_forked_writes_its_own_counts(
    factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer that was set before the fork runs in the parent only."""
    tally = UnansweredTally(later=3600)
    tally.note(factory, "plasma", lang="en")
    before = tally._timer
    process = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    tally.note(factory, "plasma", lang="en")
    assert tally._timer is not before
    tally.close()
    assert before is not None
    before.cancel()
