"""Facets: counts that say what a reader would get, and pages in their order."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from library.catalogue.drafts import SectionDraft, WorkDraft
from library.catalogue.facets import FacetCache, build
from library.catalogue.models import Work
from library.catalogue.service import store_work
from tests.catalogue.test_service import blocks


def _work(session: Session, key: str, n: int, *langs: str, **facts: object) -> None:
    texts = {lang: blocks(f"# {key} {lang}\n\nSummary.", root=True) for lang in ("en", *langs)}
    draft = WorkDraft(
        kind=str(facts.pop("kind", "course")),
        key=key,
        source_language="en",
        licence="CC-BY-4.0",
        root=SectionDraft(key="", folder="", texts=texts),
        published_at=dt.datetime(2026, 1, n, tzinfo=dt.UTC),
        **facts,  # type: ignore[arg-type]
    )
    store_work(session, draft, by="test")


def _some(session: Session) -> None:
    _work(session, "a", 1, "fr", level="secondary", countries=["TZ"])
    _work(session, "b", 2, "ar", level="higher", countries=["TZ", "KH"])
    _work(session, "c", 3, level="secondary")
    _work(session, "d", 4, "fr", level="secondary", kind="textbook")
    session.commit()


def _keys(session: Session, ids: list[int]) -> list[str]:
    return [session.get_one(Work, one).key for one in ids]


def test_the_newest_come_first_in_pages(session: Session) -> None:
    _some(session)
    index = build(session)
    assert _keys(session, index.select({}, limit=3).ids) == ["d", "c", "b"]
    assert _keys(session, index.select({}, offset=3, limit=3).ids) == ["a"]
    assert index.select({}, offset=99).ids == []


def test_values_of_a_facet_are_alternatives_and_facets_narrow(session: Session) -> None:
    _some(session)
    index = build(session)
    found = index.select({"language": ["fr", "ar"], "kind": ["course"]})
    assert _keys(session, found.ids) == ["b", "a"]
    assert found.total == 2


def test_a_facet_is_counted_without_its_own_filter(session: Session) -> None:
    _some(session)
    found = build(session).select({"level": ["secondary"], "kind": ["course"]})
    assert found.counts["level"] == {"secondary": 2, "higher": 1}
    assert found.counts["kind"] == {"course": 2, "textbook": 1}
    assert found.counts["language"] == {"en": 2, "fr": 1}


def test_an_unknown_value_fits_nothing(session: Session) -> None:
    _some(session)
    found = build(session).select({"country": ["XX"]})
    assert (found.total, found.ids) == (0, [])
    assert found.counts["country"] == {"TZ": 2, "KH": 1}


def test_withdrawn_works_are_not_counted(session: Session) -> None:
    _some(session)
    _work(session, "a", 1, status="withdrawn")
    session.commit()
    assert build(session).select({}).total == 3


def test_the_cache_follows_the_change_number(session: Session) -> None:
    cache = FacetCache()
    assert cache.get(session).select({}).total == 0
    _some(session)
    first = cache.get(session)
    assert first.select({}).total == 4
    assert cache.get(session) is first


def test_titles_order_by_the_readers_language(session: Session) -> None:
    _some(session)
    cache = FacetCache()
    index = cache.get(session)
    order = cache.by_title(session, index, "fr")
    assert _keys(session, index.select({}, order=order).ids) == ["a", "d", "b", "c"]
