"""Files among search results, and films that begin where something was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from library.app import create_app
from library.catalogue.worker import work_round
from library.http.services import Services
from library.search.address import open_engine
from library.search.port import SearchEngine
from library.web.found_files import clock, place_name
from tests.extraction.documents import PDF, PPTX, pdf, pptx
from tests.factories import make_media, make_work
from tests.web.page import ParsedPage

FILM = "WEBVTT\n\n01:03.500 --> 01:06.000\nIt chatters when the coil is undervolted.\n"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchEngine]:
    opened = open_engine("whoosh:", data=tmp_path / "index")
    yield opened
    opened.close()


@pytest.fixture
def app(services: Services, index: SearchEngine) -> Flask:
    made = create_app(services=replace(services, search=index))
    made.testing = True
    return made


@pytest.fixture
def film(
    session: Session, services: Services, factory: sessionmaker[Session], index: SearchEngine
) -> str:
    """The digest of a film in a section that also shows a sheet and slides; all were read."""
    store = services.store
    made = make_media(store, "listening/film.mp4", b"a film", "video/mp4")
    other = make_media(store, "listening/other.mp4", b"another film", "video/mp4")
    make_work(
        session,
        key="relays",
        languages=["en"],
        sections={
            "listening": {
                "en": "# Listening\n\n![A relay](film.mp4)\n\n![Another](other.mp4)\n\n"
                "The [sheet](sheet.pdf) and [slides](deck.pptx)."
            }
        },
        media=[
            made,
            other,
            make_media(
                store,
                "listening/film.en.vtt",
                FILM.encode(),
                "text/vtt",
                lang="en",
                role="subtitles",
            ),
            make_media(store, "listening/sheet.pdf", pdf(["One", "Gland torque table"]), PDF),
            make_media(store, "listening/deck.pptx", pptx(["One", "Two", "A bimetal strip"]), PPTX),
        ],
    )
    session.commit()
    while work_round(factory, search=index, store=store):
        pass
    return made.sha256


def test_a_page_of_a_pdf_is_named_and_linked(client: FlaskClient, film: str) -> None:
    page = ParsedPage(client.get("/en/search?q=gland"))
    (link,) = page.find("//ul[@class='hits']//p/a")
    assert link.get("href").startswith("/media/")
    assert link.get("href").endswith("/sheet.pdf#page=2")
    (said,) = page.words("//ul[@class='hits']//p[a]")
    assert said.startswith("sheet.pdf PDF, ")
    assert said.endswith(", page 2")
    assert page.words("//ul[@class='hits']//mark") == ["Gland"]
    assert page.words("//ul[@class='hits']/li/a") == ["Listening"]


@pytest.mark.parametrize(
    ("lang", "words"), [("fr", "diapositive 3"), ("zh-Hans", "第 3 张幻灯片"), ("ar", "الشريحة 3")]
)
def test_places_are_said_in_the_language_of_the_page(
    client: FlaskClient, film: str, lang: str, words: str
) -> None:
    page = ParsedPage(client.get(f"/{lang}/search?q=bimetal"))
    (said,) = page.words("//ul[@class='hits']//p[a]")
    assert words in said


def test_a_line_of_a_film_leads_to_the_player_at_its_second(client: FlaskClient, film: str) -> None:
    page = ParsedPage(client.get("/en/search?q=undervolted"))
    (link,) = page.find("//ul[@class='hits']//p/a")
    assert page.words("//ul[@class='hits']//p[a]")[0].endswith(", at 1:03")
    address, _, anchor = link.get("href").partition("#")
    assert address == f"/en/courses/relays/listening?at={film[:8]}.63.5"
    section = ParsedPage(client.get(address))
    assert section.find(f"//*[@id='{anchor}']//video")
    sources = section.find("//video/@src")
    assert sources[0] == f"/media/{film}/film.mp4#t=63.5"
    assert "#" not in sources[1]
    assert all(
        "#" not in src
        for src in ParsedPage(client.get(address.partition("?")[0])).find("//video/@src")
    )


@pytest.mark.parametrize(
    "at", ["", "x", "63", "'\"><script>.5", "0123abcd.5", f"{'0' * 8}.9999999", "\u0660"]
)
def test_other_beginnings_change_nothing(client: FlaskClient, film: str, at: str) -> None:
    page = ParsedPage(client.get("/en/courses/relays/listening", query_string={"at": at}))
    assert all("#" not in src for src in page.find("//video/@src"))


def test_a_file_is_found_by_its_name_and_shown(client: FlaskClient, film: str) -> None:
    page = ParsedPage(client.get("/en/search?q=other.mp4"))
    assert "other.mp4" in page.words("//ul[@class='hits']//p/a")


def test_the_api_names_the_file_and_the_place(client: FlaskClient, film: str) -> None:
    (hit,) = client.get("/api/v1/search?q=gland").get_json()["hits"]
    assert hit["file"]["name"] == "sheet.pdf"
    assert hit["file"]["place"] == "page=2"
    assert hit["file"]["url"].startswith("https://library.example.org/media/")
    assert hit["file"]["url"].endswith("/sheet.pdf#page=2")
    assert hit["section"]["title"] == "Listening"
    (hit,) = client.get("/api/v1/search?q=undervolted").get_json()["hits"]
    assert f"?at={film[:8]}.63.5#" in hit["section"]["url"]


def test_times_are_written_as_players_write_them() -> None:
    assert [clock(second) for second in (0, 5.9, 63, 3725)] == ["0:00", "0:05", "1:03", "1:02:05"]


def test_a_place_that_says_nothing_is_not_said(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert place_name("", "en") == ""
        assert place_name("part=3", "en") == ""
        assert place_name("chapter=12", "en") == "chapter 12"
