"""A piece of text with its place, and how much of a file is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

LONGEST: Final = 4_000
"""Characters of one extract at most; a longer one is cut between lines or words."""

MOST_EXTRACTS: Final = 20_000
MOST_CHARACTERS: Final = 5_000_000
"""What is read of one file: about 1,500 printed pages."""

# Nothing that a database refuses or a page must not hold.
_NOISE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")
# Forms that stand for plain letters: PDF files are full of them, and nobody types them.
_FORMS: Final = re.compile(
    "[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06\ufb13-\ufdff\ufe70-\ufefc\U0002f800-\U0002fa1f]+"
)
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r" ?\n ?(?:\n ?)*")


@dataclass(frozen=True, slots=True)
class Extract:
    """Text of one place in a file.

    ``place`` is written as the fragment of an address: ``page=3`` (of a PDF), ``slide=2``, ``t=63.5``
    (seconds), ``chapter=4``, ``line=120``; empty where a format has no places. ``lang`` is a BCP 47
    tag where the file itself says so.
    """

    place: str
    text: str
    lang: str | None = None


class Cut(Exception):
    """Only the beginning of a file was read; the message is a full sentence."""


def clean(text: str) -> str:
    """Text as it is kept: NFC, letters for their forms, single blanks, no control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = _NOISE.sub("", text).replace("\u00ad", "")
    text = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = unicodedata.normalize("NFC", text)
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def bounded(
    extracts: Iterable[Extract],
    *,
    characters: int = MOST_CHARACTERS,
    most: int = MOST_EXTRACTS,
) -> Iterator[Extract]:
    """The extracts cleaned and cut to size, without empty ones; ``Cut`` where there is more."""
    left = characters
    count = 0
    for extract in extracts:
        for text in pieces(clean(extract.text)):
            count += 1
            left -= len(text)
            if left < 0 or count > most:
                raise Cut(
                    f"Only the first {characters - left - len(text)} characters of this file were read."
                )
            yield replace(extract, text=text)


def pieces(text: str, *, longest: int = LONGEST) -> Iterator[str]:
    """A text in parts of at most ``longest`` characters, cut after a line, a sentence or a word."""
    start = 0
    while len(text) - start > longest:
        window = text[start : start + longest]
        end = longest
        for mark in ("\n", "。", ". ", " "):
            found = window.rfind(mark, longest // 2)
            if found >= 0:
                end = found + len(mark)
                break
        yield window[:end].strip()
        start += end
    rest = text[start:].strip()
    if rest:
        yield rest


def gathered(
    paragraphs: Iterable[str], *, name: str = "", longest: int = 1_600
) -> Iterator[Extract]:
    """Paragraphs put together up to a good size, for formats whose places are only where text is.

    ``name`` gives places ``name=1``, ``name=2`` ...; without one the place is empty.
    """
    held: list[str] = []
    size = number = 0
    for paragraph in paragraphs:
        text = paragraph.strip()
        if not text:
            continue
        if held and size + len(text) > longest:
            number += 1
            yield Extract(f"{name}={number}" if name else "", "\n".join(held))
            held, size = [], 0
        held.append(text)
        size += len(text)
    if held:
        yield Extract(f"{name}={number + 1}" if name else "", "\n".join(held))
