"""All terms of the bank by what they may look like in a query, small enough to keep in every process.

A term is kept as hashes only: of its letters without what stands between them ("circuit-breaker",
"Circuit breaker"), of its stems where its language has inflections, and of its reading. What the
concept is called otherwise is read from the database when one was met.
"""

from __future__ import annotations

import re
import time
from array import array
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.jobs import outbox
from library.search.analysis import analyse
from library.search.characters import BLANK, CJK, UNSPACED, fold, plain
from library.search.stems import SNOWBALL, primary, with_article
from library.terms.models import TERM_STATUSES, Concept, Term

FORBIDDEN: Final = TERM_STATUSES.index("forbidden")

_AT_ONCE: Final = 500
# Seconds in which a concept may be changed again without its date telling: dates are kept to the
# second, and clocks of several machines differ.
_UNSETTLED: Final = 60
# Of a reading as short as this there are too many words in other languages.
_SHORTEST_READING: Final = 4
_APART: Final = re.compile(rf"[\s!-/:-@\[-`{{-~×·{BLANK}]+")
_CJK: Final = re.compile(f"[{CJK}]")
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_NO_STEMS: Final = re.compile(f"[{CJK}{UNSPACED}]")
_TONE: Final = re.compile(r"(?<=[a-z])[1-5]")
# Concepts whose wordings are kept by those who asked for them.
_REMEMBERED: Final = 1000


Columns = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]
"""Of each way to find a term: the hash of its key, its concept, its language and its status."""


class Spelling(NamedTuple):
    """A term that a text may mean: the number of its concept, its language, and how far it may be
    used (its place in ``TERM_STATUSES``)."""

    concept: int
    lang: str
    status: int


@dataclass(frozen=True, slots=True)
class Wording:
    """A term as the bank has it; ``reading`` is empty where there is none."""

    text: str
    lang: str
    status: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A concept with all that it is called, preferred terms of each language first."""

    key: str
    wordings: tuple[Wording, ...]

    def preferred(self, lang: str) -> Wording | None:
        """The preferred term in a language."""
        return next(
            (w for w in self.wordings if w.lang == lang and w.status == TERM_STATUSES[0]), None
        )


def letters(text: str) -> str:
    """The plain letters of a text with nothing between them."""
    return _APART.sub("", plain(text)[0])


def writing(text: str) -> str:
    """How the script is written in which a text begins: ``cjk``, ``unspaced`` or ``spaced``."""
    if _CJK.match(text):
        return "cjk"
    return "unspaced" if _UNSPACED.match(text) else "spaced"


def of_letters(text: str) -> str:
    """The key of a term by its `letters`."""
    return f"={text}"


def of_stems(stems: Iterable[str], lang: str) -> str:
    """The key of a term by its stems in a language (primary subtag)."""
    return f"~{lang} {' '.join(stems)}"


def of_reading(text: str) -> str:
    """The key of a term by its reading: its letters without tones, of marks or of digits."""
    return f"#{_TONE.sub('', fold(text))}"


def stems(text: str, lang: str) -> list[tuple[str, int, int]]:
    """The words of a text with their stems in a language (primary subtag), and where they stand."""
    words: dict[int, tuple[str, int, int]] = {}
    for token in analyse(text, lang):
        # Other forms of a word, and the whole of a compound, follow the first token at a place.
        words.setdefault(token.position, (token.text, token.start, token.end))
    return list(words.values())


def keys(text: str, lang: str, reading: str | None = None) -> set[str]:
    """Everything that a term is found by."""
    language = primary(lang)
    joined = letters(text)
    found = {of_letters(joined), of_letters(fold(joined))} if joined else set()
    if language in SNOWBALL and not _NO_STEMS.search(text):
        found.add(of_stems((stem for stem, _, _ in stems(text, language)), language))
        if language == "ar":
            # The stemmer takes the end of some words for a pronoun unless the article is there.
            definite = " ".join(map(with_article, text.split()))
            found.add(of_stems((stem for stem, _, _ in stems(definite, language)), language))
    if reading:
        read = of_reading(letters(reading))
        if len(read) > _SHORTEST_READING:
            found.add(read)
    return found


class TermIndex:
    """The index as of one change number, shared by all threads; what it holds never changes.

    It takes about 14 bytes for each way to find a term, of which a term has two on average.
    """

    def __init__(
        self,
        number: int = -1,
        *,
        dates: dict[int, int] | None = None,
        languages: Sequence[str] = (),
        rows: Columns | None = None,
        longest: Mapping[str, int] | None = None,
        made: float = 0.0,
    ) -> None:
        self.number = number
        self.languages = tuple(languages)
        #: How many letters the longest term has that begins in a script of this `writing`.
        self.longest: Mapping[str, int] = longest or {}
        self._dates = dates or {}
        self._made = made
        self._hashes, self._concepts, self._langs, self._statuses = rows or _columns()
        self._said: dict[int, Meaning] = {}

    def __len__(self) -> int:
        """Number of concepts."""
        return len(self._dates)

    @property
    def size(self) -> int:
        """Bytes that the arrays take."""
        rows = (self._hashes, self._concepts, self._langs, self._statuses)
        return sum(row.nbytes for row in rows)

    def look_up(self, keys: Sequence[str]) -> dict[int, list[Spelling]]:
        """Place in ``keys`` (of `of_letters` and its like) -> the terms that are found by it."""
        asked = np.array([hash(key) for key in keys], np.int64)
        starts = np.searchsorted(self._hashes, asked, side="left")
        ends = np.searchsorted(self._hashes, asked, side="right")
        return {
            place: [
                Spelling(
                    int(self._concepts[row]),
                    self.languages[self._langs[row]],
                    int(self._statuses[row]),
                )
                for row in range(int(starts[place]), int(ends[place]))
            ]
            for place in np.flatnonzero(ends > starts).tolist()
        }

    def meanings(self, session: Session, concepts: Sequence[int]) -> dict[int, Meaning]:
        """What these concepts are called, by number; one statement unless all are remembered."""
        found = {one: self._said[one] for one in concepts if one in self._said}
        missing = [one for one in concepts if one not in found]
        if not missing:
            return found
        keys: dict[int, str] = {}
        wordings: dict[int, list[Wording]] = {}
        for number, key, lang, text, status, reading in session.execute(
            select(Concept.id, Concept.key, Term.lang, Term.text, Term.status, Term.reading)
            .join(Term, Term.concept_id == Concept.id)
            .where(Concept.id.in_(missing))
            .order_by(Concept.id, Term.lang, Term.position, Term.id)
        ):
            keys[number] = key
            wordings.setdefault(number, []).append(Wording(text, lang, status, reading or ""))
        if len(self._said) > _REMEMBERED:
            self._said.clear()
        for number, key in keys.items():
            self._said[number] = found[number] = Meaning(key, tuple(wordings[number]))
        return found

    def brought_up(self, session: Session, number: int) -> TermIndex:
        """The index as of change ``number``: only concepts that changed since are read again."""
        if self.number >= 0:
            # Most changes are of works; what the session cannot see yet is looked for again.
            seen = min(number, outbox.change_number(session))
            if outbox.changed(session, subject="term", since=self.number, until=seen) == set():
                same = copy(self)
                same.number = max(seen, self.number)
                return same
        made = time.time()
        dates = {
            row.id: _seconds(row.updated_at)
            for row in session.execute(select(Concept.id, Concept.updated_at))
        }
        settled = self._made - _UNSETTLED
        changed = [
            one for one, date in dates.items() if self._dates.get(one) != date or date >= settled
        ]
        languages = list(self.languages)
        rows = (self._hashes, self._concepts, self._langs, self._statuses)
        longest = dict(self.longest)
        if changed or len(dates) != len(self._dates):
            gone = np.array([*changed, *(self._dates.keys() - dates.keys())], np.int32)
            kept = ~np.isin(self._concepts, gone)
            fresh = _read(session, changed, languages, longest)
            hashes = np.concatenate([rows[0][kept], fresh[0]])
            order = np.argsort(hashes, kind="stable")
            rows = (
                hashes[order],
                np.concatenate([rows[1][kept], fresh[1]])[order],
                np.concatenate([rows[2][kept], fresh[2]])[order],
                np.concatenate([rows[3][kept], fresh[3]])[order],
            )
        return TermIndex(
            number, dates=dates, languages=languages, rows=rows, longest=longest, made=made
        )


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())


def _read(
    session: Session, concepts: Sequence[int], languages: list[str], longest: dict[str, int]
) -> Columns:
    """The columns for some concepts; new ``languages`` are added, and ``longest`` is brought up."""
    hashes, owners, langs, statuses = array("q"), array("i"), array("B"), array("B")
    numbers = {lang: number for number, lang in enumerate(languages)}
    ranks = {status: number for number, status in enumerate(TERM_STATUSES)}
    for start in range(0, len(concepts), _AT_ONCE):
        for concept, lang, text, status, reading in session.execute(
            select(Term.concept_id, Term.lang, Term.text, Term.status, Term.reading).where(
                Term.concept_id.in_(concepts[start : start + _AT_ONCE])
            )
        ):
            if lang not in numbers:
                if len(numbers) > 0xFF:
                    continue
                numbers[lang] = len(languages)
                languages.append(lang)
            joined = letters(text)
            kind = writing(joined)
            longest[kind] = max(longest.get(kind, 0), len(joined))
            for key in keys(text, lang, reading):
                hashes.append(hash(key))
                owners.append(concept)
                langs.append(numbers[lang])
                statuses.append(ranks.get(status, FORBIDDEN))
    return _columns(hashes, owners, langs, statuses)


def _columns(
    hashes: Sequence[int] = (),
    concepts: Sequence[int] = (),
    langs: Sequence[int] = (),
    statuses: Sequence[int] = (),
) -> Columns:
    return (
        np.array(hashes, np.int64),
        np.array(concepts, np.int32),
        np.array(langs, np.uint8),
        np.array(statuses, np.uint8),
    )


class TermCache:
    """The term index of this process, brought up when something was published since."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._index = TermIndex()

    def get(self, session: Session, *, number: int | None = None) -> TermIndex:
        """The index as of change ``number``, or as of now."""
        if number is None:
            number = outbox.change_number(session)
        index = self._index
        if index.number >= number:
            return index
        with self._lock:
            if self._index.number < number:
                self._index = self._index.brought_up(session, number)
            return self._index
