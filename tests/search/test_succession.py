"""Terms in a row, against looking at every place of every term."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.search import postings, succession
from library.search.codec import term_hash
from library.search.columns import Ints
from library.search.port import Query
from library.search.question import Phrase
from library.search.segments import Segment
from library.search.succession import Row
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

LANG = "sw"
FIELDS = ("title", "body")
# The first are in nearly every text, the last in none.
VOCABULARY = ["a", "a", "a", "b", "b", "c", "d", "e"]

texts = st.lists(st.sampled_from(VOCABULARY), max_size=30).map(" ".join)
books = st.lists(st.tuples(st.integers(0, 5), texts, texts), min_size=1, max_size=15)
rows: st.SearchStrategy[Row] = st.lists(
    st.tuples(st.sampled_from([*VOCABULARY, "f"]), st.integers(0, 9)), min_size=1, max_size=12
).map(tuple)


def stocked(
    factory: pytest.TempPathFactory, batches: list[list[tuple[int, str, str]]]
) -> WhooshEngine:
    engine = WhooshEngine(factory.mktemp("index"))
    engine.rebuild([])
    for batch in batches:
        passages = [
            passage(f"w{work}", body, section=str(n), lang=LANG, title=title)
            for n, (work, title, body) in enumerate(batch)
        ]
        engine.apply(works={p.work for p in passages}, passages=passages)
    return engine


def straightforward(segment: Segment, field: str, row: Row) -> set[tuple[int, int]]:
    """Passages and places in which a row begins."""
    left: set[tuple[int, int]] | None = None
    for term, place in row:
        hashed = np.array([term_hash(field, term.encode())], np.uint64)
        passages, places = segment.places(hashed).get(0, ((), ()))
        here = {(int(p), int(at) - place) for p, at in zip(passages, places, strict=True)}
        left = here if left is None else left & here
    return left or set()


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(books, min_size=1, max_size=3),
    asked=st.lists(rows, min_size=1, max_size=4, unique=True),
    among=st.none() | st.sets(st.integers(0, 20)),
)
def test_rows_are_found_where_all_of_their_terms_stand(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[tuple[int, str, str]]],
    asked: list[Row],
    among: set[int] | None,
) -> None:
    engine = stocked(tmp_path_factory, batches)
    snapshot = engine._snapshot()
    terms = {term: n for n, term in enumerate(dict.fromkeys(t for row in asked for t, _ in row))}
    holding: set[int] = set()
    for segment, offset in zip(snapshot.segments, snapshot.offsets, strict=False):
        within = None
        if among is not None:
            within = np.array([n + offset in among for n in range(segment.count)], bool)
        for field in FIELDS:
            hashes = np.array([term_hash(field, term.encode()) for term in terms], np.uint64)
            wanted = {row: [(terms[term], place) for term, place in row] for row in asked}
            found = succession.starts(segment, hashes, wanted, within)
            for row in asked:
                here = found.get(row, np.empty(0, np.int64))
                assert here.tolist() == sorted(here.tolist())
                expected = {
                    start
                    for start in straightforward(segment, field, row)
                    if within is None or within[start[0]]
                }
                passages = succession.passages_of(here).tolist()
                assert set(zip(passages, (here & 0xFFFFF) - (1 << 18), strict=True)) == expected
                holding.update(passage + offset for passage, _ in expected)
    every = None if among is None else np.array(sorted(among & {*range(snapshot.total)}), np.int32)
    flags = snapshot._holding(Phrase(tuple(asked)), FIELDS, among=every)
    assert set(np.flatnonzero(flags).tolist()) == holding
    engine.close()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(books, min_size=1, max_size=2),
    quoted=st.lists(
        st.lists(st.sampled_from(VOCABULARY), min_size=2, max_size=5), min_size=1, max_size=3
    ),
    without=st.lists(st.sampled_from(VOCABULARY), min_size=2, max_size=3),
)
def test_what_is_quoted_is_there_and_what_is_excluded_is_not(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[tuple[int, str, str]]],
    quoted: list[list[str]],
    without: list[str],
) -> None:
    engine = stocked(tmp_path_factory, batches)
    works: dict[str, list[tuple[str, str]]] = {}
    for batch in batches:
        fresh: dict[str, list[tuple[str, str]]] = {}
        for work, title, body in batch:
            fresh.setdefault(f"w{work}", []).append((title, body))
        works |= fresh
    asked = " ".join(f'"{" ".join(one)}"' for one in quoted)

    def holds(texts: tuple[str, str], words: list[str]) -> bool:
        return any(f" {' '.join(words)} " in f" {text} " for text in texts)

    found = engine.search(Query(f'{asked} -"{" ".join(without)}"', lang=LANG, limit=50))
    assert {hit.work for hit in found.hits} == {
        work
        for work, passages in works.items()
        if any(
            all(holds(texts, one) for one in quoted) and not holds(texts, without)
            for texts in passages
        )
    }
    engine.close()


def test_of_the_commonest_words_only_places_beside_the_rarest_are_read(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = [(n, "", "a b c " * 20) for n in range(40)]
    engine = stocked(tmp_path_factory, [[*common, (50, "", "d a b c a b c")]])
    read = 0
    occurrences = postings.occurrences

    def counting(*args: object) -> tuple[Ints, Ints]:
        nonlocal read
        found = occurrences(*args)  # type: ignore[arg-type]
        read += len(found[0])
        return found

    monkeypatch.setattr("library.search.segment_files.occurrences", counting)
    found = engine.search(Query('"d a b c a b c"', lang=LANG))
    assert [hit.work for hit in found.hits] == ["w50"]
    assert 4 <= read < 20
    engine.close()
