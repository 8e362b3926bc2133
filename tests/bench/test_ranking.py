"""The arithmetic of the benchmarks: ranks, means, percentiles, tables in pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.ranking import DEPTH, from_ranks, judge, mean, reciprocal_rank
from tests.bench.relevance import escape
from tests.bench.rounds import percentile
from tests.bench.rows import Absent, Grid, Row, write_into

RANKED = [f"p{n}" for n in range(1, 13)]


@pytest.mark.parametrize(
    ("right", "rank"), [("p1", 1.0), ("p2", 0.5), ("p4", 0.25), ("p10", 0.1), ("p11", 0.0)]
)
def test_reciprocal_rank_counts_down_to_the_tenth_place(right: str, rank: float) -> None:
    assert reciprocal_rank(RANKED, right) == rank


def test_an_answer_that_is_not_there_counts_nothing() -> None:
    assert reciprocal_rank([], "p1") == 0
    assert reciprocal_rank(RANKED, "other") == 0


def test_means_are_over_all_questions_found_or_not() -> None:
    answers = {"first": ["a", "b"], "second": ["b", "a"], "never": ["b", "c"], "nothing": []}
    found = judge(lambda question: answers[question], [(question, "a") for question in answers])
    assert found.mrr == pytest.approx((1 + 0.5) / 4)
    assert found.recall == 0.5
    assert found.questions == 4


def test_recall_counts_whatever_is_among_the_ten_alike() -> None:
    found = from_ranks([1.0, 1 / DEPTH, 0.0, 0.0])
    assert found.mrr == pytest.approx(1.1 / 4)
    assert found.recall == 0.5


def test_a_mean_over_no_question_is_refused() -> None:
    with pytest.raises(ValueError, match="no question"):
        from_ranks([])


def test_every_language_counts_alike() -> None:
    assert mean(value for value in (1.0, 0.5)) == 0.75


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 50) == 51
    assert percentile(values, 95) == 96
    assert percentile([7.0], 95) == 7


def test_a_paragraph_is_imported_as_the_text_that_it_is() -> None:
    from library.markdown import BlockKind, plain_text

    text = "1. In *1066* the_duke [sic] #2 paid $5 & <more> `than` ~x~ | y \\ z: !"
    assert plain_text(escape(text), kind=BlockKind.PARAGRAPH) == text


PAGE = """# Figures

<!-- figures: run -->
<!-- end of figures -->

<!-- figures: relevance -->
old
<!-- end of figures -->

Between.

<!-- figures: pooled -->
kept
<!-- end of figures -->
"""


def test_figures_replace_those_of_the_same_benchmark_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    row = Row("relevance", "mean", 0.5, "", ">= 0.9", False, 0.25, "other")
    grid = Grid("relevance", "MRR", ("language", "ours"), (("en", "0.500"),))
    for _ in range(2):
        write_into(page, [row, grid], about="Measured today.")
    told = page.read_text()
    assert "old" not in told
    assert "kept" in told
    assert told.count("Measured today.") == 1
    assert told.count("| mean | 0.500 | 0.250 other | 2.00 | >= 0.9 | MISSED |") == 1
    assert "MRR:\n\n| language | ours |\n|---|---:|\n| en | 0.500 |" in told
    assert told.index("0.500") < told.index("Between.")


def test_figures_without_a_place_in_the_page_are_not_lost_silently(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    with pytest.raises(RuntimeError, match="no place for the figures of queries"):
        write_into(page, [Absent("queries", "something")], about="Measured today.")
    assert page.read_text() == PAGE
