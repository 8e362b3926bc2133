"""Having a document read by another process, and outliving whatever it does to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import library
from library.catalogue.addresses import section_key
from library.catalogue.drafts import SectionDraft
from library.content.documents.arranging import with_roles
from library.content.documents.block_markdown import parsed
from library.content.documents.notes import Note
from library.content.documents.pictures import FOLDER, PictureFile
from library.content.documents.reading import DocumentReading
from library.errors import Invalid, LibraryError, Malformed, TooLarge, Unavailable

PATIENCE: Final = 120.0
"""Seconds that a document may take by the clock."""

_MOST_ANSWER: Final = 100_000_000
_DEEPEST: Final = 6
_TICK: Final = 0.5
_HOME: Final = str(Path(library.__file__).resolve().parent.parent)
_ERRORS: Final[dict[str, type[LibraryError]]] = {
    one.slug: one for one in (Invalid, Malformed, TooLarge, Unavailable)
}
_NAME: Final = re.compile(r"[^/\\\x00-\x1f]{1,200}")


def read_document_safely(
    path: Path,
    *,
    name: str,
    folder: Path,
    media_type: str | None = None,
    lang: str | None = None,
    beside: Path | None = None,
    meanwhile: Callable[[], object] | None = None,
    patience: float = PATIENCE,
) -> DocumentReading:
    """What `reading.read_document` gives, read in a process of its own with bounded time and memory.

    ``folder`` exists and is empty; the pictures are in it afterwards, and after a refusal it may hold
    some of them. ``meanwhile`` is called about twice a second and may raise, which ends the reading.
    Raises ``Invalid``, ``Malformed`` or ``TooLarge`` with the reason; ``OSError`` where no process can
    be started, ``Unavailable`` where the pictures cannot be written: those are no faults of the file.
    """
    asked = {
        "path": str(path.resolve()),
        "name": name,
        "folder": str(folder.resolve()),
        "media_type": media_type,
        "lang": lang,
        "beside": str(beside.resolve()) if beside is not None else None,
    }
    child = subprocess.Popen(  # our own program, no shell
        [sys.executable, "-P", "-m", "library.content.documents.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": _HOME, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        answer = _heard(child, asked, meanwhile or (lambda: None), patience)
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()
    return _believed(answer, folder)


def _heard(
    child: subprocess.Popen[bytes],
    asked: dict[str, Any],
    meanwhile: Callable[[], object],
    patience: float,
) -> dict[str, Any]:
    assert child.stdin is not None  # noqa: S101  # asked for above
    assert child.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        child.stdin.flush()
    until = time.monotonic() + patience
    pipe = child.stdout.fileno()
    held = bytearray()
    next_look = time.monotonic() + _TICK
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            ready = selector.select(_TICK)
            now = time.monotonic()
            if now >= next_look:
                meanwhile()
                next_look = now + _TICK
            if ready:
                chunk = os.read(pipe, 1 << 16)
                if not chunk:
                    break
                held += chunk
                if len(held) > _MOST_ANSWER:
                    raise TooLarge("This document holds more text than is read.")
            if now > until:
                raise TooLarge(f"Reading it takes longer than {patience:.0f} seconds.")
    try:
        answer: dict[str, Any] = json.loads(held)
    except ValueError:
        code = child.wait()
        if code < 0:
            # The system ends what takes more time or memory than it may.
            raise TooLarge("Reading it takes more time or memory than is allowed.") from None
        raise Malformed("The program that reads it broke down.") from None
    return answer


def _believed(answer: dict[str, Any], folder: Path) -> DocumentReading:
    """The answer as a reading. The other process has read what a stranger wrote: nothing in it that
    could lead out of the folder is believed."""
    if "error" in answer:
        raise _ERRORS.get(str(answer.get("slug")), Malformed)(str(answer["error"])[:2_000])
    said = answer["reading"]
    lang = str(said["lang"])
    return DocumentReading(
        root=_section(said["root"], lang, depth=0),
        lang=lang,
        title=str(said["title"]),
        found_lang=None if said["found_lang"] is None else str(said["found_lang"]),
        media_type=str(said["media_type"]),
        authors=[str(one) for one in said["authors"]],
        licence=str(said["licence"]),
        pictures=[_picture(one, folder) for one in said["pictures"]],
        notes=[
            Note(
                str(one["message"]),
                dict(one["values"]),
                int(one["count"]),
                [str(place) for place in one["places"]],
            )
            for one in said["notes"]
        ],
    )


def _section(said: dict[str, Any], lang: str, *, depth: int) -> SectionDraft:
    if depth > _DEEPEST:
        raise Malformed("The sections of this document are nested too deeply.")
    folder = str(said["folder"])
    if depth and (not _NAME.fullmatch(folder) or folder.startswith(".") or not section_key(folder)):
        raise Malformed("A section of this document has a name that is none.")
    blocks = [block for source in said["blocks"] for block in parsed(str(source))]
    return SectionDraft(
        key=section_key(folder) if depth else "",
        folder=folder if depth else "",
        texts={lang: with_roles(blocks, is_root=depth == 0)},
        sections=[_section(inner, lang, depth=depth + 1) for inner in said["sections"]],
    )


def _picture(said: dict[str, Any], folder: Path) -> PictureFile:
    name = str(said["name"])
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise Malformed("A picture of this document has a name that is none.")
    found = os.lstat(folder / name)
    if not stat.S_ISREG(found.st_mode):
        raise Malformed("A picture of this document is no file.")
    sides = [None if said[key] is None else int(said[key]) for key in ("width", "height")]
    return PictureFile(
        path=f"{FOLDER}/{name}",
        name=name,
        media_type=str(said["media_type"]),
        size=found.st_size,
        sha256=str(said["sha256"]),
        width=sides[0],
        height=sides[1],
    )
