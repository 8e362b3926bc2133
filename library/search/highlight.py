"""The piece of a text that answers a query best, with the words of the query marked.

No markup: pieces of plain text, so that a page, a feed and a terminal mark them each in their way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from library.search.analysis import GRAM, spot
from library.search.characters import UNSPACED, plain

ELLIPSIS: Final = "…"
_JOINERS: Final = frozenset(
    "\u200d\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0f84\u1039\u103a\u17d2"
)
_SARA_AM: Final = frozenset("\u0e33\u0eb3")
_PREFIXES: Final = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
_SPACES: Final = re.compile(r"\s+")
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_LEAST_RUN: Final = GRAM + 1


def whole(text: str, at: int) -> bool:
    """Whether ``text`` may be cut before character ``at`` without taking a letter apart.

    Combining marks stay with their base, conjuncts with the virama that joins them, Thai and Lao
    vowels with the consonant that they belong to, surrogate-free emoji sequences with their joiners.
    """
    if at <= 0 or at >= len(text):
        return True
    char, before = text[at], text[at - 1]
    if char == " ":
        return True
    if unicodedata.category(char)[0] == "M" or char in _SARA_AM or char == "\u200d":
        return False
    if before in _JOINERS or before in _PREFIXES:
        return False
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\u1160" <= char <= "\u11ff":
        return False
    if _is_flag(char) and _is_flag(before):
        first = at
        while first and _is_flag(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 0
    return (before, char) != ("\r", "\n")


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def marks(text: str, words: Collection[str], lang: str) -> list[tuple[int, int]]:
    """Where the analysed ``words`` (`Results.words`) stand in ``text``: spans, in order, apart."""
    wanted = frozenset(words)
    if not wanted:
        return []
    spans = spot(text, wanted, lang)
    short = [w for w in wanted if len(w) == GRAM - 1 and _UNSPACED.match(w)]
    if short:
        form, offsets = plain(text)
        for found in re.finditer("|".join(map(re.escape, short)), form):
            start, end = found.span()
            spans.append((start, end) if offsets is None else (offsets[start], offsets[end]))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    # Three characters that a word shares with another word by chance say nothing where more agree.
    runs = [_UNSPACED.match(text[start:end]) is not None for start, end in joined]
    longest = max((e - s for (s, e), run in zip(joined, runs, strict=True) if run), default=0)
    if longest >= _LEAST_RUN:
        joined = [
            (start, end)
            for (start, end), run in zip(joined, runs, strict=True)
            if not run or end - start >= _LEAST_RUN
        ]
    return [_widened(text, start, end) for start, end in joined]


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    while not whole(text, start):
        start -= 1
    while not whole(text, end):
        end += 1
    return start, end


def snippet(
    text: str, words: Collection[str], lang: str, *, width: int = 240
) -> list[tuple[str, bool]]:
    """About ``width`` characters of ``text``, as pieces and whether each is a word of the query.

    The window with the most different words wins, then the one with the most, then the first. White
    space becomes single spaces; a piece that is only "…" stands where text was left out. Never cuts
    a letter apart, nor a word if it can be helped. An empty text gives no pieces.
    """
    text = _SPACES.sub(" ", text).strip()
    if not text:
        return []
    spans = marks(text, words, lang)
    start, end = _window(text, spans, max(1, width))
    pieces: list[tuple[str, bool]] = []
    if start > 0:
        pieces.append((ELLIPSIS, False))
    at = start
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first >= last or first < at:
            continue
        if first > at:
            pieces.append((text[at:first], False))
        pieces.append((text[first:last], True))
        at = last
    if at < end:
        pieces.append((text[at:end], False))
    if end < len(text):
        pieces.append((ELLIPSIS, False))
    return pieces


def _window(text: str, spans: list[tuple[int, int]], width: int) -> tuple[int, int]:
    if len(text) <= width:
        return 0, len(text)
    best = (0, 0, 0)
    begin, stop = 0, 0
    inside: dict[str, int] = {}
    last = 0
    for first, (start, _) in enumerate(spans):
        while last < len(spans) and spans[last][1] - start <= width:
            key = text[spans[last][0] : spans[last][1]].casefold()
            inside[key] = inside.get(key, 0) + 1
            last += 1
        rank = (len(inside), last - first, -start)
        if last > first and rank > best:
            best = rank
            begin, stop = start, spans[last - 1][1]
        if last > first:
            key = text[spans[first][0] : spans[first][1]].casefold()
            inside[key] -= 1
            if not inside[key]:
                del inside[key]
        else:
            last = first + 1
    # Words make more sense with what goes before them, more of it than of what follows.
    room = width - (stop - begin)
    start = max(0, min(begin - room // 3, len(text) - width))
    return _left(text, start, begin if stop else 0), _right(text, start + width, stop)


def _left(text: str, at: int, latest: int) -> int:
    """A place to begin at, from ``at`` on but not after ``latest``."""
    if at <= 0:
        return 0
    space = text.find(" ", at - 1, min(latest, at + 24))
    if space >= 0:
        return space + 1
    while not whole(text, at):
        at -= 1
    return at


def _right(text: str, at: int, earliest: int) -> int:
    """A place to end at, up to ``at`` but not before ``earliest``."""
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", max(earliest, at - 24), at + 1)
    if space > 0:
        return space
    while not whole(text, at):
        at += 1
    return at
