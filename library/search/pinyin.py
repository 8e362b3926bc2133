"""Chinese by its sound: readings of titles for the index, and what is typed in pinyin as syllables.

Syllables have no tones here, and u for ü. A title is indexed by every two syllables that follow one
another, joined ("伺服电机": sifu, fudian, dianji), in every reading that its characters have; one
syllable alone would say too little. Whoever types "sifu dianji", "sìfú diànjī", "si4fu2" or
"sifudianji" looks for the same pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise, product
from pathlib import Path
from typing import Final, NamedTuple

from library.search.analysis import Token
from library.search.characters import BLANK, fold, plain

MARK: Final = "~"
"""What tokens that are readings begin with; others never hold it."""

Row = tuple[tuple[str, int], ...]
"""Tokens in a row, each with its place relative to the first, as in `question.Phrase`."""

_HAN: Final = re.compile(f"[\u4e00-\u9fff{BLANK}]+")
_LETTERS: Final = "a-z\u00df-\u00f6\u00f8-\u01dc\u0300-\u030c\u1e3f"
_TYPED: Final = re.compile(rf"[{_LETTERS}]+[1-5]?(?:'?[{_LETTERS}]+[1-5]?)*(?![0-9])")
_BETWEEN: Final = re.compile("[ '-]{0,2}")
_CHUNK: Final = re.compile("[a-z]+")
_LONGEST: Final = 60
_MOST_WAYS: Final = 4
_MOST_READINGS: Final = 3
_LONGEST_SYLLABLE: Final = 6


class Spelt(NamedTuple):
    """A word that may be pinyin, where it stands, and the rows of tokens that it may be."""

    start: int
    end: int
    rows: tuple[Row, ...]


class _Usual(NamedTuple):
    """How a character of several readings is read most often, and otherwise in which pairs."""

    syllable: str
    otherwise: dict[str, str]


def _lines(name: str) -> Iterator[list[str]]:
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split()


@cache
def _syllables() -> dict[str, str]:
    """Syllables as they may be typed, and as they are here: keyboards and passports lack the ü."""
    found = {}
    for syllable, _ in _lines("syllables.txt"):
        found[syllable] = syllable
        if syllable[0] in "lnjqxy" and syllable[1:2] == "u":
            found[f"{syllable[0]}v{syllable[2:]}"] = syllable
        if syllable in ("lu", "lue", "nu", "nue"):
            found[f"{syllable[0]}yu{syllable[2:]}"] = syllable
    return found


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Character -> its syllables; 1.5 MB, needed where titles are indexed and nowhere else."""
    found: dict[str, tuple[str, ...]] = {}
    for syllable, chars in _lines("syllables.txt"):
        for char in chars:
            found[char] = (*found.get(char, ()), syllable)
    return found


@cache
def _usual() -> dict[str, _Usual]:
    found = {}
    for char, syllable, *others in _lines("polyphones.txt"):
        pairs = {}
        for other in others:
            different, _, words = other.partition(":")
            pairs.update(dict.fromkeys(words.split(","), different))
        found[char] = _Usual(syllable, pairs)
    return found


def tokens(text: str, place: int = 0) -> list[Token]:
    """The tokens by which a ``text`` is found by its sound, from ``place`` on; none without Chinese.

    A run of a single character has its syllable. Offsets are those of the plain form.
    """
    found: list[Token] = []
    readings = _readings()
    for run in _HAN.finditer(plain(text)[0]):
        chars = run[0].replace(BLANK, "")
        read = [readings.get(char, ("",))[:_MOST_READINGS] for char in chars]
        pairs = list(pairwise(read)) or [(read[0], ("",))] if read else []
        for number, pair in enumerate(pairs):
            for joined in dict.fromkeys(map("".join, product(*pair))):
                if joined:
                    token = Token(MARK + joined, run.start(), run.end(), place + number)
                    found.append(token)
        # The next run does not follow this one.
        place += len(pairs) + 2
    return found


def pinyin_of(text: str) -> str:
    """A Chinese text in pinyin without tones, syllables apart, each character in the reading that it
    has most often between its neighbours; other text is left out. Empty where there is no Chinese."""
    form = plain(text)[0].replace(BLANK, "")
    readings, usual = _readings(), _usual()
    spoken = []
    for at, char in enumerate(form):
        known = usual.get(char)
        if known is not None:
            before, after = form[max(0, at - 1) : at + 1], form[at : at + 2]
            otherwise = known.otherwise
            spoken.append(otherwise.get(after) or otherwise.get(before) or known.syllable)
        elif char in readings:
            spoken.append(readings[char][0])
    return " ".join(spoken)


@lru_cache(maxsize=2048)
def _cut(letters: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which ``letters`` are syllables, at most a few, those with longer ones first."""
    known = _syllables()
    ends: list[list[tuple[str, ...]]] = [[] for _ in letters] + [[()]]
    for at in range(len(letters) - 1, -1, -1):
        for size in range(min(_LONGEST_SYLLABLE, len(letters) - at), 0, -1):
            syllable = known.get(letters[at : at + size])
            if syllable is not None and len(ends[at]) < _MOST_WAYS:
                ways = ends[at + size][: _MOST_WAYS - len(ends[at])]
                ends[at] += [(syllable, *way) for way in ways]
    return tuple(ends[0])


def _ways(word: str) -> list[tuple[str, ...]]:
    """The ways in which a word as typed is syllables; tones and apostrophes end one."""
    ways: list[tuple[str, ...]] = [()]
    for chunk in _CHUNK.findall(fold(word)):
        ways = [(*before, *way) for before in ways for way in _cut(chunk)][:_MOST_WAYS]
    return [way for way in ways if way]


def spelt(text: str) -> list[Spelt]:
    """The words of a query that may be pinyin, with the rows of tokens that they may be.

    A word of one syllable is a part of a pair with a word beside it, or a title of its own.
    """
    form, offsets = plain(text)
    words: list[tuple[int, int, list[tuple[str, ...]]]] = []
    for match in _TYPED.finditer(form):
        ways = _ways(match[0]) if 1 < match.end() - match.start() <= _LONGEST else []
        words.append((match.start(), match.end(), ways))
    found = []
    for number, (start, end, ways) in enumerate(words):
        rows: dict[Row, None] = {}
        for way in ways:
            if len(way) > 1:
                pairs = pairwise(way)
                rows[tuple((f"{MARK}{a}{b}", n) for n, (a, b) in enumerate(pairs))] = None
            else:
                rows[((MARK + way[0], 0),)] = None
                if number and _BETWEEN.fullmatch(form, words[number - 1][1], start):
                    for other in words[number - 1][2]:
                        rows[((f"{MARK}{other[-1]}{way[0]}", 0),)] = None
                if number + 1 < len(words) and _BETWEEN.fullmatch(form, end, words[number + 1][0]):
                    for other in words[number + 1][2]:
                        rows[((f"{MARK}{way[0]}{other[0]}", 0),)] = None
        if rows:
            first, last = start, end
            if offsets is not None:
                first, last = offsets[start], offsets[end]
            found.append(Spelt(first, last, tuple(rows)))
    return found
