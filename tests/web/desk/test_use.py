"""Use at the desk: tables, small counts hidden, only what somebody answers for."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.use import record
from library.db import utc_now
from library.i18n import quantities
from tests.factories import make_institution, make_work
from tests.people import DeskClient, make_person, signed_in

Hire = Callable[..., DeskClient]


@pytest.fixture
def hire(app: Flask, factory: sessionmaker[Session], session: Session) -> Hire:
    def _hire(role: str, *, at: str = "") -> DeskClient:
        person = make_person(session, email=f"{role}@{at or 'all'}.org", roles=[(role, at)])
        session.commit()
        return signed_in(app, factory, person)

    return _hire


@pytest.fixture(autouse=True)
def counts(session: Session) -> None:
    make_institution(session)
    one = make_work(session, institutions=["mbeya-college"])
    other = make_work(session, key="other-work", texts={"en": "# Other\n\nSummary.\n"})
    today = utc_now().date()
    record(session, {(one.id, "en", "TZ"): 1234, (one.id, "zh-Hans", "CN"): 2}, day=today)
    record(session, {(other.id, "fr", "ML"): 77}, day=today - dt.timedelta(days=200))
    session.commit()


def test_tables_by_work_language_country_and_month(hire: Hire) -> None:
    text = hire("publisher").get("/en/desk/use").text
    for words in ("Measuring safely", "1,234", "Tanzania", "Simplified Chinese", "fewer than 3"):
        assert words in text
    assert "Other" not in text.split("page.main")[1]
    longer = hire("reviewer").get("/en/desk/use?since=2000-01").text
    assert "Other" in longer
    assert "Mali" in longer


def test_only_works_that_somebody_answers_for(hire: Hire) -> None:
    mine = hire("author", at="mbeya-college").get("/en/desk/use?since=2000-01").text
    assert "1,234" in mine
    assert "Mali" not in mine
    none = hire("author", at="other-college").get("/en/desk/use?since=2000-01").text
    assert "1,234" not in none
    translator = hire("translator", at="mbeya-college")
    assert translator.get("/en/desk/use").status_code == 403
    assert translator.get("/en/desk/use.csv").status_code == 403


def test_the_table_to_take_along_hides_small_counts_too(hire: Hire) -> None:
    answer = hire("publisher").get("/en/desk/use.csv?since=2000-01")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    month = f"{utc_now():%Y-%m}"
    assert rows[0] == ["work", "language", "country", "month", "readings"]
    assert ["course/measuring-safely", "en", "TZ", month, "1234"] in rows
    assert ["course/measuring-safely", "zh-Hans", "CN", month, "<3"] in rows
    assert len(rows) == 4


def test_one_work_alone_and_days_that_are_none(hire: Hire) -> None:
    publisher = hire("publisher")
    text = publisher.get("/en/desk/use?since=2000-01&work=course/other-work").text
    assert "77" in text
    assert "1,234" not in text
    assert publisher.get("/en/desk/use?since=then").status_code == 422
    assert publisher.get("/en/desk/use?since=2026-13").status_code == 422
    assert publisher.get("/ar/desk/use").status_code == 200


def test_months_have_names_and_those_chosen_stay_chosen(hire: Hire) -> None:
    text = hire("publisher").get("/fr/desk/use?since=2020-05&until=2030-02").text
    assert '<option value="2030-02" selected>février 2030</option>' in text
    today = utc_now().date()
    named = quantities.month(today, "fr")
    assert f">{named}</bdi>" in text
