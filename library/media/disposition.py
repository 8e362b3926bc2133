"""``Content-Disposition`` for a file name in any script (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

MAX_BYTES: Final = 180
"""The most bytes of UTF-8 in a name: file systems stop at 255, and sync tools add to it."""

_MAX_EXTENSION: Final = 16
_JOINERS: Final = "\u200c\u200d"  # spelling in Persian, Sinhala, Khmer and others, not decoration
_FORBIDDEN: Final = re.compile(r"[/\\:*?<>|]")  # what one file system or another does not allow
_RESERVED: Final = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")
_EDGES: Final = " .-" + _JOINERS
_ATTR_CHAR: Final = "!#$&+-.^_`|~"  # RFC 8187, beside letters and digits
_NAMELESS: Final = "file"


def content_disposition(name: str, *, inline: bool) -> str:
    """The header's value, ASCII only: ``inline`` or ``attachment`` with a name that is safe to save.

    Control characters, quotes, slashes and what turns the direction of text are removed, so that the
    name shown is the name saved; the length is capped at ``MAX_BYTES`` and the extension kept. Names
    that are not plain ASCII come twice: ``filename*`` with the name, ``filename`` for old clients.
    """
    kind = "inline" if inline else "attachment"
    safe = safe_name(name)
    plain = _ascii(safe)
    if plain == safe:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe=_ATTR_CHAR)}"


def safe_name(name: str) -> str:
    """The name as a file can bear it on any system: cleaned, in NFC, at most ``MAX_BYTES`` long."""
    visible = "".join(map(_visible, unicodedata.normalize("NFC", name)))
    kept = re.sub(r"\s+", " ", _FORBIDDEN.sub("-", visible.replace('"', "")))
    stem, extension = _split(kept.rstrip(_EDGES))
    stem = _RESERVED.sub(r"_\1", stem.strip(_EDGES)) or _NAMELESS
    return _cut(stem, MAX_BYTES - len(extension.encode())) + extension


def _visible(character: str) -> str:
    if character in _JOINERS:
        return character
    kind = unicodedata.category(character)
    if kind in ("Zs", "Zl", "Zp") or character in "\t\n\r":
        return " "
    # Cc control, Cf format (among them all bidirectional controls), Cs half a pair, Cn unassigned.
    return "" if kind in ("Cc", "Cf", "Cs", "Cn") else character


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    if not dot or not extension.isalnum() or len(extension.encode()) > _MAX_EXTENSION:
        return name, ""
    return stem, f".{extension}"


def _cut(stem: str, room: int) -> str:
    if len(stem.encode()) <= room:
        return stem
    cut = stem.encode()[:room].decode("utf-8", "ignore")
    # A letter is kept with all its marks (vowel signs, accents, joiners) or not at all.
    while cut and _belongs_to_the_letter_before(stem[len(cut)]):
        cut = cut[:-1]
    return cut.rstrip(_EDGES) or _NAMELESS


def _belongs_to_the_letter_before(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")


def _ascii(name: str) -> str:
    """A likeness in ASCII. The percent sign goes too: some browsers decode it in ``filename``."""
    if name.isascii() and "%" not in name:
        return name
    stem, extension = _split(name)
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", stem)
        if not unicodedata.combining(character)
    )
    likeness = re.sub(r"[^A-Za-z0-9 ()+,.=@_~'-]+", "_", bare).strip(" _.")
    if not re.search(r"[A-Za-z0-9]", likeness):
        likeness = _NAMELESS
    return likeness + (extension if extension.isascii() else "")
