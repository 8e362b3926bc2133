"""What is written of works that changed: what is another, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from library.search import whoosh_engine
from library.search.differences import difference, digest
from library.search.port import Passage, Query
from library.search.schema import work_key
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path)
    made.rebuild([*book(), *book("other")])
    return made


def book(work: str = "w", sections: int = 6) -> list[Passage]:
    return [
        passage(work, f"text {n}", section=str(n), lang=lang, subjects=("0714",))
        for n in range(sections)
        for lang in ("en", "zh-Hans")
    ]


def changed(engine: WhooshEngine, passages: list[Passage]) -> tuple[set[str], set[str]]:
    """The ids of the passages that would be deleted, and of those that would be written."""
    snapshot = engine._snapshot()
    gone, fresh = difference(snapshot, [work_key("w")], passages)
    return {row[0] for row in snapshot.rows(gone)}, {one.id for one in fresh}


def test_of_a_section_that_changed_its_passages_are_written(engine: WhooshEngine) -> None:
    passages = book()
    passages[2] = replace(passages[2], body="another")
    assert changed(engine, passages) == ({"w/1:en:0"}, {"w/1:en:0"})


def test_what_is_new_is_written_and_what_is_gone_is_deleted(engine: WhooshEngine) -> None:
    assert changed(engine, book(sections=7)) == (set(), {"w/6:en:0", "w/6:zh-Hans:0"})
    assert changed(engine, book(sections=5)) == ({"w/5:en:0", "w/5:zh-Hans:0"}, set())
    assert changed(engine, []) == ({one.id for one in book()}, set())


def test_the_order_of_passages_is_no_difference(engine: WhooshEngine) -> None:
    assert changed(engine, book()[::-1]) == (set(), set())


def test_two_passages_that_are_the_same_are_two(engine: WhooshEngine) -> None:
    twice = [*book(), book()[0]]
    assert changed(engine, twice) == (set(), {"w/0:en:0"})
    engine.apply(works=["w"], passages=twice)
    assert changed(engine, twice) == (set(), set())
    assert changed(engine, book()) == ({"w/0:en:0"}, set())


def test_a_work_with_different_facet_values_is_written_as_a_whole(engine: WhooshEngine) -> None:
    mixed = [replace(one, subjects=(f"{number}",)) for number, one in enumerate(book())]
    engine.apply(works=["w"], passages=mixed)
    every = {one.id for one in book()}
    assert changed(engine, mixed) == (every, every)
    # Once more when it has the same values again, of which some passages have had them before.
    alike = [replace(one, subjects=("3",)) for one in book()]
    assert changed(engine, alike) == (every, every)
    engine.apply(works=["w"], passages=alike)
    assert changed(engine, alike) == (set(), set())


def test_only_what_is_written_is_analysed(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysed: list[str] = []
    real = whoosh_engine.document

    def document(passage: Passage, **options: Any) -> dict[str, Any]:
        analysed.append(passage.id)
        return real(passage, **options)

    monkeypatch.setattr(whoosh_engine, "document", document)
    passages = book()
    passages[2] = replace(passages[2], body="another")
    engine.apply(works=["w"], passages=passages)
    assert analysed == ["w/1:en:0"]
    assert engine.search(Query("another")).total == 1
    assert engine.check().passages == 24


def test_a_digest_is_of_every_field() -> None:
    one = Passage("id", "work", "section", "block", "kind", "en", "title", "other", "body")
    others = {digest(one)}
    for field in fields(Passage):
        value = ("x",) if isinstance(getattr(one, field.name), tuple) else "x"
        others.add(digest(replace(one, **{field.name: value})))
    assert len(others) == len(fields(Passage)) + 1


def test_a_digest_does_not_take_the_end_of_one_text_for_the_beginning_of_the_next() -> None:
    one = passage("w", "b", title="a")
    assert digest(replace(one, title="ab", body="")) != digest(replace(one, title="a", body="b"))
    assert digest(replace(one, title="\ud800")) != digest(replace(one, title="?"))
