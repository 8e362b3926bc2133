from __future__ import annotations

from sqlalchemy.orm import Session

from library.catalogue.records import work_record
from library.formats import jsonld_record
from library.media.folder import LocalStore
from tests.factories import (
    make_codes,
    make_institution,
    make_media,
    make_partnership,
    make_work,
    root_texts,
    section_draft,
)

BASE = "https://library.example.org"


def test_a_record_says_everything_in_every_language(session: Session, tmp_path) -> None:  # type: ignore[no-untyped-def]
    make_codes(session)
    make_institution(session)
    make_partnership(session)
    inner = section_draft("lesson", root_texts(("en", "fr")))
    unit = section_draft("unit", root_texts(("en",)), sections=[inner])
    work = make_work(
        session,
        languages=("en", "fr"),
        sections=[unit],
        codes=["isced-f-2013:0713"],
        institutions=["mbeya-college"],
        partnerships=["mbeya-workshop"],
        countries=["TZ"],
        media=[make_media(LocalStore(tmp_path), "a/film.mp4", b"film", "video/mp4", lang="en")],
    )
    node = jsonld_record.work(work_record(session, work), base_url=BASE, lang="fr")
    assert node["url"] == f"{BASE}/fr/courses/measuring-safely"
    assert {name["@language"] for name in node["name"]} == {"en", "fr"}
    assert node["about"][0]["termCode"] == "0713"
    assert node["spatialCoverage"] == [{"@type": "Country", "identifier": "TZ"}]
    assert node["contributor"][0]["@type"] == "EducationalOrganization"
    film = node["associatedMedia"][0]
    assert film["@type"] == "VideoObject"
    assert film["contentSize"] == "4 B"
    assert film["inLanguage"] == "en"
    inside = node["hasPart"][0]["hasPart"][0]
    assert {name["@language"] for name in inside["name"]} == {"en", "fr"}
    assert inside["url"] == f"{BASE}/fr/courses/measuring-safely/unit/lesson"


def test_a_paragraph_says_its_text_in_every_language(session: Session) -> None:
    record = work_record(session, make_work(session))
    part = (record.sections or [])[0]
    node = jsonld_record.block(
        part.uuid,
        texts={"en": "Switch off.", "zh-Hans": "断电。"},
        part=part,
        record=record,
        base_url=BASE,
        page="/en/courses/x#b-1",
    )
    assert node["isPartOf"]["@id"] == f"{BASE}/id/{part.uuid}"
    assert {text["@language"] for text in node["text"]} == {"en", "zh-Hans"}
