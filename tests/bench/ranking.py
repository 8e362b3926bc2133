"""How good a ranking is: reciprocal rank and recall, over questions that have one right answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

DEPTH = 10
"""How many answers of each ranking are looked at."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over questions, 0 to 1: ``mrr`` of one by the rank of the right answer (0 where it is not
    among the first `DEPTH`), ``recall`` the share of questions whose right answer is among them."""

    mrr: float
    recall: float
    questions: int


def reciprocal_rank(ranked: Sequence[str], right: str) -> float:
    """1 for the right answer in the first place, 1/2 in the second; 0 beyond the tenth."""
    for place, one in enumerate(ranked[:DEPTH], 1):
        if one == right:
            return 1 / place
    return 0.0


def judge(answer: Callable[[str], Sequence[str]], questions: Iterable[tuple[str, str]]) -> Quality:
    """How well ``answer`` ranks, over pairs of a question and the id of its right answer.

    Raises ``ValueError`` where there is no question: a mean over nothing would look like a failure.
    """
    ranks = [reciprocal_rank(answer(question), right) for question, right in questions]
    return from_ranks(ranks)


def from_ranks(ranks: Sequence[float]) -> Quality:
    """The means of reciprocal ranks."""
    if not ranks:
        raise ValueError("There is no question.")
    found = sum(1 for rank in ranks if rank > 0)
    return Quality(sum(ranks) / len(ranks), found / len(ranks), len(ranks))


def mean(values: Iterable[float]) -> float:
    """The mean; every language counts alike, however many questions it has."""
    some = list(values)
    return sum(some) / len(some)
