"""From passages and their scores to a page of works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from library.search.distinct import firsts
from library.search.facets import Found
from library.search.port import PASSAGES_PER_WORK, Hit, WorkHit
from library.search.segments import Floats

if TYPE_CHECKING:
    from library.search.scorer import Snapshot


def page(
    snapshot: Snapshot, found: Found, scores: Floats, *, offset: int, limit: int
) -> tuple[int, list[WorkHit]]:
    """The number of works, and ``limit`` of them from ``offset`` on, best first.

    Works alike in score come in the order of their keys, so that pages neither repeat nor miss one.
    """
    works, passages_found = found.works, found.passages
    if snapshot.is_split and (works[1:] < works[:-1]).any():
        # Nearly all is in order already, which a stable sort makes use of.
        together = np.argsort(works, kind="stable")
        works, passages_found = works[together], passages_found[together]
        scores = scores[together]
    first = firsts(works)
    total = len(first)
    if offset >= total or not limit:
        return total, []
    best = np.maximum.reduceat(scores, first)
    last = min(total, offset + limit)
    candidates = np.arange(total)
    if last < total:
        least = -np.partition(-best, last - 1)[last - 1]
        candidates = np.flatnonzero(best >= least)
    keys = snapshot.keys(works[first[candidates]])
    order = candidates[np.lexsort((keys, -best[candidates]))][offset:last]
    ends = np.append(first[1:], len(works))
    shown = []
    for start, end in zip(first[order].tolist(), ends[order].tolist(), strict=True):
        mine = np.arange(start, end)
        if len(mine) > 1:
            mine = mine[np.argsort(-scores[start:end], kind="stable")][:PASSAGES_PER_WORK]
        shown.append(mine)
    rows = iter(snapshot.rows(passages_found[np.concatenate(shown)]))
    hits: list[WorkHit] = []
    for mine in shown:
        passages = []
        for score in scores[mine].tolist():
            id_, work, section, block, kind, lang, file, place, _ = next(rows)
            passages.append(Hit(id_, work, section, block, kind, lang, score, file, place))
        hits.append(WorkHit(passages[0].work, passages[0].score, passages))
    return total, hits
