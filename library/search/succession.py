"""Terms in a row: where in a segment they stand at given places to one another.

Words are read in the order of how rare they are, and of each only the places in passages that may still
hold the row. That leaves hardly anything to read of the commonest words, however many there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.segments import Flags, Segment

Row = tuple[tuple[str, int], ...]
"""Terms and their places relative to one another."""

Starts = NDArray[np.int64]
"""A passage and a place there in one number, see `passages_of`; ascending."""

Key = TypeVar("Key", bound=Hashable)

_PLACES: Final = 20
# Terms of a query stand some hundred places before their row's first one at most.
_BEFORE: Final = 1 << 18


def starts(
    segment: Segment,
    hashes: NDArray[np.uint64],
    wanted: Mapping[Key, Sequence[tuple[int, int]]],
    within: Flags | None = None,
) -> dict[Key, Starts]:
    """Where each of the ``wanted`` rows begins; those that stand nowhere are left out.

    A row is given by numbers of terms among ``hashes`` and their places. ``within`` is True for the
    passages of the segment that count, all of them if it is None.
    """
    counts = segment.counts(hashes)
    left = {
        key: sorted(terms, key=lambda term: counts[term[0]])
        for key, terms in wanted.items()
        if all(number in counts for number, _ in terms)
    }
    segment.expect_places(hashes[sorted({n for terms in left.values() for n, _ in terms[:2]})])
    found: dict[Key, Starts] = {}
    # One word, one more, two more, four more: a segment may be far away, and is asked few times.
    for first, last in ((0, 1), *((1 << n, 2 << n) for n in range(32))):
        needed = sorted({number for terms in left.values() for number, _ in terms[first:last]})
        if not needed:
            break
        if first:
            within = np.zeros(segment.count, bool)
            for key, terms in left.items():
                if len(terms) > first:
                    within[found[key] >> _PLACES] = True
        read = segment.places(hashes[needed], within)
        occurring = {number: read[place] for place, number in enumerate(needed)}
        for key, terms in list(left.items()):
            for number, place in terms[first:last]:
                here = _starts(*occurring[number], place)
                found[key] = _common(found[key], here) if key in found else here
                if not len(found[key]):
                    del left[key], found[key]
                    break
    return found


def passages_of(found: Starts) -> Ints:
    """The passage of each start."""
    return (found >> _PLACES).astype(np.int32)


def _starts(passages: Ints, places: Ints, place: int) -> Starts:
    """Where a row begins if its term at ``place`` is one that occurs there."""
    found = (passages.astype(np.int64) << _PLACES) + (places - place + _BEFORE)
    # Parts and wholes of codes may be told of in another order than that of their places.
    return found if (found[1:] >= found[:-1]).all() else np.sort(found)


def _common(one: Starts, other: Starts) -> Starts:
    """What both have."""
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    if not len(few):
        return few
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    common: Starts = few[many[at] == few]
    return common
