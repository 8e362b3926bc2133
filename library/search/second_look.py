"""A second look at the best passages: how close the words of a query stand, and what looks like them.

The first look, over whole arrays, knows only how often words occur. For the best passages this one adds
what their sketches tell:

* the letters that they share with the query: BM25 over four letters in a row, ends of words included,
  so that a compound, an inflected form or another spelling counts for something;
* the pairs of letters that they share with it, endings aside, which few of the best passages have: names
  and words in other shapes than even four letters in a row forgive;
* the most telling words of the query that stand within a few words of one another, and within a
  sentence;
* the numbers of the query: what it says of another year, voltage or standard is rarely the answer.

The weights come from the yardstick of docs/search.md. Nothing is taken away from a score, so passages
that were looked at stay before all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.distinct import distinct, firsts
from library.search.question import Question
from library.search.segments import Floats
from library.search.sketch_column import passages_with
from library.search.sketches import (
    PAIRS_THERE_ARE,
    Letters,
    Sketch,
    first_pairs,
    word_hash,
)

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

PAIRS: Final = 0.3
"""Weight of pairs of letters beside words."""

NUMBERS: Final = 2.0
"""What a number of the query that a passage holds counts for, times how telling it is, besides what it
counts for as a word."""

WINDOWS: Final = ((3, 0.9), (25, 0.6))
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
    best = _highest(scores, most)
    looked_at = passages[best]
    sketches = snapshot.sketches(looked_at)
    occurring = _occurring(question, sketches)
    added = _together(telling, occurring, len(sketches))
    added += NUMBERS * _numbered(question, telling, occurring, len(sketches))
    if question.letters:
        wanted = distinct(np.array(question.letters, np.uint32))
        near = _near(wanted, sketches)
        length = snapshot.length_factor("body", looked_at)
        added += LETTERS * _alike(snapshot, wanted, near, length)
        added += PAIRS * _paired(wanted, near, len(sketches)) / length
    scores = scores.copy()
    scores[best] += (added * factors(looked_at)).astype(np.float32)
    return scores


def _highest(scores: Floats, most: int) -> NDArray[np.intp]:
    """Where the highest scores are, ascending, at ``most`` so many."""
    if len(scores) <= most:
        return np.arange(len(scores))
    at = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
    # Where more are as high as the last one, any of them will do.
    return at if len(at) == most else np.sort(np.argpartition(-scores, most)[:most])


class _Near(NamedTuple):
    """The letters in sketches that begin with a pair of the query, passage by passage: the hashes, how
    often they are there, and the number of the passage."""

    letters: Letters
    often: Letters
    passage: NDArray[np.int64]


def _near(wanted: Letters, sketches: Sequence[Sketch]) -> _Near:
    asked = np.zeros(PAIRS_THERE_ARE, bool)
    asked[first_pairs(wanted)] = True
    stored = np.concatenate([sketch.letters for sketch in sketches])
    at = np.flatnonzero(asked.take(first_pairs(stored >> np.uint32(8))))
    ends = np.cumsum([len(sketch.letters) for sketch in sketches])
    stored = stored.take(at)
    letters, often = stored >> np.uint32(8), stored & np.uint32(255)
    return _Near(letters, often, np.searchsorted(ends, at, side="right"))


def _alike(snapshot: Snapshot, wanted: Letters, near: _Near, length: Floats) -> NDArray[np.float64]:
    """BM25 of the letters; ``length`` is what it divides by for the length of each passage."""
    number = np.minimum(np.searchsorted(wanted, near.letters), len(wanted) - 1)
    at = np.flatnonzero(wanted.take(number) == near.letters)
    number = number.take(at)
    frequency = near.often.take(at).astype(np.float64)
    passage = near.passage.take(at)
    held = np.zeros(len(wanted))
    for segment in snapshot.segments:
        held += passages_with(segment.letters, wanted)
    held = np.minimum(held, snapshot.total)
    telling = np.log(1 + (snapshot.total - held + 0.5) / (held + 0.5))
    norm = LETTERS_K1 * length[passage]
    gained = telling[number] * frequency * (LETTERS_K1 + 1) / (frequency + norm)
    return np.bincount(passage, gained, len(length)).astype(np.float64)


def _paired(wanted: Letters, near: _Near, size: int) -> NDArray[np.float64]:
    """The pairs of letters that each of ``size`` passages shares with the query, by how few of these
    passages have them: over a whole library nearly every pair is common."""
    pairs = distinct(first_pairs(wanted))
    held = np.zeros((size, len(pairs)), bool)
    column = np.searchsorted(pairs, first_pairs(near.letters))
    held[near.passage, column] = True
    count = held.sum(axis=0)
    shared: NDArray[np.float64] = held @ np.log(1 + (size - count + 0.5) / (count + 0.5))
    return shared


class _Occurring(NamedTuple):
    """Where words of the query occur in sketches, passage by passage, in their order: the number of the
    passage, the place there, and the number of the word, from one on."""

    passage: NDArray[np.int64]
    place: NDArray[np.int64]
    word: NDArray[np.uint8]


def _occurring(question: Question, sketches: Sequence[Sketch]) -> _Occurring:
    number_of = np.zeros(1 << 16, np.uint8)
    for number, word in enumerate(question.words, 1):
        for form in word.forms:
            number_of[word_hash(form)] = number
    words = number_of.take(np.concatenate([sketch.words for sketch in sketches]))
    at = np.flatnonzero(words)
    counts = np.array([len(sketch.words) for sketch in sketches])
    ends = np.cumsum(counts)
    passage = np.searchsorted(ends, at, side="right")
    return _Occurring(passage, at - (ends - counts)[passage], words[at])


def _numbered(
    question: Question, telling: Sequence[float], occurring: _Occurring, size: int
) -> NDArray[np.float64]:
    """How telling the numbers of the query are that each of ``size`` passages holds."""
    worth = [
        value if "0" <= word.forms[0][:1] <= "9" else 0.0
        for word, value in zip(question.words, telling, strict=True)
    ]
    if not any(worth):
        return np.zeros(size)
    held = np.zeros((size, len(worth) + 1), bool)
    held[occurring.passage, occurring.word] = True
    found: NDArray[np.float64] = held @ np.array([0.0, *worth])
    return found


def _together(telling: Sequence[float], occurring: _Occurring, size: int) -> NDArray[np.float64]:
    """The telling words within a window, for each size of window times its weight."""
    passage, place, word = occurring
    if not len(word):
        return np.zeros(size)
    # Places so far apart from one passage to the next that no window reaches over.
    place = place + passage * _FAR
    # Where the same word was last: it counts once in a window.
    order = np.argsort(word, kind="stable")
    before = np.full(len(word), -_FAR)
    again = np.flatnonzero(word[order[1:]] == word[order[:-1]])
    before[order[again + 1]] = place[order[again]]
    # In whole numbers, sums are the same in whatever order they are added up.
    worth = np.rint(np.array([0.0, *telling]) * _WHOLE)[word]
    gained = np.zeros(len(word))
    ended = np.append(0.0, worth[:-1])
    for width, weight in WINDOWS:
        # An occurrence counts in the windows that begin after the one before and reach this far.
        begun = np.searchsorted(place, np.maximum(before + 1, place - width))
        gained += weight * np.cumsum(np.bincount(begun, worth, len(word)) - ended)
    gained /= _WHOLE
    first = firsts(passage)
    best = np.zeros(size)
    best[passage[first]] = np.maximum.reduceat(gained, first)
    return best
