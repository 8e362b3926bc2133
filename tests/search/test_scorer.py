"""The array scorer against the stock searcher, and against the formula in plain Python."""

from __future__ import annotations

from collections import Counter
from math import isclose, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh.index import open_dir
from whoosh.query import Or, Term
from whoosh.scoring import BM25F

from library.search import scorer
from library.search.lengths import K1, B, stepped
from library.search.port import Query
from library.search.question import Word
from library.search.schema import TEXTS
from library.search.scorer import WEIGHTS, Snapshot
from library.search.segments import LENGTHS
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

# Swahili has no stemmer: what is asked for is what is indexed.
LANG = "sw"
VOCABULARY = [f"neno{n}" for n in range(12)]

words = st.lists(st.sampled_from(VOCABULARY), max_size=10).map(" ".join)
books = st.lists(st.tuples(st.integers(0, 6), words, words, words, words), min_size=1, max_size=25)


def stocked(folder: Path, batches: list[list[tuple[int, str, str, str, str]]]) -> WhooshEngine:
    """An index made of several commits, later ones replacing works of earlier ones."""
    engine = WhooshEngine(folder)
    engine.rebuild([])
    for batch in batches:
        passages = [
            passage(
                f"w{work}",
                body,
                section=str(number),
                lang=LANG,
                title=title,
                work_title=work_title,
                keywords=keywords,
            )
            for number, (work, title, work_title, keywords, body) in enumerate(batch)
        ]
        engine.apply(works={p.work for p in passages}, passages=passages)
    return engine


class Stock(BM25F):  # type: ignore[misc]
    """Stock BM25F with the two corrections that the library makes: Lucene's idf, and the average
    length over the passages that have the field."""

    def __init__(self, averages: dict[str, float]) -> None:
        super().__init__(B=B, K1=K1)
        self.averages = averages

    def idf(self, searcher: Any, fieldname: str, text: str) -> float:
        parent = searcher.get_parent()
        frequency = parent.doc_frequency(fieldname, text)
        return log(1 + (parent.doc_count_all() - frequency + 0.5) / (frequency + 0.5))

    def scorer(self, searcher: Any, fieldname: str, text: str, qf: int = 1) -> Any:
        made = super().scorer(searcher, fieldname, text, qf)
        made.avgfl = self.averages[fieldname]
        made._maxquality = 1e9
        return made


def snapshot_of(engine: WhooshEngine) -> Snapshot:
    return engine._snapshot()


def averages(snapshot: Snapshot) -> dict[str, float]:
    """Worked out from the stored lengths, apart from the scorer's own sums."""
    result = {}
    for name in TEXTS:
        codes = np.concatenate([segment.length_codes(name) for segment in snapshot.segments])
        lengths = LENGTHS[codes]
        result[name] = stepped(float(lengths[lengths > 0].mean())) if (lengths > 0).any() else 1.0
    return result


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(books, min_size=1, max_size=3),
    asked=st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4, unique=True),
)
def test_scores_are_those_of_the_stock_searcher(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[tuple[int, str, str, str, str]]],
    asked: list[str],
) -> None:
    folder = tmp_path_factory.mktemp("index")
    engine = stocked(folder, batches)
    snapshot = snapshot_of(engine)
    mine: Counter[int] = Counter()
    for word in asked:
        scored = snapshot.score(Word((word,)))
        for number, score in zip(scored.passages.tolist(), scored.scores.tolist(), strict=True):
            mine[number] += score
    [generation] = [entry for entry in folder.iterdir() if entry.is_dir()]
    query = Or([Term(name, word, boost=WEIGHTS[name]) for name in TEXTS for word in asked])
    with open_dir(str(generation)).searcher(weighting=Stock(averages(snapshot))) as searcher:
        stock = {hit.docnum: hit.score for hit in searcher.search(query, limit=None)}
    live = {n: s for n, s in mine.items() if snapshot._live is None or snapshot._live[n]}
    assert live.keys() == stock.keys()
    for number, score in stock.items():
        assert isclose(live[number], score, rel_tol=1e-4)
    engine.close()


def test_several_languages_have_their_own_average_lengths(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        [
            passage("a", "gear " + "x " * 9, lang="sw"),
            passage("b", "y y", lang="sw"),
            passage("c", "gear z", lang="so"),
        ]
    )
    snapshot = snapshot_of(engine)
    idf = log(1 + (4 - 2 + 0.5) / (2 + 0.5))

    def expected(length: float, average: float) -> float:
        return idf * (K1 + 1) / (1 + K1 * (1 - B + B * length / average))

    scored = snapshot.score(Word(("gear",)))
    found = {
        snapshot.rows(np.array([number]))[0][1]: score
        for number, score in zip(scored.passages.tolist(), scored.scores.tolist(), strict=True)
    }
    assert found == {
        "a": pytest.approx(expected(10, stepped(6))),
        "c": pytest.approx(expected(2, 2)),
    }


def test_the_forms_of_a_word_count_as_one_word(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        [
            passage("a", "uno dos"),
            passage("b", "uno uno"),
            passage("c", "dos"),
            passage("d", "tres"),
        ]
    )
    snapshot = snapshot_of(engine)
    both = snapshot.score(Word(("uno", "dos")))
    assert len(both.passages) == 3
    assert both.telling == pytest.approx(snapshot.idf(3))
    by_work = {
        snapshot.rows(np.array([n]))[0][1]: s
        for n, s in zip(both.passages.tolist(), both.scores.tolist(), strict=True)
    }
    assert by_work["a"] == pytest.approx(by_work["b"])


rows = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=10).map(" ".join)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(rows, min_size=1, max_size=12),
    asked=st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=4),
)
def test_phrases_are_found_where_the_words_stand_in_a_row(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], asked: list[str]
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild([passage(f"w{n}", text, lang=LANG) for n, text in enumerate(texts)])
    phrase = " ".join(asked)
    found = engine.search(Query(f'"{phrase}"', lang=LANG, limit=50))
    assert {hit.work for hit in found.hits} == {
        f"w{n}" for n, text in enumerate(texts) if f" {phrase} " in f" {text} "
    }
    engine.close()


def test_the_least_telling_words_alone_find_nothing(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        [passage(f"w{n}", "the the the machine") for n in range(50)] + [passage("x", "the turbine")]
    )
    assert engine.search(Query("the turbine")).total == 1
    assert engine.search(Query("the")).total == 51


def test_a_snapshot_stays_what_it_was_while_the_index_changes(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild([passage("a", "gear")])
    before = snapshot_of(engine)
    engine.apply(works=["a"], passages=[])
    engine.rebuild([passage("b", "shaft")])
    assert len(before.score(Word(("gear",))).passages) == 1
    assert before.rows(before.score(Word(("gear",))).passages[:1])[0][1] == "a"


def test_words_are_scored_once_as_long_as_there_is_room(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild([passage("a", "gear")])
    snapshot = snapshot_of(engine)
    assert snapshot.score(Word(("gear",))) is snapshot.score(Word(("gear",)))


def test_weights_name_every_text_field() -> None:
    assert set(scorer.WEIGHTS) == {*TEXTS, scorer.READING}


def test_a_word_in_the_text_outweighs_one_among_the_keywords(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        [
            passage("labelled", "other words", lang=LANG, keywords="gear"),
            passage("told", "gear and other words", lang=LANG),
        ]
    )
    found = engine.search(Query("gear", lang=LANG))
    assert [hit.work for hit in found.hits] == ["told", "labelled"]
    engine.close()
