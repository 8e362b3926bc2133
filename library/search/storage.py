"""The files of one index generation: written so that a commit holds, read so that damage shows.

Whoosh's storage neither flushes files to the disk nor notices when one has been cut short. Here a new
table of contents takes its place only after all files that it names are on the disk, and the size of
every file is written down beside it. Files are read, never mapped: reading a mapped file that
something has cut short ends the process.
"""

from __future__ import annotations

import io
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from library.errors import Damaged
from library.search.stock import FileStorage, StructFile

SIZES: Final = ".sizes"
_TOC: Final = ".toc"


def sync(path: str | Path) -> None:
    """Wait until a file, or the entries of a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class IndexFiles(FileStorage):  # type: ignore[misc]
    """A generation's folder as Whoosh sees it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._written: set[str] = set()
        self._made: list[Any] = []
        self._open: list[Any] = []
        self._locks: list[Any] = []

    def lock(self, name: str) -> Any:
        """A lock that `abandon` lets go of: a writer that fails while it is made keeps the one it took."""
        lock = super().lock(name)
        self._locks.append(lock)
        return lock

    def create_file(self, name: str, **options: Any) -> Any:
        file = super().create_file(name, **options)
        self._written.add(name)
        self._made.append(file)
        return file

    def temp_storage(self, name: str | None = None) -> Any:
        folder = Path(self._fpath(name or f"{secrets.token_hex(8)}.tmp"))
        files = IndexFiles(folder)
        # So that `abandon` closes these, too.
        files._made = self._made
        return files.create()

    def open_file(self, name: str, **options: Any) -> Any:
        if name.endswith(_TOC):
            # Whoosh leaves it open when it turns out to be damaged.
            content = Path(self._fpath(name)).read_bytes()
            return StructFile(io.BytesIO(content), name=name, **options)
        file = super().open_file(name, **options)
        self._open.append(file)
        return file

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Whoosh's commit comes down to this: the new table of contents gets its name."""
        if newname.endswith(_TOC):
            self._settle()
        super().rename_file(oldname, newname, safe=safe)
        if newname.endswith(_TOC):
            sync(self.folder)

    def _settle(self) -> None:
        sizes: dict[str, dict[str, int]] = {}
        for name in sorted(self._written):
            path = self._fpath(name)
            if os.path.exists(path):
                sync(path)
                if _TOC not in name:
                    segment = name.partition(".")[0]
                    sizes.setdefault(segment, {})[name] = os.path.getsize(path)
        for segment, files in sizes.items():
            path = self._fpath(segment + SIZES)
            Path(path).write_text(json.dumps(files), encoding="utf-8")
            sync(path)
        self._written.clear()
        self._made.clear()

    def verify(self, segment: str) -> None:
        """Raise `Damaged` unless a segment's files are there, as long as they were written."""
        try:
            sizes = json.loads(Path(self._fpath(segment + SIZES)).read_bytes())
            for name, size in sizes.items():
                found = os.stat(f"{self.folder}/{name}").st_size
                if found != size:
                    raise Damaged(
                        f"The index file {name} is {found} bytes long and should have {size}."
                    )
        except (ValueError, AttributeError) as error:
            raise Damaged(f"The index file {segment}{SIZES} cannot be read.") from error

    def release(self) -> None:
        """Close every file that was opened through this storage and still is open."""
        for file in self._open:
            if not file.is_closed:
                file.close()
        self._open.clear()

    def abandon(self) -> None:
        """Close the files of a commit that failed, which may refuse, being full, and let go of its lock."""
        for file in self._made:
            if not file.is_closed:
                with suppress(Exception):
                    file.close()
        self._made.clear()
        self._written.clear()
        self.release()
        for lock in self._locks:
            # It refuses where it was not taken.
            with suppress(Exception):
                lock.release()
        self._locks.clear()
