"""What the length of a text counts in BM25, by its field and language.

Average lengths change with every commit, by next to nothing. They are taken in steps of one per cent, so
that what is worked out of them for a hundred thousand passages stays true for many commits; and it is the
same whatever commits an index was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2
from typing import Final

import numpy as np

from library.search.pieces import Sums, added
from library.search.schema import TEXTS
from library.search.segments import LENGTHS, Floats
from library.search.stems import primary

K1: Final = 0.9
B: Final = 0.75

STEPS: Final = 64
"""How many steps there are from one average length to twice as much."""


def stepped(length: float) -> float:
    """The step that is next to a length."""
    return float(2.0 ** (round(log2(length) * STEPS) / STEPS))


def averages(several: Iterable[Sums]) -> dict[str, dict[str, float]]:
    """Text field -> language -> average length, over the passages that have the field."""
    return {
        name: {
            lang: stepped(total / count) if count else 1.0 for lang, (total, count) in found.items()
        }
        for name, found in added(several).items()
    }


def norms(average: dict[str, dict[str, float]], languages: Sequence[str]) -> dict[str, Floats]:
    """Per field, the part of BM25's divisor that depends on the length: a row for each language after
    one for none, a column for each length byte."""
    made: dict[str, Floats] = {}
    for name in TEXTS:
        of = [1.0, *(average[name].get(primary(tag), 1.0) for tag in languages)]
        column = np.array(of, dtype=np.float32)[:, None]
        made[name] = (K1 * ((1 - B) + B / column * LENGTHS[None, :])).astype(np.float32)
    return made
