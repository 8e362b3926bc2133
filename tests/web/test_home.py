from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.factories import make_codes, make_institution, make_partnership, make_work
from tests.web.page import ParsedPage


@pytest.mark.parametrize(
    ("accepted", "home"),
    [
        ("fr-CA,fr;q=0.9", "/fr/"),
        ("zh-TW", "/zh-Hans/"),
        ("vi, ar;q=0.5", "/ar/"),
        ("", "/en/"),
        ("not a language!!", "/en/"),
    ],
)
def test_the_front_door_leads_to_the_readers_language(
    client: FlaskClient, accepted: str, home: str
) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted} if accepted else {})
    assert answer.status_code == 302
    assert answer.headers["Location"] == home
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_tag_that_is_not_normalised_leads_to_the_one_that_is(client: FlaskClient) -> None:
    answer = client.get("/zh-CN/works?subject=0714&page=2")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/zh-Hans/works?subject=0714&page=2"


@pytest.mark.parametrize(
    ("asked", "wanted"), [("/en", "/en/"), ("/en/courses/", "/en/courses"), ("/EN/", "/en/")]
)
def test_each_page_has_one_address(client: FlaskClient, asked: str, wanted: str) -> None:
    answer = client.get(asked)
    assert answer.status_code == 308
    assert answer.headers["Location"] == wanted


def test_what_is_no_language_is_not_found(client: FlaskClient) -> None:
    assert client.get("/qqx/").status_code == 404


def test_an_empty_library_says_how_it_is_filled(client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/"))
    assert "library import content" in page.text
    assert page.find("//form[@role='search']/@action") == ["/en/search"]
    assert page.heading


def test_home_shows_fields_newest_works_sites_and_languages(
    client: FlaskClient, session: Session
) -> None:
    make_codes(session)
    make_institution(session)
    make_partnership(session, members=[("mbeya-college", "host")])
    make_work(
        session,
        languages=["zh-Hans", "en", "ar"],
        institutions=["mbeya-college"],
        codes=["isced-f-2013:0713"],
    )
    session.commit()
    page = ParsedPage(client.get("/en/"))
    assert "/en/works?subject=0713" in page.links
    assert "/en/courses/measuring-safely" in page.links
    assert "/en/partnerships?brand=luban-workshop" in page.links
    assert "/en/works?language=ar" in page.links
    arabic = ParsedPage(client.get("/ar/"))
    assert "الكهرباء والطاقة" in arabic.text


def test_the_specimen_is_a_real_paragraph_in_two_languages(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["en", "zh-Hans"])
    session.commit()
    page = ParsedPage(client.get("/en/"))
    first, second = page.find("//*[@class='duo']/p")
    assert first.text == "How to measure voltage and current without danger."
    assert second.text == "如何安全地测量电压和电流。"
    assert second.get("lang") == "zh-Hans"
    assert "/en/courses/measuring-safely/first-steps?with=zh-Hans" in page.links


def test_a_work_in_one_language_gives_no_specimen(client: FlaskClient, session: Session) -> None:
    make_work(session, languages=["en"])
    session.commit()
    assert not ParsedPage(client.get("/en/")).having("specimen")


def test_home_is_the_same_in_every_interface_language_to_search_engines(
    client: FlaskClient,
) -> None:
    page = ParsedPage(client.get("/fr/"))
    assert page.alternates["x-default"] == "https://library.example.org/"
    assert page.alternates["fr"] == page.canonical == "https://library.example.org/fr/"
    assert len(page.alternates) == 11
    assert page.jsonld["@type"] == "WebSite"


def test_a_language_that_the_interface_does_not_speak_is_served_and_not_indexed(
    client: FlaskClient,
) -> None:
    page = ParsedPage(client.get("/vi/"))
    assert page.root.get("lang") == "en"
    assert page.noindex
    assert page.canonical == "https://library.example.org/en/"
    assert not page.alternates


def test_arabic_pages_run_from_right_to_left(client: FlaskClient) -> None:
    page = ParsedPage(client.get("/ar/"))
    assert (page.root.get("lang"), page.root.get("dir")) == ("ar", "rtl")


def test_pages_set_no_cookie_and_can_be_kept(client: FlaskClient) -> None:
    answer = client.get("/en/")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["ETag"]
    again = client.get("/en/", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_head_promises_what_get_delivers(client: FlaskClient) -> None:
    head, get = client.head("/sw/"), client.get("/sw/")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.data == b""


def test_what_is_published_stands_on_the_home_page_at_once(
    client: FlaskClient, session: Session
) -> None:
    assert "measuring-safely" not in client.get("/en/").get_data(as_text=True)
    make_work(session)
    session.commit()
    assert "measuring-safely" in client.get("/en/").get_data(as_text=True)


def test_the_stylesheet_is_kept_for_ever_under_a_name_of_its_own(client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/"))
    (address,) = page.find("//link[@rel='stylesheet']/@href")
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert client.get("/static/style.css").headers["Cache-Control"] == "public, no-cache"


def test_scripts_are_files_of_the_site_and_styles_are_in_the_style_sheet(
    client: FlaskClient, session: Session
) -> None:
    make_work(session)
    session.commit()
    for address in ("/en/", "/en/works", "/en/courses/measuring-safely?with=zh-Hans"):
        page = ParsedPage(client.get(address))
        assert not page.find("//@style")
        for script in page.find("//script[not(@type='application/ld+json')]"):
            assert script.get("src", "").startswith("/static/")
            assert "defer" in script.attrib
            assert not script.text


def test_home_costs_few_statements_however_many_works(
    client: FlaskClient, session: Session, engine: Engine
) -> None:
    for n in range(9):
        make_work(session, key=f"work-{n}", kind=("course", "textbook", "lesson")[n % 3])
    session.commit()
    client.get("/en/works")  # the facets are counted once for all pages
    statements: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement)
    )
    client.get("/en/")
    assert len(statements) < 14, "\n".join(statements)
