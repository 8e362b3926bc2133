"""The folder in which files arrive: one file each, and its length is how far it has come.

What has been written is safe from a killed process, and once a request has ended, from a power cut.
Whoever writes holds a lock on the file, which the system drops with the process, however it ends. Who
comes back over a new line asks the one who still waits at the dead line to let go.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from library.errors import Conflict, LibraryError, NotFound, Unavailable
from library.uploads.reasons import Reason

FOLDER: Final = "uploads"
"""Its name in the data folder."""

ROOM: Final = 200_000_000
"""Bytes that uploads leave free on the disk: the database and the index need some."""

FLUSH: Final = 32 * 1024 * 1024
"""Bytes after which what was written begins its way to the disk, so that the end is not one long wait."""

_LEAST: Final = 2 * 1024
_SMALL: Final = 16 * 1024
_LARGE: Final = 1024 * 1024
# A read that takes longer than this many seconds gets a smaller piece next time.
_SLOW: Final = 0.5
_PATIENCE: Final = 5.0
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Busy(LibraryError):
    """Somebody else is writing to this file at the moment."""

    status = 423
    slug = "locked"


class Full(LibraryError):
    """The disk has no room for the file."""

    status = 507
    slug = "insufficient-storage"


class Source(Protocol):
    """Where the bytes come from. ``read`` may raise ``TimeoutError`` where nothing came for a while."""

    def read(self, size: int, /) -> bytes | memoryview: ...


@dataclass(frozen=True, slots=True)
class Received:
    """How a request ended: ``offset`` is the length of the file now, ``broke`` whether the line did."""

    offset: int
    broke: bool
    digest: bytes | None = None


class SpoolFolder:
    """The files on their way in, in ``folder``. Several processes may use one folder at once."""

    def __init__(self, folder: Path, *, room: int = ROOM) -> None:
        self.folder = folder
        self._room = room

    def path(self, key: uuid.UUID) -> Path:
        """Where the bytes of an upload are."""
        return self.folder / f"{key}.part"

    def create(self, key: uuid.UUID) -> None:
        """An empty file. Raises ``Full`` or ``Unavailable``."""
        with self._border():
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path(key), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            os.close(handle)
            _flush_folder(self.folder)

    def offset(self, key: uuid.UUID) -> int:
        """How many bytes have arrived. Raises ``NotFound``."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            raise NotFound("What had arrived of this file is no longer there.") from None
        except OSError as error:
            raise self._unavailable(error) from error

    def require_room(self, size: int) -> None:
        """Raises ``Full`` where the disk has no room for ``size`` more bytes."""
        if not self.has_room(size):
            raise _full()

    def has_room(self, size: int) -> bool:
        """Whether the disk has room for ``size`` more bytes."""
        folder = self.folder if self.folder.is_dir() else self.folder.parent
        with self._border():
            return shutil.disk_usage(folder).free >= size + self._room

    def receive(
        self,
        key: uuid.UUID,
        source: Source,
        *,
        offset: int,
        most: int,
        digest: str | None = None,
        check: Callable[[bytes], bool] | None = None,
        patience: float = _PATIENCE,
    ) -> Received:
        """Write what comes from ``source``, at most ``most`` bytes, from ``offset`` on.

        Returns at the end of the source, when ``most`` bytes are there, or when the line breaks; what
        came until then is kept. With ``digest`` (``sha1``, ``sha256``) and ``check``, everything is
        taken back unless ``check(digest of what came)`` says yes. Raises ``Conflict`` where ``offset`` is
        not the file's, ``Busy`` where somebody else writes and does not let go within ``patience``
        seconds, ``NotFound``, ``Full`` and ``Unavailable``. What was written before is kept.
        """
        with self._locked(key, patience) as target:
            with self._border():
                here = os.fstat(target).st_size
            if here != offset:
                raise Conflict(
                    f"This file has {here} bytes here, not {offset}; go on from there.", offset=here
                )
            hashed = hashlib.new(digest, usedforsecurity=False) if digest else None
            try:
                got, broke = self._copy(
                    source, target, key, most=most, each=hashed.update if hashed else None
                )
            finally:
                with self._border():
                    os.fsync(target)
            wrong = hashed is not None and check is not None and not check(hashed.digest())
            if wrong and not broke:
                with self._border():
                    os.ftruncate(target, offset)
                    os.fsync(target)
                return Received(offset, broke, hashed.digest() if hashed else None)
            if wrong:
                # Half a piece cannot be checked: it has to come again.
                with self._border():
                    os.ftruncate(target, offset)
                return Received(offset, broke)
            return Received(offset + got, broke, hashed.digest() if hashed else None)

    def join(self, key: uuid.UUID, parts: list[uuid.UUID]) -> int:
        """Put the files of ``parts`` one after another into ``key``; returns the length."""
        with self._locked(key, _PATIENCE) as target, self._border():
            os.ftruncate(target, 0)
            for part in parts:
                with self.path(part).open("rb", buffering=0) as source:
                    while os.sendfile(target, source.fileno(), None, 1 << 26):
                        continue
            os.fsync(target)
            return os.fstat(target).st_size

    def remove(self, key: uuid.UUID) -> None:
        """Forget a file; forgetting what is not there is no error."""
        with self._border(), contextlib.suppress(FileNotFoundError):
            self.path(key).unlink()

    def arriving(self) -> Iterator[uuid.UUID]:
        """What lies here."""
        if not self.folder.is_dir():
            return
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".part"):
                with contextlib.suppress(ValueError):
                    yield uuid.UUID(name.removesuffix(".part"))

    def in_use(self, key: uuid.UUID) -> bool:
        """Whether somebody is writing to the file now."""
        try:
            with self._locked(key, 0):
                return False
        except Busy:
            return True
        except NotFound:
            return False

    def _copy(
        self,
        source: Source,
        target: int,
        key: uuid.UUID,
        *,
        most: int,
        each: Callable[[bytes | memoryview], object] | None,
    ) -> tuple[int, bool]:
        got = flushed = 0
        piece = _SMALL
        wanted = self._wanted(key)
        looked = time.monotonic()
        while got < most:
            begun = time.monotonic()
            try:
                chunk = source.read(min(piece, most - got))
            except TimeoutError:
                # What has come, less than was asked for, waits in the server: ask for less.
                if piece <= _LEAST and wanted.exists():
                    return got, True
                piece = max(_LEAST, piece // 8)
                continue
            except OSError:
                return got, True
            if not chunk:
                # Shorter than it said: the line broke, as some servers tell it.
                return got, True
            with self._border():
                view = memoryview(chunk)
                while view:
                    written = os.write(target, view)
                    got += written
                    view = view[written:]
            if each is not None:
                each(chunk)
            now = time.monotonic()
            # Little on a slow line, so that what came before it breaks is on the disk.
            if now - begun > _SLOW:
                piece = min(piece, _SMALL)
            elif len(chunk) >= piece:
                piece = min(piece * 2, _LARGE)
            if got - flushed >= FLUSH:
                _begin_flush(target, FLUSH)
                flushed = got
            if now - looked > _SLOW:
                looked = now
                if wanted.exists():
                    return got, True
        return got, False

    @contextlib.contextmanager
    def _locked(self, key: uuid.UUID, patience: float) -> Iterator[int]:
        with self._border():
            try:
                handle = os.open(self.path(key), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                raise NotFound("What had arrived of this file is no longer there.") from None
        try:
            self._take_lock(handle, key, patience)
            with self._border():
                os.lseek(handle, 0, os.SEEK_END)
            yield handle
        finally:
            os.close(handle)

    def _take_lock(self, handle: int, key: uuid.UUID, patience: float) -> None:
        wanted = self._wanted(key)
        until = time.monotonic() + patience
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    if time.monotonic() >= until:
                        raise Busy(
                            "This file is being sent over another line; try again in a moment."
                        ) from None
                with self._border():
                    wanted.touch()
                time.sleep(0.05)
        finally:
            with contextlib.suppress(OSError):
                wanted.unlink()

    def _wanted(self, key: uuid.UUID) -> Path:
        return self.folder / f"{key}.wanted"

    @contextlib.contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> LibraryError:
        if error.errno in _FULL:
            return _full()
        reason = os.strerror(error.errno) if error.errno else str(error)
        return Unavailable(f"The folder {self.folder} for files on their way in fails: {reason}.")


def _full() -> Full:
    return Full(
        "There is no room on the disk of the library now; what has arrived is kept. Try again later.",
        reason=Reason.DISK_FULL.value,
    )


def _begin_flush(target: int, size: int) -> None:
    """Have the last ``size`` bytes written to the disk, without waiting for it."""
    with contextlib.suppress(OSError, AttributeError):
        end = os.lseek(target, 0, os.SEEK_CUR)
        # On Linux this starts writing what is not yet written, and lets go of what is.
        os.posix_fadvise(target, max(0, end - 2 * size), 2 * size, os.POSIX_FADV_DONTNEED)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
