"""How much of a query passages hold, and what that makes of their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from library.search import alternatives
from library.search.columns import Ints
from library.search.distinct import summed
from library.search.question import Question
from library.search.segments import Floats

if TYPE_CHECKING:
    from library.search.scorer import Scored, Snapshot

COVERAGE: Final = 0.25
"""Power of the share of the query (by idf) that a passage holds: the preference for all words."""

LEAST_COVERAGE: Final = 0.1
"""Passages that hold a smaller share of the query are left out."""

COVERED: Final = 6
"""Words from which on the least share falls: of a long question a good passage holds less."""

# Words of a query whose presence in a passage is kept as bits.
_BITS: Final = 8


def enough(
    snapshot: Snapshot, question: Question, every: Sequence[Scored], words: Sequence[Scored]
) -> tuple[Ints, Floats]:
    """The passages that hold enough of a question, ascending, and their scores; ``every`` are its
    words, ``words`` those that occur."""
    whole = sum(word.telling for word in every)
    least = np.float32(LEAST_COVERAGE * min(1.0, COVERED / len(every)) if every else 1.0)
    power = np.float32(COVERAGE)
    shares = [np.float32(word.telling / whole) for word in words]
    there = [word.passages for word in words]
    added = [word.scores for word in words]
    few = not question.substitutes and snapshot.few(there)
    if len(words) > _BITS or question.substitutes:
        if few:
            passages, scores, held = summed(
                there, added, [np.full(len(p), s) for p, s in zip(there, shares, strict=True)]
            )
        else:
            scores, held = np.zeros((2, snapshot.total), np.float32)
            for word, share in zip(words, shares, strict=True):
                at = word.passages.astype(np.intp)
                scores[at] += word.scores
                held[at] += share
            alternatives.add(snapshot, question, every, scores=scores, held=held)
        at = np.flatnonzero(held >= least)
        scores = scores.take(at) * held.take(at) ** power
        return passages.take(at) if few else at.astype(np.int32), scores
    # Few words leave few shares of the query that a passage may hold: these are worked out once.
    held = np.zeros(1, np.float32)
    for share in shares:
        held = np.concatenate((held, held + share))
    which = [np.uint8(1 << number) for number in range(len(words))]
    if few:
        passages, scores, codes = summed(
            there, added, [np.full(len(p), bit) for p, bit in zip(there, which, strict=True)]
        )
    else:
        scores, codes = np.zeros(snapshot.total, np.float32), np.zeros(snapshot.total, np.uint8)
        for word, bit in zip(words, which, strict=True):
            at = word.passages.astype(np.intp)
            scores[at] += word.scores
            codes[at] |= bit
    holding = held >= least
    if not few or not holding[1:].all():
        at = np.flatnonzero(holding.take(codes))
        passages = passages.take(at) if few else at.astype(np.int32)
        scores, codes = scores.take(at), codes.take(at)
    return passages, scores * (held**power).take(codes)
