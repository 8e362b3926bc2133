"""From the blocks of a document to the tree of sections: where it is cut, and what leads where."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from library.catalogue.addresses import section_key
from library.catalogue.drafts import BlockDraft, SectionDraft
from library.content.documents import notes
from library.content.documents.block_markdown import BlockWriter, parsed
from library.content.documents.captions import settled, without_notes
from library.content.documents.elements import (
    Block,
    Callout,
    Code,
    Definitions,
    Document,
    Figure,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    Listing,
    NoteMark,
    Paragraph,
    Picture,
    Quotation,
    Source,
    Table,
    Words,
    words_of,
)
from library.markdown import BlockKind, ParsedBlock, plain_text, slug

LONG: Final = 24_000
"""Characters beyond which a section is cut at the next lower headings: some ten printed pages."""

TOO_LONG: Final = 300_000
"""Characters beyond which a section is cut wherever a block ends."""

MOST_SECTIONS: Final = 5_000
_SILENT: Final = frozenset({BlockKind.COMMENT, BlockKind.REFERENCE})
_LONGEST_NAME: Final = 40
_LONGEST_TITLE: Final = 300
_NUMBERING: Final = re.compile(
    r"\s*(?:第\s*[一二三四五六七八九十百零〇\d]+\s*[章节節課课篇单元單元部分]+|[\d.]+[.)、]?(?=\s|[^\d\s.]))\s*"
)


@dataclass(slots=True)
class _Part:
    """A section in the making; ``path`` is its folder's path in the work."""

    title: list[Inline]
    level: int
    blocks: list[Block] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    name: str = ""
    path: str = ""

    def walk(self) -> Iterator[_Part]:
        yield self
        for part in self.parts:
            yield from part.walk()


def arranged(document: Document, *, fallback_title: str, lang: str) -> SectionDraft:
    """The sections of a document; the root carries the title and what stands before the first of them.

    Uppermost headings open sections, lower ones stay headings inside them; where a section is `LONG`,
    those of the next level open sections in it.
    """
    blocks = settled(document.blocks)
    title, blocks = _title(document, blocks, fallback_title)
    root = _Part([Words(title)], 0)
    _fill(root, blocks)
    for part in root.parts:
        if _size(part.blocks) > LONG:
            inner, part.blocks = part.blocks, []
            _fill(part, inner)
    _cut(root)
    if document.description and not any(isinstance(b, Paragraph) for b in root.blocks[:1]):
        root.blocks.insert(0, Paragraph([Words(document.description)]))
    _name(root, "")
    return _Sections(document, root, lang).draft(root, is_root=True)


def _title(document: Document, blocks: list[Block], fallback: str) -> tuple[str, list[Block]]:
    """The title, and the blocks without it where it is one of them."""
    if document.title.strip():
        said = " ".join(document.title.split())
        for at, block in enumerate(blocks[:3]):
            if isinstance(block, Heading) and words_of(block.content) == said:
                return said[:_LONGEST_TITLE], blocks[:at] + blocks[at + 1 :]
        return said[:_LONGEST_TITLE], blocks
    headings = [b for b in blocks if isinstance(b, Heading) and words_of(b.content)]
    if headings:
        first_heading = headings[0]
        above = [b.level for b in headings[1:] if b.level <= first_heading.level]
        at = next(n for n, b in enumerate(blocks) if b is first_heading)
        if not above and at <= 3:
            said = words_of(first_heading.content)
            return said[:_LONGEST_TITLE], blocks[:at] + blocks[at + 1 :]
    said = " ".join((document.fallback_title.strip() or fallback).split())
    return (said or "Untitled")[:_LONGEST_TITLE], blocks


def _fill(part: _Part, blocks: Sequence[Block]) -> None:
    """Give a part its blocks and, where there are headings, its parts."""
    levels = [b.level for b in blocks if isinstance(b, Heading) and words_of(b.content)]
    top = min(levels, default=0)
    here = part
    for block in blocks:
        if isinstance(block, Heading) and block.level <= top and words_of(block.content):
            here = _Part(without_notes(block.content), block.level, anchors=list(block.anchors))
            part.parts.append(here)
            here.blocks += [Paragraph([n]) for n in block.content if isinstance(n, NoteMark)]
            continue
        here.blocks.append(block)


def _cut(root: _Part) -> None:
    """Cut what is far too long for one page, and put together what would be too many of them."""
    for part in list(root.walk()):
        if len(part.parts) > MOST_SECTIONS:
            kept, rest = part.parts[: MOST_SECTIONS - 1], part.parts[MOST_SECTIONS - 1 :]
            last = _Part(rest[0].title, rest[0].level, rest[0].blocks)
            for one in rest[1:]:
                last.blocks.append(Heading(one.level + 1, one.title, anchors=one.anchors))
                last.blocks += one.blocks
            part.parts = [*kept, last]
        made: list[_Part] = []
        for one in part.parts:
            made += _pieces(one)
        if part is root and _size(part.blocks) > TOO_LONG:
            first, *others = _pieces(_Part(part.title, 1, part.blocks))
            part.blocks = first.blocks
            made = others + made
        part.parts = made


def _pieces(part: _Part) -> list[_Part]:
    if _size(part.blocks) <= TOO_LONG:
        return [part]
    made = [_Part(part.title, part.level, anchors=part.anchors)]
    size = 0
    for block in part.blocks:
        weight = _size([block])
        if size and size + weight > TOO_LONG:
            number = len(made) + 1
            made.append(_Part([*part.title, Words(f" ({number})")], part.level))
            size = 0
        made[-1].blocks.append(block)
        size += weight
    made[-1].parts = part.parts
    return made


def _size(blocks: Sequence[Block]) -> int:
    size = 0
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                size += _length(block.content)
            case Listing():
                size += sum(_size(item) + 4 for item in block.items)
            case Quotation() | Callout():
                size += _size(block.blocks)
            case Definitions():
                size += sum(map(_size, block.bodies)) + sum(map(_length, block.terms))
            case Table():
                size += sum(_length(cell) + 3 for row in block.rows for cell in row)
            case Code() | Source():
                size += len(block.text)
            case FormulaBlock():
                size += len(block.latex)
            case _:
                size += 80
    return size


def _length(content: Sequence[Inline]) -> int:
    return sum(
        len(one.text)
        if isinstance(one, Words)
        else len(one.latex)
        if isinstance(one, Formula)
        else 20
        for one in content
    )


def _name(part: _Part, above: str) -> None:
    """Folder names: numbers that order, and the words of the title."""
    width = max(2, len(str(len(part.parts))))
    taken: set[str] = set()
    for number, inner in enumerate(part.parts, 1):
        base = _folder_words(words_of(inner.title)) or "part"
        words, again = base, 1
        while section_key(f"{number:0{width}d}-{words}") in taken:
            again += 1
            words = f"{base}-{again}"
        inner.name = f"{number:0{width}d}-{words}"
        taken.add(section_key(inner.name))
        inner.path = f"{above}/{inner.name}" if above else inner.name
        _name(inner, inner.path)


def _folder_words(title: str) -> str:
    bare = title[m.end() :] if (m := _NUMBERING.match(title)) and m.end() < len(title) else title
    key = section_key(f"00-{bare}") if any(c.isalnum() for c in bare) else ""
    if len(key) > _LONGEST_NAME:
        cut = key[: _LONGEST_NAME + 1].rpartition("-")[0]
        key = cut if len(cut) > _LONGEST_NAME // 2 else key[:_LONGEST_NAME]
    # A vowel sign without its letter, or a name of the system's own.
    while key and unicodedata.category(key[0])[0] == "M":
        key = key[1:]
    return key.strip("-")


class _Sections:
    def __init__(self, document: Document, root: _Part, lang: str) -> None:
        self.document = document
        self.lang = lang
        self.places: dict[str, tuple[_Part, str]] = {}
        self.loose: set[str] = set()
        for part in root.walk():
            self._place(part)
        self.exact = {a for p in root.walk() for a in self._headed(p)}

    def _place(self, part: _Part) -> None:
        """Where every anchor in a part leads: to the heading that stands above it."""
        fragment = ""
        for anchor in part.anchors:
            self.places.setdefault(anchor, (part, ""))
        for block in part.blocks:
            if isinstance(block, Heading):
                text = plain_text(words_of(without_notes(block.content)), kind=BlockKind.PARAGRAPH)
                fragment = slug(text)
            for anchor in _anchors(block):
                self.places.setdefault(anchor, (part, fragment))

    @staticmethod
    def _headed(part: _Part) -> list[str]:
        found = list(part.anchors)
        for block in part.blocks:
            if isinstance(block, Heading):
                found += block.anchors
        return found

    def draft(self, part: _Part, *, is_root: bool = False) -> SectionDraft:
        """The section with its text and the sections in it."""
        for block in part.blocks:
            for one in _inlines(block):
                if isinstance(one, Picture) and not one.alt:
                    self.document.notes.add(notes.NO_ALT, place=_shown(part))
        writer = BlockWriter(
            address=lambda link: self._address(link, part), remarks=self.document.notes
        )
        lowest = min((b.level for b in part.blocks if isinstance(b, Heading)), default=2)
        title = writer.heading(Heading(1, part.title))
        sources = [title or "# …"]
        sources += writer.written(part.blocks, shift=2 - lowest)
        sources += self._footnotes(part, writer)
        sources += self._attached(sources)
        blocks: list[ParsedBlock] = []
        for source in sources:
            blocks += parsed(source)
        return SectionDraft(
            key="" if is_root else section_key(part.name),
            folder=part.name,
            texts={self.lang: with_roles(blocks, is_root=is_root)},
            sections=[self.draft(inner) for inner in part.parts],
        )

    def _attached(self, sources: Sequence[str]) -> list[str]:
        """Footnotes and definitions of links that are Markdown already, where they are used."""
        if not self.document.attached:
            return []
        text = "\n".join(sources).casefold()
        made: list[str] = []
        for needle, source in self.document.attached:
            if needle.casefold() in text:
                made.append(source)
                text += source.casefold()
        return made

    def _footnotes(self, part: _Part, writer: BlockWriter) -> list[str]:
        made: list[str] = []
        told: set[str] = set()
        waiting = [mark for block in part.blocks for mark in _marks(block)]
        while waiting:
            name = waiting.pop(0)
            if name in told:
                continue
            told.add(name)
            body = settled(self.document.footnotes.get(name, []))
            made.append(writer.footnote(name, body))
            waiting += [mark for block in body for mark in _marks(block)]
        return made

    def _address(self, link: str, part: _Part) -> str:
        if link.startswith("#"):
            found = self.places.get(link[1:])
            if found is None:
                self.document.notes.add(notes.DEAD_LINK, place=_shown(part))
                return ""
            if link[1:] not in self.exact:
                self.document.notes.add(notes.LOOSE_LINK, place=_shown(part))
            target, fragment = found
            end = f"#{fragment}" if fragment else ""
            if target is part:
                return end
            return f"{_relative(target.path, part.path)}/{end}"
        if ":" in link.partition("/")[0] or link.startswith("//"):
            return _web(link)
        return _relative(link, part.path)


def _relative(path: str, folder: str) -> str:
    return posixpath.relpath(f"/{path}", f"/{folder}")


def _web(link: str) -> str:
    scheme = link.partition(":")[0].lower()
    if scheme not in ("http", "https", "mailto", "tel"):
        return ""
    # Spaces and brackets would end the address where it stands.
    text = re.sub(r"[\s\x00-\x1f\x7f]+", "%20", link.strip())
    text = re.sub(r"[<>\"\\`{}|^()*\[\]]", lambda m: f"%{ord(m[0]):02X}", text)
    text = re.sub(r"&(?=#?[A-Za-z0-9]{1,31};)", "&amp;", text)
    return text[:2_000]


def _shown(part: _Part) -> str:
    return words_of(part.title)[:80]


def with_roles(blocks: Sequence[ParsedBlock], *, is_root: bool) -> list[BlockDraft]:
    """Block drafts whose first is the title and, in the root, whose paragraph after it the summary."""
    drafts = [BlockDraft(block) for block in blocks]
    said = [d for d in drafts if d.parsed.kind not in _SILENT]
    if said:
        said[0].role = "title"
    if is_root and len(said) > 1 and said[1].parsed.kind is BlockKind.PARAGRAPH:
        said[1].role = "summary"
    return drafts


def _children(block: Block) -> list[Block]:
    match block:
        case Listing():
            return [inner for item in block.items for inner in item]
        case Quotation() | Callout():
            return block.blocks
        case Definitions():
            return [inner for body in block.bodies for inner in body]
    return []


def _anchors(block: Block) -> Iterator[str]:
    yield from block.anchors
    for inner in _children(block):
        yield from _anchors(inner)


def _inlines(block: Block) -> Iterator[Inline]:
    """All inline content of a block and of what it holds."""
    match block:
        case Heading() | Paragraph():
            yield from block.content
        case Table():
            yield from block.caption
            for row in block.rows:
                for cell in row:
                    yield from cell
        case Figure():
            yield block.picture
            yield from block.caption
        case Definitions():
            for term in block.terms:
                yield from term
    for inner in _children(block):
        yield from _inlines(inner)


def _marks(block: Block) -> Iterator[str]:
    return (one.name for one in _inlines(block) if isinstance(one, NoteMark))
