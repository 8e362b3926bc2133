"""The process in which files from strangers are read: ``python -m library.extraction.process``.

It takes requests, a line of JSON each, from its standard input, and answers on its standard output:
a line for each extract and one that says how it ended. It may use little memory, write no file and
open few, and dies with the process that started it. It knows no settings and no secrets.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO, Final

from library.errors import LibraryError
from library.extraction.extract import Cut, bounded
from library.extraction.formats import extract
from library.untrusted.confinement import confine, grant

MEMORY: Final = 640 << 20
"""Bytes of address space: Python and PDFium take a tenth of it."""

SECONDS: Final = 100
"""Of processor time, for one file."""

_FILES: Final = 32


def main() -> None:
    """Answer requests until there are no more."""
    confine(memory=MEMORY, file_size=0, files=_FILES)
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints is not an answer.
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        grant(SECONDS)
        try:
            with open(asked["path"], "rb") as file:
                _answer(answers, file, asked["media_type"], asked["lang"])
        except LibraryError as error:
            _tell(answers, error=error.message)
        except Cut as cut:
            _tell(answers, end=str(cut))
        except MemoryError:
            _tell(answers, error="Reading it takes more memory than is allowed.")
            return
        except RecursionError:
            _tell(answers, error="It is nested too deeply.")
        except Exception as error:
            # The readers of formats raise whatever a broken file makes them stumble over.
            _tell(answers, error=f"It cannot be read ({type(error).__name__}).")


def _answer(answers: BinaryIO, file: BinaryIO, media_type: str, lang: str | None) -> None:
    for one in bounded(extract(file, media_type=media_type, lang=lang)):
        _tell(answers, place=one.place, text=one.text, lang=one.lang)
    _tell(answers, end="")


def _tell(answers: BinaryIO, **said: Any) -> None:
    answers.write(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
