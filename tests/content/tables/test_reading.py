"""Tables from strangers: every kind of CSV, workbooks, and files that want to do harm."""

from __future__ import annotations

import io
import re
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.content.tables import cells, csv_file, table, xlsx_file
from library.content.tables.reading import read
from library.content.tables.table import Table, Unreadable
from library.formats.csv_lines import cell

LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)


def _rows(found: Table) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, row.cells) for row in found.rows]


def _csv(text: str, encoding: str = "utf-8") -> Table:
    return read(io.BytesIO(text.encode(encoding)))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk"]
)
def test_text_of_many_programs_is_the_same_table(separator: str, encoding: str) -> None:
    text = separator.join(["kind", "key", "名称"]) + "\r\n"
    text += separator.join(["course", "pump", '"水泵, 修理; ""一"""']) + "\r\n"
    assert _rows(_csv(text, encoding)) == [
        (2, {"kind": "course", "key": "pump", "名称": '水泵, 修理; "一"'})
    ]


def test_the_line_is_that_of_the_file_also_below_cells_of_several_lines() -> None:
    found = _csv('sep=;\r\na;b\r\n"one\r\ntwo";x\r\n\r\n;\r\nthree;y\r\n')
    assert [row.line for row in found.rows] == [3, 7]


def test_a_mixture_of_encodings_is_refused_with_its_line() -> None:
    content = "key,title\na,修理水泵和管道\n".encode() + "b,修理水泵和管道\n".encode("gbk")
    with pytest.raises(Unreadable, match="Line 3"):
        read(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "nothing"),
        (b"  \n\n", "nothing"),
        (b"a,b\n", "no rows"),
        (b"a,A\n1,2\n", "twice"),
        (b"a,b\n1,2,3\n", "under no column name"),
        (b"a,,b\n1,x,3\n", "under no column name"),
        (b"a,b\n1,\0\n", "NUL"),
        (b'a,b\n1,"2\n3,4\n', "begins in line 2"),
        (b"a,b\n1," + b"x" * 20_001 + b"\n", "more than 20000 characters"),
        (b"a,b\n1,\xff\xfe\xfd\n", "Line 2"),
        (b"a,caf\xe9\n1,2\n", "Line 1"),
        (b"PK\x03\x04 no archive", "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        (b"a," * 201 + b"\n", "columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(io.BytesIO(content))


def test_a_million_rows_are_refused_in_a_moment() -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable, match="20000 rows"):
        read(io.BytesIO(b"a,b\n" + b"1,2\n" * 1_000_000))
    with pytest.raises(Unreadable, match="20000 rows"):
        read(
            io.BytesIO(
                _book(
                    b"".join(b"<row><c><v>%d</v></c></row>" % (n * 7919) for n in range(1_000_000))
                )
            )
        )
    with pytest.raises(Unreadable, match="megabytes"):
        read(io.BytesIO(b"a,b\n" + b"1,2\n" * 3_000_000))
    assert time.monotonic() - began < 20


def _book(rows: bytes, *, strings: bytes = b"", styles: bytes = b"", before: bytes = b"") -> bytes:
    file = io.BytesIO()
    xlsx_file.write(file, ["a"], [], name="x")
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as made, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as own:
        for name in made.namelist():
            content = made.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = (
                    before
                    + b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                    + rows
                    + b"</sheetData></worksheet>"
                )
            if name == "xl/styles.xml" and styles:
                content = styles
            if name == "xl/_rels/workbook.xml.rels" and strings:
                content = content.replace(
                    b"</Relationships>",
                    b'<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006'
                    b'/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
                )
            own.writestr(name, content)
        if strings:
            own.writestr("xl/sharedStrings.xml", strings)
    return packed.getvalue()


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_dates_and_numbers_are_read_as_they_are_shown() -> None:
    styles = (
        b"<styleSheet " + MAIN + b'><numFmts><numFmt numFmtId="170" formatCode="yyyy/mm/dd hh:mm"/>'
        b'<numFmt numFmtId="171" formatCode="[Red]0.00&quot; days&quot;"/></numFmts>'
        b'<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/>'
        b'<xf numFmtId="21"/></cellXfs></styleSheet>'
    )
    strings = (
        b"<sst " + MAIN + b"><si><r><t>he</t></r><r><t>ad</t></r><rPh><t>x</t></rPh></si></sst>"
    )
    rows = (
        b'<row r="1">'
        + b'<c t="s"><v>0</v></c>'
        + b"".join(b'<c t="str"><v>%c</v></c>' % letter for letter in b"bcdefgh")
        + b"</row>"
        b'<row r="5"><c><v>0.10000000000000001</v></c><c s="1"><v>45292</v></c><c s="2"><v>45292.5</v></c>'
        b'<c s="3"><v>2.5</v></c><c t="b"><v>1</v></c><c s="4"><v>0.75</v></c><c><v>3</v></c>'
        b'<c t="str"><f>1+1</f><v>two</v></c></row>'
    )
    found = read(io.BytesIO(_book(rows, strings=strings, styles=styles)))
    assert _rows(found) == [
        (
            5,
            {
                "head": "0.1",
                "b": "2024-01-01",
                "c": "2024-01-01T12:00:00",
                "d": "2.5",
                "e": "yes",
                "f": "18:00:00",
                "g": "3",
                "h": "two",
            },
        )
    ]


@pytest.mark.parametrize(
    "book",
    [
        pytest.param(
            _book(
                b'<row><c t="str"><v>&e;</v></c></row>',
                before=b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            ),
            id="an entity from outside",
        ),
        pytest.param(
            _book(b"", before=b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'),
            id="entities that grow",
        ),
        pytest.param(
            _book(b'<row r="1"><c r="XFE1" t="str"><v>x</v></c></row>'), id="a cell far off"
        ),
        pytest.param(_book(b'<row r="1"><c t="str"><v>x</v>'), id="cut off"),
    ],
)
def test_a_workbook_that_tries_something_is_refused(book: bytes) -> None:
    with pytest.raises(Unreadable):
        read(io.BytesIO(book))


def test_wrong_numbers_in_a_workbook_harm_nobody() -> None:
    rows = (
        b'<row r="x"><c t="str"><v>a</v></c></row>'
        b'<row r="99999999999"><c t="s"><v>7</v></c><c t="s"><v>-1</v></c></row>'
        b'<row><c s="99"><v>nan</v></c></row><row><c t="?"><v>1e999</v></c></row>'
    )
    found = read(io.BytesIO(_book(rows)))
    assert [row.cells for row in found.rows] == [{"a": "nan"}, {"a": "inf"}]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(LETTERS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    headers = ["one", "two", "three"]
    wanted = [
        {name: cell for name, cell in zip(headers, row, strict=True) if cell.strip()}
        for row in rows
    ]
    wanted = [one for one in wanted if one]
    if not wanted:
        return
    text = "".join(csv_file.lines(headers, rows)).encode()
    assert [row.cells for row in read(io.BytesIO(text)).rows] == wanted
    file = io.BytesIO()
    xlsx_file.write(file, headers, rows, name="x")
    file.seek(0)
    assert [row.cells for row in read(file).rows] == wanted


@settings(max_examples=200, deadline=None)
@given(LETTERS)
def test_no_spreadsheet_takes_a_text_for_a_formula(text: str) -> None:
    guarded = cells.guarded(text)
    assert not guarded.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "|", "%", "＝"))
    assert cells.unguarded(guarded) == text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", ";", "\t", "\n", "\r", " ", "'", '"', "=", "+", "-", "@"])))
def test_no_cell_of_a_spreadsheet_that_divides_otherwise_is_a_formula(letters: list[str]) -> None:
    text = "".join(letters)
    guarded = cells.guarded(text)
    assert cells.unguarded(guarded) == text
    for one in re.split("[;\t\r\n]", guarded):
        assert not one.lstrip(' \u00a0"').startswith(("=", "+", "-", "@")), guarded
    sent = str(cell(text))
    for one in re.split("[;\t\r\n]", sent):
        assert not one.lstrip(' \u00a0"').startswith(("=", "+", "-", "@")), sent


@given(st.lists(LETTERS.map(str.strip).filter(bool)))
def test_lists_survive_their_cell(items: list[str]) -> None:
    assert cells.items(cells.tidy(cells.listed(items))) == items
    assert not cells.is_nothing(cells.listed(items))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": LETTERS.map(str.strip).filter(bool), "role": LETTERS.map(str.strip)}
        )
    )
)
def test_records_survive_their_cell(records: list[dict[str, str]]) -> None:
    text = cells.tidy(cells.recorded(records, ("name", "role")))
    assert cells.records(text, ("name", "role")) == [
        {name: said for name, said in one.items() if said} for one in records
    ]
    assert not cells.is_nothing(text)


def test_a_kept_table_is_the_same_afterwards() -> None:
    found = _csv("a,b\n1,\n,2\n")
    again = table.revived(table.kept(found))
    assert (again.headers, _rows(again), again.told) == (found.headers, _rows(found), found.told)
