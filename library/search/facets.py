"""Filters by facet values, and counts of works for each value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from library.search.columns import Ints
from library.search.segments import Flags, SegmentFacet


class Facet:
    """One facet of all segments of a snapshot.

    Nearly always all passages of a work have the same values; then the facet is kept by work, which is
    several times less to go through. Languages differ from passage to passage, and are kept so.
    """

    def __init__(
        self, parts: Sequence[SegmentFacet], passages: Sequence[int], works: Sequence[int]
    ) -> None:
        """The facet of each segment, and the numbers of each one's first passage and first work."""
        codes: dict[str, int] = {}
        values = []
        for part in parts:
            table = np.array([codes.setdefault(v, len(codes)) for v in part.values], np.int32)
            values.append(table[part.value])
        self.values = tuple(codes)
        self._value: Ints = np.concatenate(values)
        self._work = _shifted([part.work for part in parts], works)
        self._by_work = all(part.by_work for part in parts)
        if not self._by_work:
            self._passage = _shifted([part.passage for part in parts], passages)
            pairs = np.cumsum([0, *(len(part.value) for part in parts)]).tolist()
            self._pair = _shifted([part.pair for part in parts], pairs)

    def mask(self, wanted: Sequence[str], works: Ints) -> Flags:
        """Which passages have one of the wanted values; ``works`` is the work of each passage."""
        chosen = np.array([value in wanted for value in self.values] or [False])
        kept = chosen[self._value]
        if self._by_work:
            by_work = np.zeros(int(works[-1]) + 1, dtype=bool)
            by_work[self._work[kept]] = True
            return by_work[works]
        mask = np.zeros(len(works), dtype=bool)
        mask[self._passage[kept[self._pair]]] = True
        return mask

    def tally(self, found: Ints, works: Ints) -> dict[str, int]:
        """For each value, in how many works the passages ``found`` have it."""
        if not self.values:
            return {}
        if self._by_work:
            among = np.zeros(int(works[-1]) + 1, dtype=bool)
            among[works[found]] = True
            seen = among[self._work]
        else:
            among = np.zeros(len(works), dtype=bool)
            among[found] = True
            seen = np.zeros(len(self._value), dtype=bool)
            seen[self._pair[among[self._passage]]] = True
        counts = np.bincount(self._value[seen], minlength=len(self.values)).tolist()
        return {value: count for value, count in zip(self.values, counts, strict=True) if count}


def _shifted(parts: Sequence[Ints], by: Sequence[int]) -> Ints:
    return np.concatenate([p + np.int32(n) for p, n in zip(parts, by, strict=False)])
