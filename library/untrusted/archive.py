"""ZIP archives from strangers: office documents, EPUB, packages of courses.

Refused before anything is unpacked: too many entries, entries that unpack to too much or that share
their bytes, names that lead out of the archive, links, encryption, unusual ways of packing. What is
unpacked is counted as it comes, since an archive can lie about its sizes. Archives inside an archive
are bytes like any other; nobody here opens them.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import IO, BinaryIO, Final, cast

from library.errors import Invalid, Malformed, TooLarge
from library.sentences import Sentence

_ENCRYPTED: Final = 0x1
_LINK_TYPES: Final = (stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK)
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Below this many bytes a high ratio is a text that repeats itself and no bomb.
_RATIO_FROM: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold; sizes in bytes of what is unpacked.

    ``ratio`` is how many times larger than packed an entry of more than a megabyte may be.
    """

    entries: int = 10_000
    entry: int = 200_000_000
    total: int = 400_000_000
    ratio: int = 200


class Archive:
    """An open archive, read entry by entry.

    Raises ``Malformed`` for what is no whole ZIP archive, ``Invalid`` for one that is encrypted or
    tries something, ``TooLarge`` for more than the limits allow: when it is opened or while it is read.
    """

    def __init__(self, file: BinaryIO, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._left = self._limits.total
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
            raise Malformed(
                Sentence("This is not a ZIP archive, or it is cut off or damaged.")
            ) from error
        try:
            self._entries = _entries(self._zip, self._limits)
        except BaseException:
            self._zip.close()
            raise

    @property
    def names(self) -> list[str]:
        """The names of all files inside, in the order of the archive."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def open(self, name: str) -> BinaryIO:
        """One file as a stream. Raises ``Malformed`` where there is none, or while it is read."""
        entry = self._entries.get(name)
        if entry is None:
            raise Malformed(Sentence("The archive has no file %(name)s.", name=name))
        try:
            stream = self._zip.open(entry)
        except (zipfile.BadZipFile, RuntimeError, OSError, NotImplementedError) as error:
            raise Malformed(_damaged(name)) from error
        return cast(BinaryIO, _Counted(stream, self, name))

    def read(self, name: str, *, most: int | None = None) -> bytes:
        """One whole file; ``TooLarge`` for more than ``most`` bytes."""
        entry = self._entries.get(name)
        if entry is not None and most is not None and entry.file_size > most:
            raise TooLarge(Sentence("The file %(name)s in the archive is too large.", name=name))
        with self.open(name) as stream:
            return stream.read()

    def spend(self, count: int) -> None:
        """Count bytes that were unpacked. Raises ``TooLarge`` when there were too many."""
        self._left -= count
        if self._left < 0:
            raise TooLarge(Sentence("The archive unpacks to more than is allowed."))

    def close(self) -> None:
        self._zip.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Counted(io.RawIOBase):
    """A file of an archive whose bytes are counted as they are unpacked."""

    def __init__(self, stream: IO[bytes], archive: Archive, name: str) -> None:
        self._stream = stream
        self._archive = archive
        self._name = name

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        parts = []
        wanted = size if size is not None and size >= 0 else None
        while wanted is None or wanted > 0:
            try:
                part = self._stream.read(min(wanted or 1 << 20, 1 << 20))
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
                raise Malformed(_damaged(self._name)) from error
            if not part:
                break
            self._archive.spend(len(part))
            parts.append(part)
            if wanted is not None:
                wanted -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _entries(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The files by name, after all of them were looked at."""
    listed = archive.infolist()
    if len(listed) > limits.entries:
        raise TooLarge(
            Sentence(
                "The archive holds %(number)s files; %(most)s are allowed.",
                number=len(listed),
                most=limits.entries,
            )
        )
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for entry in listed:
        _check(entry, limits)
        total += entry.file_size
        if entry.is_dir():
            continue
        if entry.filename in found:
            raise Invalid(
                Sentence(
                    "The archive holds two files named %(name)s.", name=repr(entry.filename[:100])
                )
            )
        found[entry.filename] = entry
    if total > limits.total:
        raise TooLarge(Sentence("The archive unpacks to more than is allowed."))
    # Files that share their packed bytes are how a small archive unpacks to anything.
    end = 0
    for entry in sorted(listed, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise Invalid(Sentence("Files in the archive overlap one another."))
        end = entry.header_offset + entry.compress_size
    return found


def unsafe_name(name: str) -> Sentence:
    """That a file in an archive has a name that would lead somewhere else."""
    return Sentence(
        "The archive holds a file with an unsafe name: %(name)s.", name=repr(name[:100])
    )


def _damaged(name: str) -> Sentence:
    return Sentence("The file %(name)s in the archive is damaged.", name=name)


def _check(entry: zipfile.ZipInfo, limits: Limits) -> None:
    name = entry.filename
    parts = name.split("/")
    if (
        name.startswith("/")
        or ".." in parts
        or "\\" in entry.orig_filename
        or "\0" in entry.orig_filename
        or (len(parts[0]) == 2 and parts[0][1] == ":")
    ):
        raise Invalid(unsafe_name(name))
    if entry.flag_bits & _ENCRYPTED:
        raise Invalid(Sentence("The archive is encrypted."))
    if stat.S_IFMT(entry.external_attr >> 16) in _LINK_TYPES:
        raise Invalid(
            Sentence("The archive holds a link or a device: %(name)s.", name=repr(name[:100]))
        )
    if entry.compress_type not in _PACKINGS:
        raise Invalid(
            Sentence(
                "The file %(name)s is packed in a way that is not read here.",
                name=repr(name[:100]),
            )
        )
    if entry.file_size > limits.entry or (
        entry.file_size > _RATIO_FROM and entry.file_size > entry.compress_size * limits.ratio
    ):
        raise TooLarge(
            Sentence(
                "The file %(name)s in the archive unpacks to more than is allowed.",
                name=repr(name[:100]),
            )
        )
