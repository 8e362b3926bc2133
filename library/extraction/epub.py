"""Electronic books (EPUB 2 and 3): chapter by chapter in reading order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import BinaryIO, Final
from urllib.parse import unquote

from library.errors import Invalid, Malformed
from library.extraction.charset import decoded
from library.extraction.extract import Extract, gathered
from library.extraction.html import paragraphs
from library.untrusted import xml
from library.untrusted.archive import Archive

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_LARGEST: Final = 20_000_000
# Fonts are often scrambled in books that anybody may read.
_FONTS: Final = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """The documents of the spine; a place is ``chapter=`` and the number in it.

    Raises ``Invalid`` for a book whose text is encrypted.
    """
    with Archive(file) as archive:
        refuse_encrypted(archive)
        for number, name in enumerate(_spine(archive), 1):
            if name not in archive:
                continue
            content = archive.read(name, most=_LARGEST)
            for part in gathered(paragraphs(decoded(content, lang=lang, markup=True))):
                yield Extract(f"chapter={number}", part.text)


def refuse_encrypted(archive: Archive) -> None:
    """Raise ``Invalid`` for a book whose text is encrypted."""
    if _ENCRYPTION not in archive:
        return
    with archive.open(_ENCRYPTION) as stream:
        for event in xml.events(stream):
            if (
                isinstance(event, xml.Start)
                and event.name.endswith("}EncryptionMethod")
                and event.attributes.get("Algorithm", "") not in _FONTS
            ):
                raise Invalid("The text of this book is encrypted.")


def _spine(archive: Archive) -> list[str]:
    if _CONTAINER not in archive:
        raise Malformed("This book does not say where its contents are.")
    with archive.open(_CONTAINER) as stream:
        roots = [
            event.attributes.get("full-path", "")
            for event in xml.events(stream)
            if isinstance(event, xml.Start) and event.name.endswith("}rootfile")
        ]
    if not roots or roots[0] not in archive:
        raise Malformed("This book does not say where its contents are.")
    folder = posixpath.dirname(roots[0])
    items: dict[str, str] = {}
    order: list[str] = []
    with archive.open(roots[0]) as stream:
        for event in xml.events(stream, doctype=True):
            if not isinstance(event, xml.Start):
                continue
            said = event.attributes
            local = event.name.rpartition("}")[2]
            if local == "item" and said.get("media-type") in _PAGES:
                path = unquote(said.get("href", "").partition("#")[0])
                items[said.get("id", "")] = posixpath.normpath(posixpath.join(folder, path))
            elif local == "itemref":
                order.append(said.get("idref", ""))
    return [items[one] for one in order if one in items]
