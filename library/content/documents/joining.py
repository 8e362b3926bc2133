"""Lines of one paragraph put together again: hyphens taken out, no blanks between Chinese lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# Scripts that part no words by blanks.
_DENSE: Final = "\u2e80-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_NO_BLANK: Final = re.compile(f"[{_DENSE}]")
_THAI: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_HYPHENATED: Final = re.compile(r"[^\W\d_]{2,}[-\u2010\u00ad]$")
_LOWER: Final = re.compile(r"[^\W\d_]")


def joined_lines(lines: Sequence[str]) -> str:
    """Lines as one paragraph."""
    made = ""
    for line in lines:
        made = joined_pair(made, line.strip()) if made else line.strip()
    return made


def joined_pair(before: str, after: str) -> str:
    """A line and the one that it goes on with."""
    if not before or not after:
        return before + after
    if before.endswith("\u00ad"):
        return before[:-1] + after
    if _HYPHENATED.search(before) and _LOWER.match(after) and after[0].islower():
        return before[:-1] + after
    left, right = before[-1], after[0]
    if _NO_BLANK.match(left) and _NO_BLANK.match(right):
        return before + after
    if _THAI.match(left) and _THAI.match(right):
        return before + after
    return f"{before} {after}"
