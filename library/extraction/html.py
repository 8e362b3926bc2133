"""Web pages: what a reader sees of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import BinaryIO, Final

from library.extraction.charset import decoded
from library.extraction.extract import Extract, gathered

_UNSEEN: Final = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "select", "datalist"}
)
_VOID: Final = frozenset(
    re.findall(r"\w+", "area base br col embed hr img input link meta param source track wbr")
)
_BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br caption center dd details dialog div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol "
        "optgroup option p pre section summary table tbody tfoot thead title tr ul",
    )
)
_CELLS: Final = frozenset({"td", "th"})
_DEEPEST: Final = 2_000


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """The paragraphs that are shown, title first, gathered up to a good size."""
    yield from gathered(paragraphs(decoded(file.read(), lang=lang, markup=True)))


def paragraphs(markup: str) -> list[str]:
    """What is shown of a page, paragraph by paragraph; descriptions of pictures are shown too."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.told()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._paragraphs: list[str] = []
        self._words: list[str] = []
        # Open elements inside of one that is not shown, that one first.
        self._hidden: list[str] = []

    def told(self) -> list[str]:
        self._end_paragraph()
        return self._paragraphs

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            if tag not in _VOID and len(self._hidden) < _DEEPEST:
                self._hidden.append(tag)
            return
        if tag not in _VOID and (tag in _UNSEEN or _is_hidden(attrs)):
            self._hidden.append(tag)
            return
        if tag in _BLOCKS:
            self._end_paragraph()
        elif tag in _CELLS:
            self._words.append(" ")
        elif tag == "img":
            alt = next((value for name, value in attrs if name == "alt" and value), "")
            self._words.append(f" {alt} ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # In XHTML such an element is over; in HTML the slash says nothing, and void ones are over.
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
            return
        if tag in _BLOCKS:
            self._end_paragraph()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words.append(data)

    def _end_paragraph(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words.clear()
        if text:
            self._paragraphs.append(text)


def _is_hidden(attributes: list[tuple[str, str | None]]) -> bool:
    for name, value in attributes:
        if name == "hidden" or (name == "aria-hidden" and value == "true"):
            return True
        if name == "style" and "display:none" in (value or "").replace(" ", "").lower():
            return True
    return False
