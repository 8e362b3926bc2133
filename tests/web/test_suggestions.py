from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.app import create_app
from library.catalogue.indexing import rebuild
from library.catalogue.models import UnansweredSearch
from library.http.services import Services
from library.search.address import open_engine
from library.search.port import SearchEngine
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_codes, make_work
from tests.web.page import ParsedPage

READER = {"User-Agent": "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchEngine]:
    opened = open_engine("whoosh:", data=tmp_path / "index")
    yield opened
    opened.close()


@pytest.fixture
def parts(services: Services, index: SearchEngine) -> Services:
    return replace(services, search=index)


@pytest.fixture
def app(parts: Services) -> Flask:
    made = create_app(services=parts)
    made.testing = True
    return made


@pytest.fixture
def publish(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> Callable[[], None]:
    def done() -> None:
        session.commit()
        rebuild(factory, index)

    return done


@pytest.fixture
def shelf(session: Session, publish: Callable[[], None]) -> None:
    make_codes(session)
    make_work(
        session,
        key="cold",
        languages=["en", "fr", "zh-Hans", "ar"],
        texts={
            "en": "# Refrigeration and compressors\n\nCold.\n\nHow a compressor works.",
            "fr": "# Réfrigération et moteur électrique\n\nFroid.\n\nLe moteur tourne.",
            "zh-Hans": "# 接触器与伺服电机\n\n冷。\n\n接触器的作用。",
            "ar": "# المحرك الكهربائي\n\nبرد.\n\nيدور المحرك.",
        },
        codes=["isced-f-2013:0713"],
        sections={},
    )
    make_work(session, kind="textbook", key="motors", languages=["en"], sections={})
    store_concept(
        session,
        ConceptDraft(
            key="oscilloscope",
            source_language="en",
            languages={"en": LanguageDraft([TermDraft("oscilloscope")])},
        ),
    )
    publish()


def titles(page: ParsedPage) -> list[str]:
    return page.words("//ol[contains(@class, 'results')]//h2/a")


def get(client: FlaskClient, address: str) -> ParsedPage:
    return ParsedPage(client.get(address, headers=READER))


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("lang", "typed", "meant"),
    [
        ("en", "refrigirattion", "refrigeration"),
        ("fr", "moteurrr", "moteur"),
        ("zh-Hans", "接处器", "接触器"),
        ("ar", "المححرك", "المحرك"),
    ],
)
def test_what_was_meant_is_said_in_every_language(
    client: FlaskClient, lang: str, typed: str, meant: str
) -> None:
    page = get(client, f"/{lang}/search?q={typed}")
    assert page.words("//*[contains(@class, 'meant')]//b") == [meant]
    assert page.one("//input[@id='q']").get("value") == typed
    assert titles(page) != []


@pytest.mark.usefixtures("shelf")
def test_results_of_the_nearest_stand_in_and_the_typed_word_can_be_insisted_on(
    client: FlaskClient,
) -> None:
    page = get(client, "/zh-Hans/search?q=接处器")
    assert titles(page) == ["接触器与伺服电机"]
    assert page.find("//*[@role='status'][contains(@class, 'meant')]")
    (literal,) = page.find("//*[contains(@class, 'meant')]//a/@href")
    insisted = get(client, literal)
    assert titles(insisted) == []
    assert insisted.having("meant") == []
    assert insisted.find("//*[contains(@class, 'chip')]//bdi")[0].text == "接触器"


@pytest.mark.usefixtures("shelf")
def test_with_results_a_slip_is_only_pointed_at(client: FlaskClient) -> None:
    page = get(client, "/fr/search?q=moteurrr+électrique&language=fr")
    assert titles(page) != []
    (link,) = page.find("//p[contains(@class, 'meant')]/a")
    assert " ".join(link.text_content().split()) == "moteur électrique"
    there = get(client, link.get("href"))
    assert there.one("//input[@id='q']").get("value") == "moteur électrique"
    assert "language=fr" in link.get("href")
    assert there.having("meant") == []


@pytest.mark.usefixtures("shelf")
def test_a_word_that_is_right_is_left_alone(client: FlaskClient) -> None:
    for asked in ("refrigeration", "compressor", "how", '"refrigirattion"'):
        page = get(client, f"/en/search?q={asked}")
        assert page.having("meant") == [], asked


@pytest.mark.usefixtures("shelf")
def test_a_word_in_the_making_leads_to_titles_that_begin_so(client: FlaskClient) -> None:
    page = get(client, "/en/search?q=refri")
    assert "/en/courses/cold" in page.find("//ul[@class='begun']//a/@href")
    assert "Course" in page.words("//ul[@class='begun']//span")
    page = get(client, "/en/search?q=oscillo")
    assert "/en/terms/oscilloscope" in page.find("//ul[@class='begun']//a/@href")
    whole = get(client, "/en/search?q=refrigeration")
    assert whole.having("begun") == []


@pytest.mark.usefixtures("shelf")
def test_titles_in_another_language_say_which(client: FlaskClient) -> None:
    page = get(client, "/en/search?q=moteu")
    (title,) = page.find("//ul[@class='begun']//a/bdi")
    assert title.get("lang") == "fr"


@pytest.mark.usefixtures("shelf")
def test_nothing_found_is_never_the_end(client: FlaskClient) -> None:
    for asked in ("qqqqwwww", "%3F%3F%3F", "qqqqwwww&kind=textbook"):
        page = get(client, f"/en/search?q={asked}")
        assert titles(page) == []
        ways = page.find("//section[contains(@class, 'ways')]//a/@href")
        assert "/en/courses" in ways, asked
        assert "/en/terms" in ways, asked
        assert "/en/works?subject=0713" in ways, asked


@pytest.mark.usefixtures("shelf")
def test_filters_that_hide_what_was_meant_say_so(client: FlaskClient) -> None:
    page = get(client, "/zh-Hans/search?q=接处器&kind=textbook")
    assert titles(page) == []
    (free,) = page.find("//*[contains(@class, 'empty')]//a/@href")
    assert titles(get(client, free)) == ["接触器与伺服电机"]


@pytest.mark.usefixtures("shelf")
def test_the_next_page_of_what_stands_in_stands_in_too(
    session: Session, publish: Callable[[], None], client: FlaskClient
) -> None:
    for n in range(12):
        make_work(
            session,
            key=f"contactor-{n}",
            languages=["zh-Hans"],
            texts={"zh-Hans": f"# 接触器 {n}\n\n文。"},
            sections={},
        )
    publish()
    first = get(client, "/zh-Hans/search?q=接处器")
    (following,) = first.find("//link[@rel='next']/@href")
    assert "接处器" in first.one("//input[@id='q']").get("value")
    assert len(titles(get(client, following))) == 3


@pytest.mark.usefixtures("shelf")
def test_searches_in_vain_are_counted_for_editors(
    client: FlaskClient, parts: Services, session: Session
) -> None:
    for address in (
        "/en/search?q=Plasmaqqq",
        "/en/search?q=plasmaqqq&kind=course",
        "/fr/search?q=someone@example.org",
        "/en/search?q=compressor",  # is found
        "/en/search?q=compressor&kind=textbook",  # is found without the filter
        "/en/search?q=compressor&page=9",  # is found on the first page
        "/en/search?q=%3F%3F",  # asks for nothing
        "/zh-Hans/search?q=接处器",  # was put right
    ):
        get(client, address)
    client.get("/en/search?q=plasmaqqq", headers={"User-Agent": "GoogleBot/2.1"})
    parts.unanswered.flush(parts.factory)
    found = {(r.lang, r.text): r.count for r in session.scalars(select(UnansweredSearch))}
    assert found == {("en", "plasmaqqq"): 2, ("fr", ""): 1}


@pytest.mark.parametrize("address", ["/en/", "/en/search", "/en/search?q=measuring"])
def test_the_search_box_knows_how_to_complete_and_does_without(
    client: FlaskClient, publish: Callable[[], None], address: str
) -> None:
    publish()
    page = get(client, address)
    (box,) = page.find("//main//input[@data-suggest]")
    assert box.get("data-suggest") == "/api/v1/suggest?lang=en"
    assert json.loads(box.get("data-kinds"))["course"] == "Course"
    (script,) = page.find("//head/script[@src]")
    assert script.get("defer") is not None
    assert client.get(script.get("src")).status_code == 200
    assert page.find("//main//form[.//input[@data-suggest]]/@action") == ["/en/search"]


def test_who_saves_data_is_spared_the_script(client: FlaskClient) -> None:
    page = get(client, "/en/search?saver=on")
    assert page.find("//script[@src]") == []
    assert page.find("//input[@data-suggest]") == []
    asked = ParsedPage(client.get("/en/", headers={**READER, "Save-Data": "on"}))
    assert asked.find("//script[@src]") == []


def test_a_missing_page_has_the_box_too(client: FlaskClient) -> None:
    response = client.get("/en/nowhere", headers=READER)
    assert response.status_code == 404
    assert 'data-suggest="/api/v1/suggest?lang=en"' in response.get_data(as_text=True)
