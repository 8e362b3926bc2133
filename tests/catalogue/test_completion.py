from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.completion import Completion, complete
from library.catalogue.service import withdraw
from library.catalogue.vocabulary import Vocabulary, draft
from library.search.array_file import ArrayFile
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_institution, make_work


def made(session: Session) -> Vocabulary:
    session.commit()
    return Vocabulary(ArrayFile(draft(session)))


@pytest.fixture
def shelf(session: Session) -> Vocabulary:
    make_work(
        session,
        key="cold-chain",
        languages=["en", "zh-Hans"],
        texts={
            "en": "# Refrigeration and Cold-Chain Technology\n\nKeep it cold.",
            "zh-Hans": "# 制冷与冷链技术\n\n保持低温。",
        },
        sections={
            "store": {"en": "# The cold store\n\nText.", "zh-Hans": "# 冷库\n\n文。"},
            "safety": {"en": "# Safety\n\nText."},
        },
    )
    make_work(session, key="other", languages=["en"], sections={"s": {"en": "# Safety\n\nText."}})
    make_institution(session)
    store_concept(
        session,
        ConceptDraft(
            key="cold-chain",
            source_language="en",
            languages={
                "en": LanguageDraft([TermDraft("cold chain")]),
                "fr": LanguageDraft([TermDraft("chaîne du froid")]),
            },
        ),
    )
    return made(session)


def texts(found: list[Completion]) -> list[str]:
    return [one.text for one in found]


def test_a_beginning_finds_titles_terms_and_sections_and_where_they_are(
    session: Session, shelf: Vocabulary
) -> None:
    term, work, section = complete(session, shelf, "cold", lang="en")
    assert term == Completion("cold chain", "en", "term", "/@/terms/cold-chain")
    assert (work.text, work.kind) == ("Refrigeration and Cold-Chain Technology", "course")
    assert work.url == "/@/courses/cold-chain"
    assert (section.kind, section.url) == ("section", "/@/courses/cold-chain/store")
    assert section.within == "Refrigeration and Cold-Chain Technology"


def test_the_readers_language_comes_first_and_others_follow(
    session: Session, shelf: Vocabulary
) -> None:
    assert [one.lang for one in complete(session, shelf, "c", lang="fr")][:2] == ["fr", "en"]
    assert texts(complete(session, shelf, "冷", lang="sw")) == ["制冷与冷链技术", "冷库"]


def test_the_work_of_a_section_is_named_in_the_readers_language(
    session: Session, shelf: Vocabulary
) -> None:
    (section,) = complete(session, shelf, "冷库", lang="en")
    assert (section.lang, section.within_lang) == ("zh-Hans", "en")


def test_what_several_things_are_called_leads_to_none_of_them(
    session: Session, shelf: Vocabulary
) -> None:
    (safety,) = complete(session, shelf, "safety", lang="en")
    assert (safety.text, safety.url, safety.within) == ("Safety", None, None)


def test_chinese_titles_are_found_by_pinyin(session: Session, shelf: Vocabulary) -> None:
    assert texts(complete(session, shelf, "lengku", lang="zh-Hans")) == ["冷库"]


def test_institutions_are_found(session: Session, shelf: Vocabulary) -> None:
    assert texts(complete(session, shelf, "mbey", lang="en")) == ["Mbeya College"]
    assert texts(complete(session, shelf, "姆贝亚", lang="zh-Hans")) == ["姆贝亚学院"]


def test_what_was_withdrawn_since_is_left_out(session: Session) -> None:
    work = make_work(session, languages=["en"], sections={})
    there = made(session)
    assert texts(complete(session, there, "measur", lang="en")) == ["Measuring safely"]
    withdraw(session, work.uuid, because="It was a trial.", by="tests")
    assert complete(session, there, "measur", lang="en") == []


def test_there_are_never_more_than_asked_for(session: Session, shelf: Vocabulary) -> None:
    assert len(complete(session, shelf, "c", lang="en", limit=2)) == 2
    assert complete(session, shelf, "?!", lang="en") == []
    assert complete(session, shelf, "", lang="en") == []


def test_an_empty_library_completes_nothing(session: Session) -> None:
    assert complete(session, made(session), "a", lang="en") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=300), lang=st.sampled_from(["en", "ar", "km", "yue"]))
def test_any_text_gets_an_answer(
    factory: sessionmaker[Session], shelf: Vocabulary, text: str, lang: str
) -> None:
    with factory() as session:
        assert len(complete(session, shelf, text, lang=lang)) <= 8
