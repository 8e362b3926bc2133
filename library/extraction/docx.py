"""Word documents (DOCX): paragraphs, tables, text boxes, formulas, notes, headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from library.extraction.extract import Extract, gathered
from library.extraction.office_package import DRAWING, OfficePackage, drawing_paragraphs
from library.untrusted import xml

_WORD: Final = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_MATH: Final = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}",
    "{http://purl.oclc.org/ooxml/officeDocument/math}",
)
_TEXTS: Final = frozenset(space + "t" for space in (*_WORD, *_MATH, *DRAWING))
_PARAGRAPHS: Final = frozenset(space + "p" for space in (*_WORD, *DRAWING))
_SPACES: Final = {
    **{space + name: " " for space in _WORD for name in ("tab", "ptab")},
    **{space + name: "\n" for space in _WORD for name in ("br", "cr")},
    **{space + "noBreakHyphen": "-" for space in _WORD},
}
_BESIDE: Final = ("footnotes", "endnotes", "header", "footer")
_DRAWN: Final = ("diagramData", "chart")


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """The text in the order of the document, then notes, headers and footers, each once."""
    del lang
    package = OfficePackage(file)
    try:
        yield from gathered(_all(package))
    finally:
        package.close()


def _all(package: OfficePackage) -> Iterator[str]:
    main = package.main
    yield from _paragraphs(package.events(main))
    related = package.related(main)
    said: set[str] = set()
    for kind in (*_BESIDE, *_DRAWN):
        for relation in related:
            if relation.kind != kind or relation.part not in package:
                continue
            events = package.events(relation.part)
            texts = drawing_paragraphs(events) if kind in _DRAWN else _paragraphs(events)
            for text in texts:
                # A header is there again for the first page, for even pages, for each part.
                if text not in said:
                    said.add(text)
                    yield text


def _paragraphs(events: Iterator[xml.Event]) -> Iterator[str]:
    # A text box stands inside of a paragraph and holds paragraphs.
    held: list[list[str]] = [[]]
    inside = 0
    for event in events:
        if isinstance(event, xml.Text):
            if inside:
                held[-1].append(event.text)
        elif isinstance(event, xml.Start):
            if event.name in _PARAGRAPHS:
                held.append([])
            elif event.name in _TEXTS:
                inside += 1
            elif event.name in _SPACES:
                held[-1].append(_SPACES[event.name])
        elif event.name in _TEXTS:
            inside -= 1
        elif event.name in _PARAGRAPHS:
            text = "".join(held.pop()).strip()
            if text:
                yield text
