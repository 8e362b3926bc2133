from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.web.directory import founded
from tests.factories import make_institution, make_partnership, make_work
from tests.web.page import ParsedPage


@pytest.fixture
def colleges(session: Session) -> Session:
    make_institution(session, summary="It teaches trades.", city="Mbeya")
    make_institution(
        session, key="kandal", names={"km": "មហាវិទ្យាល័យ", "en": "Kandal College"}, country="KH"
    )
    make_institution(
        session, key="maker", type="enterprise", names={"zh-Hans": "制造厂"}, country="CN"
    )
    make_partnership(session, members=[("mbeya-college", "host"), ("maker", "lead")])
    make_partnership(
        session,
        key="ring",
        type="community",
        brand=None,
        country="CN",
        names={"zh-Hans": "共同体", "en": "Ring"},
    )
    make_work(
        session,
        languages=["en"],
        institutions=["mbeya-college"],
        partnerships=["mbeya-workshop"],
    )
    session.commit()
    return session


def titles(page: ParsedPage) -> list[str]:
    return page.words("//ol[contains(@class, 'results')]/li//*[self::h2 or self::h3]/a")


def test_institutions_stand_by_name_with_type_place_and_works(
    colleges: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/institutions"))
    assert titles(page) == ["Kandal College", "Mbeya College", "制造厂"]
    assert page.find("//h2/a[text()='制造厂']/@lang") == ["zh-Hans"]
    (row,) = page.find("//ol/li[.//a[text()='Mbeya College']]")
    said = " ".join(row.text_content().split())
    assert "College" in said
    assert "Mbeya, Tanzania" in said
    assert "1 work" in said
    assert "姆贝亚学院" in said


def test_institutions_are_filtered_by_type_and_country(
    colleges: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/institutions?type=college"))
    assert titles(page) == ["Kandal College", "Mbeya College"]
    assert page.noindex
    assert page.words("//div[@class='facets']//li/a[contains(., 'Tanzania')]/span") == ["1"]
    assert not page.find("//div[@class='facets']//li/a[contains(., 'China')]")
    both = ParsedPage(client.get("/en/institutions?type=college&country=TZ"))
    assert titles(both) == ["Mbeya College"]
    chips = [chip.get("href") for chip in both.having("chip")]
    assert chips == ["/en/institutions?country=TZ", "/en/institutions?type=college"]
    none = ParsedPage(client.get("/en/institutions?type=ministry"))
    assert "Nothing fits all of these filters." in none.text


def test_a_long_list_is_cut_into_pages(session: Session, client: FlaskClient) -> None:
    for n in range(60):
        make_institution(session, key=f"c{n}", names={"en": f"College {n:02}"})
    session.commit()
    first = ParsedPage(client.get("/en/institutions"))
    assert titles(first) == [f"College {n:02}" for n in range(50)]
    (following,) = first.find("//link[@rel='next']/@href")
    second = ParsedPage(client.get(following))
    assert titles(second) == [f"College {n:02}" for n in range(50, 60)]
    assert second.canonical == "https://library.example.org/en/institutions?page=2"
    beyond = ParsedPage(client.get("/en/institutions?page=9"))
    assert "This list has no such page." in beyond.text
    assert beyond.noindex


def test_partnerships_stand_under_their_brands(colleges: Session, client: FlaskClient) -> None:
    page = ParsedPage(client.get("/en/partnerships"))
    assert page.words_of("under") == ["Luban Workshop", "Without a brand"]
    assert titles(page) == ["Mbeya Luban Workshop", "Ring"]
    one = ParsedPage(client.get("/en/partnerships?brand=luban-workshop"))
    assert titles(one) == ["Mbeya Luban Workshop"]
    assert one.having("under") == []
    other = ParsedPage(client.get("/en/partnerships?type=community&country=CN"))
    assert titles(other) == ["Ring"]


def test_empty_lists_teach(session: Session, client: FlaskClient) -> None:
    session.commit()
    for segment in ("institutions", "partnerships"):
        page = ParsedPage(client.get(f"/en/{segment}"))
        assert len(page.having("empty")) == 1
        assert "/en/works" in page.find("//div[contains(@class, 'empty')]//a/@href")
        assert page.noindex


def test_an_institution_shows_names_place_partnerships_and_works(
    colleges: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/en/institutions/mbeya-college"))
    assert page.heading == "Mbeya College"
    assert "Mbeya, Tanzania" in page.text
    assert page.find("//dl[@class='names']//dd/bdi[@lang='zh-Hans']")[0].text == "姆贝亚学院"
    assert page.words("//ul[@class='files']/li/a") == ["Mbeya Luban Workshop"]
    assert page.words("//ul[@class='files']/li/span")[0] == "Host abroad"
    assert titles(page) == ["Measuring safely"]
    assert page.jsonld["@type"] == "CollegeOrUniversity"


def test_a_partnership_shows_brand_members_programmes_and_works(
    colleges: Session, client: FlaskClient
) -> None:
    make_partnership(
        colleges,
        key="gwadar",
        founded="2023-12",
        website="https://example.org/gwadar",
        source="A report of 2024",
        programmes=[{"en": "Welding", "zh-Hans": "焊接"}, {"zh-Hans": "电工"}],
        members=[("maker", "lead"), ("mbeya-college", "host")],
    )
    colleges.commit()
    page = ParsedPage(client.get("/en/partnerships/gwadar"))
    assert "/en/partnerships?brand=luban-workshop" in page.links
    assert "December 2023" in page.text
    assert "A report of 2024" in page.text
    assert page.words("//ul[@class='files']/li/a") == ["制造厂", "Mbeya College"]
    assert page.find("//section[.//h2[text()='Programmes']]//li/bdi/@lang") == ["zh-Hans"]
    assert "Welding" in page.text
    (site,) = page.find("//a[@href='https://example.org/gwadar']")
    assert "noopener" in site.get("rel")
    assert titles(ParsedPage(client.get("/en/partnerships/mbeya-workshop"))) == ["Measuring safely"]


def test_pages_exist_in_the_languages_that_they_have_texts_in(
    colleges: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/zh-Hans/institutions/mbeya-college"))
    base = "https://library.example.org"
    assert page.alternates == {
        "en": f"{base}/en/institutions/mbeya-college",
        "zh-Hans": f"{base}/zh-Hans/institutions/mbeya-college",
        "x-default": f"{base}/en/institutions/mbeya-college",
    }
    assert page.canonical == f"{base}/zh-Hans/institutions/mbeya-college"
    assert page.heading == "姆贝亚学院"


def test_a_page_that_stands_in_says_so_and_is_not_indexed(
    colleges: Session, client: FlaskClient
) -> None:
    page = ParsedPage(client.get("/fr/institutions/mbeya-college"))
    assert page.one("//h1").get("lang") == "en"
    assert page.noindex
    assert page.canonical == "https://library.example.org/en/institutions/mbeya-college"
    assert len(page.having("note")) == 1


def test_a_name_without_a_description_is_shown_with_the_nearest_one(
    session: Session, client: FlaskClient
) -> None:
    from library.directory.drafts import InstitutionDraft, NameText
    from library.directory.service import store_institution

    store_institution(
        session,
        InstitutionDraft(
            key="both",
            type="college",
            source_language="zh-Hans",
            texts={
                "zh-Hans": NameText("学院", "概要。"),
                "en": NameText("College", "A summary."),
                "ar": NameText("كلية"),
            },
        ),
    )
    session.commit()
    page = ParsedPage(client.get("/ar/institutions/both"))
    assert page.heading == "كلية"
    (intro,) = page.having("intro")
    assert (intro.get("lang"), intro.get("dir"), intro.text) == ("en", "ltr", "A summary.")
    assert not page.noindex


def test_a_description_leads_outward_and_nowhere_else(
    session: Session, client: FlaskClient
) -> None:
    make_institution(
        session,
        body="See [the site](https://example.org), [a file](../plan.pdf), "
        "[a trick](javascript:alert(1)).\n\n<script>alert(2)</script>",
    )
    session.commit()
    page = ParsedPage(client.get("/en/institutions/mbeya-college"))
    (body,) = page.find("//article")
    assert body.xpath(".//a/@href") == ["https://example.org"]
    assert [e.text for e in body.xpath(".//*[@class='missing-link']")][:1] == ["a file"]
    assert page.find("//main//script") == []


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org", "example.org"])
def test_a_website_that_is_no_web_address_is_not_linked(
    session: Session, client: FlaskClient, address: str
) -> None:
    make_institution(session, website=address)
    session.commit()
    assert address not in ParsedPage(client.get("/en/institutions/mbeya-college")).links


@pytest.mark.parametrize("segment", ["institutions", "partnerships"])
def test_an_unknown_key_is_not_found(client: FlaskClient, segment: str) -> None:
    assert client.get(f"/en/{segment}/nobody").status_code == 404


@pytest.mark.parametrize(
    ("written", "ui", "words"),
    [
        ("2023", "fr", "2023"),
        ("2023-12", "en", "December 2023"),
        ("2023-12", "zh-Hans", "2023年12月"),
        ("2023-12-08", "ru", "8 декабря 2023 г."),
    ],
)
def test_a_founding_date_is_as_precise_as_its_source(written: str, ui: str, words: str) -> None:
    assert founded(written, ui).replace("\u202f", " ").replace("\u00a0", " ") == words


def test_directory_pages_are_kept_and_seen_anew_after_a_change(
    colleges: Session, client: FlaskClient
) -> None:
    first = client.get("/en/institutions")
    again = client.get("/en/institutions", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    make_institution(colleges, key="new", names={"en": "Newest College"})
    colleges.commit()
    assert "Newest College" in client.get("/en/institutions").get_data(as_text=True)
