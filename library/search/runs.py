"""Works that stand in several places of a snapshot, because a part of each was written anew.

One run stands for the work: the first one that anything is left of. What all passages of the work have
in common is looked up with it, and works are counted by it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.distinct import distinct, firsts
from library.search.pieces import Piece
from library.search.segments import Flags

Keys = NDArray[np.uint64]


def of_works(pieces: Sequence[Piece], keys: Keys) -> tuple[Ints, Ints]:
    """The runs of works, which are given by their ``keys``, ascending: pairs of the number of a key and
    a run, in this order."""
    every, runs = [], []
    for piece in pieces:
        ordered, here = piece.ordered
        low = np.searchsorted(ordered, keys, "left")
        counts = np.searchsorted(ordered, keys, "right") - low
        every.append(np.repeat(np.arange(len(keys), dtype=np.int32), counts))
        runs.append(here[stretches(low, counts)])
    # Both in one number are sorted several times as fast.
    pairs = np.sort((np.concatenate(every).astype(np.int64) << 32) | np.concatenate(runs))
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)


def passages_of(pieces: Sequence[Piece], runs: Ints) -> tuple[Ints, NDArray[np.intp]]:
    """The passages of some runs, run after run, and how many each has."""
    begins, counts = np.empty(len(runs), np.int64), np.empty(len(runs), np.int64)
    for piece in pieces:
        at = np.flatnonzero((runs >= piece.first_run) & (runs < piece.end_run))
        here = runs[at] - np.int32(piece.first_run)
        begins[at] = piece.starts[here]
        counts[at] = piece.starts[here + 1] - piece.starts[here]
    return stretches(begins, counts).astype(np.int32), counts


def standing_for(pieces: Sequence[Piece], live: Flags | None) -> Ints | None:
    """For every run the one that stands for its work; None where each does so for itself."""
    keys = _repeated(pieces)
    if not len(keys):
        return None
    numbers, runs = of_works(pieces, keys)
    if live is not None:
        left = _left(pieces, live)[runs]
        numbers, runs = numbers[left], runs[left]
    first = firsts(numbers)
    stands = np.repeat(runs[first], np.diff(first, append=len(runs)))
    if (stands == runs).all():
        return None
    made = np.arange(pieces[-1].end_run, dtype=np.int32)
    made[runs] = stands
    return made


def _left(pieces: Sequence[Piece], live: Flags) -> Flags:
    """Of every run whether anything is left of it."""
    left = np.zeros(pieces[-1].end_run, bool)
    for piece in pieces:
        starts = piece.starts[:-1] - np.int32(piece.first)
        here = np.logical_or.reduceat(live[piece.first : piece.end], starts)
        left[piece.first_run : piece.first_run + len(here)] = here
    return left


def _repeated(pieces: Sequence[Piece]) -> Keys:
    """The keys of which there are several runs, ascending."""
    largest, *others = sorted(pieces, key=lambda piece: -len(piece.keys))
    found = [largest.repeated]
    if others:
        rest = np.sort(np.concatenate([piece.keys for piece in others]))
        found.append(rest[1:][rest[1:] == rest[:-1]])
        ordered = largest.ordered[0]
        at = np.minimum(np.searchsorted(ordered, rest), len(ordered) - 1)
        found.append(rest[ordered[at] == rest])
    return distinct(np.concatenate(found))


def stretches(begins: NDArray[np.integer], counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """``counts[n]`` numbers from ``begins[n]`` on, for each n, one after the other."""
    ends = np.cumsum(counts, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(begins - (ends - counts), counts)
