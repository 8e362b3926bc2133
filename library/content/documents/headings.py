"""Headings that nobody marked as such: short lines that are larger or bolder than the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from library.content.documents.elements import (
    Block,
    Heading,
    Mark,
    Paragraph,
    Words,
    tidy,
    words_of,
)

_LONGEST: Final = 80
_ENDS: Final = (".", "。", ":", "：", ";", "；", ",", "，", "!", "！", "?", "？", "؟", "।")
_LEVELS: Final = 3


@dataclass(frozen=True, slots=True)
class Look:
    """How a paragraph looks: letter size in points (0 for the usual one), bold, centred, words only."""

    size: float = 0.0
    bold: bool = False
    centred: bool = False
    words_only: bool = True


def guessed_headings(
    blocks: Sequence[Block], looks: Mapping[int, Look]
) -> tuple[list[Block], bool]:
    """The same blocks with headings for what looks like them, and whether there are any.

    ``looks`` by ``id`` of the paragraph.
    """
    weights: Counter[float] = Counter()
    for block in blocks:
        look = looks.get(id(block))
        if look is not None and isinstance(block, Paragraph):
            weights[look.size] += len(words_of(block.content))
    if not weights:
        return list(blocks), False
    usual = weights.most_common(1)[0][0]
    found: dict[int, tuple[float, bool]] = {}
    for block in blocks:
        look = looks.get(id(block))
        if look is not None and isinstance(block, Paragraph) and _may_be(block, look, usual):
            found[id(block)] = (max(look.size, usual), look.bold)
    # Where most is bold or large, that is how the text is set.
    if not found or len(found) * 2 > len(blocks):
        return list(blocks), False
    kinds = sorted(set(found.values()), reverse=True)
    level = {kind: min(n, _LEVELS) for n, kind in enumerate(kinds, 1)}
    made: list[Block] = []
    for block in blocks:
        kind = found.get(id(block))
        if kind is None or not isinstance(block, Paragraph):
            made.append(block)
            continue
        content = [
            Words(o.text, o.marks - {Mark.STRONG}, o.link) if isinstance(o, Words) else o
            for o in block.content
        ]
        made.append(Heading(level[kind], tidy(content), anchors=block.anchors))
    return made, True


def _may_be(block: Paragraph, look: Look, usual: float) -> bool:
    words = words_of(block.content)
    if not look.words_only or block.is_caption or not 1 < len(words) <= _LONGEST:
        return False
    if words.endswith(_ENDS) or not any(c.isalpha() for c in words):
        return False
    larger = look.size > usual * 1.12 if usual else look.size >= 13
    return larger or (look.bold and look.size >= usual)
