"""The company that words keep: what comes together nearly everywhere says one thing, not several.

BM25 adds up words as if each told something of its own. The words of a name do not: where *Super* is,
*Bowl* is, and counted one by one they drown what is asked about it. Each word of a longer question
therefore counts for less, the more of the others are in the same passages as it is, beyond what chance
would put there.

This holds for words that are set apart by spaces. Vietnamese syllables and runs of characters are parts of
words; to come together is what they are for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from library.search.question import Question, Word, is_grams

if TYPE_CHECKING:
    from library.search.scorer import Scored

FEW: Final = 3
"""Words up to which each counts in full: whoever types so few means every one of them."""

MOST: Final = 8
"""How many words, the most telling ones, are compared."""

LEAST_TELLING: Final = 0.5
"""What is in most passages anyway is not compared."""

STRENGTH: Final = 2.0
"""How much company takes away: of two words that are never without each other each counts a third."""

CHANCE: Final = 1.0
"""Passages more than expected that two words may share by accident: rare words that meet once."""

# Letters of no other language, as in `sketches`.
_VIETNAMESE: Final = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")


def apart(question: Question, every: Sequence[Scored], total: int) -> list[Scored]:
    """What each word of a question adds besides the company that it keeps; ``every`` says what each adds
    by itself, in ``total`` passages. Terms that have substitutes are looked at as a whole already."""
    if len(every) <= FEW or question.substitutes:
        return list(every)
    return [
        one
        if share == 1
        else replace(one, scores=one.scores * np.float32(share), telling=one.telling * share)
        for one, share in zip(every, _shares(question.words, every, total), strict=True)
    ]


def _shares(words: Sequence[Word], every: Sequence[Scored], total: int) -> list[float]:
    """How much of each word counts, above 0 and up to 1."""
    likeness = [0.0] * len(words)
    if any(_VIETNAMESE.search(form) for word in words for form in word.forms):
        return [1.0] * len(words)
    compared = [
        number
        for number, (word, one) in enumerate(zip(words, every, strict=True))
        if len(one.passages) > 1 and one.telling >= LEAST_TELLING and not is_grams(word.forms[0])
    ]
    compared = sorted(compared, key=lambda number: (-every[number].telling, number))[:MOST]
    holding = np.zeros(total, bool)
    for place, number in enumerate(compared):
        there = every[number].passages
        holding[there] = True
        # What tells more is in fewer passages, which are quicker to look up.
        for other in compared[:place]:
            here = every[other].passages
            expected = len(there) * len(here) / total
            shared = int(np.count_nonzero(holding[here]))
            if shared > expected + CHANCE:
                alike = (shared - expected - CHANCE) / (len(there) + len(here) - shared - expected)
                likeness[number] += alike
                likeness[other] += alike
        holding[there] = False
    return [1 / (1 + STRENGTH * one) for one in likeness]
