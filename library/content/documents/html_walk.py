"""Walking over the tree of a web page: elements into the blocks and inline content of a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import unquote

from library.content.documents import notes
from library.content.documents.elements import (
    PLAIN,
    Block,
    Break,
    Callout,
    Code,
    Definitions,
    Figure,
    Formula,
    Heading,
    Inline,
    Listing,
    Mark,
    NoteMark,
    Paragraph,
    Picture,
    Quotation,
    Rule,
    Table,
    Words,
    is_empty,
    tidy,
    words_of,
)
from library.content.documents.html_tables import table_blocks
from library.content.documents.html_tree import Node, words
from library.content.documents.mathml import mathml_latex
from library.content.documents.notes import Notes

Image = Callable[[str], str | None]
"""From the address of a picture to its path in the work, or None where it is not taken over."""

Target = Callable[[str], str | None]
"""From the address of a link to where it leads: an address, ``#`` and an anchor, or None."""

_MARKS: Final = {
    "b": Mark.STRONG, "strong": Mark.STRONG, "i": Mark.EMPHASIS, "em": Mark.EMPHASIS,
    "cite": Mark.EMPHASIS, "dfn": Mark.EMPHASIS, "var": Mark.EMPHASIS, "s": Mark.DELETED,
    "del": Mark.DELETED, "strike": Mark.DELETED, "sub": Mark.SUBSCRIPT, "sup": Mark.SUPERSCRIPT,
    "code": Mark.CODE, "kbd": Mark.CODE, "samp": Mark.CODE, "tt": Mark.CODE,
}  # fmt: skip
_UNSEEN: Final = frozenset(
    words(
        "title meta base link input select textarea legend colgroup col map area source track rp "
        "rt annotation"
    )
)
_MOVING: Final = frozenset({"iframe", "embed", "video", "audio"})
_AROUND: Final = frozenset(
    words(
        "#root html body div section article main header footer hgroup center address form nav "
        "aside figure dir dd li td th details blockquote fieldset"
    )
)
_BLOCKS: Final = _AROUND | frozenset(words("p h1 h2 h3 h4 h5 h6 ul ol dl pre table hr svg"))
_HEADINGS: Final = {f"h{n}": n for n in range(1, 7)}
_NOTE_TYPES: Final = ("footnote", "endnote", "rearnote")
_CALLOUTS: Final = re.compile(r"\b(note|tip|important|warning|danger|caution|example)\b")
_LANGUAGE: Final = re.compile(
    r"\b(?:lang|language|brush|sourceCode)[-: ]+([A-Za-z0-9+#.-]+)|^([a-z]+)$"
)


class Walker:
    """Walks pages of one document. ``anchor`` makes the name of an anchor from an id of this page."""

    def __init__(
        self,
        remarks: Notes,
        *,
        image: Image,
        target: Target,
        anchor: Callable[[str], str] = lambda name: name,
        footnotes: dict[str, list[Block]],
        note_name: Callable[[str], str],
        note_ids: dict[str, Node] | None = None,
    ) -> None:
        self._remarks = remarks
        self._image = image
        self._target = target
        self._anchor = anchor
        self._footnotes = footnotes
        self._note_name = note_name
        self._note_ids = note_ids

    def walk(self, root: Node) -> list[Block]:
        """The blocks of a page; what it says to be footnotes, and leads to, goes to the document's."""
        if self._note_ids is None:
            asked = {unquote(n.get("href")[1:]) for n in root.walk() if n.get("href")[:1] == "#"}
            self._note_ids = {
                self._anchor(key): node for key, node in notes_in(root).items() if key in asked
            }
        return self.blocks(root.children)

    def _note(self, node: Node) -> str | None:
        """The name of the footnote that an element is."""
        key = self._anchor(node.get("id")) if node.get("id") else ""
        if not key or self._note_ids is None or self._note_ids.get(key) is not node:
            return None
        return self._note_name(key)

    def blocks(self, nodes: Sequence[Node]) -> list[Block]:
        made: list[Block] = []
        loose: list[Node] = []

        def settle() -> None:
            if loose:
                made.extend(self._paragraph(loose, []))
                loose.clear()

        for node in nodes:
            if node.name in _BLOCKS or (
                node.name not in _UNSEEN
                and any(one.name in _BLOCKS - {"svg"} for one in node.children)
            ):
                settle()
                before = len(made)
                made += self._block(node)
                anchor = node.get("id")
                if anchor and len(made) > before:
                    made[before].anchors.insert(0, self._anchor(anchor))
            else:
                loose.append(node)
        settle()
        return made

    def _block(self, node: Node) -> list[Block]:
        name = node.name
        if _is_hidden(node):
            return []
        note = self._note(node)
        if note is not None:
            self._footnotes[note] = _without_back_link(self.blocks(node.children))
            return []
        if name in _HEADINGS:
            content = tidy(self.inline(node.children))
            anchors = self._ids(node.children)
            return [Heading(_HEADINGS[name], content, anchors=anchors)] if content else []
        match name:
            case "p":
                return self._paragraph(node.children, self._ids(node.children))
            case "ul" | "ol" | "dir":
                return self._list(node)
            case "dl":
                return self._definitions(node)
            case "pre":
                return [Code(node.words().strip("\n"), _language(node))]
            case "hr":
                return [Rule()]
            case "table":
                return self._table(node)
            case "blockquote":
                inner = self.blocks(node.children)
                return [Quotation(inner)] if inner else []
            case "figure":
                return self._figure(node)
            case "details":
                return self._details(node)
            case "nav":
                return []
            case "svg":
                return self._drawing(node)
            case "form":
                if not any(one.name in ("p", "table", "ul", "h2") for one in node.walk()):
                    self._remarks.add(notes.FORM)
                    return []
        inner = self.blocks(node.children)
        kind = _CALLOUTS.search(node.get("class").lower()) if name in ("aside", "div") else None
        if kind is not None and "admonition" in node.get("class") and inner:
            return [Callout(kind[1].replace("caution", "danger"), "", inner)]
        return inner

    def _paragraph(self, nodes: Sequence[Node], anchors: list[str]) -> list[Block]:
        content = tidy(self.inline(nodes))
        if not content or (is_empty(content) and not anchors):
            return []
        return [Paragraph(content, anchors=anchors or self._ids(nodes))]

    def _ids(self, nodes: Sequence[Node]) -> list[str]:
        found = []
        for node in nodes:
            for one in node.walk():
                name = one.get("id") or (one.get("name") if one.name == "a" else "")
                if name:
                    found.append(self._anchor(name))
        return found

    def inline(
        self, nodes: Sequence[Node], marks: frozenset[Mark] = PLAIN, link: str | None = None
    ) -> list[Inline]:
        """Inline content; blocks in it are parted by line breaks."""
        made: list[Inline] = []
        for node in nodes:
            made += self._inline_one(node, marks, link)
        return made

    def _inline_one(self, node: Node, marks: frozenset[Mark], link: str | None) -> list[Inline]:
        name = node.name
        if name == "#":
            return [Words(node.text, marks, link)]
        if name in _UNSEEN or _is_hidden(node):
            return []
        if name == "br":
            return [Break()]
        if name in ("img", "image"):
            return self._picture(node, link)
        if name == "math":
            return self._formula(node)
        if name == "svg":
            return [b.picture for b in self._drawing(node) if isinstance(b, Figure)]
        if name in _MOVING:
            address = next((n.get("src") for n in node.walk() if n.get("src")), "")
            self._remarks.add(notes.MOVING, address=address)
            return self.inline([n for n in node.children if n.name == "a"], marks, link)
        if name == "a":
            return self._link(node, marks, link)
        if name == "q":
            return [
                Words("“", marks, link),
                *self.inline(node.children, marks, link),
                Words("”", marks, link),
            ]
        if name == "ruby":
            above = "".join(n.words() for n in node.walk() if n.name == "rt").strip()
            inner = self.inline(node.children, marks, link)
            return [*inner, Words(f"（{above}）", marks, link)] if above else inner
        mark = _MARKS.get(name)
        if mark is Mark.CODE and marks & {Mark.CODE}:
            mark = None
        inner = self.inline(node.children, marks | {mark} if mark else marks, link)
        return [Break(), *inner, Break()] if name in _BLOCKS and inner else inner

    def _link(self, node: Node, marks: frozenset[Mark], link: str | None) -> list[Inline]:
        address = node.get("href")
        if "backlink" in node.get("role"):
            return []
        target = self._target(address) if address else link
        if target is not None and target[1:] in (self._note_ids or {}) and target[0] == "#":
            return [NoteMark(self._note_name(target[1:]))]
        return self.inline(node.children, marks, target)

    def _picture(self, node: Node, link: str | None) -> list[Inline]:
        address = (
            node.get("src") or node.get("data-src") or node.get("xlink:href") or node.get("href")
        )
        if not address:
            address = node.get("srcset").split(",")[0].split(" ")[0]
        path = self._image(address) if address else None
        alt = " ".join(node.get("alt").split())[:1_000]
        if path is None:
            return [Words(alt, link=link)] if alt else []
        return [Picture(path, alt, link)]

    def _formula(self, node: Node) -> list[Inline]:
        latex = mathml_latex(node)
        if latex:
            return [Formula(latex)]
        if node.words().strip():
            self._remarks.add(notes.FORMULA)
        return []

    def _drawing(self, node: Node) -> list[Block]:
        found = [
            p
            for one in node.walk()
            if one.name in ("image", "img")
            for p in self._picture(one, None)
        ]
        pictures: list[Block] = [Figure(one) for one in found if isinstance(one, Picture)]
        if not pictures:
            self._remarks.add(notes.DRAWING)
        return pictures

    def _figure(self, node: Node) -> list[Block]:
        said = [one for one in node.walk() if one.name == "figcaption"]
        caption = tidy(self.inline(said[0].children)) if said else []
        rest = [one for one in node.children if one.name != "figcaption"]
        inner = self.blocks(rest)
        if not caption:
            return inner
        pictures = [
            one
            for block in inner
            if isinstance(block, Paragraph)
            for one in block.content
            if isinstance(one, Picture)
        ] + [block.picture for block in inner if isinstance(block, Figure)]
        tables = [block for block in inner if isinstance(block, Table)]
        if tables and not tables[0].caption:
            tables[0].caption = caption
            return inner
        if len(pictures) == 1 and len(inner) == 1:
            return [Figure(pictures[0], caption)]
        return [*inner, Paragraph(caption, is_caption=True)]

    def _details(self, node: Node) -> list[Block]:
        head = next((one for one in node.children if one.name == "summary"), None)
        title = words_of(self.inline(head.children)) if head is not None else ""
        inner = self.blocks([one for one in node.children if one is not head])
        return [Callout("note", title, inner, folds=True)] if inner and title else inner

    def _list(self, node: Node) -> list[Block]:
        items: list[list[Block]] = []
        for one in node.children:
            if one.name == "li":
                inner = self._item(one)
                if inner:
                    items.append(inner)
            elif one.name in ("ul", "ol") and items:
                items[-1] += self._list(one)
            elif one.name != "#" or one.text.strip():
                items.append(self.blocks([one]))
        items = [item for item in items if item]
        start = int(node.get("start")) if re.fullmatch(r"\d{1,6}", node.get("start")) else 1
        return [Listing(node.name == "ol", items, start)] if items else []

    def _item(self, node: Node) -> list[Block]:
        if self._note(node) is not None:
            return self._block(node)
        inner = self.blocks(node.children)
        if node.get("id") and inner:
            inner[0].anchors.append(self._anchor(node.get("id")))
        return inner

    def _definitions(self, node: Node) -> list[Block]:
        made: list[Block] = []
        open_entry: Definitions | None = None
        parts: list[Node] = []
        for one in node.children:
            parts += one.children if one.name == "div" else [one]
        for one in parts:
            if one.name == "dt":
                term = tidy(self.inline(one.children))
                if open_entry is None or open_entry.bodies:
                    open_entry = Definitions([], [], anchors=self._ids([one]))
                    made.append(open_entry)
                open_entry.terms.append(term)
            elif one.name == "dd":
                body = self.blocks(one.children)
                if open_entry is None:
                    made += body
                elif body:
                    open_entry.bodies.append(body)
        return made

    def _table(self, node: Node) -> list[Block]:
        return table_blocks(
            node,
            blocks_of=lambda cell: self.blocks(cell.children),
            inline_of=lambda caption: self.inline(caption.children),
            remarks=self._remarks,
        )


def _is_hidden(node: Node) -> bool:
    if "hidden" in node.attributes:
        return True
    return "display:none" in node.get("style").replace(" ", "").lower()


def notes_in(root: Node) -> dict[str, Node]:
    """The footnotes of a page by their ids."""
    return {node.get("id"): node for node in root.walk() if node.get("id") and _is_note(node)}


def _is_note(node: Node) -> bool:
    said = f"{node.get('epub:type')} {node.get('role').removeprefix('doc-')}".split()
    if any(word in _NOTE_TYPES for word in said):
        return True
    return node.name == "li" and bool(re.fullmatch(r"fn[:\-_]?\w{1,40}", node.get("id")))


def _without_back_link(blocks: list[Block]) -> list[Block]:
    """A footnote without the arrow that leads back to its mark, and without its own number."""
    for block in blocks:
        if isinstance(block, Paragraph):
            block.content = [
                one
                for one in block.content
                if not (
                    isinstance(one, Words) and one.link and one.text.strip(" \u00a0[]()") in _ARROWS
                )
            ]
    return [b for b in blocks if not isinstance(b, Paragraph) or not is_empty(b.content)]


_ARROWS: Final = frozenset({"↩", "↩︎", "↑", "^", "⤴", "⏎", "back", *map(str, range(1, 1000))})


def _language(node: Node) -> str:
    for one in node.walk():
        found = _LANGUAGE.search(one.get("class"))
        if found is not None and found[1]:
            return found[1]
    return ""
