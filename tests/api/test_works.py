from __future__ import annotations

import datetime as dt
import uuid as uuids
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.catalogue.models import Work
from library.catalogue.service import withdraw
from library.http.services import Services
from tests.factories import (
    make_codes,
    make_institution,
    make_media,
    make_partnership,
    make_work,
    root_texts,
    section_draft,
)

BASE = "https://library.example.org"


@pytest.fixture
def full(session: Session, services: Services) -> Work:
    make_codes(session)
    make_institution(session)
    make_partnership(session)
    lesson = section_draft("lesson", root_texts(("en", "fr")))
    work = make_work(
        session,
        languages=("zh-Hans", "en", "fr", "ar"),
        sections=[section_draft("unit", root_texts(("zh-Hans", "en")), sections=[lesson])],
        editions={"fr": EditionDraft(origin="machine"), "ar": EditionDraft(offered=False)},
        codes=["isced-f-2013:0713"],
        institutions=["mbeya-college"],
        partnerships=["mbeya-workshop"],
        countries=["TZ", "KH"],
        level="higher",
        hours=1.5,
        media=[make_media(services.store, "a/plan.svg", b"<svg/>", "image/svg+xml", width=3)],
    )
    session.commit()
    return work


def get(client: FlaskClient, path: str, status: int = 200) -> Any:
    response = client.get(f"/api/v1/works{path}")
    assert response.status_code == status, response.text
    return response.get_json()


def keys(client: FlaskClient, query: str) -> list[str]:
    return [work["key"] for work in get(client, f"?{query}")["works"]]


def test_a_work_says_everything_that_a_partner_needs(client: FlaskClient, full: Work) -> None:
    said = get(client, f"/{full.uuid}")
    assert said["titles"]["fr"] == "Mesurer sans danger"
    assert said["codes"][0]["labels"]["en"] == "Electricity and energy"
    assert said["institutions"][0]["names"]["zh-Hans"] == "姆贝亚学院"
    assert said["partnerships"][0]["brand"] == "luban-workshop"
    assert said["countries"] == ["KH", "TZ"]
    assert said["licence_url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert said["media"][0]["url"].startswith(f"{BASE}/media/{said['media'][0]['sha256']}/")
    assert said["media"][0]["licence"] == "CC-BY-4.0"
    assert said["urls"]["lasting"] == f"{BASE}/id/{full.uuid}"
    unit = said["sections"][0]
    assert unit["urls"]["en"] == f"{BASE}/en/courses/measuring-safely/unit"
    assert unit["sections"][0]["titles"]["fr"] == "Mesurer sans danger"


def test_editions_say_how_complete_and_fresh_they_are(client: FlaskClient, full: Work) -> None:
    editions = {one["lang"]: one for one in get(client, f"/{full.uuid}")["editions"]}
    assert next(iter(editions)) == "zh-Hans"
    assert editions["zh-Hans"]["source"] is True
    assert editions["fr"]["origin"] == "machine"
    assert editions["fr"]["machine"] > 0
    assert editions["en"]["fresh"] == editions["en"]["translated"]


def test_an_edition_that_is_not_offered_is_not_told(client: FlaskClient, full: Work) -> None:
    text = client.get(f"/api/v1/works/{full.uuid}").text
    assert "القياس" not in text
    assert "القياس" not in client.get("/api/v1/works?include=sections").text


def test_the_list_has_contents_and_files_only_where_they_are_asked_for(
    client: FlaskClient, full: Work
) -> None:
    assert full.kind == "course"
    plain = get(client, "")["works"][0]
    assert "sections" not in plain
    assert "media" not in plain
    both = get(client, "?include=sections&include=media")["works"][0]
    assert both["sections"]
    assert both["media"]


def test_pages_follow_one_another_to_the_end(client: FlaskClient, session: Session) -> None:
    for n in range(5):
        make_work(session, key=f"work-{n}")
    session.commit()
    seen: list[str] = []
    path: str | None = "?limit=2&kind=course"
    while path:
        page = get(client, path)
        assert page["total"] == 5
        seen += [work["key"] for work in page["works"]]
        path = page["next"] and page["next"].removeprefix(f"{BASE}/api/v1/works")
    assert seen == [f"work-{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("fits", "fits_not"),
    [
        ("kind=course", "kind=lesson"),
        ("language=zh-CN", "language=ar"),
        ("subject=0713", "subject=0714"),
        ("level=higher", "level=training"),
        ("institution=mbeya-college", "institution=other"),
        ("partnership=mbeya-workshop", "partnership=other"),
        ("country=tz", "country=PK"),
        ("updated_since=2000-01-01", "updated_since=2999-01-01T00:00:00Z"),
        ("status=all", "status=withdrawn"),
    ],
)
@pytest.mark.usefixtures("full")
def test_each_filter_narrows(client: FlaskClient, fits: str, fits_not: str) -> None:
    assert keys(client, fits) == ["measuring-safely"]
    assert keys(client, fits_not) == []


def test_a_harvester_learns_what_changed_and_what_was_withdrawn(
    client: FlaskClient, session: Session
) -> None:
    old, gone = make_work(session, key="old"), make_work(session, key="gone")
    old.updated_at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    withdraw(session, gone.uuid, because="Superseded.", by="tests")
    session.commit()
    page = get(client, "?status=all&updated_since=2020-01-01T00:00:01Z&include=sections")
    assert [work["key"] for work in page["works"]] == ["gone"]
    said = page["works"][0]
    assert said["status"] == "withdrawn"
    assert said["withdrawn_because"] == "Superseded."
    assert said["titles"] == {"en": "Measuring safely"}
    assert said["editions"] == said["sections"] == []
    assert said["summaries"] == {}
    assert keys(client, "") == ["old"]


def test_a_withdrawn_work_is_gone(client: FlaskClient, session: Session) -> None:
    work = make_work(session)
    withdraw(session, work.uuid, because="Superseded.", by="tests")
    work.replaced_by = "course/new"
    session.commit()
    said = get(client, f"/{work.uuid}", status=410)
    assert said["replaced_by"] == "course/new"
    assert "Superseded." in said["detail"]


def test_an_unknown_work_is_a_problem(client: FlaskClient) -> None:
    for id_ in (str(uuids.uuid4()), "7", "%00", "a" * 3000):
        response = client.get(f"/api/v1/works/{id_}")
        assert response.status_code == 404
        assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("offset=10000001", "offset"),
        ("updated_since=soon", "updated_since"),
        ("include=everything", "include"),
        ("lang=en", "lang"),
        ("institution=%00", "institution"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, query: str, name: str) -> None:
    assert get(client, f"?{query}", status=422)["parameter"] == name


def test_only_reading_is_offered(client: FlaskClient) -> None:
    response = client.post("/api/v1/works", json={})
    assert response.status_code == 405
    assert response.mimetype == "application/problem+json"
    assert "GET" in response.headers["Allow"]


def test_an_unknown_address_of_the_api_is_a_problem(client: FlaskClient) -> None:
    response = client.get("/api/v1/nothing")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_scripts_on_other_sites_may_ask_beforehand(client: FlaskClient) -> None:
    response = client.options("/api/v1/works", headers={"Origin": "https://partner.example"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]


def test_an_answer_is_not_sent_again_unchanged_and_is_new_after_a_change(
    client: FlaskClient, session: Session, full: Work
) -> None:
    path = f"/api/v1/works/{full.uuid}"
    etag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    make_work(session, languages=("zh-Hans", "en"), source="zh-Hans", level="bachelor")
    session.commit()
    again = client.get(path, headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert again.get_json()["level"] == "bachelor"


def test_a_page_of_works_takes_the_same_statements_however_many_they_are(
    client: FlaskClient, session: Session, services: Services
) -> None:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    counts = []
    for n in range(6):
        make_work(session, key=f"work-{n}")
        if n in (0, 5):
            session.commit()
            event.listen(services.engine, "before_cursor_execute", note)
            get(client, "?include=sections&include=media")
            event.remove(services.engine, "before_cursor_execute", note)
            counts.append(count)
            count = 0
    # One more at most: whether the change number was asked for in between.
    assert abs(counts[0] - counts[1]) <= 1
    assert max(counts) <= 13
