from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import vocabulary
from library.catalogue.service import withdraw
from library.catalogue.vocabulary import Vocabulary, VocabularyCache, heading
from library.catalogue.worker import something_waits, work_round
from library.jobs import outbox
from library.media.folder import LocalStore
from library.search.null import NullEngine
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_codes, make_institution, make_partnership, make_work

Factory = sessionmaker[Session]


def now(cache: VocabularyCache, factory: Factory) -> Vocabulary | None:
    with factory() as session:
        number = outbox.change_number(session)
    return cache.get(factory, number=number)


@pytest.fixture
def shelf(session: Session) -> None:
    make_codes(session)
    make_institution(session)
    make_partnership(session)
    make_work(
        session,
        languages=["en", "zh-Hans"],
        codes=["isced-f-2013:0713"],
        sections={"first": {"en": "# The *oscilloscope*\n\nText.", "zh-Hans": "# 示波器\n\n文。"}},
    )
    store_concept(
        session,
        ConceptDraft(
            key="relay",
            source_language="en",
            languages={
                "en": LanguageDraft([TermDraft("relay"), TermDraft("switcher", "forbidden")])
            },
        ),
    )
    session.commit()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every library is a large one, whose vocabulary is made by the worker."""
    monkeypatch.setattr(vocabulary, "SMALL", -1)
    monkeypatch.setattr(vocabulary, "_PAUSE", 0.0)
    monkeypatch.setattr(vocabulary, "_SHARE", 0)
    monkeypatch.setattr(vocabulary, "_GLANCE", -1.0)


@pytest.mark.usefixtures("shelf")
def test_titles_terms_names_and_labels_are_in_it(factory: Factory) -> None:
    there = now(VocabularyCache(), factory)
    assert there is not None
    for word in (
        "measuring",
        "oscilloscope",
        "relay",
        "mbeya",
        "workshop",
        "electricity",
        "示波器",
    ):
        assert there.words.count(word), word
    assert not there.words.count("switcher")  # a word that misleads is not taught
    kinds = {
        one.kind
        for text in ("meas", "osc", "rel", "mbeya")
        for one in there.titles.begun(text, lang="en", most=8)
    }
    assert kinds == {"work", "section", "term", "institution", "partnership"}


@pytest.mark.usefixtures("shelf")
def test_a_small_librarys_is_made_when_it_is_asked_for_and_kept(factory: Factory) -> None:
    cache = VocabularyCache()
    there = now(cache, factory)
    assert there is not None
    assert now(cache, factory) is there


def test_what_is_published_and_withdrawn_is_followed(session: Session, factory: Factory) -> None:
    work = make_work(session, languages=["en"], sections={})
    session.commit()
    cache = VocabularyCache()
    first = now(cache, factory)
    assert first is not None
    assert first.words.count("measuring")
    withdraw(session, work.uuid, because="It was a trial.", by="tests")
    session.commit()
    second = now(VocabularyCache(), factory)
    assert second is not None
    assert not second.words.count("measuring")
    # Somebody who publishes again and again does not have it made again and again.
    cache._made = float("inf")
    assert now(cache, factory) is first


@pytest.mark.usefixtures("shelf", "large")
def test_a_large_librarys_is_made_by_the_worker_for_all(factory: Factory, tmp_path: Path) -> None:
    web = VocabularyCache(tmp_path)
    assert now(web, factory) is None
    worker = VocabularyCache(tmp_path)
    search, store = NullEngine(), LocalStore(tmp_path / "media")
    assert something_waits(factory, search=search, vocabulary=worker)
    while work_round(factory, search=search, store=store, vocabulary=worker):
        pass
    assert not something_waits(factory, search=search, vocabulary=worker)
    there = now(web, factory)
    assert there is not None
    assert there.words.count("measuring")


@pytest.mark.usefixtures("large")
def test_the_old_one_serves_until_there_is_a_new_one(
    session: Session, factory: Factory, tmp_path: Path
) -> None:
    make_work(session, languages=["en"], sections={})
    session.commit()
    web, worker = VocabularyCache(tmp_path), VocabularyCache(tmp_path)
    assert worker.refresh(factory)
    assert not worker.refresh(factory)
    first = now(web, factory)
    make_work(session, key="later", languages=["fr"], sections={})
    session.commit()
    assert now(web, factory) is first
    assert worker.refresh(factory)
    second = now(web, factory)
    assert second is not None
    assert second.words.count("mesurer")


@pytest.mark.usefixtures("shelf", "large")
@pytest.mark.parametrize("content", [b"", b"something else", None])
def test_a_damaged_file_is_made_anew(
    factory: Factory, tmp_path: Path, content: bytes | None
) -> None:
    assert VocabularyCache(tmp_path).refresh(factory)
    path = tmp_path / "vocabulary"
    path.write_bytes(path.read_bytes()[:-5] if content is None else content)
    web, worker = VocabularyCache(tmp_path), VocabularyCache(tmp_path)
    assert now(web, factory) is None
    assert worker.is_due(factory)
    assert worker.refresh(factory)
    assert now(web, factory) is not None
    web.discard()
    assert not path.exists()
    assert now(web, factory) is None


@pytest.mark.usefixtures("shelf", "large")
def test_a_file_of_another_version_is_made_anew(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VocabularyCache(tmp_path).refresh(factory)
    monkeypatch.setattr(vocabulary, "FORMAT", "another")
    assert now(VocabularyCache(tmp_path), factory) is None
    assert VocabularyCache(tmp_path).refresh(factory)
    assert now(VocabularyCache(tmp_path), factory) is not None


@pytest.mark.usefixtures("shelf", "large")
def test_where_no_worker_makes_it_the_site_does(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "_PATIENCE", -1.0)
    web = VocabularyCache(tmp_path)
    assert now(web, factory) is None
    assert now(web, factory) is None  # it has waited long enough and begins
    for thread in threading.enumerate():
        if thread.name == vocabulary.THREAD:
            thread.join(20)
    assert now(web, factory) is not None


def test_headings_are_read_without_their_markup() -> None:
    assert heading("# Motor control") == "Motor control"
    assert heading("## The *three* `PLC`s") == "The three PLCs"
