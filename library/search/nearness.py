"""How far words are from one word: many at once, in as many steps as the longest has letters.

The distance counts letters put in, left out, put for others, and neighbours that changed places
(optimal string alignment). The dynamic programme runs in the bits of one machine word for each candidate
(Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003), and numpy
runs it for all candidates at the same time.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LONGEST: Final = 63
"""Letters of a word that can be compared."""

Codes = NDArray[Any]
_ONE: Final = np.uint64(1)


def distances(word: Codes, others: Codes, lengths: Codes) -> NDArray[np.int64]:
    """The distance of ``word`` from each of the ``others``.

    ``word`` has up to `LONGEST` codes of letters; ``others`` is a matrix with a word in each row, of
    which the first ``lengths`` codes count. Codes are small numbers, not below nought.
    """
    size, count = len(word), len(others)
    result = np.full(count, size, dtype=np.int64)
    if not count or not size or size > LONGEST:
        return np.maximum(result, lengths) if size else np.asarray(lengths, dtype=np.int64)
    # For each letter the places at which the word has it, as bits.
    masks = np.zeros(int(max(word.max(), others.max(initial=0))) + 1, dtype=np.uint64)
    np.bitwise_or.at(masks, word, _ONE << np.arange(size, dtype=np.uint64))

    last = np.uint64(size - 1)
    up = np.full(count, ~np.uint64(0))
    down = np.zeros(count, dtype=np.uint64)
    diagonal = np.zeros(count, dtype=np.uint64)
    before = np.zeros(count, dtype=np.uint64)
    now = result.copy()
    for step in range(int(lengths.max(initial=0))):
        here = masks[others[:, step]]
        swapped = ((~diagonal & here) << _ONE) & before
        diagonal = (((here & up) + up) ^ up) | here | down | swapped
        right = down | ~(diagonal | up)
        left = diagonal & up
        now += ((right >> last) & _ONE).astype(np.int64)
        now -= ((left >> last) & _ONE).astype(np.int64)
        right = (right << _ONE) | _ONE
        up = (left << _ONE) | ~(diagonal | right)
        down = right & diagonal
        before = here
        result = np.where(lengths == step + 1, now, result)
    return result
