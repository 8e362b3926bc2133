"""Pictures and formulas that stand alone become blocks, and captions go to what they are said of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from library.content.documents.elements import (
    Block,
    Break,
    Callout,
    Figure,
    Formula,
    FormulaBlock,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Quotation,
    Raw,
    Table,
    Words,
    is_empty,
    tidy,
    words_of,
)

_LONGEST_CAPTION: Final = 300
_FIGURE: Final = re.compile(
    r"\s*(?:fig(?:ure|\.|ura)?|abb(?:ildung|\.)|рис(?:унок|\.)?|hình|gambar|[图圖]|그림|شكل|الشكل|"
    r"รูปที่|ภาพที่|រូបភាព|kielelezo)\s*\d",
    re.IGNORECASE,
)
_TABLE: Final = re.compile(
    r"\s*(?:tab(?:le|\.|elle|la|leau)?|таблица|табл\.|bảng|tabel|表|표|جدول|الجدول|ตารางที่|តារាង|"
    r"jedwali)\s*\d",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\s*[（(]\s*[A-Za-z]?[\d.\-–—]{1,12}\s*[）)]\s*")


def settled(blocks: Sequence[Block]) -> list[Block]:
    """The same blocks with figures, display formulas and captions as such, at every depth."""
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            made += _lone(block)
            continue
        if isinstance(block, Listing):
            block.items = [settled(item) for item in block.items]
        elif isinstance(block, Quotation | Callout):
            block.blocks = settled(block.blocks)
        made.append(block)
    return _captioned(made)


def _lone(block: Paragraph) -> list[Block]:
    content = tidy(block.content)
    if not content:
        return []
    pictures = [one for one in content if isinstance(one, Picture)]
    if pictures and all(isinstance(one, Picture | Break) or is_empty([one]) for one in content):
        figures: list[Block] = [Figure(one) for one in pictures]
        figures[0].anchors = block.anchors
        return figures
    formulas = [one for one in content if isinstance(one, Formula)]
    if len(formulas) == 1:
        rest = [one for one in content if not isinstance(one, Formula)]
        if is_empty(rest):
            return [FormulaBlock(formulas[0].latex, anchors=block.anchors)]
        number = words_of(rest)
        if isinstance(content[0], Formula) and _NUMBER.fullmatch(number):
            number = number.strip().replace("（", "(").replace("）", ")")
            latex = f"{formulas[0].latex} \\qquad \\text{{{number}}}"
            return [FormulaBlock(latex, anchors=block.anchors)]
    return [Paragraph(content, block.is_caption, anchors=block.anchors)]


def _captioned(blocks: Sequence[Block]) -> list[Block]:
    made: list[Block] = []
    for at, block in enumerate(blocks):
        if isinstance(block, Paragraph) and _may_be_caption(block):
            words = words_of(block.content)
            before = made[-1] if made else None
            after = blocks[at + 1] if at + 1 < len(blocks) else None
            owner = _owner(words, block.is_caption, before, after)
            if owner is not None:
                owner.caption = block.content
                owner.anchors = [*owner.anchors, *block.anchors]
                continue
        made.append(block)
    return made


def _may_be_caption(block: Paragraph) -> bool:
    if any(isinstance(one, Picture) for one in block.content):
        return False
    words = words_of(block.content)
    if not words or len(words) > _LONGEST_CAPTION:
        return False
    return block.is_caption or bool(_FIGURE.match(words) or _TABLE.match(words))


def _owner(
    words: str, is_caption: bool, before: Block | None, after: Block | None
) -> Figure | Table | None:
    """What a caption belongs to: figures have theirs below, tables above, unless nothing is there."""
    free_before = before if isinstance(before, Figure | Table) and not before.caption else None
    free_after = after if isinstance(after, Figure | Table) and not after.caption else None
    for sign, kind, sides in (
        (_FIGURE, Figure, (free_before, free_after)),
        (_TABLE, Table, (free_after, free_before)),
    ):
        if sign.match(words):
            for side in sides:
                if isinstance(side, kind):
                    return side
            return None
    if not is_caption:
        return None
    if isinstance(free_before, Figure):
        return free_before
    return free_after or free_before


def without_notes(content: Sequence[Inline]) -> list[Inline]:
    """Inline content as a title carries it: words and formulas."""
    return [
        Words(one.text) if isinstance(one, Words) else one
        for one in content
        if isinstance(one, Words | Formula | Raw)
    ]
