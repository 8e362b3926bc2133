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

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.distinct import distinct, firsts
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
_WHOLE: Final = float(1 << 30)


def second_look(
    snapshot: Snapshot,
    question: Question,
    telling: Sequence[float],
    passages: Ints,
    scores: Floats,
    factors: Callable[[Ints], Floats],
) -> Floats:
    """The scores after a second look; ``telling`` says how telling each word of the question is,
    ``factors`` what the languages of passages are worth.

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
    added += _together(question, telling, sketches)
    scores = scores.copy()
    scores[best] += (added * factors(looked_at)).astype(np.float32)
    return scores


def _alike(
    snapshot: Snapshot, asked: Sequence[int], passages: Ints, sketches: Sequence[Sketch]
) -> NDArray[np.float64]:
    """BM25 of the letters."""
    wanted = distinct(np.array(asked, np.uint32))
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
    question: Question, telling: Sequence[float], sketches: Sequence[Sketch]
) -> NDArray[np.float64]:
    """The telling words within a window, for each size of window times its weight."""
    size = len(sketches)
    number_of = np.zeros(1 << 16, np.uint8)
    for number, word in enumerate(question.words, 1):
        for form in word.forms:
            number_of[word_hash(form)] = number
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
    # Where the same word was last: it counts once in a window.
    order = np.argsort(word, kind="stable")
    before = np.full(len(at), -_FAR)
    again = np.flatnonzero(word[order[1:]] == word[order[:-1]])
    before[order[again + 1]] = place[order[again]]
    # In whole numbers, sums are the same in whatever order they are added up.
    worth = np.rint(np.array([0.0, *telling]) * _WHOLE)[word]
    gained = np.zeros(len(at))
    ended = np.append(0.0, worth[:-1])
    for width, weight in WINDOWS:
        # An occurrence counts in the windows that begin after the one before and reach this far.
        begun = np.searchsorted(place, np.maximum(before + 1, place - width))
        gained += weight * np.cumsum(np.bincount(begun, worth, len(at)) - ended)
    gained /= _WHOLE
    first = firsts(passage)
    best = np.zeros(size)
    best[passage[first]] = np.maximum.reduceat(gained, first)
    return best
