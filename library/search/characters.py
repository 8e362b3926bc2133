"""Letters made comparable, one for one, so that what is found can be marked in the original text.

`plain` gives a text in which every character stands for exactly one character of the original
wherever that is possible (compatibility forms and capitals resolved, vowel marks blanked out), and
the offsets where it is not (ligatures, decomposed letters, ``ß``).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from library.search.disorder import DISORDER, SYLLABLE, in_order
from library.search.variants import simplified

BLANK: Final = "\ufdd0"
"""Stands where a mark was that carries no meaning; a noncharacter, so no text holds it."""

CJK: Final = (
    "\u3005-\u3007\u3040-\u309f\u30a1-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
"""Character class: Han, kana and Hangul, where words are not set apart or much inflected."""

UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
"""Character class: Thai, Lao, Burmese and Khmer, written without spaces between words."""

MARKS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0900-\u0dff\u0f35-\u0f39\u0f71-\u0fbc"
    "\u135d-\u135f\u1dc0-\u1dff\ufdd0"
)
"""Character class: marks and vowel signs that belong to a word though ``\\w`` leaves them out."""

HYPHENS: Final = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
"""What is typed and printed where a hyphen or a minus is meant."""

_WRITTEN: Final = {
    **dict.fromkeys(HYPHENS, "-"),
    **dict.fromkeys("'\u2018\u2019\u02bb\u02bc\u00b4\uff07", "'"),
    **{char: char for char in "\u0e33\u0eb3\u00d7\u00b7"},
    "\u0901": "\u0902",
}
"""Characters whose plain form is settled: hyphens, apostrophes, what must not be taken apart, and the
two signs of Hindi that are written for one another."""

_LINKS: Final = "-./_\u00d7\u00b7,"

# What readers and typists leave out: Arabic vowel marks and tatweel, Hebrew points, the dot of Hindi
# loan letters, joiners, soft hyphens, direction marks, zero-width spaces (Khmer and Thai texts have
# them now and then).
_DROPPED: Final = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0640"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u093c\u00ad\u034f\u061c\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)

_ARABIC: Final = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ؤ": "و",
        "ئ": "ي",
        "ہ": "ه",
        "ۂ": "ه",
        "ۀ": "ه",
        "ۃ": "ه",
        "ە": "ه",
    }
)


class _Plain(dict[int, str]):
    """Character -> its plain form, worked out when a character is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = form = _plain_character(chr(code))
        return form


def _plain_character(char: str) -> str:
    if char in _WRITTEN:
        return _WRITTEN[char]
    if _DROPPED.match(char):
        return BLANK
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category in {"Cs", "Cn", "Cc", "Co"}:
        return " "
    if category == "Cf":
        return BLANK
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    if category[0] in "PSZ":
        # Signs separate words, unless a sign stands for letters (㎡, ℃, №) or is a fullwidth form
        # of one that links the parts of a code.
        if len(form) == 1 and form in _LINKS:
            return form
        letters = "".join(c if c.isalnum() else " " for c in form)
        return letters if letters.strip() and char not in "\u2122\u2120" else " "
    if len(form) == 1:
        return simplified(form)
    return "".join(BLANK if _DROPPED.match(c) else simplified(c) for c in form)


_PLAIN: Final = _Plain()

# A letter with what is written onto it, so that a decomposed text reads as the composed one.
_CLUSTER: Final = re.compile(
    "[\u1100-\u115f][\u1160-\u11a7]{0,3}[\u11a8-\u11ff]{0,3}"
    f"|{SYLLABLE}"
    "|.[\u0300-\u036f\u0653-\u0655\u093c\u09bc\u09d7\u0a3c\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56"
    "\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dca\u0dcf\u0ddf\u102e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\u3099\u309a\ufe20-\ufe2f]{0,40}",
    re.DOTALL,
)


def plain(text: str) -> tuple[str, list[int] | None]:
    """The plain form of ``text``, and for each of its characters where it begins in ``text``.

    None in place of the offsets: character n of the one is character n of the other. Else the list
    has one entry more than the plain form, the length of ``text``.
    """
    if text.isascii():
        return text.lower(), None
    if unicodedata.is_normalized("NFC", text) and not DISORDER.search(text):
        form = text.translate(_PLAIN)
        if len(form) == len(text):
            return form, None
    pieces: list[str] = []
    offsets: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        written = cluster[0]
        start = cluster.start()
        if len(written) == 1:
            form = _PLAIN[ord(written)]
            offsets += [start] * len(form)
        else:
            composed = in_order(unicodedata.normalize("NFC", written))
            form = composed.translate(_PLAIN)
            # What is written as it should be keeps a place for each of its characters.
            same = composed == written and len(form) == len(written)
            offsets += range(start, start + len(form)) if same else [start] * len(form)
        pieces.append(form)
    offsets.append(len(text))
    return "".join(pieces), offsets


def fold(word: str) -> str:
    """``word`` without diacritics, with one form for each Arabic letter that is written in several.

    The Russian й stays what it is: a letter rather than an и with something on top.
    """
    word = word.translate(_ARABIC)
    decomposed = unicodedata.normalize("NFD", word).replace("\u0438\u0306", "\u0439")
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare.translate(_FOLDED))


_FOLDED: Final = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"}
)
