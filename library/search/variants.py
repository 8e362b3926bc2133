"""Traditional, regional and Japanese forms of Chinese characters, and the simplified one for each.

One character for one, so that what is found can be marked in the text as written. Where simplified
Chinese writes several characters alike, they become one: 乾, 幹 and 干 find each other.
"""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path
from typing import Final


def _table() -> tuple[str, str]:
    """The characters that are replaced, in order, and what replaces each.

    Two strings take a twentieth of the memory of a dictionary.
    """
    pairs = []
    lines = Path(__file__).with_name("variants.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            pairs += [(variant, line[0]) for variant in line[1:]]
    pairs.sort()
    return "".join(variant for variant, _ in pairs), "".join(plain for _, plain in pairs)


_TABLE: Final = _table()


def simplified(char: str) -> str:
    """The character that stands for ``char`` in simplified Chinese; most often the same one."""
    variants, plain = _TABLE
    at = bisect_left(variants, char)
    return plain[at] if variants[at : at + 1] == char else char
