"""Sketches: passages boiled down to what a second look at a hundred of them needs.

A sketch holds the words of a passage in their order, 16 bits of each, and which four letters in a row
its words have, ends of words included (``^ser serv ervo rvo$``), 24 bits of each and how often. It is
small enough for a hundred to be read and compared within a millisecond, which postings are not: four
letters in a row occur in half of all passages.

Six bits stand for a letter, so four in a row tell the pair that they begin with. The letters of one
alphabet, without diacritics, have bits of their own; alphabets share them, which does no harm, since
what is common in one is rarely so in another.

Layout: the number of words, uint16 | words, uint16 each | letters, uint32 each (see `LETTERS`). A
count that is odd is followed by nothing: readers use `Sketch`, not the layout.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from library.search.analysis import Token
from library.search.characters import BLANK, CJK, MARKS, UNSPACED, fold, plain

LENGTH: Final = 4
"""How many letters in a row are compared."""

MOST_WORDS: Final = 4000
"""Places of a passage that a sketch holds; what stands further back is not looked at again."""

_MOST_LETTERS: Final = 40
_COUNTED: Final = 255
_LETTER: Final = rf"[^\W_{CJK}{UNSPACED}]"
_WORD: Final = re.compile(rf"{_LETTER}(?:[{MARKS}]|{_LETTER})*+")
_IS_CJK: Final = re.compile(f"[{CJK}]")
# Letters of no other language; ă and đ are of several.
_VIETNAMESE: Final = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")

PAIRS_THERE_ARE: Final = 1 << 12

_BITS: Final = 6
_CODES: Final = {"^": 1, "$": 2}
_OTHERS: Final = 61

Words = NDArray[np.uint16]
Letters = NDArray[np.uint32]


class Sketch(NamedTuple):
    """``words`` in their order, hashes of them; ``letters``: ``hash << 8 | how often``, ascending."""

    words: Words
    letters: Letters


def word_hash(token: str) -> int:
    """16 bits that stand for a token."""
    return crc32(token.encode(errors="replace")) & 0xFFFF


def letters_of(text: str, *, folded: bool) -> list[int]:
    """The numbers (24 bits) of all four letters in a row of the words of a ``text``, one by one.

    ``folded``: without diacritics, as in every language but Vietnamese. Scripts without spaces have
    none: their tokens overlap already.
    """
    found: list[int] = []
    for word in _WORD.findall(plain(text)[0]):
        found += _letters(word, folded)
    return found


@lru_cache(maxsize=20_000)
def _letters(word: str, folded: bool) -> tuple[int, ...]:
    word = word.replace(BLANK, "")
    word = f"^{(fold(word) if folded else word)[:_MOST_LETTERS]}$"
    codes = [
        _CODES[word[0]],
        *(3 + ord(letter) % _OTHERS for letter in word[1:-1]),
        _CODES[word[-1]],
    ]
    codes += [0] * (LENGTH - len(codes))
    found = []
    for at in range(len(codes) - LENGTH + 1):
        first, second, third, last = codes[at : at + LENGTH]
        found.append(first << 3 * _BITS | second << 2 * _BITS | third << _BITS | last)
    return tuple(found)


def first_pairs(letters: Letters) -> Letters:
    """The pairs that some of `letters_of` begin with, numbers below `PAIRS_THERE_ARE`: all pairs of a
    word but those of its last two letters."""
    return letters >> np.uint32(2 * _BITS)


def sketch(tokens: Iterable[Token], texts: Sequence[str], lang: str) -> bytes:
    """The sketch of a passage: of the tokens of its body, and of the letters of ``texts``."""
    places: dict[int, str] = {}
    for word, _, _, place in tokens:
        before = places.get(place)
        # Of the tokens at one place the first is the word itself; of two characters the pair says more.
        if before is None or (len(before) == 1 < len(word) and _IS_CJK.match(before)):
            places[place] = word
    hashed = [0] * min(max(places, default=-1) + 1, MOST_WORDS)
    for place, word in places.items():
        if place < len(hashed):
            hashed[place] = word_hash(word)
    words = np.array(hashed, "<u2")
    found = [h for text in texts for h in letters_of(text, folded=lang.partition("-")[0] != "vi")]
    hashes, counts = np.unique(np.array(found, np.uint32), return_counts=True)
    letters = (hashes << np.uint32(8)) | np.minimum(counts, _COUNTED).astype(np.uint32)
    return len(words).to_bytes(2, "little") + words.tobytes() + letters.astype("<u4").tobytes()


def read(stored: bytes) -> Sketch:
    """A sketch from its bytes; an empty one from none."""
    if not stored:
        return Sketch(np.empty(0, np.uint16), np.empty(0, np.uint32))
    size = int.from_bytes(stored[:2], "little")
    return Sketch(
        np.frombuffer(stored, "<u2", size, 2), np.frombuffer(stored, "<u4", -1, 2 + 2 * size)
    )


def asked_letters(text: str, languages: Collection[str]) -> tuple[int, ...]:
    """The four letters in a row of a query, each once; with and without diacritics where Vietnamese is
    among the ``languages``, and with them alone where the query cannot be in another language: without
    them, its syllables look like many others."""
    exact = letters_of(text, folded=False) if "vi" in languages else []
    if exact and _VIETNAMESE.search(text):
        return tuple(dict.fromkeys(exact))
    return tuple(dict.fromkeys([*letters_of(text, folded=True), *exact]))
