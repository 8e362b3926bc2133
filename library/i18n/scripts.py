"""Which writing systems a text is written in, read from its letters.

Python knows the category of a character but not its script, so the blocks that matter to the library are
listed here (Unicode 16, coarse: one range per script and block). Anything not listed counts as unknown.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

#: (first code point, last code point, ISO 15924 code), sorted and disjoint.
_RANGES: tuple[tuple[int, int, str], ...] = (
    (0x0041, 0x005A, "Latn"),
    (0x0061, 0x007A, "Latn"),
    (0x00C0, 0x024F, "Latn"),
    (0x0250, 0x02AF, "Latn"),
    (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"),
    (0x0531, 0x058F, "Armn"),
    (0x0591, 0x05FF, "Hebr"),
    (0x0600, 0x06FF, "Arab"),
    (0x0700, 0x074F, "Syrc"),
    (0x0750, 0x077F, "Arab"),
    (0x0780, 0x07BF, "Thaa"),
    (0x07C0, 0x07FF, "Nkoo"),
    (0x0870, 0x08FF, "Arab"),
    (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"),
    (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"),
    (0x0B00, 0x0B7F, "Orya"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"),
    (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Laoo"),
    (0x0F00, 0x0FFF, "Tibt"),
    (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Hang"),
    (0x1200, 0x139F, "Ethi"),
    (0x13A0, 0x13FF, "Cher"),
    (0x1780, 0x17FF, "Khmr"),
    (0x1800, 0x18AF, "Mong"),
    (0x19E0, 0x19FF, "Khmr"),
    (0x1C80, 0x1C8F, "Cyrl"),
    (0x1C90, 0x1CBF, "Geor"),
    (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFF, "Grek"),
    (0x2C60, 0x2C7F, "Latn"),
    (0x2D30, 0x2D7F, "Tfng"),
    (0x2D80, 0x2DDF, "Ethi"),
    (0x2DE0, 0x2DFF, "Cyrl"),
    (0x3041, 0x309F, "Hira"),
    (0x30A1, 0x30FA, "Kana"),
    (0x3105, 0x312F, "Bopo"),
    (0x3131, 0x318E, "Hang"),
    (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"),
    (0xA000, 0xA4CF, "Yiii"),
    (0xA640, 0xA69F, "Cyrl"),
    (0xA720, 0xA7FF, "Latn"),
    (0xAA60, 0xAA7F, "Mymr"),
    (0xAB00, 0xAB2F, "Ethi"),
    (0xAC00, 0xD7A3, "Hang"),
    (0xF900, 0xFAFF, "Hani"),
    (0xFB1D, 0xFB4F, "Hebr"),
    (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFC, "Arab"),
    (0xFF66, 0xFF9D, "Kana"),
    (0x1E900, 0x1E95F, "Adlm"),
    (0x20000, 0x323AF, "Hani"),
)
_STARTS = tuple(first for first, _, _ in _RANGES)

#: What a language's script code stands for among the scripts of single characters.
_PARTS: Mapping[str, frozenset[str]] = {
    "Hans": frozenset({"Hani", "Bopo"}),
    "Hant": frozenset({"Hani", "Bopo"}),
    "Hanb": frozenset({"Hani", "Bopo"}),
    "Jpan": frozenset({"Hani", "Hira", "Kana"}),
    "Hrkt": frozenset({"Hira", "Kana"}),
    "Kore": frozenset({"Hang", "Hani"}),
    "Aran": frozenset({"Arab"}),
    "Cyrs": frozenset({"Cyrl"}),
    "Latf": frozenset({"Latn"}),
    "Geok": frozenset({"Geor"}),
}

_KNOWN = frozenset(script for _, _, script in _RANGES)

#: A Han character carries about as much as three letters of an alphabet, a syllable about two.
_WEIGHT: Mapping[str, int] = {"Hani": 3, "Hang": 2, "Hira": 2, "Kana": 2}

#: Addresses, markup and code are Latin in every language and say nothing about the text around them.
_NOT_PROSE = re.compile(
    r"(?ms)^(?:```|~~~).*?(?:^(?:```|~~~)|\Z)|`[^`\n]*`|<[^<>\n]{1,200}>|\]\([^)\s]*|\b\w{1,16}://\S+"
)
_SAMPLE = 50_000


def parts(script: str) -> frozenset[str]:
    """Return the character scripts that a script code covers, empty where the table knows none.

    ``Jpan`` covers Han, Hiragana and Katakana; ``Khmr`` covers itself.
    """
    return _PARTS.get(script) or (frozenset({script}) if script in _KNOWN else frozenset())


def weights(text: str) -> dict[str, int]:
    """Count the letters of the prose in ``text`` by script, characters for syllables and words weighted up.

    Code, markup tags and addresses are left out, and at most the first 50,000 characters are read.
    """
    counts: dict[str, int] = {}
    for character in _NOT_PROSE.sub(" ", text[:_SAMPLE]):
        point = ord(character)
        place = bisect_right(_STARTS, point) - 1
        if place >= 0 and point <= _RANGES[place][1]:
            script = _RANGES[place][2]
            counts[script] = counts.get(script, 0) + _WEIGHT.get(script, 1)
    return counts
