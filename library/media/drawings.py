"""The size of an SVG drawing, from its root element, without trusting the rest."""

from __future__ import annotations

import math
import re
from typing import Final
from xml.parsers import expat

from library.errors import Invalid
from library.sentences import Sentence

ROOT_WITHIN: Final = 64 * 1024
"""The root element of a drawing is looked for in this many bytes and no further."""

_MAX_SIDE: Final = 100_000
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_LENGTH: Final = re.compile(rf"\s*({_NUMBER})\s*([a-zA-Z]*)\s*")
_VIEW_BOX: Final = re.compile(rf"\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})\s*")
_CSS_PIXELS: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}


class _RootSeen(Exception):
    """Stops the parser: nothing behind the first tag matters here."""


def measure(head: bytes) -> tuple[int, int] | None:
    """Width and height in CSS pixels; ``None`` when the drawing names neither a size nor a view box.

    ``head`` is the drawing's first ``ROOT_WITHIN`` bytes. Raises ``Invalid`` when it is not well-formed
    up to its root element, the root is not ``svg``, or it declares XML entities.
    """
    attributes = _root_attributes(head)
    width, height = _pixels(attributes.get("width")), _pixels(attributes.get("height"))
    box = _VIEW_BOX.fullmatch(attributes.get("viewBox", ""))
    box_width, box_height = (float(box[1]), float(box[2])) if box else (0.0, 0.0)
    if box_width > 0 and box_height > 0:
        if width is None:
            width = box_width if height is None else height * box_width / box_height
        if height is None:
            height = width * box_height / box_width
    if width is None or height is None or not _sane(width) or not _sane(height):
        return None
    return max(1, round(width)), max(1, round(height))


def _root_attributes(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    parser = expat.ParserCreate(namespace_separator=" ")

    def on_entity(*_: object) -> None:
        raise Invalid(Sentence("This drawing declares XML entities; save it as plain SVG."))

    def on_element(name: str, attributes: dict[str, str]) -> None:
        if name not in ("svg", f"{_NAMESPACE} svg"):
            raise Invalid(Sentence("This file is not an SVG drawing: its root element is another."))
        found.update(attributes)
        raise _RootSeen

    parser.EntityDeclHandler = on_entity
    parser.StartElementHandler = on_element
    try:
        parser.Parse(head, False)
    except _RootSeen:
        return found
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Invalid(Sentence("This drawing is not well-formed XML.")) from error
    raise Invalid(
        Sentence(
            "This drawing has no root element in its first %(number)s bytes.", number=len(head)
        )
    )


def _pixels(length: str | None) -> float | None:
    """CSS pixels, or ``None`` for what is absent, relative to the page (``%``) or not a length."""
    match = _LENGTH.fullmatch(length or "")
    factor = _CSS_PIXELS.get(match[2].lower()) if match else None
    return float(match[1]) * factor if match and factor is not None else None


def _sane(side: float) -> bool:
    return math.isfinite(side) and 0 < side <= _MAX_SIDE
