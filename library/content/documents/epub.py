"""Electronic books (EPUB 2 and 3): the pages of the spine, cut as the book's own contents say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from library.content.documents import notes
from library.content.documents.beside import ArchiveBeside, Beside, inside
from library.content.documents.elements import Block, Document, Heading, Words, words_of
from library.content.documents.html import NoteNames, PictureFinder, sample_of
from library.content.documents.html_tree import Node, page
from library.content.documents.html_walk import Walker, notes_in
from library.content.documents.languages import licence_in, text_language
from library.content.documents.links import outward
from library.content.documents.pictures import PictureFolder
from library.errors import Malformed, TooLarge
from library.extraction.charset import decoded
from library.extraction.epub import refuse_encrypted
from library.untrusted import xml
from library.untrusted.archive import Archive

_CONTAINER: Final = "META-INF/container.xml"
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html"})
_LARGEST: Final = 20_000_000
_MOST_PAGES: Final = 5_000
_MOST_NODES: Final = 1_500_000
_MOST_ENTRIES: Final = 5_000
_LIMITS: Final = xml.Limits(nodes=300_000, text=20_000_000)


@dataclass(slots=True)
class _Entry:
    """A line of the book's contents: where it leads, and how deep it stands (from 1)."""

    title: str
    path: str
    fragment: str
    depth: int


@dataclass(slots=True)
class _Book:
    folder: str
    spine: list[str] = field(default_factory=list)
    nav: str = ""
    ncx: str = ""


def read(
    file: BinaryIO,
    *,
    pictures: PictureFolder,
    document: Document,
    lang: str | None,
    beside: Beside,
) -> None:
    """Read a book. Raises ``Invalid`` for one whose text is encrypted, ``Malformed``, ``TooLarge``."""
    del beside
    with Archive(file) as archive:
        refuse_encrypted(archive)
        book, declared = _package(archive, document)
        roots = _roots(archive, book, lang)
        names, note_ids = NoteNames(), _note_ids(roots)
        found: list[tuple[str, list[Block]]] = []
        for path, root in roots.items():
            document.notes.place = posixpath.basename(path)
            finder = PictureFinder(
                pictures, document, ArchiveBeside(archive, posixpath.dirname(path))
            )
            walker = Walker(
                document.notes,
                image=finder.find,
                target=lambda address, path=path: _target(address, path, roots, document),  # type: ignore[misc]
                anchor=lambda name, path=path: f"{path}#{name}",  # type: ignore[misc]
                footnotes=document.footnotes,
                note_name=names.name,
                note_ids=note_ids,
            )
            blocks = walker.walk(root)
            if blocks:
                blocks[0].anchors.append(path)
            found.append((path, blocks))
        document.notes.place = ""
        entries = _contents(archive, book, lang)
    document.blocks = _levelled(found, [e for e in entries if e.path in roots])
    sample = sample_of(document.blocks)
    document.lang = text_language(sample, [declared])
    document.licence = document.licence or licence_in(sample[:20_000])


def _package(archive: Archive, document: Document) -> tuple[_Book, str]:
    """The book's parts and what it says of itself; and its language."""
    path = ""
    if _CONTAINER in archive:
        with archive.open(_CONTAINER) as stream:
            for event in xml.events(stream, limits=_LIMITS):
                if isinstance(event, xml.Start) and event.name.endswith("}rootfile") and not path:
                    path = event.attributes.get("full-path", "")
    if not path or path not in archive:
        raise Malformed("This book does not say where its contents are.")
    with archive.open(path) as stream:
        tree = xml.tree(stream, doctype=True, limits=_LIMITS)
    book = _Book(posixpath.dirname(path))
    items: dict[str, str] = {}
    lang = ""
    order: list[str] = []
    for one in tree.iter():
        local, text = _local(one), " ".join((one.text or "").split())
        if local == "title" and not document.title:
            document.title = text
        elif local == "creator" and text:
            document.authors.append(text)
        elif local == "language" and not lang:
            lang = text
        elif local == "description" and not document.description:
            document.description = " ".join(re.sub(r"<[^<>]*>", " ", text).split())[:2_000]
        elif local in ("rights", "license"):
            document.licence = document.licence or licence_in(text)
        elif local == "item":
            place = inside(book.folder, one.get("href", "")) or ""
            if one.get("media-type") in _PAGES:
                items[one.get("id", "")] = place
            if "nav" in one.get("properties", "").split():
                book.nav = place
            elif one.get("media-type") == "application/x-dtbncx+xml":
                book.ncx = place
        elif local == "itemref":
            # Also what does not stand in the row of reading: it is often where the notes are.
            order.append(one.get("idref", ""))
    book.spine = [items[key] for key in dict.fromkeys(order) if items.get(key)]
    if len(book.spine) > _MOST_PAGES:
        raise TooLarge(f"This book has {len(book.spine)} pages; {_MOST_PAGES} are read.")
    if not book.spine:
        raise Malformed("This book has no pages.")
    return book, lang


def _roots(archive: Archive, book: _Book, lang: str | None) -> dict[str, Node]:
    roots: dict[str, Node] = {}
    count = 0
    for path in book.spine:
        if path not in archive or path == book.nav:
            continue
        content = archive.read(path, most=_LARGEST)
        root = page(decoded(content, lang=lang, markup=True)).root
        count += sum(1 for _ in root.walk())
        if count > _MOST_NODES:
            raise TooLarge("This book holds more elements than are read.")
        roots[path] = root
    return roots


def _note_ids(roots: dict[str, Node]) -> dict[str, Node]:
    """The footnotes of all pages that something leads to."""
    asked: set[str] = set()
    for path, root in roots.items():
        for node in root.walk():
            address = node.get("href")
            if node.name == "a" and "#" in address:
                name, _, fragment = address.partition("#")
                place = inside(posixpath.dirname(path), name) if name else path
                asked.add(f"{place}#{unquote(fragment)}")
    found: dict[str, Node] = {}
    for path, root in roots.items():
        for key, node in notes_in(root).items():
            if f"{path}#{key}" in asked:
                found[f"{path}#{key}"] = node
    return found


def _target(address: str, path: str, roots: dict[str, Node], document: Document) -> str | None:
    """Where a link leads; pages of the book are anchors of the document."""
    address = address.strip()
    found = outward(address)
    if found is not None or not address:
        return found
    name, _, fragment = address.partition("#")
    place = inside(posixpath.dirname(path), name) if name else path
    if place in roots:
        return f"#{place}#{unquote(fragment)}" if fragment else f"#{place}"
    document.notes.add(notes.LOST_FILE, address=address)
    return None


def _contents(archive: Archive, book: _Book, lang: str | None) -> list[_Entry]:
    """The lines of the book's contents: those of EPUB 3, else those of EPUB 2."""
    if book.nav and book.nav in archive:
        root = page(decoded(archive.read(book.nav, most=_LARGEST), lang=lang, markup=True)).root
        navs = [one for one in root.walk() if one.name == "nav"]
        toc = next((one for one in navs if "toc" in one.get("epub:type").split()), None)
        toc = toc or (navs[0] if navs else None)
        if toc is not None:
            return list(_nav_entries(toc, posixpath.dirname(book.nav), 0))[:_MOST_ENTRIES]
    if book.ncx and book.ncx in archive:
        with archive.open(book.ncx) as stream:
            tree = xml.tree(stream, doctype=True, limits=_LIMITS)
        folder = posixpath.dirname(book.ncx)
        top = next((one for one in tree.iter() if _local(one) == "navMap"), None)
        if top is not None:
            return list(_ncx_entries(top, folder, 1))[:_MOST_ENTRIES]
    return []


def _nav_entries(node: Node, folder: str, depth: int) -> Iterator[_Entry]:
    for one in node.children:
        if one.name == "ol":
            yield from _nav_entries(one, folder, depth + 1)
        elif one.name == "a" and one.get("href"):
            yield from _entry(one.get("href"), one.words(), folder, max(depth, 1))
        elif one.name != "#":
            yield from _nav_entries(one, folder, depth)


def _ncx_entries(element: Element, folder: str, depth: int) -> Iterator[_Entry]:
    if depth > 20:
        return
    for point in element:
        if _local(point) != "navPoint":
            continue
        label = next((e for e in point if _local(e) == "navLabel"), None)
        content = next((e for e in point if _local(e) == "content"), None)
        title = "".join(label.itertext()) if label is not None else ""
        if content is not None:
            yield from _entry(content.get("src", ""), title, folder, depth)
        yield from _ncx_entries(point, folder, depth + 1)


def _entry(address: str, title: str, folder: str, depth: int) -> Iterator[_Entry]:
    name, _, fragment = address.partition("#")
    path = inside(folder, name)
    words = " ".join(title.split())
    if path is not None and words:
        yield _Entry(words, path, unquote(fragment), depth)


def _levelled(pages: Sequence[tuple[str, list[Block]]], entries: Sequence[_Entry]) -> list[Block]:
    """The pages one behind the other, headings as deep as the contents say where they name them."""
    if not entries:
        return [block for _, blocks in pages for block in blocks]
    places: dict[str, _Entry] = {}
    for one in entries:
        places.setdefault(f"{one.path}#{one.fragment}" if one.fragment else one.path, one)
    made: list[Block] = []
    depth, own = 0, 0
    for path, blocks in pages:
        waiting: _Entry | None = places.pop(path, None)
        for at, block in enumerate(blocks):
            entry: _Entry | None = next(
                (places.pop(a) for a in list(block.anchors) if a in places), None
            )
            if waiting is not None and entry is None:
                entry, waiting = waiting, None
                if not isinstance(block, Heading) and _has_its_heading(blocks[at:], entry.title):
                    waiting, entry = entry, None
            elif waiting is not None:
                waiting = None
            if entry is not None:
                depth = entry.depth
                if isinstance(block, Heading):
                    own, block.level = block.level, depth
                else:
                    own = 0
                    made.append(Heading(depth, [Words(entry.title)], anchors=list(block.anchors)))
                    block.anchors = []
            elif isinstance(block, Heading):
                block.level = depth + max(1, block.level - own if own else 1)
            made.append(block)
    return made


def _has_its_heading(blocks: Sequence[Block], title: str) -> bool:
    """Whether a page's heading comes a little below its beginning, behind a picture or a number."""
    for block in blocks[:4]:
        if isinstance(block, Heading):
            said = "".join(words_of(block.content).lower().split())
            return "".join(title.lower().split()) in said or said in "".join(title.lower().split())
    return False


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
