"""Words that come together nearly everywhere count as hardly more than one."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest

from library.search import company
from library.search.port import Also, Alternative, Query
from library.search.question import Question, Word, understand
from library.search.scorer import Scored
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

TOTAL = 200


def scored(*passages: int) -> Scored:
    count = len(passages)
    return Scored(
        np.array(passages, np.int32),
        np.ones(count, np.float32),
        log(1 + (TOTAL - count + 0.5) / (count + 0.5)),
    )


def shares(*every: Scored, forms: str = "super bowl gold relay") -> list[float]:
    question = Question(words=tuple(Word((form,)) for form in forms.split()))
    after = company.apart(question, every, TOTAL)
    told = [new.telling / old.telling for new, old in zip(after, every, strict=True)]
    for new, old, share in zip(after, every, told, strict=True):
        assert new.scores == pytest.approx(old.scores * share)
    return told


TOGETHER = scored(*range(10))


def test_words_of_a_name_count_for_less_than_words_alone() -> None:
    first, second, third, last = shares(TOGETHER, TOGETHER, scored(3, 50, 90), scored(4, 60, 70))
    assert first == second < 0.5
    assert third == last == 1


def test_the_more_two_words_are_together_the_less_they_count() -> None:
    some = shares(TOGETHER, scored(*range(5, 15)), scored(60), scored(70))
    most = shares(TOGETHER, scored(*range(1, 11)), scored(60), scored(70))
    assert most[0] < some[0] < 1


def test_meeting_once_is_chance() -> None:
    assert shares(scored(1, 2), scored(2, 3), scored(4, 5), scored(5, 6)) == [1] * 4


def test_common_words_that_meet_as_often_as_chance_has_it_count_in_full() -> None:
    even, third = scored(*range(0, TOTAL, 2)), scored(*range(0, TOTAL, 3))
    assert shares(even, third, scored(60), scored(71)) == [1] * 4


def test_a_short_query_is_left_alone() -> None:
    assert shares(TOGETHER, TOGETHER, TOGETHER, forms="super bowl fifty") == [1] * 3


@pytest.mark.parametrize("forms", ["电机 机器 器人 人手", "mot อเต เตอ ตอร", "bất tuân dân sự"])
def test_parts_of_words_are_left_alone(forms: str) -> None:
    assert shares(TOGETHER, TOGETHER, TOGETHER, TOGETHER, forms=forms) == [1] * 4


def test_words_with_substitutes_are_left_alone() -> None:
    text = "bill of lading number"
    also = [Also(0, 14, (Alternative("connaissement", "fr"),))]
    question = understand(text, lang="en", held=("en", "fr"), also=also)
    assert question.substitutes
    every = [TOGETHER] * 4
    assert company.apart(question, every, TOTAL) == every


def test_a_name_does_not_drown_what_is_asked_about_it(tmp_path: Path) -> None:
    name = "Delta Omega Sigma"
    bodies = {f"other{n}": f"{name} press {name} report {n}" for n in range(6)}
    bodies["right"] = "the sigma press has its hydraulic hose renewed by a fitter"
    bodies |= {f"filler{n}": f"filler text {n} of the library by a writer" for n in range(60)}
    engine = WhooshEngine(tmp_path)
    engine.rebuild([passage(work, body) for work, body in bodies.items()])
    hits = engine.search(Query("Delta Omega Sigma hose fitter", lang="en")).hits
    assert hits[0].work == "right"
