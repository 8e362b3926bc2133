"""Addresses in links and pictures: what was typed, what it may be, what it points at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import unescape
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote

from library.markdown import grammar

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_ESCAPE = re.compile(rf"\\({grammar.PUNCTUATION})")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = ("http", "https")
_DIRECT = ("mailto", "tel")


class Destination(NamedTuple):
    """An address and a title, as readable text; the title may be empty."""

    address: str
    title: str


def decoded(text: str) -> str:
    """Text with its character references resolved; what only looks like one stays."""
    return _ENTITY.sub(lambda match: unescape(match[0]), text) if "&" in text else text


def typed(text: str) -> str:
    """Text as its author meant it: backslash escapes and character references resolved."""
    return decoded(_ESCAPE.sub(r"\1", text) if "\\" in text else text)


def destination(tail: re.Match[str]) -> Destination:
    """The destination in a ``grammar.TAIL`` match."""
    return _destination(tail[1] if tail[1] is not None else tail[2] or "", tail[3])


def _destination(address: str, title: str | None) -> Destination:
    clean = _INVISIBLE.sub("", typed(address)).strip()
    return Destination(clean, " ".join(typed(title[1:-1]).split()) if title else "")


def is_fragment(address: str) -> bool:
    return address.startswith("#")


def is_direct(address: str) -> bool:
    """Whether an address is for the mail or telephone program and not for the library."""
    scheme = _SCHEME.match(address)
    return scheme is not None and scheme[1].lower() in _DIRECT


def may_ask(address: str) -> bool:
    """Whether an address is one that a resolver can be asked about."""
    scheme = _SCHEME.match(address)
    return bool(address) and (scheme is None or scheme[1].lower() in _WEB)


def fragment(address: str, prefix: str) -> str:
    """The fragment for an author's ``#Some-Heading``: as lower-case as the ids that we write."""
    return "#" + prefix + unquote(address[1:]).lower().replace(" ", "-")


def label(text: str) -> str:
    """A reference label in the form in which labels are compared."""
    return " ".join(text.split()).casefold()


@lru_cache(maxsize=256)
def references(sources: Sequence[str]) -> Mapping[str, Destination]:
    """The destinations that reference blocks define, by label; the first of equal labels counts."""
    found: dict[str, Destination] = {}
    for source in sources:
        for line in source.split("\n"):
            match = grammar.REFERENCE.fullmatch(line)
            if match is not None:
                address = match[2] if match[2] is not None else match[3]
                found.setdefault(label(match[1]), _destination(address, match[4]))
    return MappingProxyType(found)
