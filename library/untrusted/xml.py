"""XML from strangers: no entities of its own, nothing fetched, bounded in depth and number.

A document type declaration is refused unless it is allowed, and even then it may declare nothing:
entities are how a kilobyte grows into gigabytes and how a file asks for others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from library.errors import Invalid, Malformed, TooLarge

_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a document may hold. ``nodes`` counts elements, ``text`` characters."""

    depth: int = 256
    nodes: int = 5_000_000
    text: int = 200_000_000
    attributes: int = 500


@dataclass(frozen=True, slots=True)
class Start:
    """An element begins. Names are ``{namespace}local``, or ``local`` where there is no namespace."""

    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """An element ends."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Characters; those of one element may come in several pieces."""

    text: str


Event = Start | End | Text


def events(
    stream: BinaryIO, *, doctype: bool = False, limits: Limits | None = None
) -> Iterator[Event]:
    """Elements and text in the order of the document, in constant memory.

    Raises ``Malformed`` for what is not well-formed, ``Invalid`` for a document type (unless
    ``doctype``) or a declaration in it, ``TooLarge`` for more than the limits allow.
    """
    reader = _Reader(doctype=doctype, limits=limits or Limits())
    while chunk := stream.read(_CHUNK):
        yield from reader.feed(chunk)
    yield from reader.feed(b"", last=True)


def tree(stream: BinaryIO, *, doctype: bool = False, limits: Limits | None = None) -> Element:
    """The whole document as elements; raises what `events` raises."""
    builder = TreeBuilder()
    for event in events(stream, doctype=doctype, limits=limits):
        if isinstance(event, Start):
            builder.start(event.name, dict(event.attributes))
        elif isinstance(event, End):
            builder.end(event.name)
        else:
            builder.data(event.text)
    return builder.close()


class _Reader:
    def __init__(self, *, doctype: bool, limits: Limits) -> None:
        self._limits = limits
        self._events: list[Event] = []
        self._depth = self._nodes = self._text = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._declared
        parser.UnparsedEntityDeclHandler = self._declared
        parser.NotationDeclHandler = self._declared
        parser.AttlistDeclHandler = self._declared
        parser.ExternalEntityRefHandler = self._fetched
        if not doctype:
            parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def feed(self, chunk: bytes, *, last: bool = False) -> list[Event]:
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Malformed(f"This is not well-formed XML: {error}.") from error
        done, self._events = self._events, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._nodes += 1
        limits = self._limits
        if self._depth > limits.depth:
            raise TooLarge("The elements of this XML are nested too deeply.")
        if self._nodes > limits.nodes or len(attributes) > limits.attributes:
            raise TooLarge("This XML holds more elements than are allowed.")
        named = {_name(key): value for key, value in attributes.items()}
        self._events.append(Start(_name(name), named))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._events.append(End(_name(name)))

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > self._limits.text:
            raise TooLarge("This XML holds more text than is allowed.")
        self._events.append(Text(text))

    def _doctype(self, *_: Any) -> None:
        raise Invalid("This XML has a document type declaration, which is not read here.")

    def _declared(self, *_: Any) -> None:
        raise Invalid("This XML declares entities of its own, which are not read here.")

    def _fetched(self, *_: Any) -> int:
        raise Invalid("This XML asks for another file, which is not fetched.")


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name
