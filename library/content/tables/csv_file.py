"""CSV files as spreadsheets of all ages and countries write them, and as they all read them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from library.content.tables.cells import guarded, unguarded
from library.content.tables.table import MOST_LETTERS, N_, Filling, Table, Unreadable

#: So that spreadsheets take the text for what it is, UTF-8.
BOM: Final = "\ufeff"
_SEPARATORS: Final = {",": "“,”", ";": "“;”", "\t": "TAB"}
# What Chinese text in the old encoding consists of. Anything else is a wrong guess.
_CHINESE: Final = re.compile(
    "[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2030\u00b7\u00d7\u00b0\u00b1\u2460-\u249b\u0370-\u03ff]*"
)


def lines(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table as CSV (RFC 4180) in UTF-8 with a byte order mark, line by line."""
    room = io.StringIO()
    writer = csv.writer(room, lineterminator="\r\n")
    mark = BOM
    for row in _with(headers, rows):
        writer.writerow([guarded(cell.replace("\0", "")) for cell in row])
        yield mark + room.getvalue()
        mark = ""
        room.seek(0)
        room.truncate()


def _with(first: Sequence[str], rest: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield first
    yield from rest


def read(content: bytes) -> Table:
    """A table of CSV text. Raises ``Unreadable`` with the line where something is wrong."""
    text, encoding = _decoded(content)
    text, separator = _separator(text)
    filling = Filling(f"{encoding}, {_SEPARATORS[separator]}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        for cells in reader:
            filling.take(before + 1, [unguarded(cell) for cell in cells])
            before = reader.line_num
    except csv.Error as error:
        if "field limit" in str(error):
            raise Unreadable(
                N_("A cell in line %(line)s has more than %(most)s characters."),
                line=before + 1,
                most=MOST_LETTERS,
            ) from None
        raise Unreadable(
            N_("The quotation marks of the cell that begins in line %(line)s are not closed."),
            line=before + 1,
        ) from None
    return filling.table()


def _separator(text: str) -> tuple[str, str]:
    """The text without a line that only names the separator, and the separator."""
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r'"?sep=(.)"?\r?', first)
    if named and named[1] in _SEPARATORS:
        # The line stays counted.
        return "\n" + rest, named[1]
    outside = re.sub(r'"[^"]*"', "", text.lstrip()[:20_000].partition("\n")[0])
    return text, max(_SEPARATORS, key=outside.count)


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding, name in (
        (codecs.BOM_UTF8, "utf-8", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
    ):
        if content.startswith(mark):
            return _strict(content[len(mark) :], encoding), name
    start = content[:2000]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
        if len(start) > 3 and zeros.count(0) > len(zeros) * 0.4 and len(content) % 2 == 0:
            return _strict(content, encoding), "UTF-16"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        wrong = content.count(b"\n", 0, error.start) + 1
    mixed = any(_is_utf8(line) for line in content.split(b"\n"))
    if not mixed:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            pass
        else:
            if _CHINESE.fullmatch("".join(c for c in text if c > "\x7f")):
                return text, "GBK"
    raise Unreadable(
        N_(
            "Line %(line)s is not in an encoding that is known here. Save the table as “CSV UTF-8” or "
            "as an Excel workbook (XLSX), and send it again."
        ),
        line=wrong,
    )


def _is_utf8(line: bytes) -> bool:
    """Whether a line can hardly be anything else than UTF-8: some letters of it, and all of them right."""
    if sum(byte > 0x7F for byte in line) < 6:
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        upto = content[: error.start].decode(encoding, "ignore")
        raise Unreadable(
            N_(
                "Line %(line)s is not in an encoding that is known here. Save the table as “CSV UTF-8” "
                "or as an Excel workbook (XLSX), and send it again."
            ),
            line=upto.count("\n") + 1,
        ) from None
