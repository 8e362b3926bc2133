from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from library import errors
from library.app import create_app
from library.catalogue.models import Work
from library.http import access
from library.http.services import Services
from tests.factories import make_work

FAILURES: dict[str, Exception] = {
    "mistake": RuntimeError("a secret detail"),
    "invalid": errors.Invalid("The year must have four digits.", field="year"),
    "conflict": errors.Conflict("It was changed meanwhile."),
    "forbidden": errors.Forbidden("Only editors may do this."),
    "unavailable": errors.Unavailable("The object store at 10.0.0.7 does not answer."),
    "misconfigured": errors.Misconfigured("LIBRARY_MEDIA_URL is wrong."),
    "database": OperationalError("SELECT secret", {}, Exception("no route to 10.0.0.8")),
}


@pytest.fixture
def client(services: Services, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A site with an address that fails in every way, and that hides failures as in earnest."""
    app: Flask = create_app(services=services)
    monkeypatch.setitem(access.PERMISSIONS, "fail", access.Permission.READ_PUBLIC)
    monkeypatch.setitem(access.PERMISSIONS, "api_fail", access.Permission.READ_PUBLIC)

    def fail(name: str, lang: str = "") -> str:
        del lang
        raise FAILURES[name]

    app.add_url_rule("/<lang:lang>/fail/<name>", "fail", fail)
    app.add_url_rule("/api/v1/fail/<name>", "api_fail", fail)
    return app.test_client()


def parsed(response: TestResponse) -> html.HtmlElement:
    assert response.mimetype == "text/html"
    parser = html.HTMLParser(encoding="utf-8")
    return html.document_fromstring(response.get_data(), parser=parser)


def heading(response: TestResponse) -> str:
    return " ".join(parsed(response).xpath("//h1")[0].text_content().split())


def test_a_page_that_is_not_there_teaches(client: FlaskClient) -> None:
    response = client.get("/en/no/such/page")
    assert response.status_code == 404
    page = parsed(response)
    assert heading(response) == "There is no page at this address"
    assert page.xpath("//main//form/@action") == ["/en/search"]
    assert "/en/courses" in page.xpath("//main//a/@href")
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.xpath("//link[@rel='canonical']") == []


@pytest.mark.parametrize(
    ("path", "header", "lang"),
    [
        ("/ar/no/such/page", "", "ar"),
        ("/zh-CN/no/such/page", "", "zh-Hans"),
        ("/ar/courses/nothing", "", "ar"),
        ("/no-such-thing", "th,en;q=0.5", "th"),
        ("/favicon.ico", "", "en"),
        ("/xx/page", "fr", "fr"),
    ],
)
def test_error_pages_speak_the_language_of_the_address_else_of_the_browser(
    client: FlaskClient, path: str, header: str, lang: str
) -> None:
    page = parsed(client.get(path, headers={"Accept-Language": header}))
    assert page.get("lang") == lang
    assert page.get("dir") == ("rtl" if lang == "ar" else "ltr")


def test_the_switch_of_languages_keeps_the_address(client: FlaskClient) -> None:
    page = parsed(client.get("/en/courses/nothing"))
    assert "/fr/courses/nothing" in page.xpath("//details//a/@href")


def test_our_mistakes_are_logged_and_not_shown(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = client.get("/en/fail/mistake")
    assert response.status_code == 500
    assert heading(response) == "The library has made a mistake"
    assert "secret" not in response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"
    assert "a secret detail" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("name", ["unavailable", "database"])
def test_what_does_not_answer_is_said_without_details(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.ERROR):
        response = client.get(f"/en/fail/{name}")
    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Retry-After"]) > 0
    assert "10.0.0" not in response.get_data(as_text=True)
    assert "10.0.0" in caplog.text


def test_a_wrong_setting_is_our_mistake(client: FlaskClient) -> None:
    response = client.get("/en/fail/misconfigured")
    assert response.status_code == 500
    assert "LIBRARY_MEDIA_URL" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("invalid", 422, "The year must have four digits."),
        ("conflict", 409, "It was changed meanwhile."),
    ],
)
def test_what_the_reader_can_put_right_is_told(
    client: FlaskClient, name: str, status: int, told: str
) -> None:
    response = client.get(f"/ar/fail/{name}")
    assert response.status_code == status
    (note,) = parsed(response).xpath("//p[contains(@class, 'note')]")
    assert (note.text, note.get("lang"), note.get("dir")) == (told, "en", "ltr")


def test_what_is_forbidden_says_so(client: FlaskClient) -> None:
    response = client.get("/en/fail/forbidden")
    assert response.status_code == 403
    assert heading(response) == "This is not open to everybody"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/nothing", {"Accept": "text/html"}),
        ("/en/nothing", {"Accept": "application/json"}),
        ("/en/nothing", {"Accept": "application/ld+json, text/html;q=0.5"}),
        ("/en/nothing", {"Accept": "application/problem+json"}),
    ],
)
def test_programs_get_a_problem_document(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    response = client.get(path, headers=headers)
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["status"] == 404


@pytest.mark.parametrize(
    "accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "", "image/avif,*/*"]
)
def test_browsers_get_a_page(client: FlaskClient, accept: str) -> None:
    assert client.get("/en/nothing", headers={"Accept": accept}).mimetype == "text/html"


@pytest.mark.parametrize(
    ("name", "status"), [("mistake", 500), ("unavailable", 503), ("database", 503)]
)
def test_programs_are_not_told_to_keep_failures(
    client: FlaskClient, name: str, status: int
) -> None:
    response = client.get(f"/api/v1/fail/{name}")
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "secret" not in response.get_data(as_text=True)


def test_a_method_that_is_not_offered_names_those_that_are(client: FlaskClient) -> None:
    page = client.post("/en/search")
    assert page.status_code == 405
    assert "GET" in page.headers["Allow"]
    assert heading(page) == "This page cannot be used that way"
    document = client.post("/api/v1/search")
    assert document.status_code == 405
    assert "GET" in document.headers["Allow"]


def withdraw(
    session: Session, *, replaced_by: str | None = None, because: str | None = None
) -> None:
    work = session.query(Work).filter(Work.key == "measuring-safely").one()
    work.status, work.replaced_by, work.withdrawn_because = "withdrawn", replaced_by, because
    session.commit()


def test_a_tombstone_says_what_it_was_why_when_and_what_replaces_it(
    session: Session, client: FlaskClient
) -> None:
    make_work(session)
    make_work(session, key="newer", languages=["en"], texts={"en": "# Measuring today\n\nS.\n\nP."})
    withdraw(session, replaced_by="course/newer", because="Its rules are out of date.")
    response = client.get("/zh-Hans/courses/measuring-safely")
    assert response.status_code == 410
    page = parsed(response)
    assert heading(response) == "安全测量"
    assert "Its rules are out of date." in page.text_content()
    (link,) = page.xpath("//dd/a")
    assert (link.text, link.get("href"), link.get("lang")) == (
        "Measuring today",
        "/zh-Hans/courses/newer",
        "en",
    )
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    kind = page.xpath("//p[contains(@class, 'kind')]")[0].text
    assert "20" in kind


def test_a_tombstone_without_a_successor_offers_a_search(
    session: Session, client: FlaskClient
) -> None:
    make_work(session)
    withdraw(session, replaced_by="course/never-was")
    page = parsed(client.get("/en/courses/measuring-safely"))
    assert "Nothing takes its place." in page.text_content()
    assert "No reason was given." in page.text_content()
    assert "/en/search?q=Measuring+safely" in page.xpath("//main//a/@href")


def test_a_section_taken_out_leads_to_its_work(session: Session, client: FlaskClient) -> None:
    from sqlalchemy import select

    from library.catalogue.models import Section
    from tests.factories import root_texts

    make_work(session, languages=["en"], sections={"old": root_texts(["en"])})
    old = session.scalars(select(Section.uuid).where(Section.path == "old")).one()
    make_work(session, languages=["en"], sections={"new": root_texts(["en"])})
    session.commit()
    response = client.get(f"/id/{old}", headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert response.status_code == 410
    page = parsed(response)
    assert page.get("lang") == "fr"
    assert page.xpath("//dd/a/@href") == ["/fr/courses/measuring-safely"]


def test_an_error_page_needs_no_database(services: Services) -> None:
    class Nothing:
        def __call__(self) -> None:
            raise OperationalError("SELECT 1", {}, Exception("gone"))

    broken = replace(services, factory=Nothing())  # type: ignore[arg-type]
    client = create_app(services=broken).test_client()
    assert client.get("/en/nothing/here").status_code == 404
    response = client.get("/en/courses")
    assert response.status_code == 503
    assert heading(response) == "A part of the library does not answer"


def test_when_even_the_page_fails_there_is_still_an_answer(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("templates are gone")

    monkeypatch.setattr("library.web.context.render_template", broken)
    response = client.get("/en/nothing/here")
    assert response.status_code == 404
    assert "The library has made a mistake." in response.get_data(as_text=True)
    assert "templates are gone" in caplog.text
