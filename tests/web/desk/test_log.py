"""The log at the desk: filters, who sees what, and files that a spreadsheet can open without danger."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import log
from library.formats.csv_lines import cell, csv_lines
from tests.factories import make_institution, make_work
from tests.people import OPERATOR, DeskClient, make_actor, make_person, signed_in

Hire = Callable[..., DeskClient]
EVIL = '=HYPERLINK("http://evil.example";"x")'


@pytest.fixture
def hire(app: Flask, factory: sessionmaker[Session], session: Session) -> Hire:
    def _hire(role: str, *, at: str = "") -> DeskClient:
        person = make_person(session, email=f"{role}@{at or 'all'}.org", roles=[(role, at)])
        session.commit()
        return signed_in(app, factory, person)

    return _hire


@pytest.fixture(autouse=True)
def entries(session: Session) -> None:
    make_institution(session)
    make_work(session, institutions=["mbeya-college"])
    make_work(session, key="secret-work")
    chen = make_actor(session, email="chen@example.org", name="Chen Wei")
    for subject, did, by, note in (
        ("course/measuring-safely", "published", chen, EVIL),
        ("course/secret-work", "approved", OPERATOR, "Good."),
        ("person/1", "role given", OPERATOR, ""),
    ):
        details = {"note": note} if note else {"institution": "mbeya-college", "role": "author"}
        log.record(session, by=by, did=did, subject=subject, details=details)
    session.commit()


def test_the_log_is_seen_by_who_may_and_only_of_their_institutions(hire: Hire) -> None:
    everything = hire("publisher").get("/en/desk/log").text
    assert "course/secret-work" in everything
    assert "3 entries" in everything
    some = hire("publisher", at="mbeya-college").get("/en/desk/log").text
    assert "course/measuring-safely" in some
    assert "person/1" in some
    assert "secret-work" not in some
    none = hire("publisher", at="other-college").get("/en/desk/log").text
    assert "course/" not in none.replace("/courses", "")
    for ending in ("", ".csv", ".jsonl"):
        assert hire("author", at=f"x{ending}").get(f"/en/desk/log{ending}").status_code == 403


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("work=measuring", 1),
        ("who=chen", 1),
        ("did=approved", 1),
        ("who=nobody", 0),
        ("since=2020-01-01&until=2020-01-02", 0),
        ("since=2020-01-01", 3),
        ("work=%25", 0),
        ("work=%00", 3),
    ],
)
def test_the_log_is_narrowed(hire: Hire, query: str, count: int) -> None:
    publisher = hire("publisher")
    assert publisher.get(f"/en/desk/log?{query}").text.count("<li><div><p><strong>") == count
    lines = publisher.get(f"/en/desk/log.jsonl?{query}").text.splitlines()
    assert len(lines) == count


def test_people_and_what_was_done_to_them_are_in_words(hire: Hire, session: Session) -> None:
    asha = make_actor(session, name="Asha Mushi")
    log.record(
        session,
        by=OPERATOR,
        did="role given",
        subject=f"person/{asha.uuid}",
        details={"role": "translator", "institution": "mbeya-college", "lang": "sw"},
    )
    session.commit()
    page = hire("administrator").get("/zh-Hans/desk/log").text
    assert f'/zh-Hans/desk/people/{asha.uuid}"><bdi>Asha Mushi</bdi></a>' in page
    assert f"person/{asha.uuid}" not in page
    assert "授予了角色" in page
    assert "角色:</span> <bdi>译者</bdi>" in page
    assert "role given</option>" not in page
    # Who sees the log and looks after nobody is led to no page that is not theirs.
    assert f"/people/{asha.uuid}" not in hire("reviewer").get("/zh-Hans/desk/log").text


def test_revisions_and_times_are_in_words(hire: Hire, session: Session) -> None:
    for did, details in (
        ("published", {"revision": 7}),
        ("scheduled", {"at": "2031-01-01T05:00:00+00:00"}),
        ("scheduled", {"at": "soon"}),
        ("retired", {"forward_to": "course/newer"}),
    ):
        log.record(
            session, by=OPERATOR, did=did, subject="course/measuring-safely", details=details
        )
    session.commit()
    page = hire("publisher").get("/zh-Hans/desk/log").text
    for told in ("<bdi>修订版7</bdi>", "<bdi>2031年1月1日 05:00\u00a0UTC</bdi>", "<bdi>soon</bdi>"):
        assert told in page
    assert "替代内容:</span> <bdi>course/newer</bdi>" in page


def test_a_day_that_is_none_is_said(hire: Hire) -> None:
    answer = hire("publisher").get("/en/desk/log?since=yesterday")
    assert answer.status_code == 422
    assert "Give a day" in answer.text


def test_the_table_runs_nothing_in_a_spreadsheet(hire: Hire) -> None:
    answer = hire("publisher").get("/en/desk/log.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["did"] for row in rows] == ["published", "approved", "role given"]
    assert rows[0]["by"] == "Chen Wei"
    # Two people may bear one name, and change it.
    assert {len(row["person"]) for row in rows} <= {0, 36}
    assert rows[0]["person"]
    assert not any(value.startswith("=") for row in rows for value in row.values())
    told = [
        json.loads(line) for line in hire("reviewer").get("/en/desk/log.jsonl").text.splitlines()
    ]
    assert told[0]["details"]["note"] == EVIL


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1", "|cmd", "%x"]
)
def test_formulas_are_text(text: str) -> None:
    assert str(cell(text)).startswith("'")


def test_lines_are_csv() -> None:
    lines = "".join(csv_lines(("a", "b"), [("x, y", 'say "z"'), (None, -3), ("多\n行", True)]))
    assert list(csv.reader(io.StringIO(lines.removeprefix("\ufeff"), newline=""))) == [
        ["a", "b"],
        ["x, y", 'say "z"'],
        ["", "-3"],
        ["多\n行", "True"],
    ]
