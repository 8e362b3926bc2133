"""Tables of a Word document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from library.content.documents import notes
from library.content.documents.cells import Cell, cell_of, whole
from library.content.documents.elements import Block, Table
from library.content.documents.notes import Notes
from library.content.documents.word_styles import child, is_on, number_of, value

_MOST_SPAN = 100


def table_blocks(
    table: Element, *, blocks_of: Callable[[Element], list[Block]], remarks: Notes
) -> list[Block]:
    """A table; a frame around one cell is no table but what stands in it.

    Merged cells are taken apart: each carries the text of the whole, except where one cell takes the
    whole row.
    """
    rows = list(_inside(table, "w:tr"))
    if len(rows) == 1 and len(cells := list(_inside(rows[0], "w:tc"))) == 1:
        return blocks_of(cells[0])
    made: list[list[Cell]] = []
    above: dict[int, Cell] = {}
    merged = False
    for row in rows:
        said = child(row, "w:trPr")
        if child(said, "w:del") is not None:
            remarks.add(notes.DELETIONS)
            continue
        line: list[Cell] = [[] for _ in range(_number(said, "w:gridBefore"))]
        cells = list(_inside(row, "w:tc"))
        for one in cells:
            properties = child(one, "w:tcPr")
            span = max(1, _number(properties, "w:gridSpan"))
            joins = child(properties, "w:vMerge")
            goes_on = joins is not None and value(joins) != "restart"
            if goes_on and len(line) in above:
                content = above[len(line)]
                merged = True
            else:
                content = cell_of(blocks_of(one), remarks)
            at = len(line)
            line.append(content)
            repeated: Cell = content if len(cells) > 1 else []
            line += [repeated for _ in range(span - 1)]
            merged = merged or span > 1
            if joins is not None:
                above[at] = content
            else:
                above.pop(at, None)
        made.append(line)
    rows_made = whole(made)
    if not rows_made or not any(any(row) for row in rows_made):
        return []
    if merged:
        remarks.add(notes.MERGED)
    if not _has_head(table, rows):
        rows_made.insert(0, [[] for _ in rows_made[0]])
    return [Table(rows_made)]


def _inside(element: Element, name: str) -> Iterator[Element]:
    """Rows or cells, also those in content controls."""
    for one in element:
        if one.tag == name:
            yield one
        elif one.tag in ("w:sdt", "w:sdtContent", "w:ins", "w:customXml", "w:moveTo"):
            yield from _inside(one, name)


def _number(said: Element | None, name: str) -> int:
    found = number_of(child(said, name))
    return max(0, min(found or 0, _MOST_SPAN))


def _has_head(table: Element, rows: list[Element]) -> bool:
    if any(child(child(row, "w:trPr"), "w:tblHeader") is not None for row in rows[:1]):
        return True
    look = child(child(table, "w:tblPr"), "w:tblLook")
    if look is None:
        return True
    if look.get("firstRow") is not None:
        return is_on(look.get("firstRow"))
    try:
        return bool(int(look.get("val", "0020"), 16) & 0x0020)
    except ValueError:
        return True
