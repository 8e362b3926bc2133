"""The second look: what it puts first among passages that hold the same words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search import second_look
from library.search.analysis import analyse
from library.search.port import Query
from library.search.question import Question, Word
from library.search.sketches import Sketch, letters_of, read, sketch, word_hash
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

FILLER = " ".join(f"filler{n}" for n in range(60))


words = st.lists(st.sampled_from(["thermal", "relay", "motor", *"abcdefgh"]), max_size=80)


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path)
    made.rebuild([])
    return made


def put(engine: WhooshEngine, **bodies: str) -> None:
    engine.apply(works=list(bodies), passages=[passage(w, body) for w, body in bodies.items()])


def found(engine: WhooshEngine, text: str, **more: object) -> list[str]:
    return [hit.work for hit in engine.search(Query(text, lang="en", **more)).hits]  # type: ignore[arg-type]


def test_words_that_stand_together_come_first(engine: WhooshEngine) -> None:
    put(
        engine,
        apart=f"thermal {FILLER} relay",
        close=f"{FILLER} thermal relay",
        near=f"thermal {' '.join(FILLER.split()[:15])} relay {' '.join(FILLER.split()[15:])}",
    )
    assert found(engine, "thermal relay") == ["close", "near", "apart"]


def test_a_word_that_looks_like_one_of_the_query_counts(engine: WhooshEngine) -> None:
    put(
        engine,
        stranger=f"protection of windows {FILLER}",
        compound=f"protection of turbomotors {FILLER}",
    )
    assert found(engine, "protection motor") == ["compound", "stranger"]


def test_a_number_of_the_query_counts_for_more_than_a_word(engine: WhooshEngine) -> None:
    put(
        engine,
        number=f"relay {FILLER} 1964",
        word=f"relay {FILLER} fan fan",
        **{f"other{n}": f"{FILLER} 1964 fan" for n in range(5)},
    )
    order = found(engine, "relay fan 1964")
    assert order.index("number") < order.index("word")


@given(texts=st.lists(words, min_size=1, max_size=6))
def test_numbers_count_once_and_words_that_are_none_do_not(texts: list[list[str]]) -> None:
    question = Question(words=(Word(("relay",)), Word(("400", "400v")), Word(("3",))))
    numbered = [text + ["400"] * (n % 3) + ["3"] * (n % 2) for n, text in enumerate(texts)]
    sketches = [
        Sketch(np.array([word_hash(word) for word in text], np.uint16), np.empty(0, np.uint32))
        for text in numbered
    ]
    occurring = second_look._occurring(question, sketches)
    held = second_look._numbered(question, [5.0, 3.0, 1.0], occurring, len(sketches))
    expected = [3.0 * ("400" in text) + 1.0 * ("3" in text) for text in numbered]
    assert held == pytest.approx(expected)


def test_pairs_of_letters_count_by_how_few_passages_share_them() -> None:
    texts = ["Gandhi walked", "Everybody walked", "Nobody walked", "Somebody walked"]
    sketches = [read(sketch(analyse(text, "en"), (text,), "en")) for text in texts]

    def shared(query: str) -> list[float]:
        wanted = np.unique(np.array(letters_of(query, folded=True), np.uint32))
        near = second_look._near(wanted, sketches)
        return second_look._paired(wanted, near, len(sketches)).tolist()

    gandhi, *others = shared("Ghandi")
    assert gandhi > max(others)
    # What all of them share says next to nothing.
    assert max(shared("walked")) < gandhi / 2


def test_a_query_of_one_word_is_left_as_it_is(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, one="relay relay", two="relay and other things")
    before = engine.search(Query("relay", lang="en")).hits
    monkeypatch.setattr(second_look, "LETTERS", 100.0)
    after = engine.search(Query("relay", lang="en")).hits
    assert [hit.score for hit in before] == [hit.score for hit in after]


def test_pages_agree_about_the_order_beyond_those_looked_at(engine: WhooshEngine) -> None:
    bodies = {
        f"w{n}": " ".join(["thermal", *FILLER.split()[: n % 40], "relay"]) for n in range(200)
    }
    put(engine, **bodies)
    every = found(engine, "thermal relay", limit=200)
    assert sorted(every) == sorted(bodies)
    paged = [
        w for at in range(0, 200, 17) for w in found(engine, "thermal relay", offset=at, limit=17)
    ]
    assert paged == every


def test_filters_leave_as_many_to_be_looked_at(engine: WhooshEngine) -> None:
    # A hundred better passages of another kind must not use up the second look.
    others = [passage(f"o{n}", "thermal relay thermal relay", kind="term") for n in range(100)]
    mine = [
        passage("apart", f"thermal {FILLER} relay", kind="course"),
        passage("close", f"{FILLER} thermal relay", kind="course"),
    ]
    engine.apply(works=[p.work for p in (*others, *mine)], passages=[*others, *mine])
    assert found(engine, "thermal relay", kinds=("course",)) == ["close", "apart"]


def test_quotation_marks_in_a_long_question_prefer_and_do_not_exclude(
    engine: WhooshEngine,
) -> None:
    put(
        engine,
        answer=f"The doctor named Who fights the enemy that the film is about {FILLER}",
        other=f"A doctor who reads {FILLER}",
    )
    assert "answer" in found(engine, 'Which enemy does the "Doctor Who" of the film fight first')
    assert found(engine, '"doctor who"') == ["other"]


@given(
    texts=st.lists(words, min_size=1, max_size=6),
    telling=st.lists(st.floats(0.01, 12), min_size=3, max_size=3),
)
def test_windows_count_each_telling_word_once(texts: list[list[str]], telling: list[float]) -> None:
    asked = ("thermal", "relay", "motor")
    question = Question(words=tuple(Word((word,)) for word in asked))
    sketches = [
        Sketch(np.array([word_hash(word) for word in text], np.uint16), np.empty(0, np.uint32))
        for text in texts
    ]
    worth = dict(zip(asked, telling, strict=True))

    def window(text: list[str], at: int, width: int) -> float:
        return sum(worth[word] for word in {*text[at : at + width + 1]} & {*asked})

    expected = [
        max(
            (
                sum(weight * window(text, at, width) for width, weight in second_look.WINDOWS)
                for at, word in enumerate(text)
                if word in asked
            ),
            default=0.0,
        )
        for text in texts
    ]
    occurring = second_look._occurring(question, sketches)
    together = second_look._together(telling, occurring, len(sketches))
    assert together == pytest.approx(expected)
