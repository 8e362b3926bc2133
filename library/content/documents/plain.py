"""Plain text as documents: paragraphs of lines; a text with Markdown's headings is Markdown."""

from __future__ import annotations

import io
import itertools
import re
from typing import BinaryIO, Final

from library.content.documents import markdown, notes
from library.content.documents.beside import Beside
from library.content.documents.elements import Block, Document, Paragraph, Words
from library.content.documents.headings import Look, guessed_headings
from library.content.documents.joining import joined_lines
from library.content.documents.languages import licence_in, text_language
from library.content.documents.pictures import PictureFolder
from library.errors import TooLarge
from library.extraction.charset import decoded

_MARKED: Final = re.compile(r"(?m)^(?:#{1,6} \S|```|---\n)")
_CHAPTER: Final = re.compile(
    r"\s*(?:第\s*[一二三四五六七八九十百零〇\d]{1,6}\s*([章篇部]|[节節课課单元單元])|(?:chapter|chapitre|capítulo|глава|unit|"
    r"lesson|section)\s+[\divxlc]{1,5}\b).{0,60}",
    re.IGNORECASE,
)


def read(
    file: BinaryIO,
    *,
    pictures: PictureFolder,
    document: Document,
    lang: str | None,
    beside: Beside,
) -> None:
    """Read a text. Lines that name chapters are headings."""
    content = file.read(markdown.LARGEST + 1)
    if len(content) > markdown.LARGEST:
        raise TooLarge(f"This text is longer than {markdown.LARGEST // 1_000_000} MB.")
    text = decoded(content, lang=lang).replace("\r\n", "\n").replace("\r", "\n")
    if _MARKED.search(text):
        markdown.read(
            io.BytesIO(content), pictures=pictures, document=document, lang=lang, beside=beside
        )
        return
    if "\ufffd" in text:
        document.notes.add(notes.ENCODING)
    lines = [line.strip() for line in text.replace("\x0c", "\n\n").split("\n")]
    parted = "" in lines[1:-1] and _are_wrapped(lines)
    made: list[Block] = []
    looks: dict[int, Look] = {}
    held: list[str] = []
    for line in [*lines, ""]:
        chapter = _CHAPTER.fullmatch(line) is not None
        if held and (not line or chapter or not parted):
            made.append(Paragraph([Words(joined_lines(held))]))
            held = []
        if chapter:
            made.append(Paragraph([Words(line)]))
            looks[id(made[-1])] = Look(bold=True)
        elif line:
            held.append(line)
    for block in made:
        looks.setdefault(id(block), Look())
    document.blocks, guessed = guessed_headings(made, looks)
    if guessed:
        document.notes.add(notes.GUESSED_HEADINGS)
    document.lang = text_language(text[:50_000], [])
    document.licence = licence_in(text[:20_000])


def _are_wrapped(lines: list[str]) -> bool:
    """Whether lines end where they are full, so that paragraphs are what blank lines part."""
    said = [len(line) for line in lines if line]
    runs = sum(1 for a, b in itertools.pairwise(lines) if a and b)
    return runs * 3 > len(said) and max(said, default=0) <= 120
