from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from library.terms import reading
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept


@pytest.fixture
def bank(session: Session) -> Session:
    store_concept(
        session,
        ConceptDraft(
            key="encoder",
            source_language="zh-Hans",
            domain="isced-f-2013:0714",
            languages={
                "zh-Hans": LanguageDraft(
                    [TermDraft("编码器", reading="biānmǎqì"), TermDraft("译码器", "forbidden")],
                    "传感器的一种。",
                ),
                "en": LanguageDraft(
                    [TermDraft("encoder"), TermDraft("Shaft Encoder", "allowed")], "A sensor."
                ),
            },
        ),
    )
    store_concept(
        session,
        ConceptDraft(
            key="torque",
            source_language="zh-Hans",
            languages={"zh-Hans": LanguageDraft([TermDraft("转矩")])},
        ),
    )
    session.flush()
    return session


def test_each_concept_is_listed_once_by_its_preferred_term(bank: Session) -> None:
    lines = reading.term_lines(bank, lang="en")
    assert [(line.key, line.text, line.lang) for line in lines] == [
        ("encoder", "encoder", "en"),
        ("torque", "转矩", "zh-Hans"),
    ]
    assert lines[0].domain == "isced-f-2013:0714"


def test_readings_come_with_the_term_that_they_are_of(bank: Session) -> None:
    lines = {line.key: line for line in reading.term_lines(bank, lang="zh-Hans")}
    assert lines["encoder"].reading == "biānmǎqì"
    assert lines["torque"].reading is None


def test_a_line_can_be_found_by_any_of_its_terms(bank: Session) -> None:
    words = reading.term_lines(bank, lang="fr")[0].words
    for part in ("编码", "biānmǎ", "shaft enc", "译码器"):
        assert part in words


def test_everything_said_is_read_by_key_and_language(bank: Session) -> None:
    said = reading.said_of(bank, ["encoder"])
    assert set(said) == {"encoder"}
    english = said["encoder"]["en"]
    assert [(t.text, t.status) for t in english.terms] == [
        ("encoder", "preferred"),
        ("Shaft Encoder", "allowed"),
    ]
    assert english.definition == "A sensor."
    assert reading.said_of(bank, []) == {}


def test_a_page_has_the_source_language_first(bank: Session) -> None:
    page = reading.concept_page(bank, key="encoder")
    assert page is not None
    assert list(page.said) == ["zh-Hans", "en"]
    best = reading.preferred(page.said["zh-Hans"])
    assert best is not None
    assert best.text == "编码器"


def test_an_unknown_key_has_no_page(bank: Session) -> None:
    assert reading.concept_page(bank, key="none") is None


def test_a_language_with_no_preferred_term_has_none() -> None:
    assert reading.preferred(LanguageDraft([TermDraft("waybill", "forbidden")])) is None
