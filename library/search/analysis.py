"""Text -> tokens: the one analysis that indexing, searching and highlighting share.

* Scripts with spaces: words, as Snowball stems of the text's language without diacritics, and as the
  stem that the word has when it is typed without them. The parts of a code or a compound ("PLC-200",
  "M8×1.25", "e-mail") are tokens, and so is the whole of it.
* Han, kana, Hangul: single characters and pairs.
* Thai, Lao, Khmer, Burmese: runs of three characters, and what a run is too short for.

A script border ends a token: "PLC编程" is "plc" and "编程", "6轴机器人" has a "6" of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

import Stemmer

from library.search.characters import BLANK, CJK, MARKS, UNSPACED, fold, plain
from library.search.stems import primary, stem

ANALYSIS_VERSION: Final = f"1/{Stemmer.version()}"
"""Differs whenever the same text may give other tokens; an index made with another one is of no use."""

GRAM: Final = 3
"""Length of the tokens of scripts without spaces."""


class Token(NamedTuple):
    """A token: its text, where it stands in the original text, and its place in the order of words."""

    text: str
    start: int
    end: int
    position: int


_LETTER: Final = rf"[^\W_{CJK}{UNSPACED}]"
_WORD: Final = rf"{_LETTER}++(?:[{MARKS}]++|{_LETTER}++)*+"
_PART: Final = rf"(?:\d++(?:[.,]\d++)*(?!{_LETTER})|{_WORD})"
_LINK: Final = r"(?:[-./_×·]|(?<=\d),(?=\d))"
_RUN: Final = re.compile(
    rf"(?P<cjk>[{CJK}{BLANK}]*[{CJK}]+[{CJK}{BLANK}]*)"
    rf"|(?P<unspaced>[{UNSPACED}{BLANK}]*[{UNSPACED}][{UNSPACED}{BLANK}]*)"
    rf"|(?P<word>{_PART}(?:{_LINK}{_PART})*)"
)
# The same where there are no other letters, which is found in half the time.
_ASCII_PART: Final = r"(?:[0-9]++(?:[.,][0-9]++)*(?![0-9a-z])|[0-9a-z]++)"
_ASCII_RUN: Final = re.compile(rf"{_ASCII_PART}(?:(?:[-./_]|(?<=[0-9]),(?=[0-9])){_ASCII_PART})*")
_PARTS: Final = re.compile(_PART)
_NUMBER: Final = re.compile(rf"\d[\d.,{BLANK}]*")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+\Z")
_ACCENTED: Final = re.compile("[\u00df-\u024f\u0386-\u03ce\u1e00-\u1fff]")
_MOST_PARTS: Final = 4
_LONGEST_WHOLE: Final = 32
# Words remembered of each language: more than the pages that are read on one day have.
_REMEMBERED: Final = 10_000
_words_of: Final[dict[str, dict[str, tuple[tuple[str, int, int], ...]]]] = {}


def analyse(text: str, lang: str) -> list[Token]:
    """The tokens of a ``text`` in ``lang`` (a BCP 47 tag), in the order in which they are to be indexed.

    Offsets are those of ``text`` as given, whatever normalisation does to it. Tokens that overlap
    (single characters and pairs, wholes and parts) share their position.
    """
    form, offsets = plain(text)
    language = primary(lang)
    tokens: list[Token] = []
    place = 0
    for run in _RUN.finditer(form):
        kind = run.lastgroup
        if kind == "word":
            place = _words(run, language, place, tokens)
        else:
            place = _grams(run.group(), run.start(), kind == "cjk", place, tokens)
    if offsets is None:
        return tokens
    return [Token(t.text, offsets[t.start], _end(offsets, t.end), t.position) for t in tokens]


def spot(text: str, wanted: Collection[str], lang: str) -> list[tuple[int, int]]:
    """Where those tokens of a ``text`` stand whose text is ``wanted``: the same as looking through
    `analyse`, several times faster, for a page that marks the words of a query in fifty texts.

    What words become is remembered, since the same few thousand make up most of any language.
    """
    form, offsets = plain(text)
    language = primary(lang)
    remembered = _remembered(language)
    spans: list[tuple[int, int]] = []
    ascii_only = form.isascii()
    for run in (_ASCII_RUN if ascii_only else _RUN).finditer(form):
        if not ascii_only and run.lastgroup != "word":
            spans += _spot_grams(run, wanted)
            continue
        word = run[0]
        tokens = remembered.get(word)
        if tokens is None:
            found: list[Token] = []
            _words(run, language, 0, found)
            base = run.start()
            tokens = tuple((t.text, t.start - base, t.end - base) for t in found)
            if len(remembered) >= _REMEMBERED:
                remembered.clear()
            remembered[word] = tokens
        for token, start, end in tokens:
            if token in wanted:
                spans.append((run.start() + start, run.start() + end))
    if offsets is None:
        return spans
    return [(offsets[start], _end(offsets, end)) for start, end in spans]


def _remembered(language: str) -> dict[str, tuple[tuple[str, int, int], ...]]:
    """What words of a language become. Shared by all threads: to work a word out twice does no harm."""
    return _words_of.setdefault(language, {})


def _spot_grams(run: re.Match[str], wanted: Collection[str]) -> list[tuple[int, int]]:
    text, base = run.group(), run.start()
    cjk = run.lastgroup == "cjk"
    if BLANK in text:
        tokens: list[Token] = []
        _grams(text, base, cjk, 0, tokens)
        return [(t.start, t.end) for t in tokens if t.text in wanted]
    spans = []
    least = len(text) - min(len(text), GRAM - 1)
    for gram in wanted:
        at = text.find(gram)
        while at >= 0:
            # Every single and pair of the one sort is a token; of the other every three, and the end.
            size = len(gram)
            if (size < GRAM) if cjk else (size == GRAM or (at == least and at + size == len(text))):
                spans.append((base + at, base + at + size))
            at = text.find(gram, at + 1)
    return spans


def _end(offsets: list[int], end: int) -> int:
    """Where a token ends in the original: after the whole character that its last one came from."""
    last = offsets[end - 1]
    while offsets[end] == last:
        end += 1
    return offsets[end]


def _words(run: re.Match[str], lang: str, place: int, tokens: list[Token]) -> int:
    whole = run.group()
    base = run.start()
    parts = [(m.group(), m.start() + base, m.end() + base) for m in _PARTS.finditer(whole)]
    first = place
    for part, start, end in parts:
        word = number(part) if _NUMBER.fullmatch(part) else stem(part, lang)
        if word:
            tokens.append(Token(word, start, end, place))
            if lang != "vi" and _ACCENTED.search(part):
                # Stemmers need accents, and many people do not type them.
                bare = stem(fold(part), lang)
                if bare and bare != word:
                    tokens.append(Token(bare, start, end, place))
            place += 1
    if 1 < len(parts) <= _MOST_PARTS:
        joined = stem(join(whole), lang)
        if joined and len(joined) <= _LONGEST_WHOLE:
            tokens.append(Token(joined, base, run.end(), first))
    return place


def join(code: str) -> str:
    """A code without what links its parts, however it is typed: "M8×1.25" and "m8x1,25" agree."""
    return re.sub(r"[-./_·,]", "", code.replace("×", "x"))


def number(digits: str) -> str:
    """A number with one way to write its decimal mark, and without marks between thousands."""
    digits = digits.replace(BLANK, "")
    if _THOUSANDS.match(digits):
        return digits.replace(",", "")
    return digits.replace(",", ".")[:_LONGEST_WHOLE]


def _grams(run: str, base: int, cjk: bool, place: int, tokens: list[Token]) -> int:
    """Singles and pairs, or threes; every character takes a place."""
    if BLANK in run:
        at = [i for i, c in enumerate(run, base) if c != BLANK]
        run = run.replace(BLANK, "")
    else:
        at = list(range(base, base + len(run)))
    count = len(run)
    add = tokens.append
    if cjk:
        for i in range(count - 1):
            start = at[i]
            add(Token(run[i], start, start + 1, place + i))
            add(Token(run[i : i + 2], start, at[i + 1] + 1, place + i))
        add(Token(run[-1], at[-1], at[-1] + 1, place + count - 1))
    else:
        for i in range(count - GRAM + 1):
            add(Token(run[i : i + GRAM], at[i], at[i + GRAM - 1] + 1, place + i))
        # The end of a run is shorter than a token; a short word is found there, too.
        short = min(count, GRAM - 1)
        add(Token(run[-short:], at[-short], at[-1] + 1, place + count - short))
    return place + count
