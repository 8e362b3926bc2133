"""Where an index lives on the disk, and which one is in use.

::

    index/lock                  held by whoever writes
    index/current               the name of the generation in use, replaced in one step
    index/<generation>/         a Whoosh index, never touched by a rebuild of another
    index/<generation>/generation.json
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from library.errors import Conflict, Unavailable
from library.search.analysis import ANALYSIS_VERSION
from library.search.storage import sync

FORMAT: Final = 5
"""Version of the files, apart from the analysis."""

_ABOUT: Final = "generation.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation that is complete: its folder, and what it was made with."""

    name: str
    folder: Path
    analysis: str
    created: datetime


class Generations:
    """The folder that holds the generations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._current = str(folder / "current")

    def current(self) -> str | None:
        """The name of the generation in use; None if there is none or it cannot be told."""
        try:
            handle = os.open(self._current, os.O_RDONLY)
        except OSError:
            return None
        try:
            name = os.read(handle, 100).decode("ascii", "replace").strip()
        finally:
            os.close(handle)
        return name if name and "/" not in name and "\0" not in name else None

    def open(self, name: str | None) -> Generation:
        """The generation of that name. `Unavailable` unless this version of the software can use it."""
        if name is None:
            raise Unavailable(
                "There is no search index yet; build it with “library index --rebuild”."
            )
        folder = self.folder / name
        try:
            about = json.loads((folder / _ABOUT).read_bytes())
            layout, analysis = int(about["format"]), str(about["analysis"])
            created = datetime.fromisoformat(about["created"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                f"The search index {name} is missing or damaged and has to be rebuilt."
            ) from error
        if (layout, analysis) != (FORMAT, ANALYSIS_VERSION):
            raise Unavailable(
                f"The search index was made by another version of the software (format {layout}, "
                f"analysis {analysis}; this one needs {FORMAT}, {ANALYSIS_VERSION}) and has to be "
                "rebuilt."
            )
        return Generation(name, folder, analysis, created)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of the one writer, or raise `Conflict` at once; it dies with the process."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise Unavailable(
                f"The search index cannot be written: {error.strerror or error}."
            ) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict("Something else is writing to the search index.") from error
            yield
        finally:
            os.close(handle)

    def sweep(self) -> None:
        """Remove what killed rebuilds left behind, and generations that are out of use."""
        current = self.current()
        for entry in self.folder.iterdir():
            if entry.is_dir() and entry.name != current:
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name.startswith("current."):
                entry.unlink(missing_ok=True)

    def begin(self) -> Path:
        """A new, empty generation folder, which nothing uses yet."""
        # Numbered for people; random, so that no two indexes ever have the same stamps.
        current = (self.current() or "").partition("-")[0]
        number = int(current) + 1 if current.isdecimal() else 1
        folder = self.folder / f"{number:06}-{secrets.token_hex(4)}"
        folder.mkdir()
        return folder

    def finish(self, folder: Path) -> None:
        """Describe a generation whose index is complete, and use it from now on."""
        about = {
            "format": FORMAT,
            "analysis": ANALYSIS_VERSION,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (folder / _ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")
        sync(folder / _ABOUT)
        sync(folder)
        fresh = self.folder / f"current.{secrets.token_hex(4)}"
        fresh.write_text(folder.name + "\n", encoding="ascii")
        sync(fresh)
        sync(self.folder)
        os.replace(fresh, self._current)
        sync(self.folder)
