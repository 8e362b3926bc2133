from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.catalogue.models import Section
from library.catalogue.records import tombstone, work_record, work_records
from library.catalogue.service import withdraw
from library.db import utc_now
from tests.factories import (
    make_codes,
    make_institution,
    make_partnership,
    make_work,
    root_texts,
    section_draft,
)


def test_a_record_has_the_tree_of_sections_in_reading_order(session: Session) -> None:
    tree = [
        section_draft(
            "first",
            root_texts(("en", "fr")),
            sections=[section_draft("a", root_texts(("en",))), section_draft("b", {})],
        ),
        section_draft("second", root_texts(("en",))),
    ]
    record = work_record(session, make_work(session, languages=("en", "fr"), sections=tree))
    assert record.sections is not None
    assert [part.path for part in record.sections] == ["first", "second"]
    assert [part.path for part in record.sections[0].sections] == ["first/a", "first/b"]
    assert set(record.sections[0].titles) == {"en", "fr"}
    assert record.sections[0].sections[1].titles == {}


def test_text_of_an_edition_that_is_not_offered_is_nowhere_in_a_record(session: Session) -> None:
    work = make_work(session, languages=("en", "ar"), editions={"ar": EditionDraft(offered=False)})
    assert "القياس" not in repr(work_record(session, work))


def test_a_section_that_was_taken_out_is_not_in_the_record(session: Session) -> None:
    work = make_work(session, sections={"kept": root_texts(["en"]), "gone": root_texts(["en"])})
    session.scalars(select(Section).where(Section.path == "gone")).one().removed_at = utc_now()
    session.flush()
    record = work_record(session, work)
    assert [part.path for part in record.sections or []] == ["kept"]


def test_records_of_several_works_do_not_mix(session: Session) -> None:
    make_codes(session)
    make_institution(session)
    make_institution(session, key="other", names={"fr": "Autre"})
    make_partnership(session)
    first = make_work(session, key="first", institutions=["other", "mbeya-college"])
    second = make_work(
        session,
        key="second",
        kind="lesson",
        languages=("fr",),
        codes=["isced-f-2013:0714"],
        partnerships=["mbeya-workshop"],
        countries=["TZ"],
    )
    one, two = work_records(session, [second, first])
    assert (one.key, two.key) == ("second", "first")
    assert [party.key for party in two.institutions] == ["other", "mbeya-college"]
    assert two.institutions[0].names == {"fr": "Autre"}
    assert (one.institutions, two.codes, two.countries) == ([], [], [])
    assert one.codes[0].labels["zh-Hans"] == "电子与自动化"
    assert one.partnerships[0].brand == "luban-workshop"
    assert list(one.editions) == ["fr"]
    assert list(two.editions) == ["en", "zh-Hans"]


def test_contents_and_files_are_left_out_where_nobody_asks(session: Session) -> None:
    (record,) = work_records(session, [make_work(session)], sections=False, media=False)
    assert record.sections is None
    assert record.media is None
    assert work_records(session, []) == []


def test_a_tombstone_says_what_it_was_and_why_it_went(session: Session) -> None:
    work = make_work(session)
    withdraw(session, work.uuid, because="Superseded.", by="tests")
    work.replaced_by = "course/new"
    gone = tombstone(session, work)
    assert gone.message == "“Measuring safely” was withdrawn. Superseded."
    assert gone.details["title"] == "Measuring safely"
    assert gone.details["lang"] == "en"
    assert gone.details["replaced_by"] == "course/new"
    assert gone.details["withdrawn_at"] == work.updated_at
