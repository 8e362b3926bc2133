from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.factories import make_codes, make_institution, make_partnership, make_work
from tests.web.page import ParsedPage


def _titled(title: str) -> dict[str, str]:
    return {"en": f"# {title}\n\nA summary.\n\nA paragraph.\n"}


@pytest.fixture
def shelf(session: Session) -> Session:
    """Three works that differ in every facet."""
    make_codes(session)
    make_institution(session)
    make_institution(session, key="kandal-college", names={"km": "មហាវិទ្យាល័យ"}, country="KH")
    make_partnership(session, members=[("mbeya-college", "host")])
    make_work(
        session,
        key="measuring",
        languages=["zh-Hans", "en", "ar"],
        institutions=["mbeya-college"],
        partnerships=["mbeya-workshop"],
        codes=["isced-f-2013:0713"],
        countries=["TZ"],
        level="secondary",
        hours=8.0,
    )
    make_work(
        session,
        key="drives",
        texts=_titled("Drives"),
        sections={"one": _titled("One")},
        languages=["en"],
        institutions=["kandal-college"],
        codes=["isced-f-2013:0714"],
        countries=["KH"],
        level="higher",
    )
    make_work(
        session,
        kind="textbook",
        key="adding",
        texts=_titled("Adding"),
        sections={"one": _titled("One")},
        languages=["en"],
        level="secondary",
    )
    session.commit()
    return session


def _shown(page: ParsedPage) -> list[str]:
    return [str(href).rpartition("/")[2] for href in page.find("//ol[1]//h2/a/@href")]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", {"measuring", "drives", "adding"}),
        ("?kind=textbook", {"adding"}),
        ("?subject=0714", {"drives"}),
        ("?level=secondary", {"measuring", "adding"}),
        ("?level=secondary&kind=course", {"measuring"}),
        ("?subject=0713&subject=0714", {"measuring", "drives"}),
        ("?language=ar", {"measuring"}),
        ("?institution=kandal-college", {"drives"}),
        ("?partnership=mbeya-workshop", {"measuring"}),
        ("?country=TZ", {"measuring"}),
    ],
)
def test_facets_narrow_the_list(
    client: FlaskClient, shelf: Session, query: str, keys: set[str]
) -> None:
    assert set(_shown(ParsedPage(client.get(f"/en/works{query}")))) == keys


def test_a_list_of_one_kind_holds_that_kind_alone(client: FlaskClient, shelf: Session) -> None:
    assert _shown(ParsedPage(client.get("/en/textbooks"))) == ["adding"]
    assert "Kind" not in ParsedPage(client.get("/en/courses")).words("//aside//h2")


def test_works_can_be_sorted_by_title(client: FlaskClient, shelf: Session) -> None:
    assert _shown(ParsedPage(client.get("/en/works?sort=title"))) == [
        "adding",
        "drives",
        "measuring",
    ]


def test_an_active_filter_is_a_chip_that_takes_it_away(client: FlaskClient, shelf: Session) -> None:
    page = ParsedPage(client.get("/en/works?level=secondary&country=TZ&sort=title"))
    chips = {
        words: chip.get("href")
        for chip, words in zip(page.having("chip"), page.words_of("chip"), strict=True)
    }
    assert chips == {
        "Remove: Secondary vocational ×": "/en/works?country=TZ&sort=title",
        "Remove: Tanzania ×": "/en/works?level=secondary&sort=title",
    }
    assert "/en/works?sort=title" in page.links


def test_a_facets_counts_ignore_its_own_filter(client: FlaskClient, shelf: Session) -> None:
    page = ParsedPage(client.get("/en/works?level=higher"))
    links = page.find("//aside//a[contains(., 'Secondary')]")
    assert [" ".join(link.text_content().split()) for link in links] == ["Secondary vocational 2"]
    assert links[0].get("href") == "/en/works?level=higher&level=secondary"


def test_facets_are_named_in_the_readers_language(client: FlaskClient, shelf: Session) -> None:
    page = ParsedPage(client.get("/zh-Hans/works"))
    names = page.words("//aside//li//bdi")
    assert "电力与能源" in names
    assert "姆贝亚学院" in names
    khmer = page.one("//aside//bdi[.='មហាវិទ្យាល័យ']")
    assert khmer.get("lang") == "km"


def test_a_value_that_fits_nothing_is_an_empty_list_that_helps(
    client: FlaskClient, shelf: Session
) -> None:
    page = ParsedPage(client.get("/en/works?subject=9999"))
    assert _shown(page) == []
    assert page.having("empty")
    assert "9999" in " ".join(page.words_of("chip"))
    assert page.noindex


@pytest.mark.parametrize(
    "query",
    [
        "subject=%00",
        "subject=%27%20OR%201=1",
        "page=0",
        "page=-3",
        "page=99999999999999999999",
        "page=%D9%A3",
        "sort=nonsense",
        "language=%F0%9F%98%80",
        "institution=" + "x" * 5000,
        "kind=course&kind=&kind=%ff",
    ],
)
def test_no_query_breaks_a_list(client: FlaskClient, shelf: Session, query: str) -> None:
    assert client.get(f"/en/works?{query}").status_code == 200


def test_filtered_lists_are_not_indexed_and_the_whole_one_is(
    client: FlaskClient, shelf: Session
) -> None:
    assert ParsedPage(client.get("/en/works?level=higher")).noindex
    whole = ParsedPage(client.get("/en/courses"))
    assert not whole.noindex
    assert whole.canonical == "https://library.example.org/en/courses"
    assert whole.alternates["ar"] == "https://library.example.org/ar/courses"


def test_titles_are_marked_with_their_language(client: FlaskClient, shelf: Session) -> None:
    page = ParsedPage(client.get("/ar/courses"))
    arabic = page.one("//h2/a[contains(@href, '/measuring')]")
    english = page.one("//h2/a[contains(@href, '/drives')]")
    assert arabic.get("lang") is None
    assert (english.get("lang"), english.get("dir")) == ("en", "ltr")


def test_long_lists_have_pages(client: FlaskClient, session: Session) -> None:
    for n in range(45):
        make_work(
            session,
            key=f"work-{n:02}",
            texts=_titled(f"Work {n:02}"),
            sections={},
            languages=["en"],
        )
    session.commit()
    first = ParsedPage(client.get("/en/courses"))
    second = ParsedPage(client.get("/en/courses?page=2"))
    third = ParsedPage(client.get("/en/courses?page=3&saver=on"))
    assert [len(_shown(page)) for page in (first, second, third)] == [20, 20, 5]
    assert len({*_shown(first), *_shown(second), *_shown(third)} - {""}) >= 40
    assert first.find("//link[@rel='next']/@href") == ["/en/courses?page=2"]
    assert second.find("//link[@rel='prev']/@href") == ["/en/courses"]
    assert second.canonical == "https://library.example.org/en/courses?page=2"
    assert "/en/courses?saver=on&page=2" in third.links
    assert second.title != first.title
    beyond = ParsedPage(client.get("/en/courses?page=9"))
    assert beyond.having("empty")
    assert beyond.noindex


def test_a_kind_without_works_says_so(client: FlaskClient, shelf: Session) -> None:
    assert ParsedPage(client.get("/en/certificates")).having("empty")


def test_the_data_saver_stays_on_from_list_to_work(client: FlaskClient, shelf: Session) -> None:
    page = ParsedPage(client.get("/en/works?level=higher&saver=on"))
    assert "/en/courses/drives?saver=on" in page.links
    assert "/en/works?level=higher" in page.links  # the switch that turns it off
    own = [link for link in page.links if link.startswith("/en/") and "feed.atom" not in link]
    assert {link for link in own if "saver=on" not in link} == {"/en/works?level=higher"}


def test_a_list_costs_the_same_statements_for_one_row_and_for_twenty(
    client: FlaskClient, session: Session, engine: Engine
) -> None:
    def statements(address: str) -> int:
        client.get("/en/works?page=9")  # the facets are counted anew after each change
        seen: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        client.get(address)
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    make_work(session, key="one", languages=["en"])
    session.commit()
    few = statements("/en/works")
    for n in range(20):
        make_work(session, key=f"more-{n}", languages=["en", "zh-Hans"])
    session.commit()
    assert statements("/ar/works") == few
