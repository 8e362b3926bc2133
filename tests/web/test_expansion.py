from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from library.app import create_app
from library.catalogue.indexing import rebuild
from library.http.services import Services
from library.search.address import open_engine
from library.search.port import SearchEngine
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_work
from tests.web.page import ParsedPage


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


Publish = Callable[[], None]


@pytest.fixture
def publish(session: Session, factory: sessionmaker[Session], index: SearchEngine) -> Publish:
    def done() -> None:
        session.commit()
        rebuild(factory, index)

    return done


def concept(session: Session, key: str, /, **terms: list[str]) -> None:
    store_concept(
        session,
        ConceptDraft(
            key=key,
            source_language="en",
            languages={
                lang.replace("_", "-"): LanguageDraft(
                    [
                        TermDraft(text, "allowed" if n else "preferred")
                        for n, text in enumerate(texts)
                    ]
                )
                for lang, texts in terms.items()
            },
        ),
    )


@pytest.fixture
def shelf(session: Session, publish: Publish) -> None:
    """A course that is in Chinese only, one that is in French only, and terms for what they are about."""
    make_work(
        session,
        key="drives",
        languages=["zh-Hans"],
        texts={"zh-Hans": "# 驱动\n\n学习驱动。\n\n伺服电机由驱动器控制。"},
        sections={},
    )
    make_work(
        session,
        key="moteurs",
        languages=["fr"],
        texts={"fr": "# Moteurs\n\nLes moteurs.\n\nLe servomoteur tourne."},
        sections={},
    )
    make_work(
        session,
        kind="lesson",
        key="pumps",
        languages=["en"],
        texts={"en": "# Pumps\n\nAbout pumps.\n\nA pump moves water."},
        sections={},
    )
    concept(
        session,
        "servo-motor",
        en=["servo motor"],
        zh_Hans=["伺服电机"],
        fr=["servomoteur"],
        ar=["محرك مؤازر"],
    )
    concept(session, "servo-drive", en=["servo drive"], zh_Hans=["伺服驱动器"])
    publish()


def titles(page: ParsedPage) -> list[str]:
    return page.words("//ol[contains(@class, 'results')]//h2/a")


def others(page: ParsedPage) -> list[tuple[str, str | None, str | None]]:
    return [
        (word.text, word.get("lang"), word.get("dir"))
        for word in page.find("//*[contains(@class, 'also')]//bdi")
    ]


def test_a_word_finds_what_exists_only_in_another_language_and_the_page_says_how(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/ar/search?q=المحرك المؤازر"))
    assert set(titles(page)) == {"驱动", "Moteurs"}
    assert {("伺服电机", "zh-Hans", "ltr"), ("servomoteur", "fr", "ltr")} <= set(others(page))
    assert {"伺服电机", "servomoteur"} <= set(page.words("//ul[@class='hits']//mark"))


def test_other_words_carry_their_language_and_direction(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=servo motor"))
    assert others(page) == [("servomoteur", "fr", None), ("伺服电机", "zh-Hans", None)]


def test_other_words_can_be_turned_off_and_on_in_the_address(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=servo motor&kind=course"))
    (off,) = [link for link in page.links if "also=no" in link]
    assert parse_qs(urlsplit(off).query) == {
        "q": ["servo motor"],
        "kind": ["course"],
        "also": ["no"],
    }
    alone = ParsedPage(client.get(off))
    assert titles(alone) == []
    assert others(alone) == []
    assert "Only your own words were searched for." in alone.text
    assert alone.one("//main//input[@name='also']").get("value") == "no"
    (on,) = [link.get("href") for link in alone.find("//*[contains(@class, 'also')]//a")]
    assert parse_qs(urlsplit(on).query) == {"q": ["servo motor"], "kind": ["course"]}
    assert set(titles(ParsedPage(client.get(on)))) == {"驱动", "Moteurs"}


def test_off_stays_off_while_filtering_and_turning_pages(
    session: Session, publish: Publish, client: FlaskClient
) -> None:
    concept(session, "pump", en=["pump"], fr=["pompe"])
    for n in range(12):
        make_work(
            session,
            kind="lesson",
            key=f"pump-{n}",
            languages=["en"],
            texts={"en": f"# Pump {n}\n\nA pump.\n\nThis pump moves water."},
            sections={},
        )
    publish()
    page = ParsedPage(client.get("/en/search?q=pump&also=no"))
    kept = [
        *page.find("//div[@class='facets']//a/@href"),
        *page.find("//nav[contains(@class, 'pager')]//a/@href"),
    ]
    assert len(kept) >= 3
    assert all("also=no" in link for link in kept)
    on = ParsedPage(client.get("/en/search?q=pump&also=maybe"))
    assert others(on) == []  # no work is in French
    assert not any("also=maybe" in link for link in on.find("//div[@class='facets']//a/@href"))


def test_nothing_is_said_where_there_are_no_other_words(shelf: None, client: FlaskClient) -> None:
    for address in ("/en/search?q=water", "/en/search?q=water&also=no"):
        page = ParsedPage(client.get(address))
        assert page.having("also") == []
        assert page.having("inbank") == []


def test_many_other_words_stand_behind_a_switch(
    session: Session, publish: Publish, client: FlaskClient
) -> None:
    concept(session, "many", en=["pump", *(f"word {n}" for n in range(9))])
    make_work(session, key="one", languages=["en"])
    publish()
    page = ParsedPage(client.get("/en/search?q=pump"))
    assert len(page.find("//div[contains(@class, 'also')]/p[1]/bdi")) == 6
    assert page.words("//details/summary[contains(., 'more word')]") == ["and 3 more words"]
    assert len(others(page)) == 9


def test_words_that_languages_share_are_said_once(
    session: Session, publish: Publish, client: FlaskClient
) -> None:
    concept(session, "evaporator", zh_Hans=["蒸发器"], en=["evaporator"], id=["evaporator"])
    make_work(session, key="one", languages=["en", "zh-Hans"])
    make_work(session, key="two", languages=["id"], texts={"id": "# Alat\n\nAlat."}, sections={})
    publish()
    page = ParsedPage(client.get("/zh-Hans/search?q=蒸发器"))
    assert [text for text, _, _ in others(page)] == ["evaporator"]


def test_only_words_of_the_languages_filtered_for_are_said(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/search?q=servo motor&language=fr"))
    assert [lang for _, lang, _ in others(page)] == ["fr"]
    assert titles(page) == ["Moteurs"]
    counts = page.words("//div[@class='facets']//a[contains(@href, 'language=zh-Hans')]/span")
    assert counts == ["1"]


def test_terms_have_a_place_of_their_own_above_the_works(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=servo motor"))
    (panel,) = page.having("inbank")
    (link,) = panel.xpath(".//li/a")
    assert (link.text_content(), link.get("href")) == ("servo motor", "/en/terms/servo-motor")
    assert [(b.text, b.get("lang")) for b in panel.xpath(".//li/bdi")] == [
        ("servomoteur", "fr"),
        ("伺服电机", "zh-Hans"),
    ]
    assert set(titles(page)) == {"驱动", "Moteurs"}
    # All terms that were found are counted among the kinds, and one tap lists them.
    (every,) = panel.xpath(".//p/a/@href")
    assert "2 terms were found" in panel.text_content()
    assert page.words("//div[@class='facets']//a[contains(@href, 'kind=term')]/span") == ["2"]
    assert titles(ParsedPage(client.get(every))) == ["servo motor", "servo drive"]


def test_terms_are_listed_where_nothing_else_was_found(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=servo drive"))
    assert titles(page)[0] in ("servo drive", "驱动")
    page = ParsedPage(client.get("/en/search?q=servo drive&also=no"))
    assert titles(page) == ["servo drive", "servo motor"]
    assert page.having("inbank") == []


def test_a_kind_typed_into_the_query_is_asked_for(shelf: None, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/search?q=servo kind:term", follow_redirects=True))
    assert set(titles(page)) == {"servo motor", "servo drive"}
    page = ParsedPage(client.get("/en/search?q=pump kind:lesson", follow_redirects=True))
    assert titles(page) == ["Pumps"]


def test_a_term_without_the_readers_language_is_shown_in_another(
    shelf: None, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/th/search?q=servomoteur"))
    (link,) = page.find("//*[contains(@class, 'inbank')]//li/a/bdi")
    assert (link.text, link.get("lang")) == ("servo motor", "en")


def test_hostile_terms_are_text(session: Session, publish: Publish, client: FlaskClient) -> None:
    concept(session, "odd", en=["pump"], fr=['<b onclick="x">pompe</b>'])
    make_work(session, key="one", languages=["fr"])
    publish()
    page = ParsedPage(client.get("/en/search?q=pump"))
    assert page.find("//main//b[@onclick]") == []
    assert '<b onclick="x">pompe</b>' in [text for text, _, _ in others(page)]
