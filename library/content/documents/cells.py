"""What stands in the cell of a table: Markdown has room there for one line."""

from __future__ import annotations

from collections.abc import Sequence

from library.content.documents import notes
from library.content.documents.elements import (
    Block,
    Break,
    Callout,
    Code,
    Definitions,
    Figure,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    Listing,
    Mark,
    Paragraph,
    Quotation,
    Source,
    Table,
    Words,
    tidy,
)
from library.content.documents.notes import Notes

Cell = list[Inline]


def cell_of(blocks: Sequence[Block], remarks: Notes) -> Cell:
    """Blocks as one line of inline content, with breaks between them."""
    lines = _lines(blocks, remarks, 0)
    made: Cell = []
    for line in lines:
        content = tidy(line)
        if content:
            made += [Break(), *content] if made else content
    return made


def _lines(blocks: Sequence[Block], remarks: Notes, depth: int) -> list[list[Inline]]:
    made: list[list[Inline]] = []
    for block in blocks:
        match block:
            case Paragraph():
                made.append(block.content)
            case Heading():
                made.append(
                    [
                        Words(o.text, frozenset({Mark.STRONG})) if isinstance(o, Words) else o
                        for o in block.content
                    ]
                )
            case Figure():
                made.append([block.picture])
                made.append(block.caption)
            case FormulaBlock():
                made.append([Formula(block.latex)])
            case Code():
                code = frozenset({Mark.CODE})
                made += [[Words(line, code)] for line in block.text.split("\n") if line.strip()]
            case Listing():
                for number, item in enumerate(block.items, block.start):
                    mark = f"{number}. " if block.ordered else "• "
                    inner = _lines(item, remarks, depth + 1) or [[]]
                    made.append([Words(mark), *inner[0]])
                    made += inner[1:]
            case Table():
                remarks.add(notes.NESTED_TABLE)
                for row in block.rows:
                    line: list[Inline] = []
                    for cell in row:
                        line += [Words(" · "), *cell] if line else cell
                    made.append(line)
            case Quotation() | Callout():
                made += _lines(block.blocks, remarks, depth)
            case Definitions():
                made += block.terms
                for body in block.bodies:
                    made += _lines(body, remarks, depth)
            case Source():
                made.append([Words(block.text)])
    return made


def whole(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Rows without those and columns that are empty throughout, all of one length."""
    width = max((len(row) for row in rows), default=0)
    even = [row + [[] for _ in range(width - len(row))] for row in rows]
    kept = [at for at in range(width) if any(row[at] for row in even)]
    return [[row[at] for at in kept] for n, row in enumerate(even) if n == 0 or any(row)]
