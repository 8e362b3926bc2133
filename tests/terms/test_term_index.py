from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from library.db import new_uuid
from library.jobs import outbox
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.models import Concept
from library.terms.service import store_concept
from library.terms.term_index import TermCache, TermIndex, letters, of_letters, of_reading, of_stems

Store = Callable[..., None]


@pytest.fixture
def store(session: Session) -> Store:
    def done(key: str, **terms: str) -> None:
        store_concept(
            session,
            ConceptDraft(
                key=key,
                source_language="en",
                languages={
                    lang.replace("_", "-"): LanguageDraft([TermDraft(text)])
                    for lang, text in terms.items()
                },
            ),
        )
        session.flush()

    return done


def keys(index: TermIndex, session: Session, *asked: str) -> list[str]:
    concepts = {one.concept for found in index.look_up(asked).values() for one in found}
    return sorted(one.key for one in index.meanings(session, sorted(concepts)).values())


def word(text: str) -> str:
    return of_letters(letters(text))


def test_letters_have_nothing_between_them() -> None:
    assert letters("Circuit-breaker") == letters("circuit BREAKER") == "circuitbreaker"
    assert letters("Ohm's law") == letters("Ohm’s  law") == "ohmslaw"
    assert letters("مُحَرِّك") == letters("محرك")
    assert letters("伺服 电机") == "伺服电机"
    assert letters("?!…") == ""


def test_a_term_is_found_by_letters_stems_and_reading(session: Session, store: Store) -> None:
    store_concept(
        session,
        ConceptDraft(
            key="contactor",
            source_language="zh-Hans",
            languages={
                "zh-Hans": LanguageDraft([TermDraft("接触器", "preferred", "jiēchùqì")]),
                "en": LanguageDraft([TermDraft("contactor")]),
                "fr": LanguageDraft([TermDraft("contacteur à coupure")]),
            },
        ),
    )
    session.flush()
    index = TermCache().get(session)
    assert len(index) == 1
    for key in (
        word("接触器"),
        word("Contactor"),
        word("contacteur a coupure"),
        of_stems(["contactor"], "en"),
        of_reading("jiechuqi"),
        of_reading("jie1chu4qi4"),
    ):
        assert keys(index, session, key) == ["contactor"], key
    assert keys(index, session, word("contacto"), of_stems(["contactor"], "ru")) == []


def test_what_changed_is_read_again_and_nothing_else(session: Session, store: Store) -> None:
    store("one", en="relay")
    store("two", en="motor")
    cache = TermCache()
    first = cache.get(session)
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    session.execute(update(Concept).values(updated_at=long_ago))
    outbox.note(session, [outbox.Change("term", new_uuid())])
    # Their dates changed: both are read again, and from now on they are settled.
    settled = cache.get(session)
    assert settled is not first
    store("two", en="engine")
    store("three", en="fuse")
    session.execute(delete(Concept).where(Concept.key == "one"))
    outbox.note(session, [outbox.Change("term", new_uuid())])
    third = cache.get(session)
    assert keys(third, session, word("motor"), word("relay")) == []
    assert keys(third, session, word("engine"), word("fuse")) == ["three", "two"]
    # The index as it was before stays for those who still hold it.
    assert len(first.look_up([word("motor")])) == 1


def test_two_changes_within_a_second_are_both_seen(session: Session, store: Store) -> None:
    cache = TermCache()
    store("one", en="relay")
    cache.get(session)
    store("one", en="fuse")
    assert keys(cache.get(session), session, word("fuse")) == ["one"]
    store("one", en="motor")
    index = cache.get(session)
    assert keys(index, session, word("motor")) == ["one"]
    assert keys(index, session, word("fuse"), word("relay")) == []


def test_the_index_is_kept_until_something_is_published(session: Session, store: Store) -> None:
    store("one", en="relay")
    cache = TermCache()
    number = outbox.change_number(session)
    assert cache.get(session, number=number) is cache.get(session)


def test_changes_of_works_read_no_term_again(session: Session, store: Store) -> None:
    store("one", en="relay")
    cache = TermCache()
    first = cache.get(session)
    session.execute(delete(Concept))
    outbox.note(session, [outbox.Change("work", new_uuid())])
    index = cache.get(session)
    assert index.number == first.number + 1
    assert keys(index, session, word("relay")) == keys(first, session, word("relay"))
    assert len(index) == 1
    store("two", en="motor")
    assert keys(cache.get(session), session, word("motor"), word("relay")) == ["two"]


def test_an_empty_bank_has_an_index(session: Session) -> None:
    index = TermCache().get(session)
    assert len(index) == 0
    assert index.look_up([word("motor")]) == {}
    assert index.meanings(session, []) == {}


def test_a_term_takes_few_bytes(session: Session, store: Store) -> None:
    for number in range(200):
        store(f"k{number}", en=f"number {number} relay", fr=f"relais numéro {number}")
    index = TermCache().get(session)
    assert index.size <= 400 * 3 * 14
