"""Web pages as trees: cleaned by a real HTML parser first, so that what is walked here is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from library.errors import TooLarge

LARGEST: Final = 20_000_000
"""Characters of one page."""

_DEEPEST: Final = 120
_MOST_OPEN: Final = 1_500
_MOST_ELEMENTS: Final = 1_000_000
# The parser takes time that grows with their number squared.
_MOST_REFERENCES: Final = 300_000

_DROPPED: Final = frozenset(
    {"script", "style", "template", "noscript", "object", "applet", "frameset"}
)


def words(text: str) -> list[str]:
    """The words of a text: names of elements and attributes, written where they are used."""
    return text.split()


VOID: Final = frozenset(
    words("area base br col embed hr img input link meta param source track wbr image")
)
_TAGS: Final = frozenset(
    words(
        "a abbr acronym address annotation article aside audio b bdi bdo big blockquote br "
        "caption center cite code col colgroup dd del details dfn dir div dl dt em embed "
        "figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i iframe image img "
        "input ins kbd label legend li main map mark math menclose merror mfenced mfrac mi "
        "mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
        "msub msubsup msup mtable mtd mtext mtr munder munderover nav none ol p picture pre q rb "
        "rp rt ruby s samp section select semantics small span strike strong sub summary sup svg "
        "table tbody td textarea tfoot th thead time title tr tt u ul var video meta base"
    )
)
_ATTRIBUTES: Final = frozenset(
    words(
        "abbr alt class close colspan content data-src dir display encoding epub:type height "
        "hidden href id lang linethickness mathvariant name open role rowspan separators src "
        "srcset start style title type value width xlink:href xml:lang accent notation "
        "aria-hidden aria-level property http-equiv alttext"
    )
)
_OPENING: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*+)")
_ENDS_ITSELF: Final = frozenset(
    {
        "p",
        "li",
        "td",
        "th",
        "tr",
        "dt",
        "dd",
        "option",
        "thead",
        "tbody",
        "tfoot",
        "colgroup",
        "rt",
        "rp",
    }
    | VOID
)
_EMPTY: Final = re.compile(
    r"<([A-Za-z][\w:.-]*+)((?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+)/>"
)
_LANGUAGE: Final = re.compile(
    r"<html\b[^<>]{0,1000}?\s(?:xml:)?lang\s*=\s*[\"']?([A-Za-z0-9-]{2,35})", re.IGNORECASE
)
_CDATA: Final = re.compile(r"<!\[CDATA\[|\]\]>")


@dataclass(slots=True)
class Node:
    """An element, or with the name ``#`` some text."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def walk(self) -> Iterator[Node]:
        """This node and all in it, in order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def words(self) -> str:
        """All text in it, as it stands."""
        return "".join(node.text for node in self.walk() if node.name == "#")


@dataclass(slots=True)
class Page:
    """A page as a tree, and the language that its root names."""

    root: Node
    lang: str | None


def page(markup: str) -> Page:
    """The tree of a page. Raises ``TooLarge`` for what is too long or nested too deeply."""
    if len(markup) > LARGEST or markup.count("&") > _MOST_REFERENCES:
        raise TooLarge("A page of this document is too long.")
    found = _LANGUAGE.search(markup[:20_000])
    if markup.lstrip()[:5] == "<?xml" or 'xmlns="http://www.w3.org/1999/xhtml"' in markup[:5_000]:
        markup = _EMPTY.sub(_whole, _CDATA.sub("", markup))
    _refuse_deep(markup)
    builder = _Builder()
    builder.feed(_clean(markup))
    builder.close()
    return Page(builder.root, found[1] if found else None)


def _whole(match: re.Match[str]) -> str:
    """In XHTML any element may be empty; in HTML it would hold all that follows."""
    name = match[1]
    return match[0] if name.lower() in VOID else f"<{name}{match[2]}></{name}>"


def _refuse_deep(markup: str) -> None:
    """The parser takes time that grows with depth times length."""
    depths: dict[str, int] = {}
    total = count = 0
    for tag in _OPENING.finditer(markup):
        count += 1
        name = tag[2].lower()
        if name in _ENDS_ITSELF:
            continue
        if tag[1]:
            if depths.get(name, 0) > 0:
                depths[name] -= 1
                total -= 1
        else:
            depths[name] = depths.get(name, 0) + 1
            total += 1
            if total > _MOST_OPEN:
                raise TooLarge("The elements of this page are nested too deeply.")
    if count > _MOST_ELEMENTS * 2:
        raise TooLarge("This page holds more elements than are read.")


def _clean(markup: str) -> str:
    import nh3

    return nh3.clean(
        markup,
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes={"*": set(_ATTRIBUTES)},
        url_schemes={"http", "https", "mailto", "tel", "data", "file"},
        link_rel=None,
        strip_comments=True,
    )


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#root")
        self._open = [self.root]
        self._beyond: list[str] = []
        self._count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise TooLarge("This page holds more elements than are read.")
        if len(self._open) > _DEEPEST and tag not in VOID:
            # Deeper than that the words count, and no longer what they stand in.
            self._beyond.append(tag)
            return
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._beyond:
            if self._beyond[-1] == tag:
                self._beyond.pop()
            return
        if len(self._open) > 1 and self._open[-1].name == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(Node("#", text=data))
