"""The process in which files from strangers are read: ``python -m library.extraction.process``.

It takes requests, a line of JSON each, from its standard input, and answers on its standard output:
a line for each extract and one that says how it ended. It may use little memory, write no file and
open few, and dies with the process that started it. It knows no settings and no secrets.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any, BinaryIO, Final

from library.errors import LibraryError
from library.extraction.extract import Cut, bounded
from library.extraction.formats import extract

MEMORY: Final = 640 << 20
"""Bytes of address space: Python and PDFium take a tenth of it."""

SECONDS: Final = 100
"""Of processor time, for one file."""

_FILES: Final = 32
_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Answer requests until there are no more."""
    _confine()
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints is not an answer.
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        _grant(SECONDS)
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


def _confine() -> None:
    _die_with_parent()
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError):
        os.nice(5)


def _grant(seconds: int) -> None:
    """So much more processor time; the system ends the process where it takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + seconds
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _die_with_parent() -> None:
    """On Linux, end when the parent ends however it ends; elsewhere at the end of the file."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
