from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_codes
from tests.web.page import ParsedPage


def store(session: Session, key: str, domain: str | None = None, **terms: str) -> None:
    """A concept with one preferred term a language; the first one is its source."""
    said = {tag.replace("_", "-"): LanguageDraft([TermDraft(text)]) for tag, text in terms.items()}
    store_concept(
        session,
        ConceptDraft(key=key, source_language=next(iter(said)), domain=domain, languages=said),
    )


@pytest.fixture
def bank(session: Session) -> Session:
    make_codes(session)
    store_concept(
        session,
        ConceptDraft(
            key="lading",
            source_language="zh-Hans",
            domain="isced-f-2013:0714",
            source="A standard of trade",
            languages={
                "zh-Hans": LanguageDraft(
                    [TermDraft("海运提单", reading="hǎiyùn tídān"), TermDraft("运单", "forbidden")],
                    "承运人签发的单据。",
                ),
                "en": LanguageDraft(
                    [TermDraft("bill of lading"), TermDraft("B/L", "allowed")],
                    "A document of carriage.",
                ),
                "ar": LanguageDraft([TermDraft("بوليصة الشحن")]),
            },
        ),
    )
    store(session, "torque", "isced-f-2013:0713", zh_Hans="转矩", en="torque", fr="couple")
    store(session, "byte", zh_Hans="字节", en="byte")
    session.commit()
    return session


def terms(page: ParsedPage) -> list[str]:
    return page.words("//ul[@class='bank']/li//h3/a")


def test_terms_stand_from_a_to_z_with_the_other_languages_beside(
    bank: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/terms"))
    assert terms(page) == ["bill of lading", "byte", "torque"]
    assert page.words("//section[@class='letter']/h2") == ["B", "T"]
    (row,) = page.find("//ul[@class='bank']/li[.//a[text()='bill of lading']]")
    assert row.xpath(".//dd/bdi[@lang='ar' and @dir='rtl']")[0].text == "بوليصة الشحن"
    assert "A document of carriage." in row.text_content()
    assert page.find("//nav[@class='letters']//a/@href") == [
        "/en/terms#letter-B",
        "/en/terms#letter-T",
    ]
    assert "letter-B" in page.ids


def test_chinese_terms_stand_under_their_pinyin_with_its_reading(
    bank: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/zh-Hans/terms"))
    assert page.words("//section[@class='letter']/h2")[0] == "H"
    (reading,) = page.having("reading")
    assert (reading.get("lang"), reading.text) == ("zh-Latn", "hǎiyùn tídān")


def test_terms_of_another_language_stand_after_the_pages_own(
    bank: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/fr/terms"))
    assert terms(page) == ["couple", "bill of lading", "byte"]
    assert page.find("//ul[@class='bank']//h3/a/@lang") == ["en", "en"]


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("lad", ["bill of lading"]),
        ("B/L", ["bill of lading"]),
        ("TORQ", ["torque"]),
        ("运单", ["bill of lading"]),
        ("tídān", ["bill of lading"]),
        ("couple", ["torque"]),
        ("Y", ["bill of lading", "byte"]),
    ],
)
def test_the_list_is_searched_by_a_part_of_any_term(
    bank: Session, client: FlaskClient, part: str, found: list[str]
) -> None:
    page = ParsedPage(client.get("/en/terms", query_string={"q": part}))
    assert terms(page) == found
    assert page.noindex
    assert page.one("//main//input[@name='q']").get("value") == part


def test_nothing_found_leads_to_the_search_of_the_library(
    bank: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/terms?q=<b>xyz"))
    assert terms(page) == []
    assert "/en/search?q=%3Cb%3Exyz" in page.links
    assert page.find("//main//b") == []


def test_terms_are_filtered_by_domain(bank: Session, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/terms"))
    (link,) = page.find("//div[@class='facets']//a[contains(., 'Electronics and automation')]")
    assert terms(ParsedPage(client.get(link.get("href")))) == ["bill of lading"]
    none = ParsedPage(client.get("/en/terms?domain=isced-f-2013:9999"))
    assert "Nothing fits all of these filters." in none.text


def test_fifty_terms_a_page_and_letters_lead_to_theirs(
    session: Session, client: FlaskClient
) -> None:
    for n in range(55):
        store(session, f"a{n}", en=f"arm {n:02}")
    store(session, "zinc", en="zinc")
    session.commit()
    page = ParsedPage(client.get("/en/terms"))
    assert len(terms(page)) == 50
    last = page.find("//nav[@class='letters']//a/@href")[-1]
    assert last == "/en/terms?page=2#letter-Z"
    second = ParsedPage(client.get("/en/terms?page=2"))
    assert terms(second)[-1] == "zinc"
    # The letter A began on the page before.
    assert "letter-A" not in second.ids
    assert "letter-Z" in second.ids
    assert "no such page" in ParsedPage(client.get("/en/terms?page=3")).text


def test_a_new_term_is_listed_at_once(bank: Session, client: FlaskClient) -> None:
    client.get("/en/terms")
    store(bank, "anode", en="anode")
    bank.commit()
    assert terms(ParsedPage(client.get("/en/terms")))[0] == "anode"


def test_a_page_says_how_each_term_may_be_used(bank: Session, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/terms/lading"))
    assert page.heading == "bill of lading"
    sections = page.find("//div[@class='concept']/section")
    assert [s.get("aria-labelledby") for s in sections] == ["in-en", "in-zh-Hans", "in-ar"]
    english = " ".join(sections[0].text_content().split())
    assert "B/L also used" in english
    assert "A document of carriage." in english
    wrong = page.one("//del")
    assert (wrong.text, wrong.get("lang")) == ("运单", "zh-Hans")
    assert "do not use, it misleads" in page.text
    assert "Electronics and automation" in page.text
    assert "A standard of trade" in page.text
    assert page.jsonld["@type"] == "DefinedTerm"


def test_a_page_exists_in_the_languages_of_its_terms(bank: Session, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/ar/terms/lading"))
    assert set(page.alternates) == {"ar", "en", "zh-Hans", "x-default"}
    assert page.alternates["x-default"].endswith("/zh-Hans/terms/lading")
    stand_in = ParsedPage(client.get("/th/terms/lading"))
    assert stand_in.noindex
    assert stand_in.canonical == "https://library.example.org/en/terms/lading"
    assert len(stand_in.having("note")) == 1


def test_an_empty_bank_teaches(session: Session, client: FlaskClient) -> None:
    session.commit()
    page = ParsedPage(client.get("/en/terms"))
    assert "The term bank is empty." in page.text
    assert page.noindex


def test_an_unknown_term_is_not_found(client: FlaskClient) -> None:
    assert client.get("/en/terms/nothing").status_code == 404


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=" + "x" * 3000, "page=-3", "domain=%00"])
def test_odd_questions_get_a_page(bank: Session, client: FlaskClient, query: str) -> None:
    assert client.get(f"/en/terms?{query}").status_code == 200
