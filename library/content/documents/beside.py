"""The files beside a document: in its folder, or in the archive that it came in."""

from __future__ import annotations

import os
import posixpath
import stat
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote

from library.content.documents.pictures import LARGEST
from library.errors import LibraryError
from library.untrusted.archive import Archive


class Beside(Protocol):
    """Finds files that a document asks for by relative address."""

    def get(self, address: str) -> bytes | None:
        """The bytes of a file; None for one that is not there or is not to be had."""
        ...


class Nothing:
    """A document that came alone."""

    def get(self, address: str) -> bytes | None:
        """None."""
        del address
        return None


class FolderBeside:
    """Files in one folder and the folders in it. Links, and what leads out of it, are not followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, address: str) -> bytes | None:
        path = inside("", address)
        if path is None:
            return None
        try:
            at = self._folder
            for part in path.split("/"):
                at = at / part
                if stat.S_ISLNK(os.lstat(at).st_mode):
                    return None
            with open(at, "rb", opener=_at_once) as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    return None
                return stream.read(LARGEST + 1)
        except (OSError, ValueError):
            return None


class ArchiveBeside:
    """Files in an archive, by address from the folder of the document in it."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self._archive = archive
        self._folder = folder

    def get(self, address: str) -> bytes | None:
        path = inside(self._folder, address)
        if path is None or path not in self._archive:
            return None
        try:
            return self._archive.read(path, most=LARGEST)
        except LibraryError:
            return None


MOST_ADDRESS: Final = 1_000


def inside(folder: str, address: str) -> str | None:
    """The path that a relative address means from a folder; None where it leads out or is none."""
    bare = unquote(address.partition("#")[0].partition("?")[0]).replace("\\", "/").strip()
    if not bare or len(bare) > MOST_ADDRESS or bare.startswith("/") or "\0" in bare:
        return None
    if ":" in bare.partition("/")[0]:
        return None
    path = posixpath.normpath(posixpath.join(folder, bare))
    return None if path in ("", ".") or path.startswith(("../", "/")) or path == ".." else path


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever is to write into a pipe."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)
