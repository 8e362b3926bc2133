"""The process in which documents from strangers are read: ``python -m library.content.documents.process``.

It takes one request, a line of JSON, from its standard input, and answers with one on its standard
output. It may use little memory, open few files and write none that is larger than a picture; it dies
with the process that started it, and knows no settings and no secrets.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from library.catalogue.drafts import SectionDraft
from library.content.documents.notes import as_data
from library.content.documents.pictures import LARGEST
from library.content.documents.reading import DocumentReading, read_document
from library.errors import LibraryError
from library.untrusted.confinement import confine, grant

MEMORY: Final = 768 << 20
"""Bytes of address space: a large document and one picture of 40 million pixels."""

SECONDS: Final = 100
"""Of processor time."""

_FILES: Final = 32
# A PNG of a picture that was cut may be larger than what it was cut from.
_LARGEST_FILE: Final = 4 * LARGEST


def main() -> None:
    """Answer the request."""
    confine(memory=MEMORY, file_size=_LARGEST_FILE, files=_FILES)
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints is not an answer.
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
    asked = json.loads(sys.stdin.buffer.readline())
    grant(SECONDS)
    with contextlib.suppress(BrokenPipeError):
        answers.write(json.dumps(_answer(asked), ensure_ascii=False).encode("utf-8", "replace"))
        answers.flush()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        reading = read_document(
            Path(asked["path"]),
            name=asked["name"],
            folder=Path(asked["folder"]),
            media_type=asked["media_type"],
            lang=asked["lang"],
            beside=Path(asked["beside"]) if asked["beside"] else None,
        )
        return {"reading": as_answer(reading)}
    except LibraryError as error:
        return {"slug": error.slug, "error": error.message}
    except MemoryError:
        return {"slug": "too-large", "error": "Reading it takes more memory than is allowed."}
    except RecursionError:
        return {"slug": "too-large", "error": "It is nested too deeply."}
    except Exception as error:
        # The readers of formats raise whatever a broken file makes them stumble over.
        return {"slug": "malformed", "error": f"It cannot be read ({type(error).__name__})."}


def as_answer(reading: DocumentReading) -> dict[str, Any]:
    """A reading as JSON can carry it."""
    return {
        "lang": reading.lang,
        "found_lang": reading.found_lang,
        "title": reading.title,
        "media_type": reading.media_type,
        "authors": reading.authors,
        "licence": reading.licence,
        "notes": [as_data(note) for note in reading.notes],
        "pictures": [asdict(picture) for picture in reading.pictures],
        "root": _section(reading.root, reading.lang),
    }


def _section(section: SectionDraft, lang: str) -> dict[str, Any]:
    return {
        "folder": section.folder,
        "blocks": [block.parsed.source for block in section.texts[lang]],
        "sections": [_section(inner, lang) for inner in section.sections],
    }


if __name__ == "__main__":
    main()
