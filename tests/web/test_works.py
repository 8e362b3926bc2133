from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.catalogue.service import withdraw
from library.http.services import Services
from tests.factories import (
    make_codes,
    make_institution,
    make_media,
    make_partnership,
    make_work,
    root_texts,
    section_draft,
)
from tests.web.page import ParsedPage

ADDRESS = "/en/courses/measuring-safely"


def test_a_work_says_what_it_is(client: FlaskClient, session: Session) -> None:
    make_codes(session)
    make_institution(session)
    make_partnership(session, members=[("mbeya-college", "host")])
    work = make_work(
        session,
        languages=["zh-Hans", "en"],
        institutions=["mbeya-college"],
        partnerships=["mbeya-workshop"],
        codes=["isced-f-2013:0713"],
        countries=["TZ", "KH"],
        contributors=[{"name": "Asha Mushi", "role": "author"}],
        level="secondary",
        hours=8.0,
        links=[
            {"url": "https://example.org/x", "title": "Elsewhere too"},
            {"url": "javascript:alert(1)", "title": "Not this"},
        ],
    )
    session.commit()
    page = ParsedPage(client.get(ADDRESS))
    facts = dict(zip(page.words("//dl[1]/div/dt"), page.words("//dl[1]/div/dd[1]"), strict=False))
    assert page.heading == "Measuring safely"
    assert "安全测量" in page.words_of("other")
    assert facts["Institution"] == "Mbeya College"
    assert facts["By"] == "Asha Mushi (Author)"
    assert facts["Level"] == "Secondary vocational"
    assert facts["Extent"].replace("\u00a0", " ") == "8 hours, 1 section"
    assert facts["Used in"] == "Cambodia, Tanzania"
    assert facts["Licence"] == "CC BY 4.0"
    assert "https://creativecommons.org/licenses/by/4.0/" in page.links
    assert "/en/institutions/mbeya-college" in page.links
    assert "/en/partnerships/mbeya-workshop" in page.links
    assert "/en/works?subject=0713" in page.links
    assert "https://example.org/x" in page.links
    assert not [link for link in page.links if link.startswith("javascript")]
    assert f"https://library.example.org/id/{work.uuid}" in page.links
    assert f"/api/v1/works/{work.uuid}" in page.links
    assert str(work.uuid) in page.words_of("cite")[0]


def test_contents_show_sections_within_sections(client: FlaskClient, session: Session) -> None:
    lesson = section_draft("lesson", {"en": "# The lesson\n\nText.\n"})
    unit = section_draft("unit", {"en": "# The unit\n"}, sections=[lesson])
    make_work(session, languages=["en"], sections=[unit])
    session.commit()
    page = ParsedPage(client.get(ADDRESS))
    tree = page.having("tree")[0]
    assert "The unit" in tree.text_content()
    assert f"{ADDRESS}/unit" in page.links
    assert f"{ADDRESS}/unit/lesson" in page.links


def test_editions_tell_who_answers_and_how_far_they_are(
    client: FlaskClient, session: Session
) -> None:
    texts = root_texts(["en"]) | {"fr": "# Mesurer sans danger\n"}
    make_work(
        session,
        languages=["en"],
        texts=texts,
        editions={"fr": EditionDraft(origin="machine", answered_by="Lycée de Goma")},
    )
    session.commit()
    page = ParsedPage(client.get(ADDRESS))
    rows = page.words("//table[@class='editions']/tbody/tr")
    assert rows[0].startswith("English Source none Written or translated by people")
    assert rows[1].startswith("Français 17% none Translated by machine")
    assert rows[1].endswith("Lycée de Goma")


def test_every_offered_edition_is_an_alternate_and_no_other(
    client: FlaskClient, session: Session
) -> None:
    make_work(
        session,
        languages=["zh-Hans", "en", "ur", "fr"],
        editions={"fr": EditionDraft(offered=False)},
    )
    session.commit()
    page = ParsedPage(client.get(ADDRESS))
    base = "https://library.example.org"
    assert page.alternates == {
        "zh-Hans": f"{base}/zh-Hans/courses/measuring-safely",
        "en": f"{base}/en/courses/measuring-safely",
        "ur": f"{base}/ur/courses/measuring-safely",
        "x-default": f"{base}/zh-Hans/courses/measuring-safely",
    }
    assert page.canonical == page.alternates["en"]
    assert not page.noindex
    for address in page.alternates.values():
        other = ParsedPage(client.get(address.removeprefix(base)))
        assert other.alternates == page.alternates


def test_a_language_without_an_edition_is_a_marked_stand_in(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["ar", "fr", "zh-Hans"])
    session.commit()
    page = ParsedPage(client.get("/lo/courses/measuring-safely"))
    assert page.root.get("lang") == "th"  # the interface falls back along the same chain
    assert page.one("//h1").get("lang") == "zh-Hans"
    assert page.having("note")
    assert page.noindex
    assert page.canonical == "https://library.example.org/zh-Hans/courses/measuring-safely"
    assert not page.alternates


def test_a_stand_in_says_what_is_missing_and_what_is_shown(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["zh-Hans", "en"])
    session.commit()
    page = ParsedPage(client.get("/vi/courses/measuring-safely"))
    assert page.words_of("note") == [
        "This work is not available in Vietnamese yet. You are reading it in English."
    ]


def test_an_edition_in_a_language_the_interface_does_not_speak_has_its_page(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["en", "ur"])
    session.commit()
    page = ParsedPage(client.get("/ur/courses/measuring-safely"))
    assert page.root.get("lang") == "en"
    heading = page.one("//h1")
    assert (heading.get("lang"), heading.get("dir")) == ("ur", "rtl")
    assert not page.noindex
    assert "\u2068" in page.title


def test_two_languages_stand_beside_each_other_by_block(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["en", "ar"])
    session.commit()
    page = ParsedPage(client.get(f"{ADDRESS}?with=ar"))
    pairs = page.having("pair")
    assert len(pairs) == 2
    assert "Switch off" in pairs[1].text_content()
    assert "افصل التيار" in pairs[1].text_content()
    second = pairs[1].xpath("./*[@class='b']")[0]
    assert (second.get("lang"), second.get("dir")) == ("ar", "rtl")
    assert f"{ADDRESS}/first-steps?with=ar" in page.links
    assert page.canonical == f"https://library.example.org{ADDRESS}"


@pytest.mark.parametrize("beside", ["fr", "en", "nonsense", "", "%00", "zz-"])
def test_a_second_language_that_is_not_there_is_left_out(
    client: FlaskClient, session: Session, beside: str
) -> None:
    make_work(session, languages=["en", "ar"])
    session.commit()
    answer = client.get(f"{ADDRESS}?with={beside}&saver=on")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{ADDRESS}?saver=on"


def test_a_second_language_is_led_to_its_one_spelling(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["en", "zh-Hans"])
    session.commit()
    answer = client.get(f"{ADDRESS}?with=zh-CN")
    assert answer.headers["Location"] == f"{ADDRESS}?with=zh-Hans"


def test_downloads_tell_type_and_size(
    client: FlaskClient, session: Session, services: Services
) -> None:
    sheet = make_media(
        services.store,
        "sheet.pdf",
        b"%PDF-" + b"x" * 1_195_000,
        "application/pdf",
        title="Torque sheet",
    )
    french = make_media(services.store, "sheet.fr.pdf", b"%PDF-fr", "application/pdf", lang="fr")
    make_work(session, media=[sheet, french])
    session.commit()
    page = ParsedPage(client.get(ADDRESS))
    files = [words.replace("\u00a0", " ") for words in page.words("//ul[@class='files'][1]/li")]
    assert files == ["Torque sheet PDF, 1.2 MB"]


def test_equipment_has_a_table_of_parameters(client: FlaskClient, session: Session) -> None:
    make_work(
        session,
        kind="equipment",
        parameters=[
            {"name": {"en": "Rated voltage", "zh-Hans": "额定电压"}, "value": "400", "unit": "V"}
        ],
    )
    session.commit()
    page = ParsedPage(client.get("/zh-Hans/equipment/measuring-safely"))
    assert "额定电压 400 V" in [w.replace("\u00a0", " ") for w in page.words("//tbody/tr")]


def test_related_and_derived_works_are_linked(client: FlaskClient, session: Session) -> None:
    make_work(session, key="source", related=["course/measuring-safely", "course/nowhere"])
    make_work(session, derived_from="course/source")
    session.commit()
    source = ParsedPage(client.get("/en/courses/source"))
    made = ParsedPage(client.get(ADDRESS))
    assert ADDRESS in source.links
    assert "Made from this work" in source.words("//h2")
    assert "/en/courses/source" in made.links
    assert "/en/courses/nowhere" not in source.links


def test_a_withdrawn_work_is_gone_and_an_unknown_one_not_found(
    client: FlaskClient, session: Session
) -> None:
    work = make_work(session)
    withdraw(session, work.uuid, because="It was wrong.", by="tests")
    session.commit()
    assert client.get(ADDRESS).status_code == 410
    assert client.get("/en/courses/nowhere").status_code == 404
    assert client.get("/en/textbooks/measuring-safely").status_code == 404
    assert client.get("/en/courses/%00").status_code == 404


def test_a_work_that_is_offered_in_no_language_is_not_found(
    client: FlaskClient, session: Session
) -> None:
    make_work(session, languages=["en"], editions={"en": EditionDraft(offered=False)})
    session.commit()
    assert client.get(ADDRESS).status_code == 404


def test_hostile_words_stay_words(client: FlaskClient, session: Session) -> None:
    bad = '"><script>alert(1)</script>'
    make_work(
        session,
        languages=["en"],
        texts={"en": f"# {bad}\n\n{bad}\n\n{bad}\n"},
        contributors=[{"name": bad, "role": bad}],
        version="<b>1</b>",
        parameters=[{"name": {"en": bad}, "value": bad}],
    )
    session.commit()
    page = ParsedPage(client.get(ADDRESS))
    assert {s.get("type") for s in page.find("//script")} == {"application/ld+json"}
    assert "alert(1)" in page.heading
    listed = ParsedPage(client.get("/en/courses"))
    assert {s.get("type") for s in listed.find("//script")} == {"application/ld+json"}


def test_linked_data_describes_the_work(client: FlaskClient, session: Session) -> None:
    make_institution(session)
    work = make_work(session, institutions=["mbeya-college"])
    session.commit()
    described, trail = ParsedPage(client.get(ADDRESS)).jsonld
    assert described["@id"] == f"https://library.example.org/id/{work.uuid}"
    assert described["inLanguage"] == ["en", "zh-Hans"]
    assert "Mbeya College" in str(described)
    assert trail["@type"] == "BreadcrumbList"


def test_ids_on_a_page_are_all_different(client: FlaskClient, session: Session) -> None:
    text = "# Contents\n\nMain.\n\n## PLC\n\nA note[^1].\n\n[^1]: Here.\n"
    make_work(session, texts={"en": text, "zh-Hans": text}, sections={})
    session.commit()
    page = ParsedPage(client.get(f"{ADDRESS}?with=zh-Hans"))
    assert len(page.ids) == len(set(page.ids))
    assert "#fn-1.zh-Hans" in page.links
