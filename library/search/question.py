"""What a reader typed -> what to look up, in every language that it may be meant in.

Nobody says which language a query is in. Every word is therefore looked up in all the forms that it
takes in the languages in question: the reader's own, those filtered for, and those of the library
whose script fits. The forms of one word count as one word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from library.search import pinyin, word_breaks
from library.search.analysis import GRAM, UNMARKED, Token, analyse
from library.search.asking import without_asking
from library.search.characters import CJK, UNSPACED
from library.search.port import Also, Alternative
from library.search.sketches import asked_letters
from library.search.stems import SNOWBALL, primary, with_article
from library.search.syntax import QUOTED as QUOTED
from library.search.syntax import read

LONGEST: Final = 1000
"""Characters of a query that are read; the rest is cut off."""

MOST_WORDS: Final = 96
"""Words (or pairs and threes of characters) of a query that are looked up."""

_MOST_BROKEN: Final = 16
_MOST_PHRASES: Final = 4
_MOST_EXCLUDED: Final = 8
_MOST_BESIDE: Final = 3.0
_MOST_SUBSTITUTES: Final = 8
_MOST_ALTERNATIVES: Final = 32
_IS_CJK: Final = re.compile(f"[{CJK}]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_ARABIC_SCRIPT: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_LATIN: Final = re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]")
_MARKED: Final = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")
# What a Vietnamese syllable may look like when it is typed without its marks.
_VIETNAMESE_BARE: Final = re.compile(
    "(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu|r|s|t[hr]?|v|x)?[aeiouy]{1,3}(?:ch?|m|n[gh]?|p|t)?"
)
_VIETNAMESE: Final = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9\u0102\u0103\u0110\u0111]")
_BY_SCRIPT: Final = (
    (_LATIN, frozenset(SNOWBALL) - {"ar", "el", "hi", "hy", "ne", "ru", "sr", "ta", "yi"}),
    (_CYRILLIC, frozenset({"ru", "sr"})),
    (_ARABIC_SCRIPT, frozenset({"ar"})),
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), frozenset({"el"})),
    (re.compile("[\u0900-\u097f]"), frozenset({"hi", "ne"})),
    (re.compile("[\u0530-\u058f]"), frozenset({"hy"})),
    (re.compile("[\u0b80-\u0bff]"), frozenset({"ta"})),
    (re.compile("[\u0590-\u05ff]"), frozenset({"yi"})),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query in all its forms; a ``start`` is one that longer tokens begin with.

    ``readings``: rows of tokens of `pinyin` that it may be, too; such a row stands in the keywords.
    """

    forms: tuple[str, ...]
    start: bool = False
    readings: tuple[pinyin.Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, once per analysis: each a tuple of (token, place relative to the first)."""

    rows: tuple[tuple[tuple[str, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Substitute:
    """Phrases each of which may stand for some ``words``, by their places in `Question.words`."""

    words: tuple[int, ...]
    phrases: tuple[Phrase, ...]


@dataclass(slots=True)
class Question:
    """An analysed query. ``marked`` are the tokens to highlight, ``letters`` those of `sketches`. What
    holds anything ``excluded`` is not found.

    ``strict``: nothing is found that does not hold the phrases. In a question of many words quotation
    marks are a manner of writing ("What does the "Black Death" refer to?"), and a preference.
    """

    words: tuple[Word, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    marked: tuple[str, ...] = ()
    languages: tuple[str, ...] = field(default=())
    substitutes: tuple[Substitute, ...] = ()
    letters: tuple[int, ...] = ()
    strict: bool = True
    excluded: tuple[Word | Phrase, ...] = ()


def understand(
    text: str,
    *,
    lang: str,
    languages: Collection[str] = (),
    held: Iterable[str] = (),
    also: Iterable[Also] = (),
) -> Question:
    """Analyse a query.

    ``lang`` is the reader's language, ``languages`` those that the reader filters for, ``held`` those
    of the passages that can be found, ``also`` what may stand for parts of the text. Never raises; a
    text without a word gives no words. Filters in the text are no words; `syntax.refined` applies them.
    """
    said = read(text[:LONGEST])
    text = said.text
    held = tuple(held)
    asked_in = candidates(text, lang, languages, held)
    entire = text
    text, asking = without_asking(text, primary(lang), asked_in)
    groups: dict[tuple[int, int], dict[str, None]] = {}
    for language in asked_in:
        for token in _asked(analyse(text, language, asked=True)):
            groups.setdefault((token.start, token.end), {})[token.text] = None
    if _unmarked(text, lang, languages, held):
        for typed in groups.values():
            typed.update({UNMARKED + form: None for form in tuple(typed) if form.isascii()})
    read_as = pinyin.spelt(text) if any(primary(tag) == "zh" for tag in held) else []
    spans = sorted(groups)
    wholes = {span for span in _wholes(spans) if not is_grams(text[span[0] : span[1]])}
    for at, span in enumerate(spans):
        # The whole of a compound is a form of each of its parts: "PLC-200" finds "PLC200".
        for whole in wholes.intersection(spans[max(0, at - 5) : at + 4]):
            if span != whole and _inside(span, whole):
                groups[span].update(groups[whole])
    words: dict[Word, list[tuple[int, int]]] = {}
    for span in spans:
        if span not in wholes and len(words) < MOST_WORDS:
            piece = text[span[0] : span[1]]
            forms = tuple(groups[span])
            short = len(forms[0]) == GRAM - 1 and bool(_IS_UNSPACED.search(piece))
            readings = {row: None for one in read_as if _inside(span, one[:2]) for row in one.rows}
            words.setdefault(Word(forms, short, tuple(readings)), []).append(span)
    for form, start, end in word_breaks.short_words(text):
        if len(words) < MOST_WORDS:
            words.setdefault(Word((form,), start=True), []).append((start, end))
    for form, start, end in word_breaks.words(text):
        if len(words) < MOST_WORDS + _MOST_BROKEN:
            words.setdefault(Word((form,)), []).append((start, end))
    quoted = [next(filter(None, m.groups())) for m in QUOTED.finditer(text)]
    phrases = (_phrase(q, asked_in) for q in quoted[:_MOST_PHRASES])
    marked = dict.fromkeys(form for word in words for form in word.forms)
    substitutes = _substitutes(also, list(words.values()))
    marked.update(dict.fromkeys(_telling(substitutes)))
    return Question(
        words=tuple(words),
        phrases=tuple(p for p in phrases if p.rows),
        marked=tuple(marked),
        languages=tuple(asked_in),
        substitutes=substitutes,
        letters=asked_letters(entire, asked_in),
        strict=asking + _beside(text, words.values()) <= _MOST_BESIDE,
        excluded=tuple(_excluded(said.excluded, asked_in)),
    )


def _excluded(texts: Iterable[str], asked_in: Iterable[str]) -> Iterator[Word | Phrase]:
    for text in tuple(texts)[:_MOST_EXCLUDED]:
        phrase = _phrase(text, asked_in)
        if phrase.rows and all(len(row) == 1 for row in phrase.rows):
            forms = tuple(dict.fromkeys(row[0][0] for row in phrase.rows))
            yield Word(forms, start=_is_short(forms[0]))
        elif phrase.rows:
            yield phrase


def _is_short(form: str) -> bool:
    """Whether this is a piece of a script without spaces that longer tokens begin with."""
    return len(form) < GRAM and bool(_IS_UNSPACED.match(form))


def _unmarked(text: str, lang: str, languages: Collection[str], held: Collection[str]) -> bool:
    """Whether this may be Vietnamese typed without its marks, which leave open which words are meant."""
    if _MARKED.search(text) or not _LATIN.search(text):
        return False
    if any(primary(tag) == "vi" for tag in (lang, *languages)):
        return True
    words = re.findall("[a-z]+", text.lower())
    return (
        any(primary(tag) == "vi" for tag in held)
        and len(words) > 1
        and all(map(_VIETNAMESE_BARE.fullmatch, words))
    )


def _beside(text: str, places: Iterable[Sequence[tuple[int, int]]]) -> float:
    """How many words stand outside of quotation marks; pairs of characters are about half a one."""
    quoted = [m.span() for m in QUOTED.finditer(text)]
    count = 0.0
    for spans in places:
        if not any(_inside(span, one) for span in spans for one in quoted):
            piece = text[spans[0][0] : spans[0][1]]
            count += 0.5 if _IS_CJK.search(piece) else 0.25 if _IS_UNSPACED.search(piece) else 1.0
    return count


def _substitutes(
    also: Iterable[Also], places: Sequence[Sequence[tuple[int, int]]]
) -> tuple[Substitute, ...]:
    """What may stand for words, with the numbers of those; ``places`` are the spans of each word."""
    made = []
    for one in list(also)[:_MOST_SUBSTITUTES]:
        span = one.start, one.end
        words = tuple(n for n, spans in enumerate(places) if any(_inside(s, span) for s in spans))
        phrases = dict.fromkeys(
            phrase for other in one.alternatives[:_MOST_ALTERNATIVES] for phrase in _phrases(other)
        )
        there = tuple(phrase for phrase in phrases if phrase.rows)
        if words and there:
            made.append(Substitute(words, there))
    return tuple(made)


@lru_cache(maxsize=1024)
def _phrases(other: Alternative) -> tuple[Phrase, ...]:
    """How an alternative may stand in a text: in Arabic also with the article, which changes stems.

    Remembered, since a library asks for the terms of its bank again and again.
    """
    text = other.text[:LONGEST]
    language = primary(other.lang)
    forms = [text]
    if language == "ar" and (words := text.split()):
        definite = [with_article(word) for word in words]
        forms += [" ".join(definite), " ".join([words[0], *definite[1:]])]
    return tuple(_phrase(form, (language,)) for form in forms)


def _telling(substitutes: Iterable[Substitute]) -> Iterator[str]:
    """The tokens of substitutes to highlight: no "de" and "of" wherever they stand."""
    for one in substitutes:
        for phrase in one.phrases:
            for row in phrase.rows:
                for token, _ in row:
                    if len(row) == 1 or len(token) >= GRAM or is_grams(token):
                        yield token


def candidates(
    text: str, lang: str, languages: Collection[str], held: Iterable[str]
) -> dict[str, None]:
    """Languages to analyse a query in; the last one has no stemmer, which gives the words as typed."""
    fitting: set[str] = set()
    for script, stemmed in _BY_SCRIPT:
        if script.search(text):
            fitting |= stemmed
    found = dict.fromkeys([primary(lang), *map(primary, languages)])
    found.update(dict.fromkeys(sorted({primary(tag) for tag in held} & fitting)))
    if _VIETNAMESE.search(text):
        found["vi"] = None
    kept = {language: None for language in found if language in fitting or language == "vi"}
    kept["und"] = None
    return kept


def is_grams(piece: str) -> bool:
    return bool(_IS_CJK.search(piece) or _IS_UNSPACED.search(piece))


def _asked(tokens: list[Token]) -> list[Token]:
    """The tokens that a query needs: whoever types two characters does not look for one of them."""
    ends = {t.end for t in tokens if len(t.text) == 2 and _IS_CJK.match(t.text)}
    starts = {t.start for t in tokens if len(t.text) == 2 and _IS_CJK.match(t.text)}
    threes = {t.end for t in tokens if len(t.text) == GRAM and _IS_UNSPACED.match(t.text)}
    numbered = {(t.start, t.end): t for t in tokens if "0" <= t.text[0] <= "9"}
    asked: list[Token] = []
    for token in tokens:
        # Nor does one look for volts who types "380 V", which is a token of its own.
        if numbered.get((token.start, token.end), token) is not token or token.text[0] == UNMARKED:
            continue
        if len(token.text) == 1 and _IS_CJK.match(token.text):
            if token.end in ends or token.start in starts:
                continue
        elif len(token.text) < GRAM and _IS_UNSPACED.match(token.text) and token.end in threes:
            continue
        asked.append(token)
    return asked


def _phrase(text: str, candidates: Iterable[str]) -> Phrase:
    rows: dict[tuple[tuple[str, int], ...], None] = {}
    for language in candidates:
        tokens = _asked(analyse(text, language))
        wholes = _wholes((t.start, t.end) for t in tokens)
        parts = [t for t in tokens if (t.start, t.end) not in wholes or is_grams(t.text)]
        # Of the stems with and without accents the last one is in every text.
        parts = list({(t.position, t.text if is_grams(t.text) else ""): t for t in parts}.values())
        if parts:
            first = parts[0].position
            rows[tuple((t.text, t.position - first) for t in parts)] = None
    return Phrase(tuple(rows))


def _wholes(spans: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those spans that begin where a shorter one begins."""
    shortest: dict[int, int] = {}
    spans = set(spans)
    for start, end in spans:
        shortest[start] = min(end, shortest.get(start, end))
    return {(start, end) for start, end in spans if shortest[start] < end}


def _inside(part: tuple[int, int], whole: tuple[int, int]) -> bool:
    return whole[0] <= part[0] and part[1] <= whole[1]
