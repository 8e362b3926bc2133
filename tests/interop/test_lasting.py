from __future__ import annotations

import uuid as uuids

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.catalogue.models import Block, Section, Work
from library.catalogue.service import withdraw
from library.db import utc_now
from library.http.services import Services
from library.interop.lookup import find
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.models import Concept
from library.terms.service import store_concept
from tests.factories import make_institution, make_partnership, make_work

LD = "application/ld+json"


@pytest.fixture
def work(session: Session) -> Work:
    made = make_work(session, languages=("en", "zh-Hans", "fr"))
    session.commit()
    return made


def section_of(session: Session, work: Work) -> Section:
    return session.scalars(
        select(Section).where(Section.work_id == work.id, Section.position == 1)
    ).one()


def paragraph_of(session: Session, work: Work) -> Block:
    section = section_of(session, work)
    return session.scalars(
        select(Block).where(Block.section_id == section.id, Block.kind == "paragraph")
    ).first() or pytest.fail("no paragraph")


@pytest.mark.parametrize(
    ("accept_language", "lang"),
    [
        ("fr-CA, en;q=0.5", "fr"),
        ("zh-CN", "zh-Hans"),
        ("sw", "en"),
        ("lo;q=0.9, zh-TW", "zh-Hans"),
        ("", "en"),
        ("\u00e9\u00e9, ;;;q=9", "en"),
    ],
)
def test_a_reader_is_led_to_the_page_in_a_language_that_exists(
    client: FlaskClient, work: Work, accept_language: str, lang: str
) -> None:
    headers = {"Accept-Language": accept_language.encode("utf-8").decode("latin-1")}
    response = client.get(f"/id/{work.uuid}", headers=headers)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/{lang}/courses/measuring-safely"
    assert {"accept-language", "accept"} <= {v.lower() for v in response.vary}


def test_a_named_language_wins_even_where_the_work_lacks_it(
    client: FlaskClient, work: Work
) -> None:
    headers = {"Accept-Language": "fr"}
    response = client.get(f"/id/{work.uuid}?lang=zh-CN", headers=headers)
    assert response.headers["Location"] == "/zh-Hans/courses/measuring-safely"
    response = client.get(f"/id/{work.uuid}?lang=th", headers=headers)
    assert response.headers["Location"] == "/th/courses/measuring-safely"


def test_a_section_and_a_paragraph_have_lasting_addresses(
    client: FlaskClient, session: Session, work: Work
) -> None:
    section, block = section_of(session, work), paragraph_of(session, work)
    page = "/en/courses/measuring-safely/first-steps"
    assert client.get(f"/id/{section.uuid}").headers["Location"] == page
    assert client.get(f"/id/{block.uuid}").headers["Location"] == (f"{page}#b-{block.uuid.hex[:8]}")


def test_a_reader_is_not_led_to_an_edition_that_is_not_offered(
    client: FlaskClient, session: Session
) -> None:
    hidden = make_work(
        session, languages=("en", "fr"), editions={"fr": EditionDraft(offered=False)}
    )
    session.commit()
    response = client.get(f"/id/{hidden.uuid}", headers={"Accept-Language": "fr"})
    assert response.headers["Location"] == "/en/courses/measuring-safely"
    said = client.get(f"/id/{hidden.uuid}?format=jsonld").get_json(force=True)
    assert said["inLanguage"] == ["en"]
    assert "Mesurer" not in client.get(f"/id/{hidden.uuid}?format=jsonld").text


def test_a_section_without_the_readers_language_is_shown_in_one_it_has(
    client: FlaskClient, session: Session
) -> None:
    half = make_work(
        session,
        languages=("en", "fr"),
        sections={"only-english": {"en": "# Only English\n\nText.\n"}},
    )
    session.commit()
    response = client.get(
        f"/id/{section_of(session, half).uuid}", headers={"Accept-Language": "fr"}
    )
    assert response.headers["Location"] == "/en/courses/measuring-safely/only-english"


def test_institutions_partnerships_and_concepts_have_lasting_addresses(
    client: FlaskClient, session: Session
) -> None:
    institution, partnership = make_institution(session), make_partnership(session)
    store_concept(
        session,
        ConceptDraft(
            key="encoder",
            source_language="zh-Hans",
            languages={
                "zh-Hans": LanguageDraft([TermDraft("编码器")], "测量转角的装置。"),
                "en": LanguageDraft([TermDraft("encoder")]),
            },
        ),
    )
    concept = session.scalars(select(Concept)).one()
    session.commit()
    led = {
        row.uuid: client.get(f"/id/{row.uuid}", headers={"Accept-Language": "en"}).headers[
            "Location"
        ]
        for row in (institution, partnership, concept)
    }
    assert list(led.values()) == [
        "/en/institutions/mbeya-college",
        "/en/partnerships/mbeya-workshop",
        "/en/terms/encoder",
    ]
    types = [
        client.get(f"/id/{uuid}", headers={"Accept": LD}).get_json(force=True)["@type"]
        for uuid in led
    ]
    assert types == ["CollegeOrUniversity", "EducationalOrganization", "DefinedTerm"]


def test_members_of_a_partnership_stand_in_its_linked_data(
    client: FlaskClient, session: Session
) -> None:
    institution = make_institution(session)
    partnership = make_partnership(session, members=[("mbeya-college", "host")])
    session.commit()
    said = client.get(f"/id/{partnership.uuid}?format=jsonld&lang=zh-Hans").get_json(force=True)
    assert said["member"][0]["@id"].endswith(f"/id/{institution.uuid}")
    assert said["member"][0]["name"] == {"@value": "姆贝亚学院", "@language": "zh-Hans"}


@pytest.mark.parametrize(
    ("accept", "machine"),
    [
        (LD, True),
        (f"{LD}, text/html;q=0.5", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("*/*", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_who_asks_for_linked_data_gets_it(
    client: FlaskClient, work: Work, accept: str, machine: bool
) -> None:
    response = client.get(f"/id/{work.uuid}", headers={"Accept": accept})
    assert response.status_code == (200 if machine else 302)
    if machine:
        assert response.mimetype == LD
        assert response.get_json(force=True)["@id"].endswith(f"/id/{work.uuid}")
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_linked_data_is_not_sent_again_unchanged(client: FlaskClient, work: Work) -> None:
    first = client.get(f"/id/{work.uuid}?format=jsonld")
    again = client.get(
        f"/id/{work.uuid}?format=jsonld", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304


def test_linked_data_of_a_section_and_a_paragraph(
    client: FlaskClient, session: Session, work: Work
) -> None:
    section, block = section_of(session, work), paragraph_of(session, work)
    said = client.get(f"/id/{section.uuid}?format=jsonld").get_json(force=True)
    assert said["isPartOf"]["@id"].endswith(f"/id/{work.uuid}")
    said = client.get(f"/id/{block.uuid}?format=jsonld").get_json(force=True)
    assert said["isPartOf"]["@id"].endswith(f"/id/{section.uuid}")
    assert {text["@language"] for text in said["text"]} == {"en", "zh-Hans", "fr"}


def test_the_root_section_stands_for_its_work(
    client: FlaskClient, session: Session, work: Work
) -> None:
    root = session.scalars(
        select(Section).where(Section.work_id == work.id, Section.path == "")
    ).one()
    assert client.get(f"/id/{root.uuid}").headers["Location"] == "/en/courses/measuring-safely"
    said = client.get(f"/id/{root.uuid}?format=jsonld").get_json(force=True)
    assert said["@id"].endswith(f"/id/{work.uuid}")


def test_what_was_withdrawn_is_gone_with_everything_in_it(
    client: FlaskClient, session: Session, work: Work
) -> None:
    inside = [section_of(session, work).uuid, paragraph_of(session, work).uuid]
    withdraw(session, work.uuid, because="The standard was superseded.", by="tests")
    session.commit()
    for uuid in (work.uuid, *inside):
        response = client.get(f"/id/{uuid}", headers={"Accept": "application/json"})
        assert response.status_code == 410
        assert response.get_json()["work"] == "course/measuring-safely"
        assert "superseded" in response.get_json()["detail"]
        assert response.get_json()["withdrawn_at"].endswith("+00:00")


def test_a_section_that_was_taken_out_is_gone_while_its_work_stays(
    client: FlaskClient, session: Session, work: Work
) -> None:
    section = section_of(session, work)
    block = paragraph_of(session, work)
    section.removed_at = utc_now()
    session.commit()
    for uuid in (section.uuid, block.uuid):
        response = client.get(f"/id/{uuid}", headers={"Accept": "application/json"})
        assert response.status_code == 410
        assert "“Measuring safely”" in response.get_json()["detail"]
        assert response.get_json()["title"] == "This was withdrawn"
    assert client.get(f"/id/{work.uuid}").status_code == 302


def test_an_unknown_identifier_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"/id/{uuids.uuid4()}").status_code == 404
    assert client.get("/id/nothing").status_code == 404
    assert client.get("/id/%00").status_code == 404


@pytest.mark.parametrize("query", ["lang=klingonese", "lang=", "format=pdf", "lang=%00"])
def test_a_wrong_parameter_is_refused(client: FlaskClient, work: Work, query: str) -> None:
    response = client.get(f"/id/{work.uuid}?{query}", headers={"Accept": "application/json"})
    assert response.status_code == 422
    assert response.get_json()["parameter"] == query.partition("=")[0]


def test_a_lasting_address_says_how_to_cite_it(
    client: FlaskClient, work: Work, services: Services
) -> None:
    link = client.get(f"/id/{work.uuid}").headers["Link"]
    assert f'<{services.settings.base_url}/id/{work.uuid}>; rel="cite-as"' in link


def test_the_front_door_in_indonesian_is_no_lasting_address(client: FlaskClient) -> None:
    response = client.get("/id/", headers={"Accept": LD})
    assert response.mimetype == "text/html"
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_source_language_comes_first(session: Session, work: Work) -> None:
    assert find(session, work.uuid).languages == ("en", "fr", "zh-Hans")
