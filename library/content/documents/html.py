"""Web pages (HTML, XHTML) as documents."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import BinaryIO, Final
from urllib.parse import unquote, unquote_to_bytes

from library.content.documents import notes
from library.content.documents.beside import Beside
from library.content.documents.elements import Block, Document, words_of
from library.content.documents.html_tree import LARGEST, Node, page
from library.content.documents.html_walk import Walker
from library.content.documents.languages import licence_in, text_language
from library.content.documents.links import outward
from library.content.documents.pictures import PictureFolder
from library.errors import TooLarge
from library.extraction.charset import decoded

_DATA: Final = re.compile(r"data:([\w/+.-]*)((?:;[\w=.+-]+)*),", re.IGNORECASE)
_LONGEST_DATA: Final = 30_000_000
_AUTHORS: Final = frozenset({"author", "dc.creator", "dcterms.creator", "article:author"})
_DESCRIPTIONS: Final = frozenset({"description", "dc.description", "og:description"})


def read(
    file: BinaryIO,
    *,
    pictures: PictureFolder,
    document: Document,
    lang: str | None,
    beside: Beside,
) -> None:
    """Read a page. Pictures come from beside it or out of its own text; none is fetched."""
    content = file.read(LARGEST * 2 + 1)
    if len(content) > LARGEST * 2:
        raise TooLarge("This page is too long.")
    found = page(decoded(content, lang=lang, markup=True))
    _head(found.root, document)
    finder = PictureFinder(pictures, document, beside)
    walker = Walker(
        document.notes,
        image=finder.find,
        target=lambda address: target(address, document),
        footnotes=document.footnotes,
        note_name=NoteNames().name,
    )
    document.blocks = walker.walk(main_part(found.root))
    sample = sample_of(document.blocks)
    document.lang = text_language(sample, [found.lang])
    links = " ".join(n.get("href") for n in found.root.walk() if n.name == "a" and n.get("href"))
    document.licence = document.licence or licence_in(f"{links[:20_000]} {sample[:20_000]}")


class PictureFinder:
    """Takes the pictures that a page asks for."""

    def __init__(self, pictures: PictureFolder, document: Document, beside: Beside) -> None:
        self._pictures = pictures
        self._notes = document.notes
        self._beside = beside

    def find(self, address: str) -> str | None:
        """The path in the work of a picture, or None (and a note) where there is none to be had."""
        address = address.strip()
        if address[:5].lower() == "data:":
            content = data_of(address)
            if content is None:
                self._notes.add(notes.PICTURE_BROKEN)
                return None
            return self._pictures.add(content, name="picture")
        if address.startswith("//") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address):
            self._notes.add(notes.PICTURE_REMOTE, address=address)
            return None
        found = self._beside.get(address)
        if found is None:
            self._notes.add(notes.PICTURE_ABSENT, address=address)
            return None
        name = unquote(address.partition("#")[0].partition("?")[0])
        return self._pictures.add(found, name=name)


def data_of(address: str) -> bytes | None:
    """The bytes that an address carries itself (RFC 2397)."""
    head = _DATA.match(address)
    if head is None or len(address) > _LONGEST_DATA:
        return None
    rest = address[head.end() :]
    if ";base64" not in head[2].lower():
        return unquote_to_bytes(rest)
    try:
        return base64.b64decode(re.sub(r"\s+", "", unquote(rest)), validate=False)
    except (binascii.Error, ValueError):
        return None


def target(address: str, document: Document) -> str | None:
    """Where a link of a page may lead."""
    address = address.strip()
    if address.startswith("#"):
        return f"#{unquote(address[1:])}" if len(address) > 1 else None
    found = outward(address)
    if found is None and address and not address.lower().startswith(("javascript:", "data:")):
        document.notes.add(notes.LOST_FILE, address=address)
    return found


def main_part(root: Node) -> Node:
    """What of a page is its text: ``main``, or the one ``article``, where there is such an element."""
    mains = [one for one in root.walk() if one.name == "main" or one.get("role") == "main"]
    if mains and len(mains[0].words().strip()) * 3 > len(root.words().strip()):
        return mains[0]
    articles = [one for one in root.walk() if one.name == "article"]
    if len(articles) == 1 and len(articles[0].words().strip()) * 2 > len(root.words().strip()):
        return articles[0]
    return Node("#root", children=[n for n in root.children if n.name != "footer" or _has_text(n)])


def _has_text(node: Node) -> bool:
    return any(one.name in ("p", "h1", "h2", "h3", "ul", "ol", "li") for one in node.walk())


def sample_of(blocks: Sequence[Block]) -> str:
    """Enough of the text to see what it is written in."""
    parts: list[str] = []
    size = 0
    for block in blocks:
        said = [words_of(getattr(block, "content", ()))]
        said += [words_of(cell) for row in getattr(block, "rows", ()) for cell in row]
        said += [sample_of(item) for item in getattr(block, "items", ())]
        if isinstance(getattr(block, "blocks", None), list):
            said.append(sample_of(getattr(block, "blocks", [])))
        parts += said
        size += sum(map(len, said))
        if size > 50_000:
            break
    return "\n".join(part for part in parts if part)[:50_000]


def _head(root: Node, document: Document) -> None:
    for node in root.walk():
        if node.name == "title" and not document.fallback_title:
            document.fallback_title = " ".join(node.words().split())
        elif node.name == "meta":
            name = (node.get("name") or node.get("property")).lower()
            content = " ".join(node.get("content").split())
            if name in _AUTHORS and content:
                document.authors.append(content)
            elif name in _DESCRIPTIONS and not document.description:
                document.description = content
            elif name in ("license", "licence", "dcterms.license", "dc.rights", "rights"):
                document.licence = document.licence or licence_in(content)


class NoteNames:
    """Numbers for footnotes in the order in which they are met."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, key: str) -> str:
        """The number of a footnote by its id."""
        return self._names.setdefault(key, str(len(self._names) + 1))
