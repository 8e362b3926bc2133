"""Queries as readers type them, over the synthetic library; the same in every run."""

from __future__ import annotations

import random

from tests.bench.vocabulary import vocabulary

# A common word of the trade (found in thousands of passages) beside a middling one.
_COMMON = slice(15, 150)
_MIDDLING = slice(15, 1500)


def queries(count: int) -> list[str]:
    """Two-word queries, no two alike."""
    chance = random.Random("queries")
    words = vocabulary("en").words
    made: dict[str, None] = {}
    while len(made) < count:
        pair = (chance.choice(words[_COMMON]), chance.choice(words[_MIDDLING]))
        made[" ".join(pair)] = None
    return list(made)
