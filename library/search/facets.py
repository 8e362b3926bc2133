"""Filters by facet values, and counts of works for each value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from library.search.columns import Ints, Labels
from library.search.segments import Flags


class Facet:
    """One facet of all segments of a snapshot.

    Nearly always all passages of a work have the same values; then the facet is kept by work, which is
    several times less to go through. Languages differ from passage to passage, and are kept so.
    """

    def __init__(
        self, segments: Sequence[Labels], offsets: Sequence[int], works: Ints, sizes: Ints
    ) -> None:
        """Labels per segment and the number of its first passage; per passage its work, per work
        its number of passages."""
        codes: dict[str, int] = {}
        rows: list[Ints] = [np.empty(0, np.int32)]
        values: list[Ints] = [np.empty(0, np.int32)]
        for labels, offset in zip(segments, offsets, strict=True):
            table = np.array([codes.setdefault(v, len(codes)) for v in labels.values], np.int32)
            rows.append(labels.docs + np.int32(offset))
            values.append(table[labels.codes] if len(table) else labels.codes)
        self.values = tuple(codes)
        passage, value = np.concatenate(rows), np.concatenate(values)
        # A work counts once for a value, however many of its passages have it.
        pairs = works[passage].astype(np.int64) * max(1, len(codes)) + value
        distinct, pair = np.unique(pairs, return_inverse=True)
        self._value: Ints = (distinct % max(1, len(codes))).astype(np.int32)
        self._work: Ints = (distinct // max(1, len(codes))).astype(np.int32)
        self._by_work = int(sizes[self._work].sum()) == len(pairs)
        if not self._by_work:
            self._passage, self._pair = passage, pair.astype(np.int32)

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
