"""Segments stay few, and merging loses nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from library.search.merging import BIGGEST, WIDTH, crowded, tier
from library.search.port import Query
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage


def test_few_segments_stay_as_they_are() -> None:
    assert crowded([(10, 0)] * (WIDTH - 1)) == []
    assert crowded([]) == []


def test_eight_of_a_size_become_one() -> None:
    assert crowded([(5000, 0)] + [(10, 0)] * WIDTH) == list(range(1, WIDTH + 1))


def test_a_merge_may_complete_the_next_size() -> None:
    sizes = [(100, 0)] * (WIDTH - 1) + [(60, 0)] * WIDTH
    assert crowded(sizes) == list(range(len(sizes)))


def test_big_segments_are_not_merged_for_their_number() -> None:
    assert tier(BIGGEST) < tier(BIGGEST + 1)
    assert crowded([(BIGGEST * 2, 0)] * 50) == []


def test_a_segment_that_is_mostly_deleted_is_written_anew() -> None:
    assert crowded([(10_000, 6_000), (10_000, 4_000)]) == [0]


def test_many_commits_leave_few_segments_and_every_passage(tmp_path: Path) -> None:
    chance = random.Random(7)
    engine = WhooshEngine(tmp_path)
    engine.rebuild([])
    expected: dict[str, int] = {}
    for n in range(120):
        work = f"w{chance.randrange(60)}"
        if chance.random() < 0.15:
            expected.pop(work, None)
            engine.apply(works=[work], passages=[])
        else:
            expected[work] = n
            engine.apply(
                works=[work],
                passages=[
                    passage(
                        work,
                        f"common version{n} first second third",
                        section=s,
                        subjects=(f"s{n % 3}", f"s{n % 5}"),
                        lang="en" if s == "1" else "zh-Hans",
                    )
                    for s in "12"
                ],
            )
    snapshot = engine._snapshot()
    assert len(snapshot.segments) < 3 * WIDTH
    results = engine.search(Query("common", limit=100))
    assert {hit.work for hit in results.hits} == set(expected)
    assert results.facets["languages"] == {"en": len(expected), "zh-Hans": len(expected)}
    counted: dict[str, int] = {}
    for n in expected.values():
        for subject in {f"s{n % 3}", f"s{n % 5}"}:
            counted[subject] = counted.get(subject, 0) + 1
    assert results.facets["subjects"] == counted
    for work, n in expected.items():
        found = engine.search(Query(f'"version{n} first second"'))
        assert [(hit.work, len(hit.passages)) for hit in found.hits] == [(work, 2)]
    assert engine.check().passages == 2 * len(expected)


def test_an_index_from_which_everything_was_removed_can_be_used(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild([passage(f"w{n}", "text") for n in range(20)])
    engine.apply(works=[f"w{n}" for n in range(20)], passages=[])
    engine.apply(works=["v"], passages=[passage("v", "text")])
    assert [hit.work for hit in engine.search(Query("text")).hits] == ["v"]
    assert engine.check().passages == 1


@pytest.mark.parametrize("limit", [1, 2000])
def test_a_rebuild_that_is_short_of_memory_makes_the_same_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    passages = [
        passage(
            f"w{n}",
            f"common only{n}-{s} " + "often " * (n % 4) + "w\u00f6rter " * s,
            section=str(s),
            title=f"common {n}",
        )
        for n in range(12)
        for s in range(3)
    ]
    roomy = WhooshEngine(tmp_path / "roomy")
    roomy.rebuild(passages)
    monkeypatch.setattr("library.search.postings.PostingsPool.size", limit + 1)
    monkeypatch.setattr("library.search.postings.POOL_BYTES", limit)
    short = WhooshEngine(tmp_path / "short")
    assert short.rebuild(passages) == 36
    [made], [expected] = short._snapshot().segments, roomy._snapshot().segments
    assert files_of(tmp_path / "short") == files_of(tmp_path / "roomy")
    assert made.count == expected.count == 37
    results = short.search(Query("common"))
    assert results.total == 12
    assert all(len(hit.passages) == 3 for hit in results.hits)
    assert results.facets["kinds"] == {"course": 12}
    assert short.search(Query('"only3-1 often often"')).total == 1


def files_of(folder: Path) -> dict[str, bytes]:
    """The contents of the postings and their directory."""
    return {
        path.suffix: path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".pst", ".dir", ".trm")
    }


def test_a_segment_is_written_anew_with_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild([passage(f"w{n}", f"common only{n} common twice") for n in range(40)])
    monkeypatch.setattr("library.search.postings.PostingsPool.size", 1)
    monkeypatch.setattr("library.search.postings.POOL_BYTES", 0)
    engine.apply(works=[f"w{n}" for n in range(25)], passages=[])
    assert [segment.count for segment in engine._snapshot().segments] == [16]
    assert engine.search(Query("common", limit=50)).total == 15
    found = engine.search(Query('"only30 common twice"'))
    assert [hit.work for hit in found.hits] == ["w30"]
