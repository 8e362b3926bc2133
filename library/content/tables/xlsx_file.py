"""Excel workbooks (XLSX): the first sheet as a table, and a table as a workbook of one sheet.

What is written holds text only, marked as text, so that no program takes a code for a number, a version
for a date or a word for a formula.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, BinaryIO, Final
from xml.sax.saxutils import escape

from library.content.tables.table import N_, Filling, Table, Unreadable
from library.errors import Invalid, Malformed, TooLarge
from library.extraction.office_package import OfficePackage, relation_id
from library.untrusted import xml

_MOST_STRINGS: Final = 400_000
_MOST_LETTERS: Final = 40_000_000
_MOST_BLANK: Final = 1_048_576
#: The longest text of a cell that Excel opens.
LONGEST_CELL: Final = 32_767
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_HIDDEN_LETTER: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNFIT: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
# Number formats that every program knows as dates and times (ECMA-376, 18.8.30).
_DATES: Final = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_TIMES: Final = frozenset({18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56})


def read(file: BinaryIO) -> Table:
    """The first sheet that is not hidden. Raises ``Unreadable``."""
    try:
        package = OfficePackage(file)
        try:
            return _table(package)
        finally:
            package.close()
    except Unreadable:
        raise
    except (Invalid, Malformed, TooLarge) as error:
        raise Unreadable(
            N_("This file is no Excel workbook that can be read here: %(why)s"), why=error.sentence
        ) from error


def _table(package: OfficePackage) -> Table:
    main = package.main
    related = package.related(main)
    parts = {relation.id: relation.part for relation in related}
    first, name, since_1904 = "", "", False
    for event in package.events(main):
        if not isinstance(event, xml.Start):
            continue
        local = event.name.rpartition("}")[2]
        if local == "workbookPr":
            since_1904 = event.attributes.get("date1904") in ("1", "true")
        elif (
            local == "sheet" and not first and event.attributes.get("state", "visible") == "visible"
        ):
            first = parts.get(relation_id(event.attributes), "")
            name = event.attributes.get("name", "")
    if not first or first not in package:
        raise Unreadable(N_("This workbook has no sheet."))
    strings: list[str] = []
    dates: list[str] = []
    for relation in related:
        if relation.part not in package:
            continue
        if relation.kind == "sharedStrings":
            strings = _strings(package, relation.part)
        elif relation.kind == "styles":
            dates = _dates(package, relation.part)
    filling = Filling(f"XLSX, {name[:60]}")
    for line, cells in _rows(package, first, strings, dates, since_1904):
        filling.take(line, cells)
    return filling.table()


def _strings(package: OfficePackage, part: str) -> list[str]:
    found: list[str] = []
    words: list[str] = []
    inside, aloud, letters = False, 0, 0
    for event in package.events(part):
        if isinstance(event, xml.Text):
            if inside:
                words.append(event.text)
                letters += len(event.text)
                if letters > _MOST_LETTERS:
                    raise Unreadable(_TOO_MUCH)
            continue
        local = event.name.rpartition("}")[2]
        if local == "rPh":  # how the text is read aloud, in Japanese
            aloud += 1 if isinstance(event, xml.Start) else -1
        elif local == "t":
            inside = isinstance(event, xml.Start) and not aloud
        elif local == "si" and isinstance(event, xml.End):
            found.append(_plain("".join(words)))
            words.clear()
            if len(found) > _MOST_STRINGS:
                raise Unreadable(_TOO_MUCH)
    return found


_TOO_MUCH: Final = N_("The table holds more text than is taken; cut it into several tables.")


def _dates(package: OfficePackage, part: str) -> list[str]:
    """For each style of cells: ``date``, ``time``, ``moment`` or nothing."""
    own: dict[str, str] = {}
    found: list[str] = []
    inside = False
    for event in package.events(part):
        if isinstance(event, xml.Text):
            continue
        local = event.name.rpartition("}")[2]
        if local == "cellXfs":
            inside = isinstance(event, xml.Start)
        elif isinstance(event, xml.Start) and local == "numFmt":
            own[event.attributes.get("numFmtId", "")] = event.attributes.get("formatCode", "")
        elif isinstance(event, xml.Start) and local == "xf" and inside and len(found) < 70_000:
            number = event.attributes.get("numFmtId", "0")
            found.append(_kind_of_format(number, own.get(number, "")))
    return found


def _kind_of_format(number: str, code: str) -> str:
    if code:
        bare = re.sub(r'"[^"]*"|\\.|\[(?!h|m|s)[^\]]*\]|_.|\*.', "", code.lower())
        day, hour = bool(re.search("[yd]", bare)), bool(re.search("[hs]", bare))
        return "moment" if day and hour else "date" if day else "time" if hour else ""
    known = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
    if known == 22:
        return "moment"
    return "date" if known in _DATES else "time" if known in _TIMES else ""


def _rows(
    package: OfficePackage, part: str, strings: list[str], dates: list[str], since_1904: bool
) -> Iterator[tuple[int, list[str]]]:
    line, column, style, kind, blank = 0, 0, 0, "", 0
    cells: list[str] = []
    words: list[str] | None = None
    aloud = 0
    for event in package.events(part):
        if isinstance(event, xml.Text):
            if words is not None and not aloud:
                words.append(event.text)
            continue
        local = event.name.rpartition("}")[2]
        if local == "rPh":
            aloud += 1 if isinstance(event, xml.Start) else -1
        elif isinstance(event, xml.Start):
            if local == "row":
                said = event.attributes.get("r", "")
                line = (
                    int(said) if said.isascii() and said.isdigit() and len(said) < 9 else line + 1
                )
                column, cells = -1, []
            elif local == "c":
                kind = event.attributes.get("t", "n")
                said = event.attributes.get("s", "0")
                style = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
                column = _column(event.attributes.get("r", ""), column + 1)
                cells += [""] * max(0, column + 1 - len(cells))
            elif (local == "v" and kind != "inlineStr") or (local == "t" and kind == "inlineStr"):
                words = []
        elif local in ("v", "t") and words is not None:
            cells[column] += _value(
                "".join(words),
                kind,
                strings,
                dates[style] if style < len(dates) else "",
                since_1904,
            )
            words = None
        elif local == "row":
            blank = 0 if any(cells) else blank + 1
            if blank > _MOST_BLANK:
                raise Unreadable(_TOO_MUCH)
            yield line, cells
        elif local == "sheetData":
            return


def _column(reference: str, follows: int) -> int:
    """The number of a cell's column, from 0. Far-off cells are refused before room is made for them."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        number = follows
    else:
        number = 0
        for letter in found[1]:
            number = number * 26 + ord(letter) - 64
        number -= 1
    if number > 16_383:
        raise Unreadable(_TOO_MUCH)
    return number


def _value(text: str, kind: str, strings: list[str], date: str, since_1904: bool) -> str:
    if kind == "s":
        at = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        return strings[at] if 0 <= at < len(strings) else ""
    if kind == "b":
        return "yes" if text.strip() == "1" else "no"
    if kind in ("str", "inlineStr", "e", "d"):
        return _plain(text)
    try:
        number = float(text)
    except ValueError:
        return text
    if date and 0 <= number < 2_958_466:
        return _moment(number, date, since_1904)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _moment(number: float, kind: str, since_1904: bool) -> str:
    """A date as people write it for machines; day 60 of 1900, which never was, counts as 1 March."""
    first = dt.datetime(1904, 1, 1) if since_1904 else dt.datetime(1899, 12, 30)
    if not since_1904 and 0 < number < 60:
        first += dt.timedelta(days=1)
    moment = first + dt.timedelta(seconds=round(number * 86_400))
    if kind == "time" or (kind != "date" and number < 1):
        return moment.strftime("%H:%M:%S")
    if kind == "moment" or (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return moment.strftime("%Y-%m-%d")


def _plain(text: str) -> str:
    """Letters that XML cannot carry stand in these files as ``_x0007_``."""
    return _HIDDEN_LETTER.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _carried(text: str) -> str:
    text = _HIDDEN_LETTER.sub(lambda found: f"_x005F_{found[0][1:]}", text)
    return escape(_UNFIT.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


_TYPES: Final = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROOT: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
_BOOK_RELATIONS: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATION}/styles" Target="styles.xml"/></Relationships>'
)
_SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK: Final = (
    f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATION}"><sheets>'
    '<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
# Style 1 is text, style 2 text of the head; 49 is the number format “text”.
_STYLES: Final = (
    f'<styleSheet xmlns="{_SHEET}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    "</cellXfs></styleSheet>"
)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write(
    file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[str]], *, name: str
) -> None:
    """Write a workbook, row by row. A text that no cell can hold is left out: an empty cell says nothing."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for part, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _ROOT),
            ("xl/workbook.xml", _BOOK.replace("{name}", escape(name, {'"': "&quot;"}))),
            ("xl/_rels/workbook.xml.rels", _BOOK_RELATIONS),
            ("xl/styles.xml", _STYLES),
        ):
            package.writestr(part, _HEAD + text)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            widths = "".join(
                f'<col min="{n}" max="{n}" width="22" style="1" customWidth="1"/>'
                for n in range(1, len(headers) + 1)
            )
            sheet.write(
                f'{_HEAD}<worksheet xmlns="{_SHEET}"><sheetViews><sheetView workbookViewId="0">'
                '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
                f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>".encode()
            )
            sheet.write(_row(1, headers, style=2))
            for n, row in enumerate(rows, 2):
                sheet.write(_row(n, row, style=1))
            sheet.write(b"</sheetData></worksheet>")


def _row(number: int, cells: Sequence[str], *, style: int) -> bytes:
    parts = [f'<row r="{number}">']
    for n, text in enumerate(cells):
        if text and len(text) <= LONGEST_CELL:
            parts.append(
                f'<c r="{_letters(n)}{number}" s="{style}" t="inlineStr"><is>'
                f'<t xml:space="preserve">{_carried(text)}</t></is></c>'
            )
    parts.append("</row>")
    return "".join(parts).encode("utf-8", "replace")


def _letters(number: int) -> str:
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
