"""Thai, Lao, Khmer and Burmese syllables whose signs were typed in another order than they should be.

Both orders look the same on most screens, so both are in texts and in queries.
"""

from __future__ import annotations

import re
from typing import Final

_THAI_MARKS: Final = "\u0e31\u0e33-\u0e3a\u0e47-\u0e4e"
_LAO_MARKS: Final = "\u0eb1\u0eb3-\u0ebc\u0ec8-\u0ece"
_KHMER: Final = "\u1780-\u17b3"
_BURMESE_MARKS: Final = "\u102b-\u1032\u1036-\u103e"

# Signs of a syllable that are put in order; nobody writes as many.
_MOST: Final = 12

DISORDER: Final = re.compile(
    # A tone before its vowel, the vowel am in pieces or before its tone, ae typed as e twice.
    "[\u0e48-\u0e4e][\u0e31\u0e34-\u0e3a]|\u0e4d[\u0e48-\u0e4b]?\u0e32|\u0e33[\u0e48-\u0e4b]|\u0e40\u0e40"
    "|[\u0ec8-\u0ece][\u0eb1\u0eb4-\u0ebc]|\u0ecd[\u0ec8-\u0ecb]?\u0eb2|\u0eb3[\u0ec8-\u0ecb]|\u0ec0\u0ec0"
    # A subscript ro or a vowel before another subscript, a vowel in pieces, a sign before a vowel, a
    # subscript that looks like another one.
    "|\u17d2\u179a\u17d2|[\u17b6-\u17cb\u17cd-\u17d1]\u17d2|\u17c1[\u17b6\u17b8]|\u17d2\u178a"
    "|[\u17c6-\u17c8\u17cb-\u17d1][\u17b6-\u17c5]|[\u17b6-\u17c8][\u17c9\u17ca]"
    # Medials in another order, or after a vowel; a sign before a vowel.
    "|\u103c\u103b|\u103d[\u103b\u103c]|\u103e[\u103b-\u103d]|[\u102b-\u1032][\u103b-\u103e]"
    "|[\u1036-\u1038][\u102b-\u1032]|[\u102f\u1030][\u102d\u102e]"
)
"""Found in texts that have such a syllable."""

SYLLABLE: Final = (
    f"\u0e40\u0e40|\u0ec0\u0ec0|[\u0e01-\u0e2e][{_THAI_MARKS}\u0e32]{{1,{_MOST}}}|[\u0e81-\u0eae][{_LAO_MARKS}\u0eb2]{{1,{_MOST}}}"
    f"|[{_KHMER}](?:\u17d2[{_KHMER}]|[\u17b6-\u17d1\u17dd]){{1,{_MOST}}}"
    f"|[\u1000-\u102a](?:\u1039[\u1000-\u1021]|[{_BURMESE_MARKS}]){{1,{_MOST}}}"
)
"""Regular expression: a consonant and all that belongs to it."""

_AM: Final = {"\u0e4d": ("\u0e32", "\u0e33"), "\u0ecd": ("\u0eb2", "\u0eb3")}
_BURMESE_SIGN: Final = re.compile("\u1039[\u1000-\u1021]|.", re.DOTALL)
_BURMESE_LATE: Final = "\u1036\u1037\u103a\u1038"
_KHMER_SIGN: Final = re.compile(f"\u17d2[{_KHMER}]|.", re.DOTALL)


def in_order(syllable: str) -> str:
    """A syllable as it should have been typed; any other text as it is."""
    if not DISORDER.search(syllable):
        return syllable
    first = syllable[0]
    if syllable in ("\u0e40\u0e40", "\u0ec0\u0ec0"):
        return chr(ord(first) + 1)
    if "\u1780" <= first <= "\u17b3":
        return _khmer(syllable)
    if "\u1000" <= first <= "\u102a":
        return first + "".join(sorted(_BURMESE_SIGN.findall(syllable[1:]), key=_burmese_rank))
    return _thai(syllable)


def _thai(syllable: str) -> str:
    """Thai or Lao: vowels above and below, tones and other signs, then am."""
    for part, (rest, am) in _AM.items():
        if part in syllable and rest in syllable:
            syllable = syllable.replace(part, "", 1).replace(rest, am, 1)
    return syllable[0] + "".join(sorted(syllable[1:], key=_thai_rank))


def _thai_rank(sign: str) -> tuple[bool, str]:
    return sign in "\u0e32\u0e33\u0eb2\u0eb3", sign


def _burmese_rank(piece: str) -> tuple[int, str]:
    """Stacked consonants, medials, the vowel e, other vowels, other signs."""
    if piece[0] == "\u1039":
        return 0, ""
    if "\u103b" <= piece <= "\u103e":
        return 1, piece
    if piece == "\u1031":
        return 2, piece
    return 3 + 1 + _BURMESE_LATE.find(piece), piece


def _khmer(syllable: str) -> str:
    """Subscripts, ro last of them, then what changes the consonant, vowels, and other signs."""
    pieces = _KHMER_SIGN.findall(syllable[1:])
    signs = "".join(sorted(pieces, key=_khmer_rank)).replace("\u17d2\u178a", "\u17d2\u178f")
    signs = signs.replace("\u17c1\u17b8", "\u17be").replace("\u17c1\u17b6", "\u17c4")
    return syllable[0] + signs


def _khmer_rank(piece: str) -> int:
    if piece[0] == "\u17d2":
        return 1 if piece == "\u17d2\u179a" else 0
    if piece == "\u17cc":
        return 0
    if piece in "\u17c9\u17ca":
        return 2
    return 3 if "\u17b6" <= piece <= "\u17c5" else 4
