"""PDF files as documents: what stands on paper, guessed back into paragraphs and headings."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

import pypdfium2.raw as pdfium

from library.content.documents import notes
from library.content.documents.beside import Beside
from library.content.documents.elements import Block, Document, Figure, Heading, Picture, Words
from library.content.documents.html import sample_of
from library.content.documents.languages import licence_in, text_language
from library.content.documents.pdf_paragraphs import (
    Bookmark,
    Run,
    blocks_of,
    joined_pages,
    levels_by_bookmarks,
    levels_by_look,
    mark_bold,
    runs_of,
    settle_rows,
    usual_size,
    without_contents,
    without_furniture,
)
from library.content.documents.pdf_sheet import Drawn, Sheet, read_sheet
from library.content.documents.pictures import PictureFolder
from library.errors import Invalid
from library.extraction.pdf import opened

MOST_PAGES: Final = 1_500
_MOST_BOOKMARKS: Final = 3_000
_MOST_TEXT: Final = 5_000_000
_FURNITURE: Final = 3
_PROGRAMS: Final = ("Microsoft Word - ", "Microsoft PowerPoint - ", "untitled", "Untitled")
_LANGUAGE: Final = 100


def read(
    file: BinaryIO,
    *,
    pictures: PictureFolder,
    document: Document,
    lang: str | None,
    beside: Beside,
) -> None:
    """Read a PDF. Raises ``Invalid`` for one with a password or without any text, ``Malformed``."""
    del lang, beside
    pdf = opened(file)
    try:
        pages = len(pdf)
        sheets: list[Sheet] = []
        taken: dict[int, list[tuple[Drawn, str]]] = {}
        seen: Counter[str] = Counter()
        size = 0
        for number in range(min(pages, MOST_PAGES)):
            document.notes.place = f"p. {number + 1}"
            sheet = read_sheet(pdf, number)
            if sheet is None:
                continue
            size += sum(len(line.text) for line in sheet.lines)
            if size > _MOST_TEXT:
                document.notes.add(notes.TEXT_CUT, number=_MOST_TEXT)
                break
            if not sheet.lines and any(one.fills for one in sheet.pictures):
                document.notes.add(notes.NO_TEXT)
            taken[number] = _take(sheet, pictures)
            seen.update({path for _, path in taken[number]})
            sheet.pictures = []
            sheets.append(sheet)
        document.notes.place = ""
        if pages > MOST_PAGES:
            document.notes.add(notes.PAGES_CUT, pages=MOST_PAGES)
        bookmarks = _bookmarks(pdf)
        said = pdf.get_metadata_dict(skip_empty=True)
        declared = _language(pdf)
    finally:
        pdf.close()
    if not any(sheet.lines for sheet in sheets) and not any(taken.values()):
        raise Invalid("This PDF has no text that could be read.")
    document.notes.add(notes.GUESSED_PDF)
    furniture = {
        path for path, count in seen.items() if count >= _FURNITURE and count * 3 > len(sheets)
    }
    without_furniture(sheets)
    without_contents(sheets)
    settle_rows(sheets)
    mark_bold(sheets)
    document.blocks = _assembled(sheets, taken, furniture, bookmarks)
    _say(document, said, declared)


def _take(sheet: Sheet, pictures: PictureFolder) -> list[tuple[Drawn, str]]:
    made: list[tuple[Drawn, str]] = []
    for count, one in enumerate(sheet.pictures, 1):
        # Behind text a picture of the whole page is its paper.
        if one.fills and len(sheet.lines) > 3:
            continue
        path = pictures.add(one.content, name=f"page-{sheet.number + 1}-{count}")
        if path is not None:
            made.append((Drawn(b"", one.y, one.fills), path))
    return made


def _assembled(
    sheets: Sequence[Sheet],
    taken: dict[int, list[tuple[Drawn, str]]],
    furniture: set[str],
    bookmarks: Sequence[Bookmark],
) -> list[Block]:
    missed: list[Bookmark] = []
    levels: dict[int, int] = {}
    if len(bookmarks) > 1:
        levels, missed = levels_by_bookmarks(sheets, bookmarks)
    if not levels:
        levels = levels_by_look(sheets, usual_size(sheets))
        if levels:
            missed = []
    made: list[Block] = []
    full = False
    for sheet in sheets:
        blocks: list[Block] = [
            Heading(one.level, [Words(one.title)]) for one in missed if one.page == sheet.number
        ]
        waiting = sorted(
            (one for one in taken[sheet.number] if one[1] not in furniture),
            key=lambda one: -one[0].y,
        )
        runs = runs_of(sheet, levels)
        held: list[Run] = []
        for run in runs:
            while waiting and waiting[0][0].y > run.lines[0].y:
                blocks += blocks_of(held)
                held = []
                blocks.append(Figure(Picture(waiting.pop(0)[1])))
            held.append(run)
        blocks += blocks_of(held)
        blocks += [Figure(Picture(path)) for _, path in waiting]
        made = joined_pages(made, blocks, full=full)
        full = bool(runs) and not runs[-1].level
    return made


def _bookmarks(pdf: Any) -> list[Bookmark]:
    made: list[Bookmark] = []
    for one in pdf.get_toc(max_depth=6):
        if len(made) >= _MOST_BOOKMARKS:
            break
        title = " ".join((one.get_title() or "").split())[:300]
        destination = one.get_dest()
        page = destination.get_index() if destination is not None else None
        if title and page is not None:
            made.append(Bookmark(title, one.level + 1, page))
    return made


def _language(pdf: Any) -> str | None:
    ask = getattr(pdfium, "FPDFCatalog_GetLanguage", None)
    if ask is None:
        return None
    buffer = (ctypes.c_ushort * _LANGUAGE)()
    size = ask(pdf.raw, buffer, ctypes.sizeof(buffer))
    if not 2 < size <= ctypes.sizeof(buffer):
        return None
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _say(document: Document, said: dict[str, str], declared: str | None) -> None:
    title = said.get("Title", "").strip()
    if title and not title.startswith(_PROGRAMS) and not title.lower().endswith((".doc", ".docx")):
        document.fallback_title = title
    if said.get("Author", "").strip():
        document.authors = [one.strip() for one in said["Author"].split(";")]
    sample = sample_of(document.blocks)
    document.lang = text_language(sample, [declared])
    document.licence = licence_in(
        f"{said.get('Keywords', '')} {said.get('Subject', '')} {sample[:20_000]}"
    )
