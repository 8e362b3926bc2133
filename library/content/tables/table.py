"""A table as it was read: text in cells, each row with the line of the file that it came from."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

from library.errors import Invalid

#: Only marks sentences for extraction; pages look them up.
N_ = str

#: What a table may hold. Said on the page before anything is sent.
MOST_BYTES: Final = 10_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
MOST_CELLS: Final = 1_000_000
MOST_LETTERS: Final = 20_000
#: Of all cells together, so that a small file cannot grow into a large one.
MOST_TEXT: Final = 40_000_000


@dataclass(slots=True)
class Row:
    """``line`` is that of the file (CSV) or the number of the row (XLSX); cells by name of the column."""

    line: int
    cells: dict[str, str]


@dataclass(slots=True)
class Table:
    """``headers`` as they were written. ``told`` says how the file was read: encoding, separator, sheet."""

    headers: list[str]
    rows: list[Row] = field(default_factory=list)
    told: str = ""


class Unreadable(Invalid):
    """A file that is no table, or more than is taken. ``template`` and ``values`` make its sentence."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template % values, field="file", template=template, values=values)


class Filling:
    """Takes lines of cells and makes a table of them, within the limits."""

    def __init__(self, told: str) -> None:
        self._table: Table | None = None
        self._told = told
        self._text = 0
        self._cells = 0

    def take(self, line: int, cells: list[str]) -> None:
        """The next line. Empty ones are passed over; the first of the others holds the headers."""
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            return
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(
                N_("Line %(line)s has more than %(most)s columns."), line=line, most=MOST_COLUMNS
            )
        for cell in cells:
            if "\0" in cell:
                raise Unreadable(
                    N_("Line %(line)s holds a character that is no text (NUL)."), line=line
                )
            if len(cell) > MOST_LETTERS:
                raise Unreadable(
                    N_("A cell in line %(line)s has more than %(most)s characters."),
                    line=line,
                    most=MOST_LETTERS,
                )
        self._text += sum(map(len, cells))
        if self._text > MOST_TEXT:
            raise Unreadable(
                N_("The table holds more text than is taken; cut it into several tables.")
            )
        if self._table is None:
            self._table = Table([cell.strip() for cell in cells], told=self._told)
            self._check_headers(line)
            return
        table = self._table
        if len(table.rows) >= MOST_ROWS:
            raise Unreadable(
                N_("The table has more than %(most)s rows; cut it into several tables."),
                most=MOST_ROWS,
            )
        self._cells += len(cells)
        if self._cells > MOST_CELLS:
            raise Unreadable(
                N_("The table holds more text than is taken; cut it into several tables.")
            )
        for n, cell in enumerate(cells):
            if cell.strip() and (n >= len(table.headers) or not table.headers[n]):
                raise Unreadable(
                    N_("Line %(line)s has a cell under no column name: “%(cell)s”."),
                    line=line,
                    cell=cell.strip()[:60],
                )
        named = zip(table.headers, cells, strict=False)
        table.rows.append(Row(line, {name: cell for name, cell in named if name and cell.strip()}))

    def _check_headers(self, line: int) -> None:
        assert self._table is not None  # noqa: S101 - the caller has made it
        seen: set[str] = set()
        for name in self._table.headers:
            if name and name.casefold() in seen:
                raise Unreadable(
                    N_("Line %(line)s names the column “%(column)s” twice; take one out."),
                    line=line,
                    column=name[:60],
                )
            seen.add(name.casefold())

    def table(self) -> Table:
        if self._table is None:
            raise Unreadable(N_("There is nothing in this table."))
        if not self._table.rows:
            raise Unreadable(N_("The table has column names and no rows below them."))
        return self._table


def pack(kept: Any) -> bytes:
    """Anything that JSON can say, compressed, for a row of the database."""
    return zlib.compress(json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass"), 6)


def unpack(content: bytes) -> Any:
    return json.loads(zlib.decompress(content).decode("utf-8", "surrogatepass"))


def kept(table: Table) -> bytes:
    return pack([table.headers, table.told, [[row.line, row.cells] for row in table.rows]])


def revived(content: bytes) -> Table:
    headers, told, rows = unpack(content)
    return Table(headers, [Row(line, cells) for line, cells in rows], told)
