"""Inline Markdown: Python-Markdown's inline engine with this library's own patterns.

Only the inline half of Python-Markdown is used. Blocks are this package's own business, because
real course material is written the way GitHub reads it (fences inside lists, lists indented by two
spaces), and because a block has to be found, stored and translated before it is rendered.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.inlinepatterns import SimpleTagInlineProcessor
from markdown.util import INLINE_PLACEHOLDER_RE

from library.markdown import addresses, grammar, raw_html
from library.markdown.addresses import Destination, typed
from library.markdown.patterns import BareUrl, Link, Literal, NoteMark, Picture
from library.markdown.pictures import picture, size_note
from library.markdown.plain import unmarked
from library.markdown.raw_html import Part
from library.markdown.targets import Resolver, Target

_KEPT = re.compile("\x02m(\\d+)\x03")
_PLAIN = re.compile(r"[^\\`*_~$<&\[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]*+")
_NOISE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EDGES = re.compile(r"\n[ \t]+")

# Everything that Python-Markdown would do with brackets, backslashes and angle brackets.
_REPLACED = (
    *("backtick", "escape", "reference", "link", "image_link", "image_reference"),
    *("short_reference", "short_image_ref", "autolink", "automail", "html", "entity", "not_strong"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a text is rendered: what every link, note and heading in it needs to know."""

    lang: str
    resolve: Resolver
    references: Mapping[str, Destination]
    prefix: str = ""


def is_plain(text: str) -> bool:
    """Whether a text has no inline markup at all, nor anything else that needs a second look."""
    return _PLAIN.fullmatch(text) is not None and "://" not in text and "  \n" not in text


def cleaned(text: str) -> str:
    """The text without characters that no page may hold: controls and halves of pairs."""
    if _NOISE.search(text) is None:
        return text
    return _NOISE.sub(lambda match: _replacement(match[0]), text)


def _replacement(character: str) -> str:
    if character in "\x0b\x0c":
        return " "
    return "\ufffd" if character >= "\ud800" else ""


def escaped(text: str) -> str:
    """Plain text as HTML, with wrapped Chinese and Japanese lines put together."""
    if "\n" in text:
        text = grammar.WRAPPED_WIDE.sub("", _EDGES.sub("\n", text))
    return escape(text, quote=False)


class Anchor(NamedTuple):
    """The element around a link's text, and the HTML behind it."""

    tag: str
    attributes: Mapping[str, str]
    behind: str = ""

    @property
    def opening(self) -> str:
        words = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        return f"<{self.tag}{words}>"

    @property
    def closing(self) -> str:
        return f"</{self.tag}>{self.behind}"

    def element(self) -> Element:
        # The serialiser takes an ampersand that begins a character reference for one.
        attributes = {name: value.replace("&", "&amp;") for name, value in self.attributes.items()}
        return Element(self.tag, attributes)


class Spans:
    """The inline engine. One belongs to one thread at a time; ``borrowed`` hands them out."""

    def __init__(self) -> None:
        self.page: Page | None = None
        self.parts: list[Part] = []
        self.words: list[str] = []
        self.notes: dict[str, int] = {}
        markdown = Markdown(output_format="html")
        patterns = markdown.inlinePatterns
        for name in _REPLACED:
            with suppress(ValueError):
                patterns.deregister(name)
        patterns.register(Literal(self, markdown), "literal", 190)
        patterns.register(NoteMark(self, markdown), "note_mark", 175)
        patterns.register(Link(self, markdown), "link", 160)
        self._finder = Picture(self, markdown)
        patterns.register(self._finder, "picture", 150)
        patterns.register(BareUrl(self, markdown), "bare_url", 120)
        struck = SimpleTagInlineProcessor(r"(~~)(?=[^\s~])(.{1,1000}?)(?<=[^\s~])~~(?!~)", "del")
        patterns.register(struck, "del", 70)
        # Typed loosely on purpose: the stubs know these only by their base class.
        self._inline: Any = markdown.treeprocessors["inline"]
        self._serialise = markdown.serializer
        self._markdown = markdown

    def begin(self, page: Page) -> None:
        """Sets the page for the renderings to come; footnote marks are counted from here."""
        self.page = page
        self.notes.clear()

    def html(self, text: str) -> str:
        """Inline HTML of a text. It still has to pass the sanitiser."""
        text = text.strip()
        if is_plain(text):
            return escaped(text)
        return raw_html.woven(self.parts_of(text))

    def parts_of(self, text: str) -> list[Part]:
        """HTML and authors' tags in order, for ``raw_html.woven``."""
        text = _EDGES.sub("\n", cleaned(text)) if "\n" in text else cleaned(text)
        if len(text) > grammar.MAX_INLINE or sum(map(text.count, "*_~")) > grammar.MAX_DELIMITERS:
            return [escape(text, quote=False)]
        if "\n" in text:
            text = grammar.WRAPPED_WIDE.sub("", text)
        self.parts.clear()
        self.words.clear()
        self._markdown.reset()
        root = Element("div")
        holder = SubElement(root, "p")
        holder.text = text
        try:
            self._inline.run(root)
        except RecursionError:
            return [escape(text, quote=False)]
        out = self._serialise(holder)[3:-4]
        if not self.parts:
            return [out]
        woven: list[Part] = []
        position = 0
        for match in _KEPT.finditer(out):
            woven.append(out[position : match.start()])
            woven.append(self.parts[int(match[1])])
            position = match.end()
        woven.append(out[position:])
        return woven

    def keep(self, part: Part, words: str) -> str:
        """A mark that stands for finished HTML until the end; ``words`` is its plain text."""
        self.parts.append(part)
        self.words.append(words)
        return f"\x02m{len(self.parts) - 1}\x03"

    def plain(self, text: str) -> str:
        """The plain text of a stretch in which marks already stand."""
        if "\x02" in text:
            text = INLINE_PLACEHOLDER_RE.sub(self._stashed, text)
            text = _KEPT.sub(lambda match: self.words[int(match[1])], text)
        return typed(text)

    def one_line(self, text: str) -> str:
        """The plain text of a stretch, its emphasis and links unmarked, in one line."""
        return " ".join(self.plain(unmarked(text)).split())

    def _stashed(self, match: re.Match[str]) -> str:
        node = self._inline.stashed_nodes.get(match[1], "")
        if not isinstance(node, str):
            node = "".join(node.itertext())
        return INLINE_PLACEHOLDER_RE.sub(self._stashed, node) if "\x02" in node else node

    @property
    def linked(self) -> bool:
        """Whether what is being rendered stands inside a link."""
        return "a" in self._inline.ancestors

    @property
    def where(self) -> Page:
        assert self.page is not None, "begin() comes before rendering"  # noqa: S101
        return self.page

    def ask(self, address: str, *, alt: str | None, is_image: bool) -> Target:
        """The target of an address; schemes that no page may use lead nowhere, unasked."""
        if not addresses.may_ask(address):
            return Target(href=None, missing=True)
        return self.where.resolve(address, alt=alt, is_image=is_image)

    def anchor(self, found: Destination) -> Anchor:
        """The element that makes a link to a destination, or says that it is missing."""
        page, address = self.where, found.address
        title = {"title": found.title} if found.title else {}
        if addresses.is_fragment(address):
            return Anchor("a", {"href": addresses.fragment(address, page.prefix), **title})
        if addresses.is_direct(address):
            return Anchor("a", {"href": address, **title})
        target = self.ask(address, alt=None, is_image=False)
        if target.missing or not target.href:
            return Anchor("span", {"class": "missing-link", **title})
        href = {"href": target.href, **title}
        if target.media is not None:
            note = size_note(target.media, lang=page.lang, resolve=page.resolve)
            return Anchor("a", {**href, "download": ""}, f" {note}")
        return Anchor("a", {**href, "rel": "external noopener"} if target.external else href)

    def picture(
        self,
        found: Destination,
        alt: str,
        *,
        linked: bool,
        asked: tuple[int | None, int | None] = (None, None),
    ) -> str:
        """The HTML for a picture in the text."""
        page = self.where
        target = self.ask(found.address, alt=alt, is_image=True)
        return picture(
            target,
            found.address,
            alt=alt,
            title=found.title,
            lang=page.lang,
            resolve=page.resolve,
            linked=linked,
            asked=asked,
        )

    def sole_picture(self, line: str) -> tuple[str, str] | None:
        """The HTML and the title of the one picture that makes up a line, link around it included."""
        around: Destination | None = None
        if line.startswith("["):
            outer = self._finder.find(line, 1)
            if outer is None or outer[2] != len(line):
                return None
            line, around, _ = outer
            line = line.strip()
        inner = self._finder.find(line, 2)
        if inner is None or inner[2] != len(line):
            return None
        text, destination, _ = inner
        linked = around is not None
        shown = self.picture(
            Destination(destination.address, ""), self.one_line(text), linked=linked
        )
        if around is None:
            return shown, destination.title
        anchor = self.anchor(around)
        return f"{anchor.opening}{shown}{anchor.closing}", destination.title or around.title

    def note_mark(self, name: str) -> str:
        """The mark that leads to a footnote; a second mark for the same note gets its own id."""
        key = self.where.prefix + note_key(name)
        count = self.notes[key] = self.notes.get(key, 0) + 1
        own = f"fnref-{key}" if count == 1 else f"fnref-{key}-{count}"
        href = escape(f"#fn-{key}")
        mark = f'<a href="{href}" id="{escape(own)}" role="doc-noteref">{escape(name)}</a>'
        return f"<sup>{mark}</sup>"


def note_key(name: str) -> str:
    """The part of a footnote's ids that comes from its label."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name.lower())


class _Shelf(threading.local):
    def __init__(self) -> None:
        self.idle: list[Spans] = []


_shelf = _Shelf()


@contextmanager
def borrowed(page: Page) -> Iterator[Spans]:
    """An engine for one rendering. A resolver that renders in turn is given another one."""
    spans = _shelf.idle.pop() if _shelf.idle else Spans()
    spans.begin(page)
    try:
        yield spans
    finally:
        spans.page = None
        _shelf.idle.append(spans)
