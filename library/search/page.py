"""From passages and their scores to a page of works."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from library.search.columns import Ints
from library.search.distinct import firsts
from library.search.facets import Found
from library.search.port import PASSAGES_PER_WORK, Hit, WorkHit
from library.search.segments import Floats

if TYPE_CHECKING:
    from library.search.scorer import Snapshot

# Passages that are looked at first for each work that is wanted.
_PASSAGES: Final = 6


def page(
    snapshot: Snapshot, found: Found, scores: Floats, *, offset: int, limit: int
) -> tuple[int, list[WorkHit]]:
    """The number of works, and ``limit`` of them from ``offset`` on, best first.

    Works alike in score come in the order of their keys, so that pages neither repeat nor miss one.
    """
    total = int(np.count_nonzero(found.among))
    if offset >= total or not limit:
        return total, []
    last = min(total, offset + limit)
    works, best = _best(found.works, scores, last)
    order = np.lexsort((snapshot.keys(works), -best))[offset:last]
    works = works[order]
    # All passages of these works, which need not follow one another.
    rank = np.full(len(found.among), -1, np.int32)
    rank[works] = np.arange(len(works))
    at = np.flatnonzero(rank.take(found.works) >= 0)
    at = at[np.lexsort((-scores[at], rank[found.works[at]]))]
    bounds = [*firsts(rank[found.works[at]]).tolist(), len(at)]
    shown = [at[a : min(b, a + PASSAGES_PER_WORK)] for a, b in pairwise(bounds)]
    rows = iter(snapshot.rows(found.passages[np.concatenate(shown)]))
    hits: list[WorkHit] = []
    for mine in shown:
        passages = []
        for score in scores[mine].tolist():
            id_, work, section, block, kind, lang, file, place, _ = next(rows)
            passages.append(Hit(id_, work, section, block, kind, lang, score, file, place))
        hits.append(WorkHit(passages[0].work, passages[0].score, passages))
    return total, hits


def _best(works: Ints, scores: Floats, count: int) -> tuple[Ints, Floats]:
    """The ``count`` best works and all that are as good as the last of them, and the score of each, given
    the works of passages and the scores of these; there must be so many works."""
    size = count
    while True:
        # Hardly ever are that many of the best passages of fewer works.
        size *= _PASSAGES
        at = np.arange(len(scores))
        if size < len(scores):
            least = np.partition(scores, len(scores) - size)[len(scores) - size]
            at = np.flatnonzero(scores >= least)
        at = at[np.lexsort((-scores[at], works[at]))]
        at = at[firsts(works[at])]
        if len(at) >= count:
            break
    best = scores[at]
    enough = best >= np.partition(best, len(at) - count)[len(at) - count]
    return works[at[enough]], best[enough]
