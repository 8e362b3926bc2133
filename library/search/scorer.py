"""Scores, filters and counts over whole arrays.

The formula is BM25 in every text field (k1 1.2, b 0.75), weighted and added up, with Lucene's inverse
document frequency; the average length is that of the field in the passage's own language, since
languages cut into different numbers of tokens. To this come three factors: how much of the query a
passage holds, whether it is in the reader's language, and nothing at all for what holds only the
least telling words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from library.search.columns import Ints
from library.search.port import FACETS, PASSAGES_PER_WORK, Hit, Query, WorkHit
from library.search.question import Phrase, Question, Word
from library.search.schema import TEXTS
from library.search.segments import ArrayCache, Flags, Floats, Segment
from library.search.stems import primary

K1: Final = 1.2
B: Final = 0.75
WEIGHTS: Final = {"title": 2.0, "work_title": 1.0, "keywords": 1.0, "body": 1.0}

COVERAGE: Final = 1.0
"""Power of the share of the query (by idf) that a passage holds: the preference for all words."""

LEAST_COVERAGE: Final = 0.2
"""Passages that hold a smaller share of the query are left out."""

OWN_LANGUAGE: Final = 1.6
"""Factor for passages in the reader's language."""

SISTER_LANGUAGE: Final = 1.4
"""Factor for another form of the reader's language (zh-Hant for zh-Hans)."""

_CACHED: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Scored:
    """A word in one segment: the passages that hold it, and what it adds to their score."""

    passages: Ints
    scores: Floats


@dataclass(slots=True)
class _Found:
    """What was found in one segment, before filtering by facets."""

    segment: Segment
    passages: Ints
    scores: Floats


class Snapshot:
    """All segments of one commit; immutable, shared by all threads that search it."""

    def __init__(self, segments: Sequence[tuple[Segment, Flags | None]]) -> None:
        """Segments, each with a flag per passage that is False where it is deleted, or None."""
        self.segments = tuple(segment for segment, _ in segments)
        self._live = tuple(live for _, live in segments)
        self.total = sum(segment.count for segment in self.segments)
        self._scored = ArrayCache(_CACHED)

    @cached_property
    def passages(self) -> int:
        """Number of passages that can be found."""
        gone = sum(int((~live).sum()) for live in self._live if live is not None)
        return self.total - gone - 1

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the passages."""
        return tuple(dict.fromkeys(tag for segment in self.segments for tag in segment.languages))

    @cached_property
    def averages(self) -> dict[str, dict[str, float]]:
        """Text field -> language -> average length, over the passages that have the field."""
        sums: dict[str, dict[str, tuple[float, int]]] = {name: {} for name in TEXTS}
        for segment in self.segments:
            for name, by_language in segment.length_sums.items():
                for language, (total, count) in by_language.items():
                    before = sums[name].get(language, (0.0, 0))
                    sums[name][language] = (before[0] + total, before[1] + count)
        return {
            name: {lang: total / count if count else 1.0 for lang, (total, count) in found.items()}
            for name, found in sums.items()
        }

    @cached_property
    def _norms(self) -> list[dict[str, Floats]]:
        """Per segment and field, the part of BM25's divisor that depends on the length."""
        norms = []
        for segment in self.segments:
            by_field: dict[str, Floats] = {}
            for name in TEXTS:
                averages = self.averages[name]
                table = [averages.get(primary(tag)) or 1.0 for tag in segment.languages] + [1.0]
                average = np.array(table, dtype=np.float32)[segment.language]
                norm = K1 * ((1 - B) + B / average * segment.lengths[name])
                by_field[name] = norm.astype(np.float32)
            norms.append(by_field)
        return norms

    def idf(self, frequency: int) -> float:
        """Lucene's inverse document frequency."""
        return log(1 + (self.total - frequency + 0.5) / (frequency + 0.5))

    def score(self, word: Word) -> tuple[list[Scored], float]:
        """What a word adds, segment by segment, and how telling it is (its idf over all fields)."""
        known: tuple[list[Scored], float] | None = self._scored.get(word)
        if known is not None:
            return known
        postings = [self._postings(segment, word) for segment in self.segments]
        factors = {}
        for name in TEXTS:
            frequency = sum(len(fields[name][0]) for fields in postings if name in fields)
            factors[name] = WEIGHTS[name] * self.idf(frequency) * (K1 + 1)
        parts: list[Scored] = []
        for segment, norms, fields in zip(self.segments, self._norms, postings, strict=True):
            added = [
                (ids, (factors[name] * tf / (tf + norms[name][ids])).astype(np.float32))
                for name, (ids, tf) in fields.items()
            ]
            if len(added) == 1:
                parts.append(Scored(*added[0]))
                continue
            dense = np.zeros(segment.count if added else 0, np.float32)
            for ids, scores in added:
                dense[ids] += scores
            ids = np.flatnonzero(dense).astype(np.int32)
            parts.append(Scored(ids, dense[ids]))
        telling = self.idf(sum(len(part.passages) for part in parts))
        size = sum(part.passages.nbytes + part.scores.nbytes + 300 for part in parts)
        self._scored.keep(word, (parts, telling), size)
        return parts, telling

    @staticmethod
    def _postings(segment: Segment, word: Word) -> dict[str, tuple[Ints, Ints]]:
        """Field -> passages and frequencies of a word there, its forms taken as one."""
        fields = {}
        for name in TEXTS:
            forms = word.forms
            if word.start:
                forms = (*forms, *(f for s in forms for f in segment.starting(name, s) if f != s))
            found = [p for p in (segment.postings(name, form) for form in forms) if len(p[0])]
            if len(found) == 1:
                fields[name] = found[0]
            elif found:
                ids, inverse = np.unique(np.concatenate([p[0] for p in found]), return_inverse=True)
                tf = np.bincount(inverse, weights=np.concatenate([p[1] for p in found]))
                fields[name] = (ids, tf.astype(np.int32))
        return fields

    def _find(self, question: Question, lang: str) -> list[_Found]:
        """Score every passage that holds enough of the question."""
        scored = [self.score(word) for word in question.words]
        whole = sum(telling for _, telling in scored)
        if not whole:
            return []
        found = []
        for number, (segment, live) in enumerate(zip(self.segments, self._live, strict=True)):
            parts = [(words[number], telling) for words, telling in scored]
            parts = [part for part in parts if len(part[0].passages)]
            if not parts:
                continue
            if len(parts) == 1:
                part, telling = parts[0]
                if telling / whole < LEAST_COVERAGE:
                    continue
                ids = part.passages
                scores = part.scores * np.float32((telling / whole) ** COVERAGE)
            else:
                dense = np.zeros(segment.count, np.float32)
                held = np.zeros(segment.count, np.float32)
                for part, telling in parts:
                    dense[part.passages] += part.scores
                    held[part.passages] += np.float32(telling / whole)
                ids = np.flatnonzero(held >= np.float32(LEAST_COVERAGE)).astype(np.int32)
                scores = dense[ids] * held[ids] ** np.float32(COVERAGE)
            if live is not None:
                kept = live[ids]
                ids, scores = ids[kept], scores[kept]
            for phrase in question.phrases:
                kept = np.isin(ids, _holding(segment, phrase), assume_unique=True)
                ids, scores = ids[kept], scores[kept]
            if len(ids):
                scores = scores * _preference(segment, lang)[segment.language[ids]]
                found.append(_Found(segment, ids, scores))
        return found

    def search(self, question: Question, query: Query) -> tuple[int, list[WorkHit], dict[str, dict[str, int]]]:
        """The number of works found, those of the page that was asked for, and the facets."""
        facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        chosen = {name: wanted for name in FACETS if (wanted := tuple(getattr(query, name)))}
        kept: list[_Found] = []
        for found in self._find(question, query.lang):
            segment, ids = found.segment, found.passages
            masks = {
                name: segment.facets[name].mask(wanted, segment.count)[ids]
                for name, wanted in chosen.items()
            }
            inside = _all(masks, len(ids))
            passing = ids if inside is None else ids[inside]
            for name in FACETS:
                shown = passing
                if name in masks:
                    others = _all({n: m for n, m in masks.items() if n != name}, len(ids))
                    shown = ids if others is None else ids[others]
                segment.facets[name].tally(shown, segment.count, facets[name])
            scores = found.scores if inside is None else found.scores[inside]
            if len(passing):
                kept.append(_Found(segment, passing, scores))
        total, hits = _page(kept, max(0, query.offset), max(0, query.limit))
        return total, hits, facets


def _all(masks: dict[str, Flags], count: int) -> Flags | None:
    result: Flags | None = None
    for mask in masks.values():
        result = mask if result is None else result & mask
    return result


def _preference(segment: Segment, lang: str) -> Floats:
    """A factor for each language of a segment, and for passages without one."""
    own = primary(lang)
    table = [
        OWN_LANGUAGE if tag == lang else SISTER_LANGUAGE if primary(tag) == own else 1.0
        for tag in segment.languages
    ]
    return np.array([*table, 1.0], dtype=np.float32)


def _holding(segment: Segment, phrase: Phrase) -> Ints:
    """The passages in which the words of a phrase stand one after the other, in one field."""
    holding: list[NDArray[np.int64]] = []
    for row in phrase.rows:
        for name in TEXTS:
            starts: NDArray[np.int64] | None = None
            for term, place in row:
                passages, places = segment.places(name, term)
                # A passage and a place in one number: rows meet where the numbers agree.
                here = (passages.astype(np.int64) << 20) + (places - place + (1 << 18))
                starts = here if starts is None else np.intersect1d(starts, here)
                if not len(starts):
                    break
            if starts is not None and len(starts):
                holding.append(np.unique(starts >> 20))
    if not holding:
        return np.empty(0, np.int32)
    return np.unique(np.concatenate(holding)).astype(np.int32)


def _page(found: list[_Found], offset: int, limit: int) -> tuple[int, list[WorkHit]]:
    """The number of works, and ``limit`` of them from ``offset`` on, best first.

    Works alike in score come in the order of their keys, so that pages neither repeat nor miss one.
    """
    total = 0
    bests, keys, places, works = [], [], [], []
    for number, one in enumerate(found):
        best = np.zeros(len(one.segment.keys), np.float32)
        np.maximum.at(best, one.segment.works[one.passages], one.scores)
        some = np.flatnonzero(best)
        total += len(some)
        bests.append(best[some])
        keys.append(one.segment.keys[some])
        places.append(np.full(len(some), number, np.int32))
        works.append(some)
    if offset >= total or not limit:
        return total, []
    best = np.concatenate(bests)
    key = np.concatenate(keys)
    place = np.concatenate(places)
    work = np.concatenate(works)
    last = min(total, offset + limit)
    candidates = np.arange(total)
    if last < total:
        least = -np.partition(-best, last - 1)[last - 1]
        candidates = np.flatnonzero(best >= least)
    order = candidates[np.lexsort((key[candidates], -best[candidates]))][offset:last]
    shown: dict[int, Ints] = {}
    for number in set(place[order].tolist()):
        one = found[number]
        wanted = np.zeros(len(one.segment.keys), bool)
        wanted[work[order[place[order] == number]]] = True
        shown[number] = np.flatnonzero(wanted[one.segment.works[one.passages]]).astype(np.int32)
    hits: list[WorkHit] = []
    for at in order.tolist():
        number = int(place[at])
        one = found[number]
        mine = shown[number]
        mine = mine[one.segment.works[one.passages[mine]] == work[at]]
        mine = mine[np.argsort(-one.scores[mine], kind="stable")][:PASSAGES_PER_WORK]
        passages = [
            Hit(*one.segment.row(int(one.passages[i])), score=float(one.scores[i])) for i in mine
        ]
        hits.append(WorkHit(passages[0].work, passages[0].score, passages))
    return total, hits
