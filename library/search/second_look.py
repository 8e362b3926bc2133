"""A second look at the best passages: how close the words of a query stand, and what looks like them.

The first look, over whole arrays, knows only how often words occur. For the best passages this one adds
what their sketches tell:

* the letters that they share with the query: BM25 over four letters in a row, ends of words included,
  so that a compound, an inflected form or another spelling counts for something;
* the most telling words of the query that stand within a few words of one another, and within a
  sentence.

The weights come from the yardstick of docs/search.md. Nothing is taken away from a score, so passages
that were looked at stay before all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.question import Question
from library.search.segments import Floats
from library.search.sketch_column import passages_with
from library.search.sketches import Sketch, word_hash

if TYPE_CHECKING:
    from library.search.scorer import Snapshot

BEST: Final = 64
"""How many passages are looked at again."""

BEST_OF_FEW: Final = 24
"""The same for a query of hardly any words: what is best is clearer, and more people wait for it."""

FEW: Final = 3

LETTERS: Final = 0.4
"""Weight of letters beside words."""

LETTERS_K1: Final = 1.2

WINDOWS: Final = ((8, 0.3), (25, 0.3))
"""Words in a row, and the weight of the telling words that stand within so many."""

_FAR: Final = 1 << 20


def second_look(
    snapshot: Snapshot, question: Question, passages: Ints, scores: Floats, factors: Floats
) -> Floats:
    """The scores after a second look; ``factors`` is what each passage's language is worth.

    A query of one word is left as it is: there is nothing for it to be close to.
    """
    if len(question.words) < 2 or not len(passages):
        return scores
    most = BEST if len(question.words) > FEW else BEST_OF_FEW
    if len(passages) > most:
        best = np.sort(np.argpartition(-scores, most)[:most])
    else:
        best = np.arange(len(passages))
    looked_at = passages[best]
    sketches = snapshot.sketches(looked_at)
    added = LETTERS * _alike(snapshot, question.letters, looked_at, sketches)
    added += _together(snapshot, question, sketches)
    scores = scores.copy()
    scores[best] += (added * factors[best]).astype(np.float32)
    return scores


def _alike(
    snapshot: Snapshot, asked: Sequence[int], passages: Ints, sketches: Sequence[Sketch]
) -> NDArray[np.float64]:
    """BM25 of the letters."""
    wanted = np.unique(np.array(asked, np.uint32))
    size = len(sketches)
    if not len(wanted):
        return np.zeros(size)
    letters = np.concatenate([sketch.letters for sketch in sketches])
    ends = np.cumsum([len(sketch.letters) for sketch in sketches])
    # Most letters are not asked for: a look at sixteen bits of each tells most of those.
    maybe = np.zeros(1 << 16, bool)
    maybe[wanted & np.uint32(0xFFFF)] = True
    at = np.flatnonzero(maybe[(letters >> np.uint32(8)) & np.uint32(0xFFFF)])
    hashes = letters[at] >> np.uint32(8)
    number = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
    right = wanted[number] == hashes
    at, number = at[right], number[right]
    frequency = (letters[at] & np.uint32(255)).astype(np.float64)
    place = np.searchsorted(ends, at, side="right")
    held = np.zeros(len(wanted))
    for segment in snapshot.segments:
        held += passages_with(segment.letters, wanted)
    held = np.minimum(held, snapshot.total)
    telling = np.log(1 + (snapshot.total - held + 0.5) / (held + 0.5))
    norm = LETTERS_K1 * snapshot.length_factor("body", passages)[place]
    gained = telling[number] * frequency * (LETTERS_K1 + 1) / (frequency + norm)
    return np.bincount(place, gained, size).astype(np.float64)


def _together(
    snapshot: Snapshot, question: Question, sketches: Sequence[Sketch]
) -> NDArray[np.float64]:
    """The telling words within a window, for each size of window times its weight."""
    size = len(sketches)
    number_of = np.zeros(1 << 16, np.uint8)
    telling = [0.0]
    for word in question.words:
        telling.append(snapshot.score(word).telling)
        for form in word.forms:
            number_of[word_hash(form)] = len(telling) - 1
    words = number_of[np.concatenate([sketch.words for sketch in sketches])]
    at = np.flatnonzero(words)
    if not len(at):
        return np.zeros(size)
    counts = np.array([len(sketch.words) for sketch in sketches])
    ends = np.cumsum(counts)
    passage = np.searchsorted(ends, at, side="right")
    # Places so far apart from one passage to the next that no window reaches over.
    place = at - (ends - counts)[passage] + passage * _FAR
    word = words[at]
    # For every occurrence, where each word of the query comes next.
    following = np.full((len(at), len(telling)), np.iinfo(np.int32).max, np.int32)
    following[np.arange(len(at)), word] = place
    following = np.minimum.accumulate(following[::-1], axis=0)[::-1]
    apart = following - place[:, None].astype(np.int32)
    worth = np.array(telling)
    gained = np.zeros(len(at))
    for width, weight in WINDOWS:
        gained += weight * ((apart <= width) @ worth)
    first = np.flatnonzero(np.diff(passage, prepend=-1))
    best = np.zeros(size)
    best[passage[first]] = np.maximum.reduceat(gained, first)
    return best
