"""The lines and the pictures of one page of a PDF, with their places on it."""

from __future__ import annotations

import ctypes
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from library.extraction import pdf_lines
from library.extraction.extract import clean
from library.extraction.pdf import RIGHT_TO_LEFT, marked_widths, measured_lines
from library.media.pictures import MAX_PIXELS

MOST_CHARACTERS: Final = 60_000
"""Characters of one page; what is more is no page that anybody reads."""

_BOLD: Final = re.compile(r"bold|black|heavy|semibold|demi|黑体|SimHei", re.IGNORECASE)
_SMALLEST: Final = 24
_SMALLEST_AREA: Final = 2_500
_MOST_PICTURES: Final = 60
_HYPHEN: Final = re.compile("[\ufffe\x02]")
_FONT_NAME: Final = 200
# Room between the cells of a row, in sizes of letters; justified text leaves less between words.
_CELL_GAP: Final = 1.5
_HYPHENS: Final = (0x02, 0xFFFE)


@dataclass(slots=True)
class Line:
    """A line of text.

    ``start`` and ``end`` count in points from the side where its reading begins; ``y`` is the base line
    from below; ``size`` that of its letters. ``weight`` is how heavy they are as PDFium guesses it: only
    good to be compared with that of other lines of the file. ``cells`` are the parts of a line that stand
    far apart, where there are several.
    """

    text: str
    start: float
    end: float
    y: float
    size: float
    bold: bool
    page: int
    rtl: bool = False
    weight: int = 0
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture on a page: its bytes, where its lower edge is, and whether it fills the page."""

    content: bytes
    y: float
    fills: bool


@dataclass(slots=True)
class Sheet:
    """One page."""

    number: int
    width: float
    height: float
    lines: list[Line]
    pictures: list[Drawn]


def read_sheet(document: Any, number: int) -> Sheet | None:
    """A page by its index; None for one that is damaged."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    try:
        width, height = page.get_size()
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        page.close()
        return None
    try:
        lines = list(_lines(page, text, number, width))
        pictures = list(_pictures(page, width, height))
    finally:
        text.close()
        page.close()
    return Sheet(number, width, height, lines, pictures)


def _lines(page: Any, text: Any, number: int, width: float) -> Iterator[Line]:
    raw = text.raw
    count = min(pdfium.FPDFText_CountChars(raw), MOST_CHARACTERS)
    characters = [pdfium.FPDFText_GetUnicode(raw, at) or 0xFFFD for at in range(count)]
    whole = "".join(map(chr, characters))
    widths = marked_widths(page)
    if widths or RIGHT_TO_LEFT.search(whole):
        pieces = measured_lines(raw, widths)
        if pieces is not None:
            for line in pieces:
                yield from _of_pieces(line, number, width)
            return
    start = 0
    for at in range(count + 1):
        if at == count or characters[at] in (0x0A, 0x0D):
            if at > start:
                yield from _of_range(raw, whole, start, at, number)
            start = at + 1
        elif characters[at] in _HYPHENS:
            # The hyphen at the end of a line; PDFium goes on with the next one without a break.
            yield from _of_range(raw, whole, start, at + 1, number)
            start = at + 1


def _of_pieces(pieces: Sequence[pdf_lines.Piece], number: int, width: float) -> Iterator[Line]:
    text = _cleaned(pdf_lines.line(pieces))
    real = [one for one in pieces if not one.made_up and one.text.strip()]
    if not text or not real:
        return
    left, right = min(p.left for p in real), max(p.right for p in real)
    rtl = sum(1 for c in text if RIGHT_TO_LEFT.match(c)) * 2 > sum(1 for c in text if c.isalpha())
    start, end = (width - right, width - left) if rtl else (left, right)
    size = sorted(p.size for p in real)[len(real) // 2]
    cells = _cells_of_pieces(pieces, size, rtl=rtl)
    yield Line(text, start, end, real[0].baseline, size, False, number, rtl, cells=cells)


def _cells_of_pieces(
    pieces: Sequence[pdf_lines.Piece], size: float, *, rtl: bool
) -> tuple[str, ...]:
    """The parts of a line that stand far apart, in the order of reading."""
    ordered = sorted(pieces, key=lambda p: p.left) if rtl else list(pieces)
    groups: list[list[pdf_lines.Piece]] = []
    right = 0.0
    for piece in ordered:
        if not piece.text.strip():
            if groups:
                groups[-1].append(piece)
            continue
        if not groups or piece.left - right > size * _CELL_GAP:
            groups.append([])
            right = piece.right
        groups[-1].append(piece)
        right = max(right, piece.right)
    cells = [_cleaned(pdf_lines.line(group)) for group in (reversed(groups) if rtl else groups)]
    return tuple(cells) if len(cells) > 1 else ()


def _of_range(raw: Any, whole: str, start: int, end: int, number: int) -> Iterator[Line]:
    said = whole[start:end]
    text = _cleaned(said)
    if not text:
        return
    first = start + len(said) - len(said.lstrip())
    last = start + len(said.rstrip()) - 1
    middle = (first + last) // 2
    x, y, box, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    pdfium.FPDFText_GetCharOrigin(raw, first, x, y)
    pdfium.FPDFText_GetLooseCharBox(raw, first, box)
    left = float(min(box.left, x.value))
    pdfium.FPDFText_GetLooseCharBox(raw, last, box)
    right = float(box.right)
    while middle < last and whole[middle].isspace():
        middle += 1
    pdfium.FPDFText_GetMatrix(raw, middle, matrix)
    size = pdfium.FPDFText_GetFontSize(raw, middle) * math.hypot(matrix.c, matrix.d)
    bold = all(_is_bold(raw, at) for at in {first, middle, last})
    weight = min(pdfium.FPDFText_GetFontWeight(raw, at) for at in {first, middle, last})
    yield Line(
        text,
        left,
        right,
        float(y.value),
        float(size) or 1.0,
        bold,
        number,
        weight=max(weight, 0),
        cells=_cells(raw, whole, first, last + 1, float(size) or 1.0),
    )


def _cells(raw: Any, whole: str, first: int, end: int, size: float) -> tuple[str, ...]:
    """The parts of a line between which there is far more room than between words."""
    box = pdfium.FS_RECTF()
    made: list[str] = []
    start = at = first
    while at < end:
        if not whole[at].isspace():
            at += 1
            continue
        behind = at
        while behind < end and whole[behind].isspace():
            behind += 1
        if at > start and behind < end:
            pdfium.FPDFText_GetLooseCharBox(raw, at - 1, box)
            right = float(box.right)
            pdfium.FPDFText_GetLooseCharBox(raw, behind, box)
            if float(box.left) - right > size * _CELL_GAP:
                made.append(_cleaned(whole[start:at]))
                start = behind
        at = behind
    if not made:
        return ()
    return (*made, _cleaned(whole[start:end]))


def _cleaned(text: str) -> str:
    # PDFium marks the hyphen at the end of a line, which is no part of the word.
    return clean(_HYPHEN.sub("\u2010", text)).replace("\n", " ")


def _is_bold(raw: Any, at: int) -> bool:
    buffer = ctypes.create_string_buffer(_FONT_NAME)
    flags = ctypes.c_int()
    size = pdfium.FPDFText_GetFontInfo(raw, at, buffer, _FONT_NAME, ctypes.byref(flags))
    return 0 < size <= _FONT_NAME and bool(_BOLD.search(buffer.value.decode("utf-8", "replace")))


def _pictures(page: Any, width: float, height: float) -> Iterator[Drawn]:
    count = 0
    for one in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        count += 1
        if count > _MOST_PICTURES:
            return
        try:
            left, bottom, right, top = one.get_bounds()
            content = _picture(one)
        except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError):
            continue
        if content is None:
            continue
        fills = (right - left) * (top - bottom) > width * height * 0.8
        yield Drawn(content, float(bottom), fills)


def _picture(one: Any) -> bytes | None:
    wide, high = one.get_px_size()
    if min(wide, high) < _SMALLEST or wide * high < _SMALLEST_AREA or wide * high > MAX_PIXELS:
        return None
    if list(one.get_filters()) == ["DCTDecode"]:
        content = bytes(one.get_data(decode_simple=False))
        # Four colours of printers: browsers show them each in its own way.
        if content[:3] == b"\xff\xd8\xff" and one.get_metadata().bits_per_pixel in (8, 24):
            return content
    bitmap = one.get_bitmap(render=False)
    try:
        image = bitmap.to_pil()
        held = io.BytesIO()
        image.save(held, "PNG")
    finally:
        bitmap.close()
    return held.getvalue()
