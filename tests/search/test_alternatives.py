"""Phrases that may stand for words of a query, against the formula in plain Python."""

from __future__ import annotations

from math import isclose, log
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.search import alternatives
from library.search.lengths import K1, B
from library.search.port import Also, Alternative, Query
from library.search.question import understand
from library.search.scorer import WEIGHTS
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage
from tests.search.test_scorer import LANG, VOCABULARY, books, snapshot_of, stocked


def occurrences(text: str, words: list[str]) -> int:
    tokens = text.split()
    size = len(words)
    return sum(tokens[at : at + size] == words for at in range(len(tokens) - size + 1))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(books, min_size=1, max_size=3),
    asked=st.lists(st.sampled_from(VOCABULARY[:4]), min_size=1, max_size=3),
)
def test_a_phrase_is_scored_as_if_it_were_a_word(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[tuple[int, str, str, str, str]]],
    asked: list[str],
) -> None:
    engine = stocked(tmp_path_factory.mktemp("index"), batches)
    snapshot = snapshot_of(engine)
    row = tuple((word, place) for place, word in enumerate(asked))
    found = alternatives.score(snapshot, row)
    mine = dict(zip(found.passages.tolist(), found.scores.tolist(), strict=True))
    # Whoosh numbers the documents of a commit in the order of their works, after the first one,
    # which holds nothing; passages that a later commit replaced are still counted.
    fields: list[tuple[str, str, str, str]] = [("", "", "", "")]
    for batch in batches:
        fields += [tuple(one[1:]) for one in sorted(batch, key=lambda one: f"w{one[0]}")]  # type: ignore[misc]
    if len(fields) != snapshot.total:
        # Segments were merged, and what was replaced is gone: the numbers are others.
        engine.close()
        return
    expected: dict[int, float] = {}
    for place, name in enumerate(("title", "work_title", "keywords", "body")):
        counts = {n: occurrences(texts[place], asked) for n, texts in enumerate(fields)}
        holding = {n: count for n, count in counts.items() if count}
        idf = log(1 + (len(fields) - len(holding) + 0.5) / (len(holding) + 0.5))
        average = snapshot.averages[name].get(LANG, 1.0)
        for n, count in holding.items():
            norm = K1 * (1 - B + B * len(fields[n][place].split()) / average)
            gained = WEIGHTS[name] * idf * (K1 + 1) * count / (count + norm)
            expected[n] = expected.get(n, 0.0) + gained
    assert mine.keys() == expected.keys()
    for number, score in expected.items():
        assert isclose(mine[number], score, rel_tol=1e-3)
    engine.close()


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path)
    made.rebuild(
        [
            passage("servo", "a servo motor turns", lang="so"),
            passage("motor", "a motor turns", lang="so"),
            passage("other", "kiendesha turns", lang="sw"),
            *(passage(f"filler{n}", "of words and more words", lang="so") for n in range(9)),
            passage("lading", "a bill of lading is a paper", lang="so"),
        ]
    )
    return made


def works(engine: WhooshEngine, text: str, part: str, *others: tuple[str, str]) -> list[str]:
    start = text.index(part)
    also = Also(start, start + len(part), tuple(Alternative(*one) for one in others))
    return [hit.work for hit in engine.search(Query(text, lang="so", also=(also,))).hits]


def test_a_small_part_of_a_term_does_not_hold_it(engine: WhooshEngine) -> None:
    text = "bill of lading"
    assert works(engine, text, text, ("hati ya shehena", "sw")) == ["lading"]
    assert works(engine, f"{text} of", text, ("hati ya shehena", "sw")) == ["lading"]


def test_a_large_part_of_a_term_comes_after_the_whole(engine: WhooshEngine) -> None:
    found = works(engine, "servo motor", "servo motor", ("kiendesha", "sw"))
    assert found == ["servo", "other", "motor"]


def test_a_word_of_two_terms_counts_once(engine: WhooshEngine) -> None:
    text = "servo motor or gear motor"
    other = (Alternative("kiendesha", "sw"),)
    also = (Also(0, 11, other), Also(15, 25, other))
    found = engine.search(Query(text, lang="so", also=also)).hits
    assert found[0].work == "servo"
    assert "other" in {hit.work for hit in found}
    assert all(hit.score > 0 for hit in found)


def test_a_query_is_covered_when_something_may_stand_for_every_word() -> None:
    other = (Alternative("kiendesha", "sw"),)

    def covered(text: str, *spans: tuple[int, int]) -> bool:
        also = [Also(start, end, other) for start, end in spans]
        return alternatives.cover(understand(text, lang="so", also=also))

    assert covered("servo motor", (0, 11))
    assert covered("servo motor", (0, 5), (6, 11))
    assert not covered("servo motor", (0, 5))
    assert not covered("servo motor")
    assert not covered("")


def test_function_words_of_an_alternative_are_not_marked() -> None:
    also = [Also(0, 5, (Alternative("moteur à courant de fuite", "fr"), Alternative("pH", "fr")))]
    marked = understand("motor", lang="so", also=also).marked
    assert {"motor", "cour", "fuit", "ph"} <= set(marked)
    assert not {"a", "de"} & set(marked)


def test_arabic_is_found_with_the_article_and_without(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        [
            passage("bare", "هذا محرك خطوي", lang="ar"),
            passage("definite", "يدور المحرك الخطوي", lang="ar"),
            passage("joined", "سرعة محرك الهواء", lang="ar"),
        ]
    )
    assert set(works(engine, "stepper", "stepper", ("محرك خطوي", "ar"))) == {"bare", "definite"}
    assert set(works(engine, "stepper", "stepper", ("محرك هواء", "ar"))) == {"joined"}
    engine.close()
