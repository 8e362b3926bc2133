"""Reading a document into the draft of a section tree, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final

from library.catalogue.drafts import SectionDraft
from library.content.documents.arranging import arranged
from library.content.documents.beside import FolderBeside, Nothing
from library.content.documents.elements import Document
from library.content.documents.notes import Note
from library.content.documents.pictures import PictureFile, PictureFolder
from library.errors import Invalid, TooLarge
from library.extraction.charset import decoded
from library.markdown import BlockKind, plain_text
from library.media.types import HEAD_BYTES, UNKNOWN, sniff

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EPUB: Final = "application/epub+zip"

#: Media type -> module that reads it. Imported when needed: a PDF library is not small.
_MODULES: Final = {
    DOCX: "docx",
    EPUB: "epub",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/zip": "zipped",
    "application/pdf": "pdf",
    "text/markdown": "markdown",
    "text/plain": "plain",
}
READABLE: Final = frozenset(_MODULES)
"""The media types that documents are read from."""

LARGEST: Final = 300_000_000
_NO_LANGUAGE: Final = "en"
_LONGEST_NAME: Final = 200
_MOST_AUTHORS: Final = 20


@dataclass(slots=True)
class DocumentReading:
    """What was read of a document.

    ``root`` has one text in each section, in ``lang``: the language that the caller named, else the one
    that the document says or shows, else English. ``found_lang`` is what the document says or shows, or
    None. ``title`` is also the root's first block. ``licence`` is an SPDX identifier or empty. The bytes
    of ``pictures`` lie in the folder that was given to the reader, each under its ``name``.
    """

    root: SectionDraft
    lang: str
    title: str = ""
    found_lang: str | None = None
    media_type: str = ""
    authors: list[str] = field(default_factory=list)
    licence: str = ""
    pictures: list[PictureFile] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def media_type_of(path: Path, *, name: str) -> str:
    """What a file is, by its content. Raises ``Invalid`` for a type that no document is read from."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Invalid("This file is empty.")
    found = sniff(head, name)
    if found.media_type == UNKNOWN and found.claims == "text/html" and b"\0" not in head:
        # A page in an encoding from before Unicode.
        found = sniff(decoded(head, markup=True).encode(), name)
    if found.media_type not in READABLE:
        what = "of an unknown type" if found.label == "FILE" else f"of the type {found.label}"
        raise Invalid(
            f"This file is {what}; documents are read from Word (DOCX), EPUB, HTML, PDF and Markdown."
        )
    return found.media_type


def read_document(
    path: Path,
    *,
    name: str,
    folder: Path,
    media_type: str | None = None,
    lang: str | None = None,
    beside: Path | None = None,
) -> DocumentReading:
    """The draft of a work from a document, read in this process: only for files that are trusted.

    ``name`` is the file's own name; ``media_type`` what it is said to be: its content has to be that, or
    at least of a type that is read. ``lang`` is the language that it is said to be in. Pictures are
    written into ``folder``, which exists and is empty; those that an HTML or Markdown file asks for are
    looked for in ``beside`` only. Raises ``Invalid`` for a file that is not what it says, is encrypted or
    tries something, ``Malformed`` for one that is broken, ``TooLarge`` for more than is read.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise TooLarge(
            f"This file has {size // 1_000_000} MB; at most {LARGEST // 1_000_000} MB are read."
        )
    kind = media_type_of(path, name=name)
    if media_type is not None and media_type in READABLE and media_type != kind:
        kind = _settled(media_type, kind)
    module = import_module(f"library.content.documents.{_MODULES[kind]}")
    read: Callable[..., None] = module.read
    document = Document()
    pictures = PictureFolder(folder, document.notes)
    with path.open("rb") as file:
        read(
            file,
            pictures=pictures,
            document=document,
            lang=lang,
            beside=FolderBeside(beside) if beside is not None else Nothing(),
        )
    document.notes.place = ""
    text_lang = lang or document.lang or _NO_LANGUAGE
    stem = name.rpartition(".")[0] or name
    root = arranged(document, fallback_title=stem, lang=text_lang)
    authors = (" ".join(one.split())[:_LONGEST_NAME] for one in document.authors)
    return DocumentReading(
        root=root,
        lang=text_lang,
        title=plain_text(root.texts[text_lang][0].parsed.source, kind=BlockKind.HEADING),
        found_lang=document.lang,
        media_type=kind,
        authors=[one for one in authors if one][:_MOST_AUTHORS],
        licence=document.licence,
        pictures=pictures.files,
        notes=document.notes.all(),
    )


def _settled(said: str, found: str) -> str:
    """Texts look alike: between them the caller decides, else the content does."""
    texts = {"text/markdown", "text/plain"}
    return said if {said, found} <= texts else found
