"""Bytes of unknown length on their way in: counted and hashed, small in memory, large on the disk."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final

from library.errors import LibraryError
from library.media.reading import CHUNK

IN_MEMORY: Final = 8 * 1024 * 1024
"""Up to this many bytes stay in memory."""

_DESCRIPTORS: Final = Path("/proc/self/fd")
"""Linux: opening a descriptor here again gives a file position of its own."""


class Spool:
    """A copy of a stream with its ``sha256`` and ``size``; a context manager that removes the copy.

    Longer streams go to a file in the system's temporary folder (``TMPDIR``); on Linux it has no name,
    so that a killed process leaves nothing behind. ``border`` turns an error in writing that file into
    one of ours; what the stream itself raises is left alone.
    """

    def __init__(self, stream: BinaryIO, *, border: Callable[[OSError], LibraryError]) -> None:
        self.size = 0
        self._held: IO[bytes] = io.BytesIO()
        self._border = border
        digest = hashlib.sha256()
        try:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                self._write(chunk)
                self.size += len(chunk)
            self._rewind()
        except BaseException:
            self.close()
            raise
        self.sha256 = digest.hexdigest()

    @property
    def file(self) -> IO[bytes]:
        """The copy, readable and seekable, at its start."""
        return self._held

    @property
    def path(self) -> Path | None:
        """The copy as a file that several threads can open, or ``None`` while it is in memory."""
        if isinstance(self._held, io.BytesIO):
            return None
        if isinstance(self._held.name, str):
            return Path(self._held.name)
        return _DESCRIPTORS / str(self._held.fileno())

    def close(self) -> None:
        """Remove the copy."""
        try:
            self._held.close()
        except OSError as error:
            # Closing flushes, and a full disk is noticed again here.
            raise self._border(error) from error

    def _write(self, chunk: bytes) -> None:
        try:
            if self.size + len(chunk) > IN_MEMORY and isinstance(self._held, io.BytesIO):
                small, self._held = self._held, _on_disk()
                self._held.write(small.getbuffer())
            self._held.write(chunk)
        except OSError as error:
            raise self._border(error) from error

    def _rewind(self) -> None:
        try:
            self._held.flush()
            self._held.seek(0)
        except OSError as error:
            raise self._border(error) from error

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _on_disk() -> IO[bytes]:
    if _DESCRIPTORS.is_dir():
        return tempfile.TemporaryFile()
    return tempfile.NamedTemporaryFile(prefix="media-")
