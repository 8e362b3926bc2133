"""Taking a Markdown file apart into blocks, and writing it back."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from library.errors import Invalid
from library.markdown import grammar
from library.markdown.blocks import BlockKind, Marker, ParsedBlock
from library.markdown.markers import is_marker, read_marker, write_marker
from library.markdown.scanner import scan
from library.sentences import Sentence


def split(text: str) -> list[ParsedBlock]:
    """The blocks of a file in order.

    Line ends become ``\\n`` and a byte order mark is dropped; nothing else of a block is changed.
    Authors' comments are blocks of their own, so that they survive a round trip. Raises ``Invalid``
    (details: ``line``) for a marker that is malformed or has no block under it.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removeprefix("\ufeff").split("\n")
    blocks: list[ParsedBlock] = []
    marker: Marker | None = None
    for kind, start, end, level in scan(lines):
        if kind is BlockKind.COMMENT and is_marker(lines[start]):
            _refuse_lonely(marker)
            marker = read_marker(lines[start], number=start + 1)
            continue
        source = lines[start] if end == start + 1 else "\n".join(lines[start:end])
        blocks.append(
            ParsedBlock(kind=kind, source=source, line=start + 1, level=level, marker=marker)
        )
        marker = None
    _refuse_lonely(marker)
    return blocks


def _refuse_lonely(marker: Marker | None) -> None:
    if marker is not None:
        raise Invalid(
            Sentence(
                "The marker of block %(block)s on line %(line)s has no block under it.",
                block=repr(marker.id),
                line=marker.line,
            ),
            line=marker.line,
        )


def join(blocks: Iterable[ParsedBlock]) -> str:
    """The file for some blocks: one blank line between them, markers above, a newline at the end.

    A fence that its author left open is closed where another block follows, because it
    would swallow that block. Raises ``Invalid`` for a marker that cannot be written or whose block
    is empty; an empty block without a marker is left out.
    """
    parts: list[str] = []
    for block in blocks:
        source = block.source.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        if not source.strip(" \t\n"):
            if block.marker is not None:
                raise Invalid(f"The block {block.marker.id!r} has a marker and no text.")
            continue
        if parts:
            parts[-1] = _closed(parts[-1])
        parts.append(f"{write_marker(block.marker)}\n{source}" if block.marker else source)
    return "\n\n".join(parts) + "\n" if parts else ""


def _closed(part: str) -> str:
    lines = part.split("\n")
    first = 1 if is_marker(lines[0]) else 0
    if len(lines) > first and grammar.indent_of(lines[first]) < grammar.TAB:
        fence = grammar.FENCE.match(lines[first])
        if fence is not None and not ("`" in fence[1] and "`" in fence[2]):
            last = lines[-1].strip(grammar.SPACES)
            closes = last.startswith(fence[1]) and not last.strip(fence[1][0])
            if len(lines) - first < 2 or not closes:
                return f"{part}\n{fence[1]}"
    return part


# Storing a work asks three times for the hash of each of its texts.
@lru_cache(maxsize=512)
def source_hash(source: str) -> str:
    """What tells whether a text is still the one that a translation was made from.

    BLAKE2b-128 in hex over the NFC form without spaces at line ends and blank lines around it, so
    that an editor's tidying does not make every translation stale.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    normal = unicodedata.normalize("NFC", text)
    return hashlib.blake2b(normal.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
