"""Text -> tokens: the one analysis that indexing, searching and highlighting share.

* Scripts with spaces: words, as Snowball stems of the text's language without diacritics, and as the
  stem that the word has when it is typed without them, or (Arabic) without prefixes. The parts of a
  code or a compound ("PLC-200", "M8×1.25", "e-mail") are tokens, and so is the whole of it. An elided
  article (l'énergie) and the English genitive are none.
* A number and its unit are tokens, and so are both as one, however they are set: "380V", "380 V". The
  same goes for letters in capitals and the number after them: "IEC 60204-1", "DN 50".
* Han, kana, Hangul: single characters and pairs, simplified.
* Thai, Lao, Khmer, Burmese: runs of three characters, and what a run is too short for.

A script border ends a token: "PLC编程" is "plc" and "编程", "6轴机器人" has a "6" of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

import Stemmer

from library.i18n.tags import script_of
from library.search.characters import BLANK, CJK, MARKS, UNSPACED, fold, plain
from library.search.stems import BEHEADING, light, primary, stem
from library.search.units import UNITS

ANALYSIS_VERSION: Final = f"2/{Stemmer.version()}"
"""Differs whenever the same text may give other tokens; an index made with another one is of no use."""

GRAM: Final = 3
"""Length of the tokens of scripts without spaces."""

UNMARKED: Final = "^"
"""What tokens begin with that are Vietnamese words without their marks; others never hold it."""


class Token(NamedTuple):
    """A token: its text, where it stands in the original text, and its place in the order of words."""

    text: str
    start: int
    end: int
    position: int


class _Piece(NamedTuple):
    """A token of a run of letters and digits; where it stands and its place are those in the run."""

    text: str
    start: int
    end: int
    place: int


class _Cut(NamedTuple):
    """What a run of letters and digits is cut into, and what it may be part of together with the next.

    ``places``: how many it takes. ``number``: its last part, if that is one. ``unit``: what it is if it
    is a unit. ``head``: the letters that a code may begin with. ``figures``: the numbers that the rest
    of a code may be, with their ends.
    """

    pieces: tuple[_Piece, ...]
    places: int
    number: str = ""
    unit: str = ""
    head: str = ""
    figures: tuple[tuple[str, int], ...] = ()


_LETTER: Final = rf"[^\W_{CJK}{UNSPACED}]"
_WORD: Final = rf"{_LETTER}++(?:[{MARKS}]++|{_LETTER}++)*+"
_UNIT: Final = "|".join(sorted(UNITS, key=len, reverse=True))
_PART: Final = (
    rf"(?:(?<![-./_×·])\d++(?:[.,]\d++)*+(?=(?:{_UNIT})(?!{_LETTER}))"
    rf"|\d++(?:[.,]\d++)*(?!{_LETTER})|{_WORD})"
)
_LINK: Final = r"(?:[-./_×·]|(?<=\d),(?=\d)|(?<=[^\W\d_])'(?=[^\W\d_]))"
_RUN: Final = re.compile(
    rf"(?P<cjk>[{CJK}][{CJK}{BLANK}]*+)|(?P<unspaced>[{UNSPACED}][{UNSPACED}{BLANK}]*+)"
    rf"|(?P<word>{_PART}(?:{_LINK}{_PART})*)"
)
# The same where there are no other letters, which is found in half the time.
_ASCII_PART: Final = (
    rf"(?:(?<![-./_])[0-9]++(?:[.,][0-9]++)*+(?=(?:{_UNIT})(?![0-9a-z]))"
    r"|[0-9]++(?:[.,][0-9]++)*(?![0-9a-z])|[0-9a-z]++)"
)
_ASCII_LINK: Final = r"(?:[-./_]|(?<=[0-9]),(?=[0-9])|(?<=[a-z])'(?=[a-z]))"
_ASCII_RUN: Final = re.compile(rf"{_ASCII_PART}(?:{_ASCII_LINK}{_ASCII_PART})*")
_PARTS: Final = re.compile(_PART)
_NUMBER: Final = re.compile(rf"\d[\d.,{BLANK}]*")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+\Z")
_ACCENTED: Final = re.compile("[\u00df-\u024f\u0300-\u036f\u0386-\u03ce\u1e00-\u1fff]")
# French, Italian and Catalan words that lose their end before a vowel.
_ELIDED: Final = re.compile(
    "(?:[cdjlmnstv]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu|entr"
    "|gl|all|coll|dall|dell|nell|sull|un|quest|quell|anch|sant|bell|tutt|senz|com|dov)'"
)
# Letters from one to another, their script (ISO 15924), and the language that it stands for elsewhere.
_FOREIGN: Final = (
    ("\u0370", "\u03ff", "Grek", "el"),
    ("\u0400", "\u052f", "Cyrl", "ru"),
    ("\u0600", "\u06ff", "Arab", "ar"),
    ("\u0900", "\u097f", "Deva", "hi"),
)
_DIGIT: Final = re.compile("[0-9]")
_HEAD: Final = re.compile("[a-z]{1,5}[0-9]{0,3}")
# What may stand between a number and its unit: nothing, a space, and a degree sign, which is one here.
_GAP: Final = re.compile(f"[ {BLANK}]{{0,2}}")
_MOST_PARTS: Final = 4
_LONGEST_WHOLE: Final = 32
# Words remembered of each language: more than the pages that are read on one day have.
_REMEMBERED: Final = 10_000
_cuts_of: Final[dict[str, dict[str, _Cut]]] = {}


def analyse(text: str, lang: str, *, asked: bool = False) -> list[Token]:
    """The tokens of a ``text`` in ``lang`` (a BCP 47 tag), in the order in which they are to be indexed.

    Offsets are those of ``text`` as given, whatever normalisation does to it. Tokens that overlap
    (single characters and pairs, wholes and parts) share their position. ``asked``: this is a query,
    which nobody types in capitals.
    """
    form, offsets = plain(text)
    language = primary(lang)
    tokens: list[Token] = []
    # Half the time that calling Token takes, which is most of what analysing takes.
    add, new = tokens.append, tuple.__new__
    place = 0
    before: tuple[int, int, int, _Cut] | None = None
    for run in (_ASCII_RUN if form.isascii() else _RUN).finditer(form):
        if run.lastgroup not in (None, "word"):
            place = _grams(run[0], run.start(), run.lastgroup == "cjk", place, tokens)
            continue
        cut = _cut(run[0], language)
        start = run.start()
        for piece in cut.pieces:
            add(new(Token, (piece[0], start + piece[1], start + piece[2], place + piece[3])))
        if before is not None and (cut.unit or cut.figures):
            first, last, at, other = before
            for piece in _across(other, first, last, cut, start, form, text, offsets, asked):
                where = place if piece.place else at
                add(Token(piece.text, piece.start, piece.end, where))
        before = (start, run.end(), place, cut) if cut.number or cut.head else None
        place += cut.places
    if offsets is None:
        return tokens
    return [
        new(Token, (text, offsets[start], _end(offsets, end), position))
        for text, start, end, position in tokens
    ]


def spot(text: str, wanted: Collection[str], lang: str) -> list[tuple[int, int]]:
    """Where those tokens of a ``text`` stand whose text is ``wanted``: the same as looking through
    `analyse`, several times faster, for a page that marks the words of a query in fifty texts."""
    form, offsets = plain(text)
    language = primary(lang)
    remembered = _cuts_of.setdefault(language, {})
    spans: list[tuple[int, int]] = []
    ascii_only = form.isascii()
    if ascii_only and not any(map(_DIGIT.search, wanted)):
        # No word is part of another token then, so each needs to be looked at once only.
        spans = _spot_words(form, wanted, language)
        return spans if offsets is None else [(offsets[a], _end(offsets, b)) for a, b in spans]
    before: tuple[int, int, _Cut] | None = None
    for run in (_ASCII_RUN if ascii_only else _RUN).finditer(form):
        if not ascii_only and run.lastgroup != "word":
            spans += _spot_grams(run, wanted)
            continue
        word = run[0]
        cut = remembered.get(word) or _cut(word, language)
        for piece in cut.pieces:
            if piece.text in wanted:
                start = run.start()
                spans.append((start + piece.start, start + piece.end))
        if before is not None and (cut.unit or cut.figures):
            first, last, other = before
            spans += [
                (piece.start, piece.end)
                for piece in _across(other, first, last, cut, run.start(), form, text, offsets)
                if piece.text in wanted
            ]
        before = (run.start(), run.end(), cut) if cut.number or cut.head else None
    if offsets is None:
        return spans
    return [(offsets[start], _end(offsets, end)) for start, end in spans]


def _spot_words(form: str, wanted: Collection[str], language: str) -> list[tuple[int, int]]:
    remembered = _cuts_of.setdefault(language, {})
    telling: dict[str, list[tuple[int, int]]] = {}
    words = set(_ASCII_RUN.findall(form))
    if language not in BEHEADING:
        initials = {token[:1] for token in wanted}
        words = {word for word in words if word[0] in initials or not word.isalpha()}
    for word in words:
        cut = remembered.get(word) or _cut(word, language)
        for piece in cut.pieces:
            if piece.text in wanted:
                telling.setdefault(word, []).append((piece.start, piece.end))
    if not telling:
        return []
    return [
        (run.start() + start, run.start() + end)
        for run in _ASCII_RUN.finditer(form)
        for start, end in telling.get(run[0], ())
    ]


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


def _cut(run: str, lang: str) -> _Cut:
    """What a run of letters and digits becomes. Remembered, since the same few thousand make up most of
    any language; shared by all threads: to work one out twice does no harm."""
    remembered = _cuts_of.setdefault(lang, {})
    cut = remembered.get(run)
    if cut is None:
        if len(remembered) >= _REMEMBERED:
            remembered.clear()
        cut = remembered[run] = _cut_anew(run, lang)
    return cut


def _cut_anew(run: str, lang: str) -> _Cut:
    lang = _language(run, lang)
    base, end = _told(run)
    whole = run[base:end]
    parts = [(m[0], m.start() + base, m.end() + base) for m in _PARTS.finditer(whole)]
    pieces: list[_Piece] = []
    place = 0
    last = ""
    for part, first, until in parts:
        last = number(part) if _NUMBER.fullmatch(part) else ""
        word = last or stem(part, lang)
        if word:
            pieces.append(_Piece(word, first, until, place))
            other = "" if last else _other(part, lang)
            if other and other != word:
                pieces.append(_Piece(other, first, until, place))
            place += 1
    joined = join(whole).replace(BLANK, "")
    if 1 < len(parts) <= _MOST_PARTS:
        word = stem(joined, lang)
        if word and len(word) <= _LONGEST_WHOLE:
            pieces.append(_Piece(word, base, end, 0))
    if not pieces:
        return _Cut((), 0)
    first_part = parts[0][0].replace(BLANK, "")
    unit = joined if joined in UNITS else first_part if first_part in UNITS else ""
    head = joined if _HEAD.fullmatch(joined) else ""
    figures: tuple[tuple[str, int], ...] = ()
    if len(joined) <= _LONGEST_WHOLE and "0" <= joined[0] <= "9":
        both = {join(first_part): parts[0][2], joined: end}
        figures = tuple(both.items())
    return _Cut(tuple(pieces), place, last, unit, head, figures)


def _language(run: str, lang: str) -> str:
    """The language that a word is likely in: of letters that the language of the text does not have,
    the one that has most texts in them. Keywords are in all languages, whatever the text is in."""
    first = run[0]
    if first >= "\u0370" and lang != "und":
        for least, most, script, usual in _FOREIGN:
            if least <= first <= most and script_of(lang) != script:
                return usual
    return lang


def _other(word: str, lang: str) -> str:
    """What else a word is found by: without its accents, which stemmers need and many people do not
    type, or without the prefixes of Arabic that its stemmer leaves on."""
    if lang == "ar":
        return light(word)
    if not _ACCENTED.search(word):
        return ""
    return UNMARKED + fold(word.replace(BLANK, "")) if lang == "vi" else stem(fold(word), lang)


def _told(run: str) -> tuple[int, int]:
    """Where the word of a run begins and ends, without what an apostrophe sets off."""
    start, end = 0, len(run)
    if "'" in run:
        while found := _ELIDED.match(run, start):
            start = found.end()
        if run.endswith("'s", start):
            end -= 2
    return start, end


def _across(
    cut: _Cut,
    start: int,
    end: int,
    following: _Cut,
    at: int,
    form: str,
    text: str,
    offsets: list[int] | None,
    asked: bool = False,
) -> Iterator[_Piece]:
    """Tokens that two runs are together, the first from ``start`` to ``end`` and the other from ``at``
    on; their place is 0 for that of the first run, and 1 for that of the other."""
    if cut.number and following.unit and _GAP.fullmatch(form, end, at):
        unit = following.pieces[0]
        yield _Piece(cut.number + following.unit, at + unit.start, at + unit.end, 1)
    if cut.head and following.figures and form[end:at] == " ":
        first, last = (start, end) if offsets is None else (offsets[start], offsets[end])
        if asked or text[first:last].isupper():
            for figures, until in following.figures:
                yield _Piece(cut.head + figures, start, at + until, 0)


def join(code: str) -> str:
    """A code without what links its parts, however it is typed: "M8×1.25" and "m8x1,25" agree."""
    return re.sub(r"[-./_·,']", "", code.replace("×", "x"))


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
    add, new = tokens.append, tuple.__new__
    if cjk:
        for i in range(count - 1):
            start = at[i]
            add(new(Token, (run[i], start, start + 1, place + i)))
            add(new(Token, (run[i : i + 2], start, at[i + 1] + 1, place + i)))
        add(new(Token, (run[-1], at[-1], at[-1] + 1, place + count - 1)))
    else:
        for i in range(count - GRAM + 1):
            add(new(Token, (run[i : i + GRAM], at[i], at[i + GRAM - 1] + 1, place + i)))
        # The end of a run is shorter than a token; a short word is found there, too.
        short = min(count, GRAM - 1)
        add(new(Token, (run[-short:], at[-short], at[-1] + 1, place + count - short)))
    return place + count
