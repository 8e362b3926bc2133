"""The facet index after changes: what was patched is what would be read anew."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue import facets
from library.catalogue.drafts import EditionDraft, SectionDraft, WorkDraft
from library.catalogue.facets import FacetCache, FacetIndex, brought_up, build
from library.catalogue.models import Work
from library.catalogue.service import store_work, withdraw
from library.directory.code_schemes import load_schemes
from library.directory.drafts import InstitutionDraft, MemberDraft, NameText, PartnershipDraft
from library.directory.service import store_institution, store_partnership
from library.jobs import outbox
from tests.catalogue.test_service import blocks

INSTITUTIONS = ("tianjin", "nairobi", "dodoma")
SUBJECTS = ("0713", "0714", "0715", "0716")


def _institution(session: Session, key: str, name: str) -> None:
    store_institution(
        session,
        InstitutionDraft(
            key=key,
            type="college",
            source_language="en",
            country="TZ",
            texts={"en": NameText(name)},
        ),
    )


def _around(session: Session) -> None:
    load_schemes(session)
    for key in INSTITUTIONS:
        _institution(session, key, key)
    store_partnership(
        session,
        PartnershipDraft(
            key="site",
            type="site",
            source_language="en",
            country="TZ",
            members=[MemberDraft("tianjin", "founder")],
            texts={"en": NameText("Site")},
        ),
    )
    session.commit()


def _draft(chance: random.Random, n: int) -> WorkDraft:
    """Some state of the n-th work; days are few, so that works of one moment are ordered by their ids."""
    langs = ["en", *chance.sample(["fr", "ar", "km"], chance.randint(0, 2))]
    title = chance.choice(["Pumps", "Motors", "Welding"])
    text = "A sentence. " * chance.choice([1, 20])
    return WorkDraft(
        kind="course",
        key=f"work-{n}",
        source_language="en",
        licence="CC-BY-4.0",
        root=SectionDraft(
            key="",
            folder="",
            texts={x: blocks(f"# {title} {x}\n\nSummary.\n\n{text}", root=True) for x in langs},
        ),
        level=chance.choice([None, "secondary", "higher"]),
        published_at=dt.datetime(2026, 1, chance.randint(1, 4), tzinfo=dt.UTC),
        status=chance.choice(["published", "published", "published", "withdrawn"]),
        institutions=chance.sample(INSTITUTIONS, chance.randint(0, 2)),
        partnerships=["site"] * chance.randint(0, 1),
        codes=[f"{facets.SUBJECT_SCHEME}:{code}" for code in chance.sample(SUBJECTS, 2)],
        countries=chance.sample(["TZ", "KH", "CN"], chance.randint(0, 2)),
        editions={
            x: EditionDraft(origin="human", offered=chance.random() < 0.8) for x in langs[1:]
        },
    )


def _change(session: Session, chance: random.Random) -> None:
    what = chance.random()
    if what < 0.1:
        _institution(session, chance.choice(INSTITUTIONS), f"Renamed {chance.random()}")
    elif what < 0.15:
        outbox.touch(session)
    elif what < 0.25 and (uuids := session.scalars(select(Work.uuid)).all()):
        withdraw(session, chance.choice(uuids), because="Old.", by="test")
    else:
        store_work(session, _draft(chance, chance.randrange(25)), by="test")


def _all(index: FacetIndex) -> dict[str, Any]:
    return {
        "number": index.number,
        "ids": index.ids,
        "bits": index.bits,
        "dates": index.dates,
        "said": index.said,
    }


@pytest.mark.parametrize("seed", range(6))
def test_what_is_brought_up_is_what_would_be_built(
    session: Session, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    _around(session)
    cache = FacetCache()
    cache.get(session)
    reference = FacetCache()
    anew = build
    monkeypatch.setattr(facets, "build", _never)
    for _ in range(40):
        for _ in range(chance.choice([1, 1, 1, 2, 7])):
            _change(session, chance)
        session.commit()
        index, fresh = cache.get(session), anew(session)
        assert _all(index) == _all(fresh)
        for lang in ("en", "fr"):
            order = list(cache.by_title(session, index, lang))
            assert order == list(reference.by_title(session, fresh, lang))


def _never(_session: Session) -> FacetIndex:
    raise AssertionError("Everything is read again.")


def test_only_works_that_changed_are_read(session: Session) -> None:
    """A patch of the database behind the log's back is not seen, one in the log is."""
    chance = random.Random(1)
    _around(session)
    for n in range(3):
        store_work(session, replace(_draft(chance, n), status="published"), by="test")
    session.commit()
    index = build(session)
    for work in session.scalars(select(Work)):
        work.level = "bachelor"
    work = session.scalars(select(Work).where(Work.key == "work-1")).one()
    outbox.note(session, [outbox.Change("work", work.uuid)])
    session.commit()
    assert brought_up(session, index).bits["level"]["bachelor"].bit_count() == 1


@pytest.mark.parametrize("name", ["REMEMBERED", "MOST_CHANGED"])
def test_what_changed_too_much_is_built_anew(
    session: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(2)
    _around(session)
    index = build(session)
    for n in range(4):
        store_work(session, replace(_draft(chance, n), status="published"), by="test")
    session.commit()
    monkeypatch.setattr(outbox if name == "REMEMBERED" else facets, name, 3)
    built = []
    monkeypatch.setattr(facets, "build", lambda session: built.append(build(session)) or built[0])
    assert _all(brought_up(session, index)) == _all(build(session))
    assert built


def test_orders_by_title_last_until_a_title_changes(session: Session) -> None:
    chance = random.Random(3)
    _around(session)
    draft = replace(_draft(chance, 1), status="published")
    store_work(session, draft, by="test")
    session.commit()
    cache = FacetCache()
    cache.by_title(session, cache.get(session), "en")
    _institution(session, "nairobi", "Another name")
    store_work(session, replace(draft, level="bachelor"), by="test")
    session.commit()
    assert list(cache.get(session).titles) == ["en"]
    texts = {**draft.root.texts, "en": blocks("# Zinc\n\nSummary.", root=True)}
    store_work(session, replace(draft, root=replace(draft.root, texts=texts)), by="test")
    session.commit()
    assert list(cache.get(session).titles) == []


def test_a_new_language_is_known_without_the_index_being_brought_up(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    _around(session)
    draft = replace(_draft(chance, 1), status="published")
    english = replace(draft, root=replace(draft.root, texts={"en": draft.root.texts["en"]}))
    store_work(session, english, by="test")
    session.commit()
    cache = FacetCache()

    def told() -> tuple[str, ...]:
        session.commit()
        return cache.languages(session, number=outbox.change_number(session))

    assert told() == ("en",)
    monkeypatch.setattr(facets, "brought_up", _never)
    monkeypatch.setattr(facets, "build", _never)
    texts = {"en": draft.root.texts["en"], "sw": blocks("# Kazi\n\nMuhtasari.", root=True)}
    swahili = replace(draft, root=replace(draft.root, texts=texts))
    store_work(session, replace(swahili, status="draft"), by="test")
    assert told() == ("en",)
    hidden = {"sw": EditionDraft(origin="human", offered=False)}
    store_work(session, replace(swahili, editions=hidden), by="test")
    assert told() == ("en",)
    shown = {"sw": EditionDraft(origin="human", offered=True)}
    store_work(session, replace(swahili, editions=shown), by="test")
    assert told() == ("en", "sw")
    monkeypatch.undo()
    withdraw(session, session.scalars(select(Work.uuid)).one(), because="Old.", by="test")
    session.commit()
    cache.get(session)
    assert told() == ()


def test_an_older_session_gets_the_index_as_it_is(session: Session) -> None:
    _around(session)
    index = build(session)
    assert brought_up(session, replace(index, number=index.number + 1)).number == index.number + 1
