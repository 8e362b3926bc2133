"""Tables of web pages."""

from __future__ import annotations

import re
from collections.abc import Callable

from library.content.documents import notes
from library.content.documents.cells import Cell, cell_of, whole
from library.content.documents.elements import Block, Inline, Table, tidy
from library.content.documents.html_tree import Node
from library.content.documents.notes import Notes


def table_blocks(
    node: Node,
    *,
    blocks_of: Callable[[Node], list[Block]],
    inline_of: Callable[[Node], list[Inline]],
    remarks: Notes,
) -> list[Block]:
    """A table, or what stands in one that only arranges a page. Merged cells are taken apart: each
    carries the text of the whole."""
    rows, caption_node = _rows(node)
    if _is_layout(rows):
        return [b for row in rows for cell in row for b in blocks_of(cell)]
    made: list[list[Cell]] = []
    waiting: dict[int, tuple[int, Cell]] = {}
    merged = False
    for row in rows:
        line: list[Cell] = []

        def fill(line: list[Cell] = line) -> None:
            while len(line) in waiting:
                left, content = waiting.pop(len(line))
                if left > 1:
                    waiting[len(line)] = (left - 1, content)
                line.append(content)

        for cell in row:
            fill()
            content = cell_of(blocks_of(cell), remarks)
            wide, high = _span(cell.get("colspan")), _span(cell.get("rowspan"))
            merged = merged or wide > 1 or high > 1
            for n in range(wide):
                shown = content if n == 0 or len(row) > 1 else []
                if high > 1:
                    waiting[len(line)] = (high - 1, shown)
                line.append(shown)
        fill()
        made.append(line)
    rows_made = whole(made)
    if not rows_made or not any(any(row) for row in rows_made):
        return []
    if merged:
        remarks.add(notes.MERGED)
    head = rows[0] if rows else []
    in_head = any(one.name == "thead" for one in node.children)
    if not in_head and not any(cell.name == "th" for cell in head):
        rows_made.insert(0, [[] for _ in rows_made[0]])
    caption = tidy(inline_of(caption_node)) if caption_node is not None else []
    return [Table(rows_made, caption)]


def _rows(node: Node) -> tuple[list[list[Node]], Node | None]:
    rows: list[list[Node]] = []
    caption = None
    for one in node.children:
        if one.name == "caption":
            caption = one
        elif one.name in ("thead", "tbody", "tfoot"):
            rows += _rows(one)[0]
        elif one.name == "tr":
            cells = [cell for cell in one.children if cell.name in ("td", "th")]
            if cells:
                rows.append(cells)
    return rows[:20_000], caption


def _is_layout(rows: list[list[Node]]) -> bool:
    """A table that only arranges a page: one cell, or headings in cells."""
    cells = [cell for row in rows for cell in row]
    if len(cells) == 1:
        return True
    if any(cell.name == "th" for cell in cells):
        return False
    return any(
        one.name in ("h1", "h2", "h3", "article", "section") for c in cells for one in c.walk()
    )


def _span(text: str) -> int:
    return min(max(int(text), 1), 100) if re.fullmatch(r"\d{1,4}", text) else 1
