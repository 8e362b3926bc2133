"""The process in which files from strangers are looked at and made smaller.

``python -m library.media.studio`` takes one request, a line of JSON on its standard input, writes what it
makes into the folder that the request names, and answers with a line of JSON. It may use little memory
and time and dies with who started it; see `ask` for the other side.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import library
from library.errors import Invalid, LibraryError, TooLarge
from library.untrusted.confinement import confine, grant

MEMORY: Final = 1600 << 20
"""Bytes of address space: forty million pixels, decoded, a few times over."""

SECONDS: Final = 90
"""Of processor time, for one request."""

PATIENCE: Final = 180.0
"""Seconds by the clock."""

MOST_PAGES: Final = 10_000
"""A document with more is refused: nobody reads it, and everything takes long with it."""

PREVIEWED: Final = 3
"""Pages of a document that are shown as pictures."""

_PAGE_WIDTH: Final = 720
_PAGE_PIXELS: Final = 4_000_000
_FILE: Final = 400 << 20
_HOME: Final = str(Path(library.__file__).resolve().parent.parent)


class Broke(Invalid):
    """The process died or took too long over the file."""


def ask(
    do: str, path: Path, out: Path, *, patience: float = PATIENCE, **more: Any
) -> dict[str, Any]:
    """Have something done with a file: ``picture``, ``smaller`` or ``document``; see the functions here.

    Raises ``Invalid`` (``TooLarge`` for too many pixels or pages) with what is wrong with the file, and
    ``Broke`` where the process did not survive it.
    """
    request = json.dumps({"do": do, "path": str(path), "out": str(out), **more})
    try:
        done = subprocess.run(  # our own program, no shell
            [sys.executable, "-P", "-m", "library.media.studio"],
            input=request.encode() + b"\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": _HOME, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Broke(f"Looking at it takes longer than {patience:.0f} seconds.") from None
    if done.returncode != 0 or not done.stdout:
        raise Broke("It cannot be looked at with the memory and time that are allowed.")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        kind = TooLarge if answer.get("too_large") else Invalid
        raise kind(answer["error"], **answer.get("facts", {}))
    return answer


def main() -> None:
    """Answer one request."""
    confine(memory=MEMORY, file_size=_FILE, files=64)
    grant(SECONDS)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
    asked = json.loads(sys.stdin.readline())
    try:
        with open(asked["path"], "rb") as file:
            said = _DOES[asked["do"]](file, Path(asked["out"]), asked)
    except LibraryError as error:
        said = {
            "error": error.message,
            "too_large": isinstance(error, TooLarge),
            "facts": {k: v for k, v in error.details.items() if isinstance(v, str | int)},
        }
    except MemoryError:
        said = {"error": "Looking at it takes more memory than is allowed."}
    except Exception as error:
        # The readers of formats raise whatever a broken file makes them stumble over.
        said = {"error": f"It cannot be read ({type(error).__name__})."}
    answers.write(json.dumps(said))
    answers.flush()
    os._exit(0)


def _picture(file: BinaryIO, out: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """``width``, ``height``, what the picture says of itself, and ``cleaned``: a file without all that."""
    from PIL import Image

    from library.media import cleaning, pictures

    del asked
    size = pictures.measure(file)
    if size is None:
        return {}
    file.seek(0)
    with Image.open(file) as picture:
        if picture.size[0] * picture.size[1] > pictures.MAX_PIXELS:
            raise TooLarge("This picture has too many pixels.")
        kind = picture.format or ""
        said: dict[str, Any] = dict(cleaning.facts(picture))
        picture.load()  # the proof that it is whole
    bare = cleaning.clean(file, kind)
    said |= {"width": size[0], "height": size[1]}
    if bare is not None:
        (out / "cleaned").write_bytes(bare)
        said["cleaned"] = "cleaned"
    return said


def _smaller(file: BinaryIO, out: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """``made``: smaller copies of a picture, a list of [file, media type, width, height]."""
    from library.media import pictures

    made = []
    for one in pictures.renditions(file, asked["widths"], modern=True):
        name = f"{one.width}.{one.media_type.rpartition('/')[2]}"
        (out / name).write_bytes(one.content)
        made.append([name, one.media_type, one.width, one.height])
    return {"made": made}


def _document(file: BinaryIO, out: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Of a PDF: ``pages``, ``title``, ``author``, and ``made``: its first pages as pictures."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Invalid("The document is locked with a password.", locked="yes") from error
        raise Invalid("The document is cut off or damaged.") from error
    pages = len(document)
    if pages > MOST_PAGES:
        raise TooLarge("The document has too many pages.", pages=pages, limit=MOST_PAGES)
    said: dict[str, Any] = {"pages": pages, "made": []}
    with contextlib.suppress(Exception):
        about = document.get_metadata_dict(skip_empty=True)
        said["title"] = " ".join(str(about.get("Title", "")).split())[:500]
        said["author"] = " ".join(str(about.get("Author", "")).split())[:500]
    for number in range(min(pages, int(asked.get("previews", 0)))):
        page = document[number]
        width, height = page.get_size()
        if width <= 0 or height <= 0:
            continue
        scale = min(_PAGE_WIDTH / width, (_PAGE_PIXELS / (width * height)) ** 0.5)
        image = page.render(scale=scale).to_pil().convert("RGB")
        name = f"page-{number + 1}.webp"
        image.save(out / name, "WEBP", quality=75, method=4)
        said["made"].append([name, "image/webp", image.width, image.height])
    return said


_DOES: Final[dict[str, Callable[[BinaryIO, Path, dict[str, Any]], dict[str, Any]]]] = {
    "picture": _picture,
    "smaller": _smaller,
    "document": _document,
}


if __name__ == "__main__":
    main()
