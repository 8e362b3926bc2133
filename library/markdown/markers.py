"""Markers: the comment lines that give a block its lasting id inside a content file."""

from __future__ import annotations

import re

from library.errors import Invalid
from library.markdown.blocks import Marker
from library.sentences import Sentence

_START = re.compile(r"[ ]{0,3}<!--[ \t]*+block:")
_FACT = re.compile(r"[ \t]++([^\s=\"<>]++)=(?:\"([^\"]*+)\"|([^\s\"]++))(?=[ \t]|$)")
_NAME = re.compile(r"[^\s=\"<>]+")
_BARE = re.compile(r"[^\s\"]+")


def is_marker(line: str) -> bool:
    """Whether a line sets out to be a marker, well formed or not."""
    return _START.match(line) is not None


def read_marker(line: str, *, number: int) -> Marker:
    """The marker on a line; ``number`` is the 1-based line for the error.

    Raises ``Invalid`` (details: ``line``) when the line starts like a marker and is not one: an id
    lost in silence would cut a block off from its translations.
    """
    start = _START.match(line)
    body = line.rstrip(" \t")
    inner = body[start.end() : -3].strip(" \t") if start and body.endswith("-->") else ""
    name = _NAME.match(inner)
    if name is None or "-->" in inner:
        raise Invalid(
            Sentence(
                "Line %(line)s starts like a block marker but is not one; "
                "write <!-- block: ID key=value -->.",
                line=number,
            ),
            line=number,
        )
    facts: dict[str, str] = {}
    position = name.end()
    while position < len(inner):
        fact = _FACT.match(inner, position)
        if fact is None or fact[1] in facts:
            raise Invalid(
                Sentence(
                    "The block marker on line %(line)s must go on with facts like key=value or "
                    'key="two words", each key once.',
                    line=number,
                ),
                line=number,
            )
        facts[fact[1]] = fact[2] if fact[2] is not None else fact[3]
        position = fact.end()
    return Marker(id=name[0], facts=facts, line=number)


def write_marker(marker: Marker) -> str:
    """The line for a marker, facts in their given order.

    Raises ``Invalid`` when the id, a key or a value cannot stand in a marker.
    """
    words = [marker.id]
    for key, value in marker.facts.items():
        if _NAME.fullmatch(key) is None or '"' in value or "\n" in value or "\r" in value:
            raise Invalid(f"The fact {key!r} of block {marker.id!r} cannot be written in a marker.")
        words.append(f"{key}={value}" if _BARE.fullmatch(value) else f'{key}="{value}"')
    line = f"<!-- block: {' '.join(words)} -->"
    if _NAME.fullmatch(marker.id) is None or line.index("-->") != len(line) - 3:
        raise Invalid(f"The block id {marker.id!r} cannot be written in a marker.")
    return line
