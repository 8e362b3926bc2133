"""What a reader typed -> what to look up, in every language that it may be meant in.

Nobody says which language a query is in. Every word is therefore looked up in all the forms that it
takes in the languages in question: the reader's own, those filtered for, and those of the library
whose script fits. The forms of one word count as one word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from library.search.analysis import GRAM, Token, analyse
from library.search.characters import CJK, UNSPACED
from library.search.stems import SNOWBALL, primary

LONGEST: Final = 1000
"""Characters of a query that are read; the rest is cut off."""

MOST_WORDS: Final = 48
"""Words (or pairs and threes of characters) of a query that are looked up."""

_MOST_PHRASES: Final = 4
_QUOTED: Final = re.compile(
    '"([^"]+)"|\u201c([^\u201c\u201d]+)\u201d|\u201e([^\u201c\u201d\u201e]+)[\u201c\u201d]'
    "|\u00ab([^\u00ab\u00bb]+)\u00bb|\u300c([^\u300c\u300d]+)\u300d|\u300e([^\u300e\u300f]+)\u300f"
)
_IS_CJK: Final = re.compile(f"[{CJK}]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_ARABIC_SCRIPT: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_LATIN: Final = re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]")
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
    """A word of a query in all its forms; a ``start`` is one that longer tokens begin with."""

    forms: tuple[str, ...]
    start: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, once per analysis: each a tuple of (token, place relative to the first)."""

    rows: tuple[tuple[tuple[str, int], ...], ...]


@dataclass(slots=True)
class Question:
    """An analysed query. ``marked`` are the tokens to highlight."""

    words: tuple[Word, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    marked: tuple[str, ...] = ()
    languages: tuple[str, ...] = field(default=())


def understand(
    text: str, *, lang: str, languages: Collection[str] = (), held: Iterable[str] = ()
) -> Question:
    """Analyse a query.

    ``lang`` is the reader's language, ``languages`` those that the reader filters for, ``held`` those
    of the passages that can be found. Never raises; a text without a word gives no words.
    """
    text = text[:LONGEST]
    candidates = _candidates(text, lang, languages, held)
    groups: dict[tuple[int, int], dict[str, None]] = {}
    for language in candidates:
        for token in _asked(analyse(text, language)):
            groups.setdefault((token.start, token.end), {})[token.text] = None
    spans = sorted(groups)
    wholes = {span for span in _wholes(spans) if not _is_grams(text[span[0] : span[1]])}
    for at, span in enumerate(spans):
        # The whole of a compound is a form of each of its parts: "PLC-200" finds "PLC200".
        for whole in wholes.intersection(spans[max(0, at - 3) : at + 2]):
            if span != whole and _inside(span, whole):
                groups[span].update(groups[whole])
    words: dict[Word, None] = {}
    for span in spans:
        if span not in wholes and len(words) < MOST_WORDS:
            piece = text[span[0] : span[1]]
            forms = tuple(groups[span])
            short = len(forms[0]) == GRAM - 1 and bool(_IS_UNSPACED.search(piece))
            words[Word(forms, start=short)] = None
    quoted = [next(filter(None, m.groups())) for m in _QUOTED.finditer(text)]
    phrases = (_phrase(q, candidates) for q in quoted[:_MOST_PHRASES])
    marked = dict.fromkeys(form for word in words for form in word.forms)
    return Question(
        words=tuple(words),
        phrases=tuple(p for p in phrases if p.rows),
        marked=tuple(marked),
        languages=tuple(candidates),
    )


def _candidates(
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


def _is_grams(piece: str) -> bool:
    return bool(_IS_CJK.search(piece) or _IS_UNSPACED.search(piece))


def _asked(tokens: list[Token]) -> list[Token]:
    """The tokens that a query needs: whoever types two characters does not look for one of them."""
    ends = {t.end for t in tokens if len(t.text) == 2 and _IS_CJK.match(t.text)}
    starts = {t.start for t in tokens if len(t.text) == 2 and _IS_CJK.match(t.text)}
    threes = {t.end for t in tokens if len(t.text) == GRAM and _IS_UNSPACED.match(t.text)}
    asked: list[Token] = []
    for token in tokens:
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
        parts = [t for t in tokens if (t.start, t.end) not in wholes or _is_grams(t.text)]
        # Of the stems with and without accents the last one is in every text.
        parts = list({(t.position, t.text if _is_grams(t.text) else ""): t for t in parts}.values())
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
