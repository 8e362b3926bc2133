"""Scores, filters and counts over whole arrays.

The formula is BM25 in every text field (k1 0.9, b 0.75), weighted and added up, with Lucene's inverse
document frequency; the average length is that of the field in the passage's own language, since
languages cut into different numbers of tokens. To this come three factors: how much of the query a
passage holds, whether it is in the reader's language, and nothing at all for what holds only the
least telling words. The best passages get a second look (see `second_look`).

Passages are numbered through all segments, in their order. A work has the number of its first run (see
`runs`); numbers of passages that follow one another are ascending until a part of a work is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from library.search import alternatives, company, covering, lengths, runs, succession
from library.search.cache import ArrayCache
from library.search.codec import term_hash
from library.search.columns import Ints
from library.search.covering import COVERAGE, COVERED, LEAST_COVERAGE
from library.search.distinct import distinct, summed
from library.search.facets import Facets, Found, Languages
from library.search.lengths import K1
from library.search.page import page
from library.search.pieces import Column, Piece, cut
from library.search.port import FACETS, Query, WorkHit
from library.search.postings import merged
from library.search.preference import worth
from library.search.question import Phrase, Question, Word
from library.search.schema import READ, TEXTS
from library.search.second_look import second_look
from library.search.segments import Flags, Floats, Segment
from library.search.sketches import Sketch

# Keywords hold labels and terms of every language: they find a thing, but say little of how well it fits.
READING: Final = "reading"
"""Where a word stands that is a title or a term by its sound: no field of its own, but a weight."""

WEIGHTS: Final = {"title": 2.0, "work_title": 1.0, "keywords": 0.4, "body": 1.0, READING: 1.0}

QUOTED: Final = 1.2
"""Factor for what holds the quoted words of a question that is more than those."""

_CACHED: Final = 1 << 20
_SPARSE: Final = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """A word in the snapshot: the passages that hold it, what it adds to the score of each, and how
    telling it is (its idf over all fields)."""

    passages: Ints
    scores: Floats
    telling: float


class Snapshot:
    """All segments of one commit; immutable, shared by all threads that search it."""

    def __init__(
        self,
        segments: Sequence[tuple[Segment, Flags | None]],
        before: Snapshot | None = None,
    ) -> None:
        """Segments, each with a flag per passage that is False where it is deleted, or None. Of the
        snapshot ``before`` this one whatever is still true is taken over."""
        self.segments = tuple(segment for segment, _ in segments)
        self.offsets = [0]
        for segment in self.segments:
            self.offsets.append(self.offsets[-1] + segment.count)
        self.total = self.offsets[-1]
        self._live: Flags | None = None
        if any(live is not None for _, live in segments):
            self._live = np.concatenate(
                [np.ones(s.count, bool) if live is None else live for s, live in segments]
            )
        #: What was scored before, while there is room.
        self.kept = ArrayCache(_CACHED)
        self.pieces: list[Piece] = cut(self.segments, before.pieces if before else ())
        self._runs = Column(self.pieces, [piece.runs for piece in self.pieces])

    @property
    def passages(self) -> int:
        """Number of passages that can be found."""
        gone = 0 if self._live is None else self.total - int(self._live.sum())
        return self.total - gone - 1

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the passages."""
        return self.pieces[-1].languages

    @cached_property
    def _language(self) -> Column[np.uint16]:
        """The language of each passage: its number in `languages` and one, or 0 for none."""
        return Column(self.pieces, [piece.language for piece in self.pieces])

    @cached_property
    def _facets(self) -> Facets:
        return Facets(self.pieces, Languages(self.languages, self._language))

    @cached_property
    def averages(self) -> dict[str, dict[str, float]]:
        """Text field -> language -> average length, over the passages that have the field."""
        return lengths.averages(piece.length_sums for piece in self.pieces)

    @cached_property
    def _norms(self) -> dict[str, Column[np.float32]]:
        """Per field, the part of BM25's divisor that depends on the length of each passage."""
        tables = lengths.norms(self.averages, self.languages)
        return {
            name: Column(self.pieces, [piece.norms(name, table) for piece in self.pieces])
            for name, table in tables.items()
        }

    @cached_property
    def _standing(self) -> Ints | None:
        """See `runs.standing_for`."""
        return runs.standing_for(self.pieces, self._live)

    def _works(self, passages: Ints) -> Ints:
        """The works of passages, which are ascending."""
        found = self._runs[passages]
        if self._standing is not None:
            # Runs of the first piece stand for themselves, if no two of them are of one work.
            first = self.pieces[0]
            at = 0 if len(first.repeated) else int(np.searchsorted(passages, first.end))
            found[at:] = self._standing.take(found[at:])
        return found

    def of_works(self, keys: Sequence[int]) -> Ints:
        """The passages of works that can be found, ascending; works by `schema.work_key`."""
        wanted = distinct(np.array(keys, np.uint64))
        _, found = runs.of_works(self.pieces, wanted)
        passages, _ = runs.passages_of(self.pieces, np.sort(found))
        return passages if self._live is None else passages[self._live[passages]]

    def are_odd(self, passages: Ints) -> Flags:
        """Of each passage whether not all passages of its run have the same facet values."""
        odd = np.zeros(self.pieces[-1].end_run, bool)
        for piece in self.pieces:
            for facet in piece.facets.values():
                if len(facet.odd_passage):
                    odd[self._runs[facet.odd_passage]] = True
        return odd[self._runs[passages]]

    def length_factor(self, name: str, passages: Ints) -> Floats:
        """What BM25 divides by for the length of a text field, 1.0 where it is of average length."""
        return self._norms[name][passages] / np.float32(K1)

    def sketches(self, passages: Ints) -> list[Sketch]:
        """The sketches of passages, which are ascending."""
        found: list[Sketch] = []
        bounds = np.searchsorted(passages, self.offsets).tolist()
        for number, (start, end) in enumerate(pairwise(bounds)):
            if start < end:
                here = passages[start:end] - np.int32(self.offsets[number])
                found += self.segments[number].sketches(here)
        return found

    def idf(self, frequency: int) -> float:
        """Lucene's inverse document frequency."""
        return log(1 + (self.total - frequency + 0.5) / (frequency + 0.5))

    def score(self, word: Word) -> Scored:
        """What a word adds to which passages."""
        known: Scored | None = self.kept.get(word)
        if known is not None:
            return known
        scored = self.scored(self._postings(word))
        self.kept.keep(word, scored, scored.passages.nbytes + scored.scores.nbytes)
        return scored

    def scored(self, postings: Mapping[str, tuple[Ints, Ints]]) -> Scored:
        """What occurs in passages, by field: passages and frequencies there."""
        added: list[tuple[Ints, Floats]] = []
        for name, (passages, frequencies) in postings.items():
            factor = np.float32(WEIGHTS[name] * self.idf(len(passages)) * (K1 + 1))
            tf = frequencies.astype(np.float32)
            length = np.float32(K1) if name == READING else self._norms[name][passages]
            added.append((passages, factor * tf / (tf + length)))
        if len(added) == 1:
            passages, scores = added[0]
        elif self.few([passages for passages, _ in added]):
            passages, scores = summed([p for p, _ in added], [score for _, score in added])
        else:
            dense = np.zeros(self.total, np.float32)
            for passages, score in added:
                dense[passages.astype(np.intp)] += score
            # Whatever occurs adds something.
            at = np.flatnonzero(dense != 0)
            passages, scores = at.astype(np.int32), dense.take(at)
        return Scored(passages, scores, self.idf(len(passages)))

    def few(self, several: Sequence[Ints]) -> bool:
        """Whether it is quicker to join lists of passages than to go through all passages there are."""
        return 0 < sum(map(len, several)) * _SPARSE < self.total

    def _postings(self, word: Word) -> dict[str, tuple[Ints, Ints]]:
        """Field -> passages and frequencies of a word there, its forms taken as one."""
        asked = [(name, form) for name in TEXTS for form in word.forms]
        hashes = _hashes(asked)
        parts: dict[str, list[tuple[Ints, Ints]]] = {}
        for segment, offset in zip(self.segments, self.offsets, strict=False):
            terms, sought = asked, hashes
            if word.start:
                terms = [
                    *asked,
                    *((name, t) for name, s in asked for t in segment.starting(name, s) if t != s),
                ]
                sought = _hashes(terms)
            here: dict[str, list[tuple[Ints, Ints]]] = {}
            for number, found in segment.postings(sought).items():
                here.setdefault(terms[number][0], []).append(found)
            for name, several in here.items():
                passages, frequencies = several[0] if len(several) == 1 else merged(several)
                moved = passages + np.int32(offset) if offset else passages
                parts.setdefault(name, []).append((moved, frequencies))
        if word.readings:
            read = np.flatnonzero(self._holding(Phrase(word.readings), (READ,))).astype(np.int32)
            if len(read):
                parts[READING] = [(read, np.ones(len(read), np.int32))]
        return {
            name: some[0]
            if len(some) == 1
            else (np.concatenate([p for p, _ in some]), np.concatenate([f for _, f in some]))
            for name, some in parts.items()
        }

    def find(self, question: Question, every: Sequence[Scored], lang: str) -> tuple[Ints, Floats]:
        """The passages that hold enough of a question, ascending, and their scores for a reader;
        ``every`` are its words."""
        whole = sum(word.telling for word in every)
        words = [word for word in every if len(word.passages)]
        if (
            len(words) == 1
            and not question.substitutes
            and words[0].telling >= LEAST_COVERAGE * whole
        ):
            share = (words[0].telling / whole) ** COVERAGE
            passages, scores = words[0].passages, words[0].scores * np.float32(share)
        else:
            passages, scores = covering.enough(self, question, every, words)
        if self._live is not None:
            kept = self._live.take(passages)
            passages, scores = passages[kept], scores[kept]
        for phrase in question.phrases:
            kept = self._holding(phrase, among=passages)[passages]
            if question.strict:
                passages, scores = passages[kept], scores[kept]
            else:
                scores = np.where(kept, scores * np.float32(QUOTED), scores)
        for one in question.excluded:
            if isinstance(one, Word):
                gone = np.zeros(self.total, bool)
                gone[self.score(one).passages] = True
            else:
                gone = self._holding(one, among=passages)
            kept = ~gone[passages]
            passages, scores = passages[kept], scores[kept]
        return passages, scores * self._preference(passages, lang, len(question.words))

    def _preference(self, passages: Ints, lang: str, words: int) -> Floats:
        """What the language of each passage is worth to a reader who asks with so many words."""
        return worth(self.languages, lang, words).take(self._language[passages])

    def _holding(
        self, phrase: Phrase, fields: Sequence[str] = TEXTS, among: Ints | None = None
    ) -> Flags:
        """For each passage whether the words of a phrase stand one after the other there, in one field.
        Of passages that are not ``among`` those given it need not be known."""
        holding = np.zeros(self.total, bool)
        counting: Flags | None = None
        if among is not None:
            counting = np.zeros(self.total, bool)
            counting[among] = True
        terms = {
            term: number
            for number, term in enumerate(
                dict.fromkeys((name, t) for row in phrase.rows for name in fields for t, _ in row)
            )
        }
        hashes = _hashes(list(terms))
        rows = {
            (row, name): [(terms[name, term], place) for term, place in row]
            for row in phrase.rows
            for name in fields
        }
        for segment, (first, last) in zip(self.segments, pairwise(self.offsets), strict=True):
            within = None if counting is None else counting[first:last]
            if within is None or within.any():
                for found in succession.starts(segment, hashes, rows, within).values():
                    holding[first:last][succession.passages_of(found)] = True
        return holding

    def search(
        self, question: Question, query: Query
    ) -> tuple[int, list[WorkHit], dict[str, dict[str, int]]]:
        """The number of works found, those of the page that was asked for, and the facets."""
        found, scores, telling = self._searched(question, query.lang)
        works = self._works(found)
        masks = {
            name: self._facets[name].mask(wanted, found, works)
            for name in FACETS
            if (wanted := getattr(query, name))
        }
        passing = np.logical_and.reduce(list(masks.values())) if masks else None
        # Facets that nothing is filtered by are all counted over the same works.
        usual = self._found(found, works, passing)
        facets = self._facets.tallies(usual)
        for name in masks:
            others = [mask for other, mask in masks.items() if other != name]
            rest = np.logical_and.reduce(others) if others else None
            facets[name] = self._facets[name].tally(self._found(found, works, rest))
        if passing is not None:
            scores = scores[passing]
        if not alternatives.cover(question):
            preference = partial(self._preference, lang=query.lang, words=len(question.words))
            scores = second_look(self, question, telling, usual.passages, scores, preference)
        total, hits = page(
            self, usual, scores, offset=max(0, query.offset), limit=max(0, query.limit)
        )
        return total, hits, facets

    def _searched(self, question: Question, lang: str) -> tuple[Ints, Floats, list[float]]:
        """What `find` gives, and how telling each word is. A question that takes long is kept, since
        whoever asks it asks for other filters and pages of it as well."""
        costly = len(question.words) > COVERED or question.phrases
        asked = (question.words, question.phrases, question.excluded, question.substitutes)
        key = (*asked, question.strict, lang)
        known: tuple[Ints, Floats, list[float]] | None = self.kept.get(key) if costly else None
        if known is not None:
            return known
        every = company.apart(question, [self.score(word) for word in question.words], self.total)
        found, scores = self.find(question, every, lang)
        made = found, scores, [word.telling for word in every]
        if costly:
            self.kept.keep(key, made, found.nbytes + scores.nbytes)
        return made

    def _found(self, passages: Ints, works: Ints, passing: Flags | None) -> Found:
        if passing is not None:
            passages, works = passages[passing], works[passing]
        among = np.zeros(self.pieces[-1].end_run, dtype=bool)
        among[works.astype(np.intp)] = True
        return Found(passages, works, among)

    def keys(self, works: Ints) -> NDArray[np.uint64]:
        """The keys of works (`schema.work_key`)."""
        found = np.empty(len(works), np.uint64)
        for piece in self.pieces:
            at = np.flatnonzero((works >= piece.first_run) & (works < piece.end_run))
            found[at] = piece.keys[works[at] - np.int32(piece.first_run)]
        return found

    def rows(self, passages: Ints) -> list[list[str]]:
        """Id, work, section, block, kind, language, file, place and digest of passages, in any order."""
        number = np.searchsorted(self.offsets, passages, side="right") - 1
        found: list[list[str]] = [[]] * len(passages)
        for one in distinct(number).tolist():
            at = np.flatnonzero(number == one)
            read = self.segments[one].rows(passages[at] - np.int32(self.offsets[one]))
            for where, row in zip(at.tolist(), read, strict=True):
                found[where] = row
        return found


def _hashes(terms: Sequence[tuple[str, str]]) -> NDArray[np.uint64]:
    return np.array([term_hash(field, term.encode()) for field, term in terms], np.uint64)
