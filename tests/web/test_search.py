from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy.orm import Session, sessionmaker

from library.app import create_app
from library.catalogue.indexing import rebuild
from library.errors import Unavailable
from library.http.services import Services
from library.search.address import open_engine
from library.search.null import NullEngine
from library.search.port import Query, Results, SearchEngine
from tests.factories import make_codes, make_institution, make_work
from tests.web.page import ParsedPage

SHARED = Path(os.environ.get("MORTISE_SHARED", Path(__file__).parents[3] / "shared"))
NAUGHTY = SHARED / "data" / "hostile" / "blns.json"


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
def publish(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> Callable[[], None]:
    """Commit what the session holds and index it."""

    def done() -> None:
        session.commit()
        rebuild(factory, index)

    return done


@pytest.fixture
def shelf(session: Session, publish: Callable[[], None]) -> None:
    """A course in three languages, a textbook in English, and a lesson in Thai."""
    make_codes(session)
    make_institution(session)
    make_work(
        session,
        key="measuring",
        languages=["zh-Hans", "en", "ar"],
        institutions=["mbeya-college"],
        codes=["isced-f-2013:0713"],
        countries=["TZ"],
        level="secondary",
        sections={
            "first": {
                "en": "# First steps\n\nSwitch off before you touch the contactor.",
                "zh-Hans": "# 第一步\n\n操作接触器之前先断电。",
                "ar": "# الخطوات الأولى\n\nافصل التيار قبل لمس الموصل.",
            }
        },
    )
    make_work(
        session,
        kind="textbook",
        key="drives",
        languages=["en"],
        texts={"en": "# Drives\n\nHow drives work.\n\nA contactor joins drive and motor."},
        sections={},
        codes=["isced-f-2013:0714"],
        level="higher",
    )
    make_work(
        session,
        kind="lesson",
        key="relay",
        languages=["th"],
        texts={"th": "# รีเลย์\n\nรีเลย์คืออะไร\n\ncontactor ต่างจากรีเลย์อย่างไร"},
        sections={},
    )
    publish()


def titles(page: ParsedPage) -> list[str]:
    return page.words("//ol[contains(@class, 'results')]//h2/a")


def test_results_show_the_passage_marked_and_lead_to_its_paragraph(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=contactor"))
    assert titles(page)[0] in ("Measuring safely", "Drives")
    assert "contactor" in page.words("//ul[@class='hits']//mark")
    (href,) = [h for h in page.find("//ul[@class='hits']//a/@href") if "/measuring/" in h][:1]
    assert href.startswith("/en/courses/measuring/first#b-")
    there = ParsedPage(client.get(href.partition("#")[0]))
    assert href.partition("#")[2] in there.ids


def test_pieces_in_another_language_say_so_and_open_beside_the_readers_own(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=接触器"))
    assert titles(page) == ["Measuring safely"]
    hit = page.find("//ul[@class='hits']/li")[0]
    assert hit.xpath("./p/@lang") == ["zh-Hans"]
    assert hit.xpath("./p//mark")[0].text == "接触器"
    assert "?with=zh-Hans#b-" in hit.xpath("./a/@href")[0]
    assert "Simplified Chinese" in hit.text_content()


def test_arabic_pieces_carry_their_direction(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=الموصل"))
    (piece,) = page.find("//ul[@class='hits']/li/p")
    assert (piece.get("lang"), piece.get("dir")) == ("ar", "rtl")


def test_the_readers_language_comes_first(shelf: None, client: FlaskClient) -> None:
    assert titles(ParsedPage(client.get("/th/search?q=contactor")))[0] == "รีเลย์"
    assert titles(ParsedPage(client.get("/en/search?q=contactor")))[0] != "รีเลย์"


def test_facets_count_works_and_can_be_combined_and_taken_back(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=contactor"))
    counts = dict(
        zip(
            page.words("//div[@class='facets']//li/a/bdi"),
            page.words("//div[@class='facets']//li/a/span[@class='num']"),
            strict=True,
        )
    )
    assert counts["Courses"] == "1"
    assert counts["Textbooks"] == "1"
    assert counts["Electricity and energy"] == "1"
    assert counts["Mbeya College"] == "1"
    assert counts["Tanzania"] == "1"
    assert counts["Secondary vocational"] == "1"
    one = ParsedPage(client.get("/en/search?q=contactor&kind=course"))
    assert titles(one) == ["Measuring safely"]
    assert any("kind=course" in h and "language=en" in h for h in one.links)
    (chip,) = one.having("chip")
    assert titles(ParsedPage(client.get(chip.get("href")))) == titles(page)
    both = ParsedPage(client.get("/en/search?q=contactor&kind=course&kind=textbook"))
    assert sorted(titles(both)) == ["Drives", "Measuring safely"]
    none = ParsedPage(client.get("/en/search?q=contactor&kind=course&level=higher"))
    assert titles(none) == []


def test_a_new_question_keeps_the_filters(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=contactor&kind=course&saver=on"))
    hidden = {(i.get("name"), i.get("value")) for i in page.find("//main//input[@type='hidden']")}
    assert hidden == {("kind", "course"), ("saver", "on")}


def test_nothing_found_with_filters_offers_what_there_is_without_them(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=contactor&kind=certificate"))
    assert titles(page) == []
    assert "Search without filters: 3 results" in page.text
    ways = page.find("//section[contains(@class, 'ways')]//a/@href")
    (thai,) = [w for w in ways if "language=th" in w]
    assert titles(ParsedPage(client.get(thai))) == ["รีเลย์"]
    assert any("kind=textbook" in w for w in ways)
    assert not any("kind=certificate" in w for w in ways)


def test_nothing_found_says_what_to_try_and_where_to_browse(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=xyzzyx"))
    assert "Nothing was found." in page.words_of("serif")
    assert len(page.find("//ul[@class='tips']/li")) == 3
    assert "/en/courses" in page.links
    quoted = ParsedPage(client.get('/en/search?q="drive+contactor"'))
    assert len(quoted.find("//ul[@class='tips']/li")) == 4


def test_a_question_without_a_word_is_told_so(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=%3F%21"))
    assert "no word that can be looked for" in page.text


def test_without_a_question_the_page_shows_what_there_is(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search"))
    assert page.heading == "Search the library"
    assert "/en/textbooks" in page.links
    assert "/en/certificates" not in page.find("//main//a/@href")
    assert ParsedPage(client.get("/en/search?q=+++")).heading == "Search the library"


def test_search_pages_are_kept_out_of_search_engines(shelf: None, client: FlaskClient) -> None:
    for address in ("/en/search", "/en/search?q=contactor", "/en/search?q=xyzzyx"):
        page = ParsedPage(client.get(address))
        assert page.noindex
        assert page.canonical is None
        assert page.alternates == {}


def test_results_come_ten_a_page(
    session: Session, publish: Callable[[], None], client: FlaskClient
) -> None:
    for n in range(15):
        make_work(session, key=f"work-{n}", languages=["en"])
    publish()
    first = ParsedPage(client.get("/en/search?q=voltage&kind=course"))
    assert len(titles(first)) == 10
    (following,) = first.find("//link[@rel='next']/@href")
    second = ParsedPage(client.get(following))
    assert len(titles(second)) == 5
    assert second.find("//ol[contains(@class, 'results')]/@start") == ["11"]
    assert "kind=course" in second.find("//link[@rel='prev']/@href")[0]
    beyond = ParsedPage(client.get("/en/search?q=voltage&kind=course&page=9"))
    assert "There are no more results." in beyond.text
    (back,) = beyond.find("//div[contains(@class, 'empty')]//a/@href")
    assert len(titles(ParsedPage(client.get(back)))) == 5


def test_passages_without_the_word_do_not_crowd_out_those_with_it(
    session: Session, publish: Callable[[], None], client: FlaskClient
) -> None:
    make_work(
        session,
        languages=["en"],
        texts={"en": "# Motors\n\nWhat turns.\n\nA motor turns."},
        sections={"care": {"en": "# Care of motors\n\nKeep it dry."}},
    )
    publish()
    page = ParsedPage(client.get("/en/search?q=motor"))
    pieces = page.find("//ul[@class='hits']/li/p")
    assert pieces
    assert all(piece.xpath(".//mark") for piece in pieces)


def test_the_question_is_shown_as_typed_and_runs_nowhere(shelf: None, client: FlaskClient) -> None:
    asked = "\"><script>alert(1)</script>{{7*7}}'"
    page = ParsedPage(client.get("/en/search", query_string={"q": asked}))
    assert page.one("//input[@id='q']").get("value") == asked
    assert page.find("//main//script") == []


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=a%00b&kind=%00",
        "q=%ff%fe%c3",
        "q=" + "x" * 6000,
        "q=x&kind=" + "y" * 3000,
        "q=x&" + "&".join(f"language=x{n}" for n in range(300)),
        "q=x&page=-1",
        "q=x&page=99999999999999999999",
        "q=x&page=%D9%A3",
        "q=x&country=tz&institution=nobody&subject=0000",
    ],
)
def test_odd_questions_get_a_page(shelf: None, client: FlaskClient, query: str) -> None:
    assert client.get(f"/en/search?{query}").status_code == 200


def test_a_long_question_is_cut(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=" + "x" * 6000))
    assert len(page.one("//input[@id='q']").get("value")) == 500


@pytest.mark.skipif(not NAUGHTY.exists(), reason="the list of naughty strings is not there")
def test_naughty_questions_are_shown_as_typed(shelf: None, client: FlaskClient) -> None:
    for asked in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        response = client.get("/ar/search", query_string={"q": asked})
        assert response.status_code == 200, asked
        page = html.document_fromstring(
            response.get_data(), parser=html.HTMLParser(encoding="utf-8")
        )
        assert page.xpath("//main//script | //*[@onerror or @onload or @onmouseover]") == []


class Away(NullEngine):
    def search(self, query: Query) -> Results:
        raise Unavailable("The index is damaged.")


def test_while_the_index_is_away_the_page_says_so_and_offers_browsing(
    services: Services, session: Session
) -> None:
    make_work(session, languages=["en"])
    session.commit()
    client = create_app(services=replace(services, search=Away())).test_client()
    response = client.get("/en/search?q=contactor")
    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Retry-After"]) > 0
    text = response.get_data(as_text=True)
    assert "The search index is being rebuilt." in text
    assert 'href="/en/courses"' in text
    assert 'value="contactor"' in text


def test_a_search_page_is_never_kept(
    session: Session, publish: Callable[[], None], client: FlaskClient
) -> None:
    make_work(session, languages=["en"])
    session.commit()
    before = client.get("/en/search?q=voltage").status_code
    publish()
    assert before == 503
    assert titles(ParsedPage(client.get("/en/search?q=voltage"))) == ["Measuring safely"]
