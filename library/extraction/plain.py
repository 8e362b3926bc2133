"""Plain text, Markdown and tables: by lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from library.extraction.charset import decoded
from library.extraction.extract import Extract

_PART: Final = 1_200


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """Lines gathered up to a good size, each with the number of its first line."""
    held: list[str] = []
    first = 1
    size = 0
    for number, line in enumerate(decoded(file.read(), lang=lang).splitlines(), 1):
        text = line.strip()
        if held and (size + len(text) > _PART or (not text and size > _PART // 2)):
            yield Extract(f"line={first}", "\n".join(held))
            held, size = [], 0
        if text:
            if not held:
                first = number
            held.append(text)
            size += len(text)
    if held:
        yield Extract(f"line={first}", "\n".join(held))
