"""PDF files, page by page, by way of PDFium.

PDFium gives the characters of a page in lines. That is all there is to do for most pages. On pages
with text from right to left, or with ``ActualText`` (which says what glyphs mean where one glyph is not
one letter, as in Arabic, Thai, Khmer or Devanagari), the order of letters inside a line is made anew
from their places on the page: see `pdf_lines`.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, Final

import pypdfium2
import pypdfium2.raw as pdfium

from library.errors import Invalid, Malformed
from library.extraction import pdf_lines
from library.extraction.extract import Cut, Extract

MOST_PAGES: Final = 5_000
"""Pages that are read of one file."""

# Objects of a page that are looked through for marks, and characters that are measured one by one.
_MOST_OBJECTS: Final = 20_000
_MOST_MEASURED: Final = 50_000
_DEEPEST: Final = 4
_LONGEST_MARK: Final = 1 << 16
_HYPHEN: Final = re.compile("[\ufffe\x02]\\s*")
RIGHT_TO_LEFT: Final = re.compile(pdf_lines.RIGHT_TO_LEFT)
_DENSE: Final = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff"
# A line that ends in the middle of a sentence of a script without spaces.
_BROKEN: Final = re.compile(f"([^\\n]{{14,}}[{_DENSE}，、]) *\\n *(?=[{_DENSE}])")


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """The text of each page that has some.

    Raises ``Invalid`` for a file that opens with a password only, ``Malformed`` for what is no PDF;
    ``Cut`` where there are more pages than are read.
    """
    del lang
    document = opened(file)
    try:
        pages = len(document)
        for number in range(min(pages, MOST_PAGES)):
            text = _page(document, number)
            if text.strip():
                yield Extract(f"page={number + 1}", text)
        if pages > MOST_PAGES:
            raise Cut(f"Only the first {MOST_PAGES} of {pages} pages were read.")
    finally:
        document.close()


def opened(file: BinaryIO) -> pypdfium2.PdfDocument:
    """A PDF file, to be closed. Raises ``Invalid`` for one with a password, ``Malformed``."""
    try:
        return pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", 0) == pdfium.FPDF_ERR_PASSWORD:
            raise Invalid("This PDF opens with a password only.") from error
        raise Malformed("This is no PDF, or it is cut off or damaged.") from error


def _page(document: Any, number: int) -> str:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return ""  # one damaged page says nothing about the others
    try:
        sheet = page.get_textpage()
    except pypdfium2.PdfiumError:
        page.close()
        return ""
    try:
        text: str = sheet.get_text_range()
        widths = marked_widths(page)
        if widths or RIGHT_TO_LEFT.search(text):
            text = _measured(sheet.raw, widths) or text
    finally:
        sheet.close()
        page.close()
    text = _HYPHEN.sub("", text.replace("\r\n", "\n"))
    return _BROKEN.sub(r"\1", text)


def marked_widths(page: Any) -> dict[int, tuple[float, float]]:
    """From where to where each mark with ``ActualText`` reaches on the page, by the mark's number."""
    found: dict[int, tuple[float, float]] = {}
    left_to_see = _MOST_OBJECTS
    edges = [ctypes.c_float() for _ in range(4)]
    matrix = pdfium.FS_MATRIX()

    def look(count: int, get: Any, scale: float, shift: float, depth: int) -> None:
        nonlocal left_to_see
        for index in range(count):
            left_to_see -= 1
            if left_to_see < 0:
                return
            item = get(index)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                mark = _actual_text(item)
                if mark is not None and pdfium.FPDFPageObj_GetBounds(item, *edges):
                    sides = (edges[0].value * scale + shift, edges[2].value * scale + shift)
                    before = found.get(mark[0], sides)
                    found[mark[0]] = min(*sides, before[0]), max(*sides, before[1])
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
                if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
                    continue
                look(
                    pdfium.FPDFFormObj_CountObjects(item),
                    partial(pdfium.FPDFFormObj_GetObject, item),
                    scale * matrix.a,
                    shift + scale * matrix.e,
                    depth + 1,
                )

    raw = page.raw
    count = pdfium.FPDFPage_CountObjects(raw)
    look(count, partial(pdfium.FPDFPage_GetObject, raw), 1.0, 0.0, 0)
    return found


def _actual_text(item: Any) -> tuple[int, str] | None:
    """The mark around a text object that says what it means: which mark it is, and what it says."""
    for index in range(pdfium.FPDFPageObj_CountMarks(item)):
        mark = pdfium.FPDFPageObj_GetMark(item, index)
        length = ctypes.c_ulong()
        # As bytes: as a string PDFium gives it wrongly.
        if not pdfium.FPDFPageObjMark_GetParamBlobValue(
            mark, b"ActualText", None, 0, ctypes.byref(length)
        ):
            continue
        size = length.value
        if size > _LONGEST_MARK:
            continue
        buffer = (ctypes.c_ubyte * max(size, 1))()
        pdfium.FPDFPageObjMark_GetParamBlobValue(
            mark, b"ActualText", buffer, size, ctypes.byref(length)
        )
        said = _text_string(bytes(buffer)[:size])
        return ctypes.cast(mark, ctypes.c_void_p).value or 0, said
    return None


def _text_string(content: bytes) -> str:
    """A text string of PDF (ISO 32000-2, 7.9.2.2): UTF-16, UTF-8, or one byte a character."""
    if content.startswith(b"\xfe\xff"):
        return content[2:].decode("utf-16-be", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:].decode("utf-8", "replace")
    return content.decode("latin-1")


def _measured(sheet: Any, widths: Mapping[int, tuple[float, float]]) -> str | None:
    """The lines of a page with their letters in the order in which they are read."""
    lines = measured_lines(sheet, widths)
    return None if lines is None else "\n".join(pdf_lines.line(pieces) for pieces in lines)


def measured_lines(
    sheet: Any, widths: Mapping[int, tuple[float, float]]
) -> list[list[pdf_lines.Piece]] | None:
    """The letters of a page with their places, line by line; None where there are too many.

    ``widths`` are what `marked_widths` gives for the page.
    """
    count = pdfium.FPDFText_CountChars(sheet)
    if count > _MOST_MEASURED:
        return None
    lines: list[list[pdf_lines.Piece]] = [[]]
    marks: dict[int, tuple[int, str] | None] = {}
    told: set[int] = set()
    x, y = ctypes.c_double(), ctypes.c_double()
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    for index in range(count):
        char = chr(pdfium.FPDFText_GetUnicode(sheet, index) or 0xFFFD)
        if char in "\r\n":
            if lines[-1]:
                lines.append([])
            continue
        item = pdfium.FPDFText_GetTextObject(sheet, index)
        pdfium.FPDFText_GetCharOrigin(sheet, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(sheet, index, box)
        pdfium.FPDFText_GetMatrix(sheet, index, matrix)
        piece = pdf_lines.Piece(
            char,
            left=min(box.left, x.value) if item else box.left,
            right=box.right,
            baseline=y.value,
            size=pdfium.FPDFText_GetFontSize(sheet, index) * math.hypot(matrix.c, matrix.d),
            angle=pdfium.FPDFText_GetCharAngle(sheet, index),
            origin=x.value,
            made_up=not item,
        )
        if item:
            key = ctypes.cast(item, ctypes.c_void_p).value or 0
            if key not in marks:
                marks[key] = _actual_text(item)
            mark = marks[key]
            if mark is not None:
                # The letters of a mark that comes in pieces are given again with each piece.
                if mark[0] in told:
                    continue
                told.add(mark[0])
                piece.text, piece.says_itself = mark[1], True
                piece.left, piece.right = widths.get(mark[0], (piece.left, piece.right))
        lines[-1].append(piece)
    return pdf_lines.whole_lines(lines)
