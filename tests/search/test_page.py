"""Pages of works, against putting all works in order by hand."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from library.search.facets import Found
from library.search.page import page
from library.search.port import PASSAGES_PER_WORK

WORKS = 40
# Many are alike, as passages of a few words are.
passages = st.lists(
    st.tuples(st.integers(0, WORKS - 1), st.integers(1, 6)), min_size=1, max_size=200
)


def snapshot() -> Any:
    """Works whose keys are in another order than their numbers."""

    def rows(found: Any) -> list[list[str]]:
        return [[str(n), f"w{n}", "", "", "", "", "", "", ""] for n in found.tolist()]

    def keys(works: Any) -> Any:
        return (works.astype(np.uint64) * np.uint64(7)) % np.uint64(WORKS + 1)

    return SimpleNamespace(rows=rows, keys=keys)


@given(passages, st.integers(0, 45), st.integers(0, 25))
def test_works_are_in_order_wherever_their_passages_are(
    told: list[tuple[int, int]], offset: int, limit: int
) -> None:
    works = np.array([work for work, _ in told], np.int32)
    scores = np.array([score for _, score in told], np.float32)
    among = np.zeros(WORKS, bool)
    among[works] = True
    found = Found(np.arange(len(told), dtype=np.int32), works, among)
    total, hits = page(snapshot(), found, scores, offset=offset, limit=limit)

    of: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, (work, score) in enumerate(told):
        of[work].append((-score, number))
    expected = sorted(
        (min(mine)[0], work * 7 % (WORKS + 1), sorted(mine)) for work, mine in of.items()
    )
    assert total == len(of)
    assert [(hit.score, [int(one.passage) for one in hit.passages]) for hit in hits] == [
        (-best, [number for _, number in mine[:PASSAGES_PER_WORK]])
        for best, _, mine in expected[offset : offset + limit]
    ]
