"""The parts of a Word document as trees with short names, whatever its namespaces are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from xml.etree.ElementTree import Element, TreeBuilder

from library.errors import Malformed, TooLarge
from library.extraction.office_package import OfficePackage
from library.untrusted import xml

MOST_NODES: Final = 1_200_000
_LARGEST_PICTURE: Final = 60_000_000
_NAMES: Final = {
    "wordprocessingml": "w",
    "math": "m",
    "relationships": "r",
}


@dataclass(slots=True)
class Related:
    """What the ids in one part mean: parts of the package by kind, and addresses outside of it."""

    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)


class WordPackage:
    """A package that is read part by part. Raises what `OfficePackage` raises, ``TooLarge``."""

    def __init__(self, file: BinaryIO) -> None:
        self._package = OfficePackage(file)
        self._left = MOST_NODES
        self.main = self._package.main
        if self.main not in self._package:
            raise Malformed("This office document does not say where its text is.")

    def tree(self, part: str) -> Element:
        """A part as elements named ``w:p``, ``m:oMath``, or by their local name alone; attributes by
        their local name, but ids of relations (``r:id``)."""
        builder = TreeBuilder()
        empty = True
        for event in self._package.events(part):
            if isinstance(event, xml.Text):
                builder.data(event.text)
            elif isinstance(event, xml.Start):
                empty = False
                self._left -= 1
                if self._left < 0:
                    raise TooLarge("This document holds more elements than are read.")
                said = {
                    (name if name.startswith("r:") else name.rpartition(":")[2]): value
                    for name, value in ((_short(k), v) for k, v in event.attributes.items())
                }
                builder.start(_short(event.name), said)
            else:
                builder.end(_short(event.name))
        if empty:
            raise Malformed("A part of this document is empty.")
        return builder.close()

    def related(self, part: str) -> Related:
        """What a part's relations lead to."""
        found = Related(addresses=dict(self._package.outside(part)))
        for relation in self._package.related(part):
            found.parts[relation.id] = (relation.kind, relation.part)
        return found

    def part_of_kind(self, part: str, kind: str) -> str | None:
        """The part of a kind (``styles``, ``numbering``) that belongs to another."""
        for relation in self._package.related(part):
            if relation.kind == kind and relation.part in self._package:
                return relation.part
        return None

    def picture(self, part: str) -> bytes | None:
        """The bytes of a part; None where there is no such part."""
        if part not in self._package:
            return None
        return self._package.read(part, most=_LARGEST_PICTURE)

    def core(self) -> Mapping[str, str]:
        """What the document says of itself: title, creator, language, description."""
        part = self.part_of_kind("", "core-properties")
        if part is None:
            return {}
        return {one.tag: (one.text or "").strip() for one in self.tree(part)}

    def close(self) -> None:
        self._package.close()


def _short(name: str) -> str:
    namespace, _, local = name.rpartition("}")
    for word, prefix in _NAMES.items():
        if word in namespace and (prefix != "r" or namespace.endswith("relationships")):
            return f"{prefix}:{local}"
    return local
