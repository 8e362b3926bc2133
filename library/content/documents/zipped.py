"""A web page or a Markdown file in an archive with its pictures, as many programs save them."""

from __future__ import annotations

import io
import posixpath
from importlib import import_module
from typing import Any, BinaryIO, Final

from library.content.documents.beside import ArchiveBeside, Beside
from library.content.documents.elements import Document
from library.content.documents.pictures import PictureFolder
from library.errors import Invalid
from library.untrusted.archive import Archive

_READERS: Final = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
}
_LARGEST: Final = 40_000_000


def read(
    file: BinaryIO,
    *,
    pictures: PictureFolder,
    document: Document,
    lang: str | None,
    beside: Beside,
) -> None:
    """Read the one page in an archive. Raises ``Invalid`` where there is none, or more than one."""
    del beside
    with Archive(file) as archive:
        pages = [n for n in archive.names if _ending(n) in _READERS and not _is_left_behind(n)]
        top = min((name.count("/") for name in pages), default=0)
        first = [name for name in pages if name.count("/") == top]
        named = [
            n for n in first if posixpath.basename(n).lower().startswith(("index.", "readme."))
        ]
        chosen = named if len(named) == 1 else first
        if len(chosen) != 1:
            what = "holds no web page or Markdown file" if not pages else "holds several pages"
            raise Invalid(
                f"This archive {what}. One page with its pictures is read, or a Word or EPUB file."
            )
        reader: Any = import_module(f"library.content.documents.{_READERS[_ending(chosen[0])]}")
        content = archive.read(chosen[0], most=_LARGEST)
        reader.read(
            io.BytesIO(content),
            pictures=pictures,
            document=document,
            lang=lang,
            beside=ArchiveBeside(archive, posixpath.dirname(chosen[0])),
        )


def _ending(name: str) -> str:
    return posixpath.splitext(name)[1].lower()


def _is_left_behind(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
