"""Which formats are read, and by what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import BinaryIO, Final

from library.errors import Invalid
from library.extraction.extract import Extract

VERSION: Final = 1
"""Raised when files read before should be read again."""

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_ODF: Final = "application/vnd.oasis.opendocument"

#: Media type -> module that reads it. Imported when needed: a PDF library is not small.
_MODULES: Final[Mapping[str, str]] = {
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_ODF}.text": "opendocument",
    f"{_ODF}.presentation": "opendocument",
    f"{_ODF}.spreadsheet": "opendocument",
    "application/epub+zip": "epub",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/vtt": "captions",
    "application/x-subrip": "captions",
    "text/plain": "plain",
    "text/markdown": "plain",
    "text/csv": "plain",
    "text/tab-separated-values": "plain",
}

READABLE: Final = frozenset(_MODULES)
"""The media types that text is taken out of."""


def readable(media_type: str) -> bool:
    """Whether text can be taken out of files of this type."""
    return media_type in _MODULES


def extract(file: BinaryIO, *, media_type: str, lang: str | None = None) -> Iterator[Extract]:
    """The text of a file, in this process: for files that are trusted, and for `process`.

    ``lang`` is the language that the file is said to be in; it decides about old encodings. Raises
    ``Invalid`` for a type that is not read and for files that are encrypted or try something,
    ``Malformed`` for what cannot be read, ``TooLarge``.
    """
    name = _MODULES.get(media_type)
    if name is None:
        raise Invalid(f"No text is taken out of files of the type {media_type}.")
    module = import_module(f"library.extraction.{name}")
    read: Callable[[BinaryIO, str | None], Iterator[Extract]] = module.read
    return read(file, lang)
