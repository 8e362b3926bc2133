"""Office Open XML packages (ECMA-376): parts, and what they are related to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final
from urllib.parse import unquote

from library.errors import Malformed
from library.untrusted import xml
from library.untrusted.archive import Archive

_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships"

DRAWING: Final = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}",
    "{http://purl.oclc.org/ooxml/drawingml/main}",
)
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part is related to: ``kind`` is the last part of its type (``slide``, ``footnotes``)."""

    id: str
    kind: str
    part: str


class OfficePackage:
    """The parts of a DOCX, PPTX or XLSX file. Raises what `Archive` and `xml` raise."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = Archive(file)

    @property
    def main(self) -> str:
        """The part that everything begins with."""
        for relation in self.related(""):
            if relation.kind == "officeDocument":
                return relation.part
        raise Malformed("This office document does not say where its text is.")

    def related(self, part: str) -> list[Relation]:
        """What a part is related to inside the package, in the order of the file."""
        folder, _, name = part.rpartition("/")
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self._archive:
            return []
        found = []
        for event in self.events(rels):
            if not isinstance(event, xml.Start) or not event.name.endswith("}Relationship"):
                continue
            said = event.attributes
            if said.get("TargetMode") == "External":
                continue
            target = unquote(said.get("Target", ""))
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = said.get("Type", "").rpartition("/")[2]
            found.append(Relation(said.get("Id", ""), kind, posixpath.normpath(path)))
        return found

    def outside(self, part: str) -> dict[str, str]:
        """The addresses outside of the package that a part is related to, by id: links of a text."""
        folder, _, name = part.rpartition("/")
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self._archive:
            return {}
        return {
            event.attributes.get("Id", ""): event.attributes.get("Target", "")
            for event in self.events(rels)
            if isinstance(event, xml.Start)
            and event.name.endswith("}Relationship")
            and event.attributes.get("TargetMode") == "External"
        }

    def __contains__(self, part: str) -> bool:
        return part in self._archive

    def read(self, part: str, *, most: int) -> bytes:
        """The bytes of a part; ``TooLarge`` for more than ``most`` of them."""
        return self._archive.read(part, most=most)

    def events(self, part: str) -> Iterator[xml.Event]:
        """A part's elements and text, without what stands there twice for older programs."""
        skipped = 0
        with self._archive.open(part) as stream:
            for event in xml.events(stream):
                if isinstance(event, xml.Start) and (skipped or event.name == _FALLBACK):
                    skipped += 1
                elif isinstance(event, xml.End) and skipped:
                    skipped -= 1
                elif not skipped:
                    yield event

    def close(self) -> None:
        self._archive.close()


def relation_id(attributes: Mapping[str, str]) -> str:
    """The id of a relation in an element's attributes, transitional or strict."""
    found = (attributes.get(f"{{{namespace}}}id", "") for namespace in (_OFFICE, _STRICT))
    return next(filter(None, found), "")


def drawing_paragraphs(events: Iterator[xml.Event]) -> Iterator[str]:
    """The paragraphs of DrawingML text (``a:p``): slides, notes, diagrams, titles of charts."""
    words: list[str] = []
    inside = False
    for event in events:
        if isinstance(event, xml.Text):
            if inside:
                words.append(event.text)
            continue
        namespace, _, local = event.name.rpartition("}")
        if f"{namespace}}}" not in DRAWING:
            continue
        if isinstance(event, xml.Start):
            if local == "t":
                inside = True
            elif local == "br":
                words.append("\n")
            elif local == "tab":
                words.append(" ")
        elif local == "t":
            inside = False
        elif local == "p":
            text = "".join(words).strip()
            words.clear()
            if text:
                yield text
