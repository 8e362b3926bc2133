"""Tables as CSV that a spreadsheet opens without running anything that stands in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

#: So that spreadsheets take the text for what it is, UTF-8.
BOM: Final = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, after blanks too; full-width signs as well. Where
# the comma is a decimal sign, as in half the world, a semicolon or a line end begins a new cell, quoted or
# not.
_FORMULA: Final = re.compile(
    '(?:^|(?<=[;\t\r\n]))([ \u00a0"]*)(?=[=+\\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20])'
)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of CSV (RFC 4180) with a header and a byte order mark, made as they are asked for.

    Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.
    """
    room = io.StringIO()
    writer = csv.writer(room, lineterminator="\r\n")
    writer.writerow(header)
    yield BOM + _taken(room)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield _taken(room)


def cell(value: object) -> object:
    """A value as it may stand in a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return _FORMULA.sub("'\\1", str(value).replace("\0", ""))


def _taken(room: io.StringIO) -> str:
    line = room.getvalue()
    room.seek(0)
    room.truncate()
    return line
