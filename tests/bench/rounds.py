"""Interleaved rounds: what is compared takes turns, so that a busy machine slows both alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    candidates: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    calls: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """The median over rounds of the seconds that one call of each candidate takes.

    In each round every candidate is called ``calls`` times in a row; the order turns from round to
    round. ``clock`` is the processor time of this process by default, which other processes on the
    machine disturb least.
    """
    for call in candidates.values():
        for _ in range(3):
            call()
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            call = candidates[name]
            gc.collect()
            start = clock()
            for _ in range(calls):
                call()
            taken[name].append((clock() - start) / calls)
    return {name: statistics.median(times) for name, times in taken.items()}


def percentile(values: list[float], percent: float) -> float:
    """The value that ``percent`` of the sorted values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
