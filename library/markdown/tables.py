"""Tables written with bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from library.markdown import grammar

_SIDES = {(True, True): "center", (False, True): "end", (True, False): "start"}


class Table(NamedTuple):
    """Cells in Markdown. ``sides`` holds "start", "center", "end" or "" for each column."""

    caption: str
    sides: list[str]
    head: list[str]
    rows: list[list[str]]


def table_of(lines: Sequence[str]) -> Table:
    """The table in a table block; every row has as many cells as the head."""
    marks = grammar.cells_of(lines[1])
    sides = [_SIDES.get((mark.startswith(":"), mark.endswith(":")), "") for mark in marks]
    caption, body = "", list(lines[2:])
    if body:
        found = grammar.CAPTION.match(body[-1])
        if found is not None:
            caption = body.pop()[found.end() :].strip()
    width = len(marks)
    return Table(caption, sides, _row(lines[0], width), [_row(line, width) for line in body])


def _row(line: str, width: int) -> list[str]:
    cells = grammar.between_bars(line)
    if len(cells) > width and "`" in line:
        cells = _outside_code(cells)
    return [cell.strip() for cell in (cells + [""] * (width - len(cells)))[:width]]


def _outside_code(cells: list[str]) -> list[str]:
    """Cells put together again where a bar stood inside a span of code."""
    found: list[list[str]] = []
    unfinished = False
    for cell in cells:
        if unfinished:
            found[-1].append(cell)
        else:
            found.append([cell])
        unfinished = unfinished != bool(cell.count("`") % 2)
    return ["|".join(parts) for parts in found]
