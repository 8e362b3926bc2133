"""What is worked out of segments is worked out once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from library.search import pieces
from library.search.lengths import STEPS, stepped
from library.search.pieces import Column
from library.search.port import Query
from library.search.runs import stretches
from library.search.segments import SegmentFacet
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WhooshEngine:
    """With a piece of 21 passages, the last of which is Whoosh's."""
    monkeypatch.setattr(pieces, "FULL", 10)
    made = WhooshEngine(tmp_path)
    made.rebuild(
        [passage(f"w{n}", f"common text{n}", lang="sw", subjects=(f"{n % 3}",)) for n in range(20)]
    )
    return made


def test_a_commit_leaves_the_pieces_before_it_as_they_are(engine: WhooshEngine) -> None:
    engine.search(Query("common"))
    before = engine._snapshot()
    engine.apply(works=["w3", "v"], passages=[passage("v", "common text3", lang="sw")])
    after = engine._snapshot()
    assert after is not before
    assert after.pieces[0] is before.pieces[0]
    assert [len(piece.segments) for piece in after.pieces] == [1, 1]
    assert after._norms["body"]._parts[0] is before._norms["body"]._parts[0]
    assert {hit.work for hit in engine.search(Query("text3")).hits} == {"v"}


def test_small_segments_share_a_piece_until_it_is_full(engine: WhooshEngine) -> None:
    for n in range(5):
        engine.apply(
            works=[f"v{n}"], passages=[passage(f"v{n}", "x", section=str(s)) for s in range(3)]
        )
    found = engine._snapshot().pieces
    assert [[segment.count for segment in piece.segments] for piece in found] == [
        [21],
        [3] * 4,
        [3],
    ]
    assert [piece.first for piece in found] == [0, 21, 33]
    assert [piece.first_run % 64 for piece in found] == [0, 0, 0]


def test_a_column_gives_the_values_of_passages_wherever_they_are(engine: WhooshEngine) -> None:
    for n in range(5):
        engine.apply(works=[f"v{n}"], passages=[passage(f"v{n}", "x", section=s) for s in "123"])
    found = engine._snapshot().pieces
    parts = [np.arange(piece.first, piece.end) for piece in found]
    column = Column(found, parts)
    for asked in ([], [0], [20, 21], [3, 22, 35], [34], list(range(36))):
        assert column[np.array(asked, np.int32)].tolist() == asked


def test_a_language_that_comes_later_does_not_number_others_anew(engine: WhooshEngine) -> None:
    assert engine.search(Query("common", lang="sw")).facets["languages"] == {"sw": 20}
    engine.apply(works=["v"], passages=[passage("v", "common", lang="ar")])
    engine.apply(works=["u"], passages=[passage("u", "common", lang="en")])
    counted = engine.search(Query("common", lang="sw")).facets["languages"]
    assert counted == {"sw": 20, "ar": 1, "en": 1}
    assert engine.search(Query("common", languages=("ar",))).total == 1


def test_of_a_work_that_is_torn_the_rest_stands_for_it(engine: WhooshEngine) -> None:
    torn = [passage("w", f"torn part{s}", section=str(s), subjects=("x",)) for s in range(3)]
    engine.apply(works=["w"], passages=torn)
    torn[0] = passage("w", "torn again", section="0", subjects=("x",))
    engine.apply(works=["w"], passages=torn)
    snapshot = engine._snapshot()
    assert snapshot._standing is not None
    results = engine.search(Query("again"))
    assert results.facets["subjects"] == {"x": 1}
    # All of it is written anew: what stood for it before is gone.
    torn = [passage("w", f"torn whole{s}", section=str(s), subjects=("y",)) for s in range(3)]
    engine.apply(works=["w"], passages=torn)
    assert engine._snapshot()._standing is None
    assert engine.search(Query("torn")).facets["subjects"] == {"y": 1}


@pytest.mark.parametrize("length", [0.3, 1.0, 1.5, 7.0, 180.0, 4321.0])
def test_a_step_is_near_and_its_own(length: float) -> None:
    step = stepped(length)
    assert step == pytest.approx(length, rel=0.6 / STEPS)
    assert stepped(step) == step


def test_stretches_of_any_length_follow_one_another() -> None:
    made = stretches(np.array([5, 9, 2]), np.array([2, 0, 3]))
    assert made.tolist() == [5, 6, 2, 3, 4]
    assert stretches(np.array([], int), np.array([], int)).tolist() == []


def test_a_facet_knows_runs_whose_passages_differ() -> None:
    class Given:
        values = ("a", "b")
        docs = np.array([0, 1, 2, 3, 3], np.int32)
        codes = np.array([0, 0, 1, 0, 1], np.int32)

    facet = SegmentFacet(Given(), np.array([0, 0, 1, 1, 2], np.int32))  # type: ignore[arg-type]
    assert list(zip(facet.run.tolist(), facet.value.tolist(), strict=True)) == [(0, 0)]
    odd = zip(facet.odd_passage.tolist(), facet.odd_value.tolist(), strict=True)
    assert list(odd) == [(2, 1), (3, 0), (3, 1)]
