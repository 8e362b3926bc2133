"""Markdown and plain text as documents: blocks stay as they were written."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from library.content.documents import notes
from library.content.documents.beside import Beside
from library.content.documents.elements import Block, Document, Heading, Raw, Source
from library.content.documents.html import PictureFinder
from library.content.documents.languages import licence_in, text_language
from library.content.documents.pictures import PictureFolder
from library.content.faults import Faults
from library.content.markdown_file import without_front_matter
from library.errors import TooLarge
from library.extraction.charset import decoded
from library.markdown import BlockKind, ParsedBlock, grammar, plain_text, slug, split
from library.markdown.containers import heading_of

LARGEST: Final = 10_000_000
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ufeff]")
_PICTURE: Final = re.compile(
    rf"(!\[(?:[^\[\]\\]++|\\.|\[(?:[^\[\]\\]++|\\.)*+\])*+\]){grammar.TAIL.pattern}", re.DOTALL
)
_MARKER: Final = re.compile(r"(?m)^[ \t]*<!--[ \t]*block:.*-->[ \t]*$")
_CODE: Final = frozenset({BlockKind.CODE, BlockKind.FORMULA, BlockKind.COMMENT})


def read(
    file: BinaryIO,
    *,
    pictures: PictureFolder,
    document: Document,
    lang: str | None,
    beside: Beside,
) -> None:
    """Read a text. Pictures beside it are taken over, and their addresses follow."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooLarge(f"This text is longer than {LARGEST // 1_000_000} MB.")
    text = decoded(content, lang=lang).replace("\r\n", "\n").replace("\r", "\n")
    text = _UNPRINTABLE.sub("", text)
    if "\ufffd" in text:
        document.notes.add(notes.ENCODING)
    # Ids of another library's blocks mean nothing here.
    text = _MARKER.sub("", text)
    body, head, _ = without_front_matter(text, place="", faults=Faults())
    document.title, document.description = head.title, head.description
    finder = PictureFinder(pictures, document, beside)
    known: dict[str, int] = {}
    for one in split(body):
        if one.kind is BlockKind.REFERENCE:
            document.attached += _references(one.source)
        elif one.kind is BlockKind.FOOTNOTE and (note := grammar.FOOTNOTE.match(one.source)):
            document.attached.append((f"[^{note[1]}]", one.source))
        elif one.kind is BlockKind.HEADING:
            document.blocks += _heading(one, known)
        else:
            document.blocks.append(Source(_with_pictures(one, finder)))
    document.lang = text_language(body[:50_000], [])
    document.licence = licence_in(text[:20_000])


def _references(source: str) -> list[tuple[str, str]]:
    found = ((grammar.REFERENCE.fullmatch(line), line) for line in source.split("\n"))
    return [(f"[{match[1]}]", line) for match, line in found if match is not None]


def _heading(block: ParsedBlock, known: dict[str, int]) -> list[Block]:
    level, words = heading_of(block.source)
    words = " ".join(words.split())
    if not words:
        return []
    name = slug(plain_text(words, kind=BlockKind.PARAGRAPH))
    count = known[name] = known.get(name, -1) + 1
    # A second heading of the same words has a number, as authors know it from GitHub.
    anchor = f"{name}-{count}" if count else name
    return [Heading(level, [Raw(words)], anchors=[anchor])]


def _with_pictures(block: ParsedBlock, finder: PictureFinder) -> str:
    if block.kind in _CODE or "![" not in block.source:
        return block.source
    return _PICTURE.sub(lambda match: _picture(match, finder), block.source)


def _picture(match: re.Match[str], finder: PictureFinder) -> str:
    address = match[2] if match[2] is not None else match[3] or ""
    if re.match(r"https?:|//", address, re.I):
        return match[0]
    path = finder.find(address)
    if path is None:
        return match[0]
    title = f" {match[4]}" if match[4] else ""
    return f"{match[1]}({path}{title})"
