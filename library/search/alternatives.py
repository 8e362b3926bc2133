"""What may stand for words of a query: phrases of other languages, scored like the words themselves.

A phrase is one thing: BM25 of its occurrences in each field, as for a word, weighted as if it told as
much as what it stands for, and a little less. Of the phrases that may stand for the same words the best
counts in each passage, or the reader's own words if they give more. These are one thing as well: a
passage that holds only a part of them is about something else more often than not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from library.search import succession
from library.search.codec import term_hash
from library.search.columns import Ints
from library.search.distinct import counted
from library.search.question import Phrase, Question, Substitute, Word, is_grams
from library.search.schema import TEXTS
from library.search.segments import Floats
from library.search.succession import Row

if TYPE_CHECKING:
    from library.search.scorer import Scored, Snapshot

WEIGHT: Final = 0.8
"""What a phrase counts beside the words that it stands for."""

WHOLE: Final = 3
"""Power of the share of a term that a passage holds: a part of a term is another thing."""

LEAST_PART: Final = 0.25
"""What holds a smaller share of a term ("of" of "bill of lading") does not hold it at all."""


def add(
    snapshot: Snapshot,
    question: Question,
    words: Sequence[Scored],
    *,
    scores: Floats,
    held: Floats,
) -> None:
    """Change the ``scores`` of all passages, and the shares of the query that they hold, by what the
    substitutes of a question give. ``words`` are those of the question, in their order, which are
    counted already."""
    every = sum(word.telling for word in words)
    fresh = _score_all(snapshot, question)
    # A word of two terms ("servo motor or stepper motor") counts half in each.
    times = Counter(number for one in question.substitutes for number in one.words)
    for substitute in question.substitutes:
        replaced = [(words[number], 1 / times[number]) for number in substitute.words]
        telling = sum(word.telling * share for word, share in replaced)
        best = _best(snapshot, substitute, telling, fresh)
        own = np.zeros(snapshot.total, np.float32)
        part = np.zeros(snapshot.total, np.float32)
        for word, share in replaced:
            own[word.passages] += word.scores * np.float32(share)
            part[word.passages] += np.float32(word.telling * share / telling)
        at = np.flatnonzero((part > 0) | (best > 0))
        own, part, best = own[at], part[at], best[at]
        scores[at] += np.maximum(own * part**WHOLE, best) - own
        held[at] += np.float32(telling / every) * (
            np.maximum(part * (part >= LEAST_PART), np.float32(WEIGHT) * (best > 0)) - part
        )


def cover(question: Question) -> bool:
    """Whether a question is made of words that something may stand for, and of nothing else."""
    covered = {number for substitute in question.substitutes for number in substitute.words}
    return bool(covered) and len(covered) == len(question.words)


def _best(
    snapshot: Snapshot, substitute: Substitute, telling: float, fresh: Mapping[Row, Scored]
) -> Floats:
    """For every passage the most that one of the phrases gives."""
    best = np.zeros(snapshot.total, np.float32)
    for phrase in substitute.phrases:
        for row in phrase.rows:
            found = fresh.get(row) or score(snapshot, row)
            if len(found.passages):
                factor = np.float32(WEIGHT * _worth(row, found.telling, telling))
                here = found.passages
                best[here] = np.maximum(best[here], found.scores * factor)
    return best


def _worth(row: Row, telling: float, replaced: float) -> float:
    """What the score of a phrase is multiplied by, so that it weighs as the words that it replaces.

    A single Chinese character is a part of many words, and weighs no more than it tells by itself.
    """
    factor = replaced / telling
    return min(1.0, factor) if len(row) == 1 and len(row[0][0]) == 1 else factor


def score(snapshot: Snapshot, row: Row) -> Scored:
    """A phrase in the snapshot, as `Snapshot.score` gives a word."""
    if len(row) == 1:
        return snapshot.score(Word((row[0][0],)))
    known: Scored | None = snapshot.kept.get(Phrase((row,)))
    return _score(snapshot, [row])[row] if known is None else known


def _score_all(snapshot: Snapshot, question: Question) -> dict[Row, Scored]:
    """All phrases of a question that are not kept, with one look at what the index has."""
    rows = {
        row: None
        for substitute in question.substitutes
        for phrase in substitute.phrases
        for row in phrase.rows
        if len(row) > 1 and snapshot.kept.get(Phrase((row,))) is None
    }
    return _score(snapshot, list(rows)) if rows else {}


def _score(snapshot: Snapshot, rows: Sequence[Row]) -> dict[Row, Scored]:
    thin = {row: _thinned(row) for row in rows}
    asked = {(name, token): None for row in thin.values() for token, _ in row for name in TEXTS}
    hashes = np.array([term_hash(name, token.encode()) for name, token in asked], np.uint64)
    numbers = {term: number for number, term in enumerate(asked)}
    wanted = {
        (row, name): [(numbers[name, token], place) for token, place in telling]
        for row, telling in thin.items()
        for name in TEXTS
    }
    parts: dict[tuple[Row, str], list[tuple[Ints, Ints]]] = {}
    for segment, offset in zip(snapshot.segments, snapshot.offsets, strict=False):
        for key, found in succession.starts(segment, hashes, wanted).items():
            passages, often = counted(succession.passages_of(found))
            parts.setdefault(key, []).append((passages + np.int32(offset), often))
    scored = {}
    for row in rows:
        scored[row] = one = snapshot.scored(
            {
                name: (np.concatenate([p for p, _ in some]), np.concatenate([c for _, c in some]))
                for name in TEXTS
                if (some := parts.get((row, name)))
            }
        )
        snapshot.kept.keep(Phrase((row,)), one, one.passages.nbytes + one.scores.nbytes)
    return scored


def _thinned(row: Row) -> Row:
    """Those tokens of a phrase that hold all of its letters: pairs and threes of characters overlap."""
    kept: list[tuple[str, int]] = []
    covered = 0
    for number, (token, place) in enumerate(row):
        following = row[number + 1][1] if number + 1 < len(row) else None
        if following is None or following > covered:
            kept.append((token, place))
            covered = place + (len(token) if is_grams(token) else 1)
    return tuple(kept)
