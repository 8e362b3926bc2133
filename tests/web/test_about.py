from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import make_partnership, make_work
from tests.web.page import ParsedPage

PAGES = ("about", "about/partners", "about/languages", "about/accessibility")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_every_page_exists_in_every_language_of_the_interface(
    session: Session, client: FlaskClient, path: str, lang: str
) -> None:
    session.commit()
    page = ParsedPage(client.get(f"/{lang}/{path}"))
    assert len(page.alternates) == 11
    assert page.canonical == f"https://library.example.org/{lang}/{path}"
    assert page.find("//div[contains(@class, 'about')]/nav//a[@aria-current='page']/@href") == [
        f"/{lang}/{path}"
    ]
    assert page.heading
    assert len(page.find("//div[contains(@class, 'prose')]/h2")) >= 3


def test_the_library_is_told_in_figures(session: Session, client: FlaskClient) -> None:
    make_work(session, languages=["en", "ar"])
    make_work(session, key="other", languages=["en"])
    make_partnership(session)
    session.commit()
    page = ParsedPage(client.get("/en/about"))
    assert page.words("//div[@class='tally']/a") == [
        "2 Works",
        "2 Languages",
        "1 Sites and partnerships",
    ]


def test_examples_for_partners_are_addresses_that_work(
    session: Session, client: FlaskClient
) -> None:
    make_work(session, languages=["en"])
    session.commit()
    page = ParsedPage(client.get("/en/about/partners"))
    examples = [
        word.strip('"')
        for text in page.words("//pre")
        for word in text.split()
        if "https://library.example.org" in word
    ]
    assert len(examples) >= 9
    for example in examples:
        path = example.removeprefix("https://library.example.org")
        assert client.get(path, follow_redirects=True).status_code == 200, path


def test_an_empty_library_still_explains_itself(session: Session, client: FlaskClient) -> None:
    session.commit()
    page = ParsedPage(client.get("/en/about/partners"))
    assert "/id/00000000-0000-0000-0000-000000000000" in page.text


def test_languages_are_counted_with_what_stands_in_for_them(
    session: Session, client: FlaskClient
) -> None:
    make_work(session, languages=["en", "ur"])
    make_work(session, key="other", languages=["en"])
    session.commit()
    page = ParsedPage(client.get("/en/about/languages"))
    rows = page.words("//table//tbody/tr")
    assert rows[0] == "English 2 works yes Simplified Chinese"
    assert rows[1] == "اردو Urdu 1 work no English, Simplified Chinese"
    assert "Русский Russian 0 works yes English, Simplified Chinese" in rows
    assert page.find("//th/bdi[@lang='ur']/@dir") == ["rtl"]
    assert "/en/works?language=ur" in page.links


def test_about_pages_are_kept(session: Session, client: FlaskClient) -> None:
    session.commit()
    first = client.get("/en/about")
    again = client.get("/en/about", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "Set-Cookie" not in first.headers
