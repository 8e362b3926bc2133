"""Queries as readers type them, over the synthetic library; the same in every run."""

from __future__ import annotations

import random

from tests.bench.vocabulary import vocabulary

# By rank: a word of one passage in ten to twenty beside one of one passage in twenty to a hundred.
_COMMON = slice(200, 400)
_MIDDLING = slice(400, 2000)
_COMMONEST = slice(20, 200)
_RARE = slice(4000, 8000)


def queries(count: int) -> list[str]:
    """Two-word queries, no two alike."""
    chance = random.Random("queries")
    words = vocabulary("en").words
    made: dict[str, None] = {}
    while len(made) < count:
        pair = (chance.choice(words[_COMMON]), chance.choice(words[_MIDDLING]))
        made[" ".join(pair)] = None
    return list(made)


def mixed(each: int) -> list[tuple[str, str]]:
    """Pairs of a two-word query and its language, ``each`` of five sorts: two of the commonest words, one
    of them and a rare one, two rare ones, two middling ones, and two in Chinese."""
    chance = random.Random("mixed")
    words = vocabulary("en").words
    sorts = [("en", words[_COMMONEST], words[_COMMONEST]), ("en", words[_COMMONEST], words[_RARE])]
    sorts += [("en", words[_RARE], words[_RARE]), ("en", words[_MIDDLING], words[_MIDDLING])]
    chinese = vocabulary("zh-Hans").words
    sorts.append(("zh-Hans", chinese[_COMMON], chinese[_MIDDLING]))
    made: dict[tuple[str, str], None] = {}
    for lang, first, second in sorts:
        enough = len(made) + each
        while len(made) < enough:
            made[f"{chance.choice(first)} {chance.choice(second)}", lang] = None
    return list(made)


def fresh(count: int) -> list[str]:
    """Two-word queries no word of which is in another one: half of all words are common or middling."""
    chance = random.Random("fresh")
    words = list(vocabulary("en").words)
    often, seldom = words[20:2000], words[2000:]
    chance.shuffle(often)
    chance.shuffle(seldom)
    return [" ".join(pair) for pair in zip(often[:count], seldom[:count], strict=True)]
