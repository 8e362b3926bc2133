"""Documents as the beginnings of works: Word, EPUB, HTML, PDF and Markdown files into sections.

Each format has a reader that makes `elements` of it; `arranging` cuts them into sections and
`block_markdown` writes them as the Markdown that the library reads. Pictures go into a folder. Files come
from strangers: outside of tests they are read by `read_document_safely`, in a process that has little
time, little memory and no secrets.
"""

from library.content.documents.confined import read_document_safely
from library.content.documents.notes import Note
from library.content.documents.pictures import PictureFile
from library.content.documents.reading import READABLE, DocumentReading, read_document

__all__ = [
    "READABLE",
    "DocumentReading",
    "Note",
    "PictureFile",
    "read_document",
    "read_document_safely",
]
