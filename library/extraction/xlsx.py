"""Spreadsheets (XLSX): the words in their cells, sheet by sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from library.errors import TooLarge
from library.extraction.extract import Extract, gathered
from library.extraction.office_package import OfficePackage, relation_id
from library.untrusted import xml

_MOST_STRINGS: Final = 500_000


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """A place is ``sheet=`` and its number; rows are lines. Numbers are left out: nobody looks for them."""
    del lang
    package = OfficePackage(file)
    try:
        main = package.main
        related = package.related(main)
        strings: list[str] = []
        for relation in related:
            if relation.kind == "sharedStrings" and relation.part in package:
                strings = _shared(package, relation.part)
        parts = {relation.id: relation.part for relation in related}
        number = 0
        for event in list(package.events(main)):
            if not isinstance(event, xml.Start) or not event.name.endswith("}sheet"):
                continue
            number += 1
            part = parts.get(relation_id(event.attributes), "")
            rows = [event.attributes.get("name", "")]
            if part in package:
                for extract in gathered(_with(rows, _rows(package, part, strings))):
                    yield Extract(f"sheet={number}", extract.text)
    finally:
        package.close()


def _with(first: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from rest


def _shared(package: OfficePackage, part: str) -> list[str]:
    strings: list[str] = []
    words: list[str] = []
    inside = False
    reading = 0
    for event in package.events(part):
        if isinstance(event, xml.Text):
            if inside:
                words.append(event.text)
            continue
        local = event.name.rpartition("}")[2]
        if local == "rPh":  # how the text is read aloud, in Japanese
            reading += 1 if isinstance(event, xml.Start) else -1
        elif local == "t":
            inside = isinstance(event, xml.Start) and not reading
        elif local == "si" and isinstance(event, xml.End):
            strings.append("".join(words))
            words.clear()
            if len(strings) > _MOST_STRINGS:
                raise TooLarge("This spreadsheet holds more texts than are read.")
    return strings


def _rows(package: OfficePackage, part: str, strings: list[str]) -> Iterator[str]:
    cells: list[str] = []
    kind = ""
    words: list[str] | None = None
    for event in package.events(part):
        if isinstance(event, xml.Text):
            if words is not None:
                words.append(event.text)
            continue
        local = event.name.rpartition("}")[2]
        if isinstance(event, xml.Start):
            if local == "c":
                kind = event.attributes.get("t", "")
            elif (local == "v" and kind in ("s", "str")) or (local == "t" and kind == "inlineStr"):
                words = []
        elif local in ("v", "t") and words is not None:
            text = "".join(words)
            words = None
            if kind == "s":
                at = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
                text = strings[at] if 0 <= at < len(strings) else ""
            cells.append(text.replace("\n", " "))
        elif local == "row":
            yield " ".join(filter(None, cells))
            cells.clear()
