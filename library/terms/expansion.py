"""Terms of the bank in a query, and what may be looked for besides: a word in any language finds what
exists only in another.

The longest terms win. A term is met as it is written, in another form of it (its stems agree), or by
its reading. Where a term belongs to several concepts, all of them count. What is quoted, excluded or
part of a filter is left as the reader typed it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from library.search.characters import BLANK, CJK, UNSPACED, fold, plain
from library.search.highlight import whole
from library.search.port import Also, Alternative
from library.search.question import candidates
from library.search.stems import SNOWBALL, primary
from library.search.syntax import QUOTED, read
from library.terms import term_index
from library.terms.models import TERM_STATUSES
from library.terms.term_index import FORBIDDEN, Meaning, Spelling, TermIndex

LONGEST: Final = 300
"""Characters of a query that are looked through; longer ones are texts rather than questions."""

MOST_RUNS: Final = 6
MOST_MEANINGS: Final = 3
MOST_ALTERNATIVES: Final = 24
"""Terms in a query, concepts of a term, and alternatives of a term that are looked for."""

_MOST_WORDS: Final = 10
# Shorter words of another language than the reader's are words of the reader's own now and then.
_SHORT: Final = 3
# In scripts without spaces a few letters are often a part of another word.
_SHORT_UNSPACED: Final = 2
_READING: Final = 4
_PREFERRED: Final = TERM_STATUSES[0]
_FORBIDDEN: Final = TERM_STATUSES[FORBIDDEN]

_LETTER: Final = rf"[^\s!-/:-@\[-`{{-~×·{BLANK}{CJK}{UNSPACED}]"
_UNIT: Final = re.compile(rf"[{CJK}]|[{UNSPACED}]|{_LETTER}(?:{_LETTER}|{BLANK})*")
_IS_CJK: Final = re.compile(f"[{CJK}]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_ASCII_WORDS: Final = re.compile("[a-z0-9]+")
_LATIN: Final = re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]")


class _Unit(NamedTuple):
    """A word, or a character of a script without spaces; ``text`` is its plain form."""

    text: str
    start: int
    end: int


class _Key(NamedTuple):
    """What to look up; the lower its ``rank``, the surer that the term is meant."""

    key: str
    start: int
    end: int
    rank: int


@dataclass(frozen=True, slots=True)
class Other:
    """What a term is called otherwise, and the key of the concept."""

    text: str
    lang: str
    concept: str


@dataclass(frozen=True, slots=True)
class Run:
    """A term in a query: where it stands, as typed, and what it may mean.

    ``whole``: the query is nothing else. ``lang``: the language that the term is of.
    """

    start: int
    end: int
    text: str
    lang: str
    whole: bool
    meanings: tuple[Meaning, ...]

    def others(self, languages: Sequence[str]) -> tuple[Other, ...]:
        """What else the concepts are called in these languages, preferred terms first.

        Terms that mislead are not among them, nor is what was typed. A word that several languages
        share comes once for each, since it is inflected in each in its own way.
        """
        order = {primary(lang): place for place, lang in reversed(list(enumerate(languages)))}
        said = [
            (wording, meaning)
            for meaning in self.meanings
            for wording in meaning.wordings
            if primary(wording.lang) in order and wording.status != _FORBIDDEN
        ]
        said.sort(key=lambda one: (one[0].status != _PREFERRED, order[primary(one[0].lang)]))
        typed = fold(term_index.letters(self.text))
        found: dict[tuple[str, str], Other] = {}
        for wording, meaning in said:
            form = fold(term_index.letters(wording.text))
            if form and form != typed:
                found.setdefault(
                    (form, wording.lang), Other(wording.text, wording.lang, meaning.key)
                )
        return tuple(found.values())[:MOST_ALTERNATIVES]

    def is_another_form(self, other: Other) -> bool:
        """Whether a word is the one that was typed, but for its ending or the article."""
        typed = term_index.keys(self.text, self.lang)
        return bool(typed & term_index.keys(other.text, other.lang))


def also(runs: Iterable[Run], languages: Sequence[str]) -> tuple[Also, ...]:
    """What may stand for the terms of a query, for `search.port.Query`; ``languages`` are those in which
    the library holds something."""
    every = []
    for run in runs:
        others = tuple(Alternative(one.text, one.lang) for one in run.others(languages))
        if others:
            every.append(Also(run.start, run.end, others))
    return tuple(every)


def terms_in(
    text: str,
    *,
    index: TermIndex,
    session: Session,
    lang: str,
    languages: Collection[str] = (),
) -> tuple[Run, ...]:
    """The terms of a query, in their order. Never raises on any text.

    ``lang`` is the reader's language, ``languages`` those filtered for.
    """
    if not len(index):
        return ()
    text = text[:LONGEST]
    open_text = _open(text)
    units = _units(open_text)
    keys = [
        *_by_letters(open_text, units, index.longest),
        *_by_stems(open_text, lang, languages, index),
    ]
    found = index.look_up([key.key for key in keys])
    several = len({unit.start for unit in units}) > 1
    places: dict[tuple[int, int], tuple[int, list[Spelling]]] = {}
    for place, spellings in found.items():
        key = keys[place]
        span = key.start, key.end
        known = places.get(span)
        if known is not None and known[0] <= key.rank:
            continue
        usual = [one for one in spellings if one.status != FORBIDDEN] or spellings
        if several and not _plain_enough(text[key.start : key.end], usual, lang):
            continue
        places[span] = key.rank, usual
    chosen = _longest(places)
    wanted = {span: _meant(places[span][1], lang) for span in chosen}
    said = index.meanings(session, sorted({one for ones in wanted.values() for one in ones}))
    return tuple(
        Run(
            start=start,
            end=end,
            text=text[start:end],
            lang=_language(places[start, end][1], lang),
            whole=not any(unit.start < start or unit.end > end for unit in units),
            meanings=meanings,
        )
        for start, end in chosen
        if (meanings := tuple(said[one] for one in wanted[start, end] if one in said))
    )


def _open(text: str) -> str:
    """The text with line ends in place of what has to stay as it is, so that places stay the same."""
    said = read(text).text
    # Blanks that were no blanks are commands.
    barred = "".join("\n" if new != old else new for new, old in zip(said, text, strict=True))
    return QUOTED.sub(lambda found: "\n" * len(found[0]), barred)


def _units(text: str) -> list[_Unit]:
    form, offsets = plain(text)
    units = []
    for found in _UNIT.finditer(form):
        start, end = found.span()
        if offsets is not None:
            last = offsets[end - 1]
            while offsets[end] == last:
                end += 1
            start, end = offsets[start], offsets[end]
        units.append(_Unit(found[0].replace(BLANK, ""), start, end))
    return units


def _by_letters(text: str, units: Sequence[_Unit], longest: Mapping[str, int]) -> Iterator[_Key]:
    """Every run of units as a term would be written, and read, if it were one."""
    for first, unit in enumerate(units):
        if _IS_UNSPACED.match(unit.text) and not whole(text, unit.start):
            continue
        most = longest.get(term_index.writing(unit.text), 0)
        joined = ""
        words = 0
        for last in range(first, len(units)):
            here = units[last]
            if last > first and "\n" in text[units[last - 1].end : here.start]:
                break
            joined += here.text
            words += not (_IS_CJK.match(here.text) or _IS_UNSPACED.match(here.text))
            if len(joined) > most or words > _MOST_WORDS:
                break
            after = units[last + 1] if last + 1 < len(units) else None
            if _IS_UNSPACED.match(here.text) and not whole(text, here.end):
                continue
            if _is_a_part(joined, units[first - 1] if first else None, after, unit, here):
                continue
            yield _Key(term_index.of_letters(joined), unit.start, here.end, 0)
            bare = fold(joined)
            if bare != joined:
                yield _Key(term_index.of_letters(bare), unit.start, here.end, 1)
            if len(bare) >= _READING and _ASCII_WORDS.fullmatch(bare):
                yield _Key(term_index.of_reading(bare), unit.start, here.end, 4)


def _is_a_part(
    joined: str, before: _Unit | None, after: _Unit | None, first: _Unit, last: _Unit
) -> bool:
    """Whether so few characters without spaces between them are most likely a part of a word."""
    if _IS_CJK.match(joined):
        return len(joined) == 1 and (_touches(before, first) or _touches(last, after))
    if _IS_UNSPACED.match(joined):
        return len(joined) <= _SHORT_UNSPACED and (_touches(before, first) or _touches(last, after))
    return False


def _touches(left: _Unit | None, right: _Unit | None) -> bool:
    return left is not None and right is not None and left.end == right.start


def _by_stems(text: str, lang: str, languages: Collection[str], index: TermIndex) -> Iterator[_Key]:
    """Every run of words in the basic form of each language that it may be in."""
    own = primary(lang)
    # Endings and what stands between words come on top of the letters of a term.
    most = 2 * index.longest.get("spaced", 0)
    for language in candidates(text, lang, languages, index.languages):
        if language not in SNOWBALL:
            continue
        words = term_index.stems(text, language)
        for first, (_, start, _) in enumerate(words):
            for last in range(first, min(len(words), first + _MOST_WORDS)):
                if last > first and "\n" in text[words[last - 1][2] : words[last][1]]:
                    break
                if words[last][2] - start > most:
                    break
                key = term_index.of_stems(
                    (word for word, _, _ in words[first : last + 1]), language
                )
                yield _Key(key, start, words[last][2], 2 if language == own else 3)


def _plain_enough(typed: str, spellings: Iterable[Spelling], lang: str) -> bool:
    """Whether a term among other words is meant as such.

    Two or three small letters of another language than the reader's are rather a word of the
    reader's own: "led", "fit", "can".
    """
    if len(typed) > _SHORT or typed.isupper() or not _LATIN.match(typed):
        return True
    return any(primary(one.lang) == primary(lang) for one in spellings)


def _longest(
    places: dict[tuple[int, int], tuple[int, list[Spelling]]],
) -> list[tuple[int, int]]:
    """Spans that do not overlap, longer ones first of all, in the order of the text."""
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda s: (s[0] - s[1], places[s][0], s)):
        if len(chosen) < MOST_RUNS and all(end <= a or start >= b for a, b in chosen):
            chosen.append((start, end))
    return sorted(chosen)


def _meant(spellings: Iterable[Spelling], lang: str) -> list[int]:
    """Concepts, those first that are called so in the reader's language and for which it is preferred."""
    ordered = sorted(
        spellings, key=lambda one: (primary(one.lang) != primary(lang), one.status, one.concept)
    )
    return list(dict.fromkeys(one.concept for one in ordered))[:MOST_MEANINGS]


def _language(spellings: Sequence[Spelling], lang: str) -> str:
    own = [one.lang for one in spellings if primary(one.lang) == primary(lang)]
    return own[0] if own else spellings[0].lang
