"""OpenDocument files: texts (ODT), presentations (ODP) and spreadsheets (ODS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from library.extraction.extract import Extract, gathered
from library.untrusted import xml
from library.untrusted.archive import Archive

_NAMESPACE: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TEXT: Final = f"{_NAMESPACE}text:1.0}}"
_PARAGRAPHS: Final = frozenset({f"{_TEXT}p", f"{_TEXT}h"})
_PLACES: Final = {
    f"{_NAMESPACE}drawing:1.0}}page": "slide",
    f"{_NAMESPACE}table:1.0}}table": "sheet",
}
_SPACES: Final = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}
_SKIPPED: Final = frozenset({f"{_TEXT}tracked-changes", f"{_TEXT}ruby-text"})
_KIND: Final = {
    f"{_NAMESPACE}office:1.0}}presentation": "slide",
    f"{_NAMESPACE}office:1.0}}spreadsheet": "sheet",
}


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """Slides and sheets have places (``slide=2``), texts have none."""
    del lang
    with Archive(file) as archive, archive.open("content.xml") as stream:
        place = ""
        held: list[str] = []
        for at, text in _paragraphs(xml.events(stream)):
            if at != place:
                yield from _placed(place, held)
                place, held = at, []
            held.append(text)
            if sum(map(len, held[-50:])) > 20_000:
                yield from _placed(place, held)
                held = []
        yield from _placed(place, held)


def _placed(place: str, texts: list[str]) -> Iterator[Extract]:
    if place.startswith("slide"):
        yield Extract(place, "\n".join(texts))
        return
    for part in gathered(texts):
        yield Extract(place, part.text)


def _paragraphs(events: Iterator[xml.Event]) -> Iterator[tuple[str, str]]:
    held: list[list[str]] = []
    place = kind = ""
    number = skipped = 0
    for event in events:
        if isinstance(event, xml.Text):
            if held and not skipped:
                held[-1].append(event.text)
        elif isinstance(event, xml.Start):
            if skipped or event.name in _SKIPPED:
                skipped += 1
            elif event.name in _KIND:
                kind = _KIND[event.name]
            elif _PLACES.get(event.name, "-") == kind:
                number += 1
                place = f"{kind}={number}"
            elif event.name in _PARAGRAPHS:
                held.append([])
            elif event.name in _SPACES and held:
                held[-1].append(_SPACES[event.name])
        elif skipped:
            skipped -= 1
        elif event.name in _PARAGRAPHS and held:
            text = "".join(held.pop()).strip()
            if text:
                yield place, text
