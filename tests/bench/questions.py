"""Queries as readers type them, over the synthetic library; the same in every run."""

from __future__ import annotations

import random

from tests.bench.vocabulary import vocabulary

# By rank: a word of one passage in ten to twenty beside one of one passage in twenty to a hundred.
_COMMON = slice(200, 400)
_MIDDLING = slice(400, 2000)


def queries(count: int) -> list[str]:
    """Two-word queries, no two alike."""
    chance = random.Random("queries")
    words = vocabulary("en").words
    made: dict[str, None] = {}
    while len(made) < count:
        pair = (chance.choice(words[_COMMON]), chance.choice(words[_MIDDLING]))
        made[" ".join(pair)] = None
    return list(made)
