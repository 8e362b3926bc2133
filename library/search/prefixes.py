"""Titles by the beginnings of their words: what a reader who has typed "cold ch" may be after.

Of every title every place where a word may begin is listed, in the order of what follows there: titles that
hold a beginning are a stretch of that list, found by bisection with some forty short reads. Scripts
without spaces begin a word at every character. Titles are numbered by kind and length, so that the best
of a kind are the smallest numbers of a stretch. Nothing of it is held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.search.array_file import Array, ArrayFile
from library.search.characters import CJK, UNSPACED
from library.search.distinct import distinct
from library.search.lexicon import folded, squeezed

KINDS: Final = ("term", "work", "institution", "partnership", "section")
"""What a title may be that of, in the order in which they are shown."""

# How places are dealt out while every kind has titles: a term, a work, a term, a work, an institution ...
_DEAL: Final = (0, 1, 0, 1, 2, 4, 0, 1, 3, 4)
_LONGEST: Final = 120
_MOST_STARTS: Final = 60
_MOST_WORDS: Final = 6
# Of a stretch longer than this only part is looked through: somebody has typed a single letter.
_LONGEST_STRETCH: Final = 400_000
_STARTS: Final = re.compile(rf"(?:(?<=\s)|^)\S|[{CJK}]|[{UNSPACED}]")
_PLACE: Final = np.dtype([("title", "<u4"), ("at", "<u2")])


@dataclass(frozen=True, slots=True)
class Title:
    """Something with a title in one language; ``key`` is the number of its row."""

    text: str
    lang: str
    kind: str
    key: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A title with the beginning; so many ``things`` of the kind have it, of which this is the first."""

    lang: str
    kind: str
    key: int
    things: int


class PrefixesDraft:
    """Gathers titles and makes the arrays of `Prefixes`."""

    def __init__(self, *, reading: Callable[[str], str]) -> None:
        """``reading`` gives a Chinese text in pinyin, syllables apart; empty where it has none."""
        self._reading = reading
        self._shelves: dict[str, dict[tuple[int, str], tuple[int, int]]] = {}
        self._readings: dict[str, dict[str, str]] = {}

    def add(self, title: Title) -> None:
        text = folded(title.text)[:_LONGEST].strip()
        if not text:
            return
        named = (KINDS.index(title.kind), text)
        shelf = self._shelves.setdefault(title.lang, {})
        first, things = shelf.get(named, (title.key, 0))
        shelf[named] = (min(first, title.key), things + 1)
        if title.lang.startswith("zh"):
            read = folded(self._reading(title.text))[:_LONGEST].strip()
            if read and read.isascii():
                self._readings.setdefault(title.lang, {})[text] = read

    def arrays(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The arrays, and what `Prefixes` have to know about them; the draft is empty afterwards."""
        arrays: dict[str, Array] = {}
        about: dict[str, Any] = {}
        while self._shelves:
            # One language after the other, each let go of when it is done.
            lang, shelf = self._shelves.popitem()
            titles = sorted(shelf, key=lambda one: (one[0], len(one[1]), one[1]))
            kinds = [sum(kind == n for kind, _ in titles) for n in range(len(KINDS))]
            arrays[f"titles.{lang}.keys"] = np.array([shelf[one][0] for one in titles], np.uint32)
            things = [min(shelf[one][1], 65_535) for one in titles]
            arrays[f"titles.{lang}.things"] = np.array(things, np.uint16)
            texts = [text.encode() for _, text in titles]
            starts = [np.fromiter(_starts(text), np.uint16) for _, text in titles]
            places = _put(arrays, lang, texts, starts)
            about[lang] = {"kinds": kinds, "places": places, "read": 0}
            readings = self._readings.pop(lang, None)
            if readings:
                read = [readings.get(text, "") for _, text in titles]
                about[lang]["read"] = _put(
                    arrays,
                    f"{lang}.read",
                    [one.replace(" ", "").encode() for one in read],
                    [np.fromiter(_syllables(one), np.uint16) for one in read],
                )
        return arrays, about


def _put(arrays: dict[str, Array], name: str, texts: list[bytes], starts: list[Array]) -> int:
    """Write texts one after the other, and the order of all places where a word begins in them."""
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.uint32)
    numbers = np.repeat(np.arange(len(texts), dtype=np.uint32), [len(one) for one in starts])
    places = np.concatenate(starts) if starts else np.zeros(0, dtype=np.uint16)
    text = np.frombuffer(b"".join(texts), dtype=np.uint8)
    order = _order(text, offsets[numbers] + places, offsets[numbers + 1])
    listed = np.empty(len(order), dtype=_PLACE)
    listed["title"], listed["at"] = numbers[order], places[order]
    arrays[f"titles.{name}.at"] = offsets
    arrays[f"titles.{name}.text"] = text
    arrays[f"titles.{name}.places"] = listed.view(np.uint8)
    return len(listed)


def _order(text: Array, starts: Array, stops: Array) -> NDArray[np.intp]:
    """The order of the pieces of a text from ``starts`` to ``stops``.

    The first sixteen bytes of each are sorted as two numbers; only those that agree in them are looked at
    one by one. Half a million pieces as objects would take fifty megabytes.
    """
    keys = []
    for first in (0, 8):
        key = np.zeros(len(starts), dtype=np.uint64)
        for byte in range(first, first + 8):
            there = starts + byte < stops
            key <<= np.uint64(8)
            key[there] |= text[starts[there] + byte]
        keys.append(key)
    order = np.lexsort((keys[1], keys[0]))
    alike = (keys[0][order][1:] == keys[0][order][:-1]) & (
        keys[1][order][1:] == keys[1][order][:-1]
    )
    del keys
    whole = text.tobytes()
    edges = np.flatnonzero(np.diff(np.concatenate(([0], alike.view(np.int8), [0]))))
    for begin, end in edges.reshape(-1, 2).tolist():
        group = order[begin : end + 1].tolist()
        group.sort(key=lambda n: whole[int(starts[n]) : int(stops[n])])
        order[begin : end + 1] = group
    return order


def _starts(text: str) -> Iterator[int]:
    """Where words begin in a folded text, in bytes of UTF-8."""
    at = passed = 0
    for n, found in enumerate(_STARTS.finditer(text)):
        if n == _MOST_STARTS:
            return
        at += len(text[passed : found.start()].encode())
        passed = found.start()
        yield at


def _syllables(reading: str) -> Iterator[int]:
    """Where syllables begin in a reading once its spaces are left out."""
    at = 0
    for syllable in reading.split()[:_MOST_STARTS]:
        yield at
        at += len(syllable)


class Prefixes:
    """Titles by beginnings, a shelf for each language. Every method may raise ``Damaged``."""

    def __init__(self, file: ArrayFile, about: Mapping[str, Any]) -> None:
        self._file, self._about = file, about

    @property
    def languages(self) -> list[str]:
        """The languages that have titles, the one with the most first."""
        return sorted(self._about, key=lambda lang: (-sum(self._about[lang]["kinds"]), lang))

    def __len__(self) -> int:
        return sum(sum(about["kinds"]) for about in self._about.values())

    def begun(
        self, text: str, *, lang: str, most: int, kinds: Collection[str] = KINDS
    ) -> list[Begun]:
        """Titles in ``lang`` with words that begin so, at most ``most``: some of every kind.

        The words follow one another in the title, or else stand in it in any order. Chinese titles
        are found by their readings as well, typed with or without spaces.
        """
        asked = folded(text)[:_LONGEST].strip()
        if lang not in self._about or not asked or most < 1:
            return []
        wanted = [n for n, kind in enumerate(KINDS) if kind in kinds]
        found = self._best(lang, lang, asked.encode(), most, wanted)
        if self._about[lang]["read"] and asked.isascii() and len(found) < most:
            read = squeezed(asked).encode()
            found += self._best(f"{lang}.read", lang, read, most, wanted)
        words = asked.split()
        if len(found) < most and 1 < len(words) <= _MOST_WORDS:
            found += self._scattered(lang, words, most, wanted)
        return [self._told(lang, n) for n in self._dealt(lang, found, most)]

    def _best(
        self, shelf: str, lang: str, begun: bytes, most: int, kinds: Sequence[int]
    ) -> list[int]:
        """The numbers of the best titles of each kind of a stretch: those that begin with it first."""
        places = self._stretch(shelf, lang, begun)
        titles = places["title"].astype(np.int64)
        merit = titles | ((places["at"] > 0).astype(np.int64) << 32)
        found: dict[int, None] = {}
        for kind in kinds:
            first, end = self._numbers(lang, kind)
            own = merit[(titles >= first) & (titles < end)]
            # A title may hold the beginning several times.
            take = most * 6
            if take < len(own):
                own = np.partition(own, take)[:take]
            best = dict.fromkeys(int(n) & 0xFFFFFFFF for n in np.sort(own))
            found.update(dict.fromkeys(list(best)[:most]))
        return list(found)

    def _numbers(self, lang: str, kind: int) -> tuple[int, int]:
        """The numbers of the titles of a kind: the first, and the one after the last."""
        counts = self._about[lang]["kinds"]
        return sum(counts[:kind]), sum(counts[: kind + 1])

    def _dealt(self, lang: str, found: Sequence[int], most: int) -> list[int]:
        """So many of the titles that no kind crowds out the others, sorted by kind."""
        piles: list[list[int]] = [[] for _ in KINDS]
        bounds = np.cumsum(self._about[lang]["kinds"])
        for n in dict.fromkeys(found):
            piles[int(np.searchsorted(bounds, n, side="right"))].append(n)
        chosen: list[list[int]] = [[] for _ in KINDS]
        while any(piles) and sum(map(len, chosen)) < most:
            for kind in _DEAL:
                if piles[kind] and sum(map(len, chosen)) < most:
                    chosen[kind].append(piles[kind].pop(0))
        return [n for pile in chosen for n in pile]

    def _scattered(
        self, lang: str, words: Sequence[str], most: int, kinds: Sequence[int]
    ) -> list[int]:
        """The numbers of titles that hold words, the last of them begun, in any order."""
        common = self._holding(lang, words[-1], whole=False)
        for word in words[:-1]:
            common = np.intersect1d(common, self._holding(lang, word, whole=True))
            if not len(common):
                return []
        found: list[int] = []
        for kind in kinds:
            first, end = self._numbers(lang, kind)
            found += common[(common >= first) & (common < end)][:most].tolist()
        return found

    def _holding(self, lang: str, word: str, *, whole: bool) -> NDArray[np.int64]:
        """The numbers of titles with a word, or with one that begins like it."""
        asked = word.encode()
        if not whole:
            return distinct(self._stretch(lang, lang, asked)["title"]).astype(np.int64)
        inside = self._stretch(lang, lang, asked + b" ")["title"]
        low, high = self._bisect(lang, lang, asked), self._bisect(lang, lang, asked + b"\x00")
        at_the_end = self._places(lang, low, high)["title"]
        return distinct(np.concatenate((inside, at_the_end))).astype(np.int64)

    def _stretch(self, shelf: str, lang: str, begun: bytes) -> NDArray[Any]:
        """The places whose text begins so."""
        low = self._bisect(shelf, lang, begun)
        if low == self._size(shelf, lang) or self._text(shelf, low, len(begun)) != begun:
            return self._places(shelf, 0, 0)
        high = self._bisect(shelf, lang, begun + b"\xff", low=low)
        return self._places(shelf, low, min(high, low + _LONGEST_STRETCH))

    def _places(self, shelf: str, low: int, high: int) -> NDArray[Any]:
        size = _PLACE.itemsize
        return self._file.array(f"titles.{shelf}.places", low * size, high * size).view(_PLACE)

    def _size(self, shelf: str, lang: str) -> int:
        return int(self._about[lang]["read" if shelf.endswith(".read") else "places"])

    def _bisect(self, shelf: str, lang: str, key: bytes, *, low: int = 0) -> int:
        """The first place from ``low`` on whose text is not before ``key``."""
        high = self._size(shelf, lang)
        while low < high:
            middle = (low + high) // 2
            before = self._text(shelf, middle, len(key)) < key
            low, high = (middle + 1, high) if before else (low, middle)
        return low

    def _text(self, shelf: str, place: int, most: int) -> bytes:
        """What follows a place to the end of its title, at most so many bytes."""
        file, size = self._file, _PLACE.itemsize
        there = file.raw(f"titles.{shelf}.places", place * size, size)
        bounds = file.raw(f"titles.{shelf}.at", int.from_bytes(there[:4], "little") * 4, 8)
        start = int.from_bytes(bounds[:4], "little") + int.from_bytes(there[4:], "little")
        stop = int.from_bytes(bounds[4:], "little")
        return file.raw(f"titles.{shelf}.text", start, min(stop - start, most))

    def _told(self, lang: str, n: int) -> Begun:
        bounds = np.cumsum(self._about[lang]["kinds"])
        kind = KINDS[int(np.searchsorted(bounds, n, side="right"))]
        key = int(self._file.array(f"titles.{lang}.keys", n, n + 1)[0])
        things = int(self._file.array(f"titles.{lang}.things", n, n + 1)[0])
        return Begun(lang, kind, key, things)
