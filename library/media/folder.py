"""Media files in a folder of this machine: ``ab/cd/<sha256>``, written whole or not at all.

A writer fills a file in ``.incoming`` (the same file system), flushes it to the disk and renames it.
It holds a lock on that file meanwhile, which the system drops with the process: so ``sweep`` can tell
the file of a killed writer from that of one who waits for a slow line.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from library.errors import Damaged, LibraryError, NotFound, Unavailable
from library.media.port import (
    Stored,
    clamp_range,
    is_address,
    missing,
    require_address,
    require_link_seconds,
)
from library.media.reading import CHUNK, Reading

_INCOMING: Final = ".incoming"
_SWEEP_EVERY: Final = 3600.0
_PROBE: Final = b"\0" * 65536
_HEX: Final = frozenset("0123456789abcdef")

_REASONS: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than this system allows",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "it is not there",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EIO: "the disk reports an error",
    errno.EMFILE: "this process has too many open files",
    errno.ENFILE: "this machine has too many open files",
    errno.ESTALE: "the network file system has lost it",
}


class LocalStore:
    """A :class:`library.media.port.MediaStore` in a folder, which is made on the first ``put``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / _INCOMING
        self._swept = float("-inf")
        self._sweeping = threading.Lock()

    def put(self, stream: BinaryIO) -> Stored:
        """See the port. Always writes anew, so that putting a file again heals a damaged copy."""
        self._sweep_now_and_then()
        digest = hashlib.sha256()
        size = 0
        with self._draft() as (draft, temporary):
            # Only our own writing is translated: what the stream raises is the caller's to know.
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                with self._border("written to"):
                    _write_all(draft, chunk)
            sha256 = digest.hexdigest()
            with self._border("written to"):
                os.fsync(draft)
                if os.fstat(draft).st_size != size:
                    raise Damaged(f"Of {size} bytes sent to {self.root} not all were stored.")
                self._publish(temporary, self._place(sha256))
        return Stored(sha256, size)

    def take(self, path: Path, *, sha256: str) -> Stored:
        """See the port. On the same file system the file is moved, else copied."""
        place = self._place(require_address(sha256))
        with self._border("written to", sha256):
            source = path.open("rb", buffering=0)
        with source:
            with self._border("written to"):
                os.fsync(source.fileno())
                size = os.fstat(source.fileno()).st_size
                os.fchmod(source.fileno(), 0o666 & ~_umask())
            try:
                with self._border("written to"):
                    self.root.mkdir(parents=True, exist_ok=True)
                    self._publish(path, place)
                return Stored(sha256, size)
            except Unavailable as error:
                moving = error.__cause__
                if not isinstance(moving, OSError) or moving.errno != errno.EXDEV:
                    raise
            stored = self.put(source)
        if stored.sha256 != sha256:
            raise Damaged(f"The file {path.name} has changed while it was taken in.")
        with self._border("written to"):
            path.unlink()
        return stored

    def direct(self) -> None:
        """See the port. Browsers cannot reach a folder."""

    def open(self, sha256: str, *, start: int = 0, end: int | None = None) -> Reading:
        """See the port."""
        place = self._place(require_address(sha256))
        with self._border("read", sha256):
            source = place.open("rb", buffering=0)
        try:
            with self._border("read", sha256):
                size = os.fstat(source.fileno()).st_size
                first, last = clamp_range(start, end, size)
                source.seek(first)
        except BaseException:
            source.close()
            raise
        return Reading(
            source,
            length=last - first,
            sha256=sha256,
            verify=(first, last) == (0, size),
            border=lambda error: self._unavailable(error, "read"),
        )

    def size(self, sha256: str) -> int:
        """See the port."""
        with self._border("read", sha256):
            return self._place(require_address(sha256)).stat().st_size

    def exists(self, sha256: str) -> bool:
        """See the port."""
        if not is_address(sha256):
            return False
        try:
            self.size(sha256)
        except NotFound:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """See the port."""
        if not is_address(sha256):
            return
        # The shard stays: removing it could pull it from under a writer on its way in.
        with self._border("written to"), contextlib.suppress(FileNotFoundError):
            self._place(sha256).unlink()

    def digests(self) -> Iterator[str]:
        """See the port. Holds the names of one shard (1/65536 of the store) at a time."""
        for outer in self._shards(self.root):
            for inner in self._shards(self.root / outer):
                shard = outer + inner
                for name in self._names(self.root / outer / inner):
                    if name.startswith(shard) and is_address(name):
                        yield name

    def link(
        self,
        sha256: str,
        *,
        name: str,
        media_type: str,
        inline: bool,
        seconds: int,
    ) -> None:
        """See the port. A folder has no address of its own."""
        require_address(sha256)
        require_link_seconds(seconds)

    def origin(self) -> None:
        """See the port."""

    def path(self, sha256: str) -> Path | None:
        """See the port."""
        if not is_address(sha256):
            return None
        place = self._place(sha256)
        with self._border("read"):
            return place if place.is_file() else None

    def sweep(self, *, older_than: float = 24 * 3600) -> int:
        """See the port."""
        swept = 0
        limit = time.time() - older_than
        with self._border("written to"):
            for name in self._names(self._incoming):
                swept += _remove_if_abandoned(self._incoming / name, limit)
        return swept

    def check(self) -> None:
        """See the port. Writes and removes a small file, which also notices a full disk."""
        with self._draft() as (draft, _), self._border("written to"):
            _write_all(draft, _PROBE)
            os.fsync(draft)
        self._names(self.root)

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    @contextlib.contextmanager
    def _draft(self) -> Iterator[tuple[int, Path]]:
        """A locked, empty file in ``.incoming``; gone at the end unless it was renamed."""
        temporary = self._incoming / f"{os.getpid()}-{secrets.token_hex(8)}.part"
        with self._border("written to"):
            self._incoming.mkdir(parents=True, exist_ok=True)
            draft = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        try:
            # Some network file systems have no locks; there, age alone protects the writer.
            with contextlib.suppress(OSError):
                fcntl.flock(draft, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield draft, temporary
        finally:
            os.close(draft)
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _publish(self, temporary: Path, place: Path) -> None:
        shard = place.parent
        fresh = [folder for folder in (shard.parent, shard) if not folder.is_dir()]
        shard.mkdir(parents=True, exist_ok=True)
        temporary.rename(place)
        # The name outlives a power cut only once its folder, and a new folder's own, are on the disk.
        for folder in (shard, *(made.parent for made in fresh)):
            _flush_folder(folder)

    def _sweep_now_and_then(self) -> None:
        if time.monotonic() - self._swept < _SWEEP_EVERY or not self._sweeping.acquire(False):
            return
        try:
            self._swept = time.monotonic()
            # What cannot be swept today does not stop a writer: its own writing will tell.
            with contextlib.suppress(Unavailable):
                self.sweep()
        finally:
            self._sweeping.release()

    def _shards(self, folder: Path) -> Iterator[str]:
        for name in self._names(folder):
            if len(name) == 2 and _HEX.issuperset(name) and (folder / name).is_dir():
                yield name

    def _names(self, folder: Path) -> list[str]:
        with self._border("read"):
            try:
                return sorted(os.listdir(folder))
            except FileNotFoundError:
                return []

    @contextlib.contextmanager
    def _border(self, doing: str, sha256: str | None = None) -> Iterator[None]:
        """Turn the system's errors into ours; with ``sha256``, an absent file is ``NotFound``."""
        try:
            yield
        except OSError as error:
            if sha256 is not None and isinstance(error, FileNotFoundError):
                raise missing(sha256) from error
            raise self._unavailable(error, doing) from error

    def _unavailable(self, error: Exception, doing: str) -> LibraryError:
        number = error.errno if isinstance(error, OSError) else None
        reason = _REASONS.get(number or 0) or (os.strerror(number) if number else str(error))
        return Unavailable(f"The media folder {self.root} cannot be {doing}: {reason}.")


def _write_all(target: int, chunk: bytes) -> None:
    # One call may write less than it was given, for one when the disk is about to be full.
    view = memoryview(chunk)
    while view:
        view = view[os.write(target, view) :]


def _umask() -> int:
    # Asking for it means setting it, for all threads; the first answer holds.
    global _known_umask
    if _known_umask is None:
        _known_umask = os.umask(0o022)
        os.umask(_known_umask)
    return _known_umask


_known_umask: int | None = None


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_abandoned(draft: Path, limit: float) -> bool:
    """Remove the draft unless it was touched after ``limit`` or a living writer holds its lock."""
    try:
        if draft.stat().st_mtime > limit:
            return False
        handle = os.open(draft, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK, errno.EBADF):
                raise
        try:
            draft.unlink()
        except FileNotFoundError:
            return False
        return True
    finally:
        os.close(handle)
