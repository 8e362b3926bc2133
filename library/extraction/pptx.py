"""Presentations (PPTX): slide by slide in their order, with notes, tables, diagrams and charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from library.extraction.extract import Extract
from library.extraction.office_package import OfficePackage, drawing_paragraphs, relation_id
from library.untrusted import xml

_DRAWN = ("diagramData", "chart")


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """One extract a slide, places counted as the program shows them, hidden slides with the rest."""
    del lang
    package = OfficePackage(file)
    try:
        for number, part in enumerate(_slides(package), 1):
            if part in package:
                yield Extract(f"slide={number}", "\n".join(_texts(package, part)))
    finally:
        package.close()


def _slides(package: OfficePackage) -> list[str]:
    main = package.main
    parts = {relation.id: relation.part for relation in package.related(main)}
    ids = [
        relation_id(event.attributes)
        for event in package.events(main)
        if isinstance(event, xml.Start) and event.name.endswith("}sldId")
    ]
    return [parts[one] for one in ids if one in parts]


def _texts(package: OfficePackage, slide: str) -> Iterator[str]:
    yield from drawing_paragraphs(package.events(slide))
    for relation in package.related(slide):
        if relation.part not in package:
            continue
        if relation.kind in _DRAWN:
            yield from drawing_paragraphs(package.events(relation.part))
        elif relation.kind == "notesSlide":
            # The notes of a slide repeat its number, which is no text.
            for text in drawing_paragraphs(package.events(relation.part)):
                if not text.isdigit():
                    yield text
