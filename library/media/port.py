"""The port behind which the bytes of media files live, and the contract that every adapter keeps.

A media file has no name here, only the SHA-256 of its bytes (64 lower-case hexadecimal digits). Names,
media types and licences are the catalogue's business and are handed in when a link is made.

Errors are ours, never a vendor's: ``NotFound`` (no such file, or not an address at all),
``Unavailable`` (network, refusal, full disk, missing bucket), ``Damaged`` (the bytes are not what they
were), ``Invalid`` (a range or a time that makes no sense).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, runtime_checkable

from library.errors import Invalid, NotFound
from library.media.reading import Reading

MAX_LINK_SECONDS: Final = 7 * 24 * 3600
"""Signature version 4 refuses to sign for longer."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store has taken in: the address of the bytes and how many there are."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file that has arrived: ``number`` from 1, ``size`` in bytes."""

    number: int
    size: int


@runtime_checkable
class DirectUploads(Protocol):
    """Files that browsers send straight to the store, in parts, past our server.

    Offered by stores that browsers can reach; others answer ``None`` to :meth:`MediaStore.direct`.
    ``key`` is our name of an upload (letters, digits, hyphens), ``handle`` the store's. What arrives here
    has no address until it is adopted, and MUST NOT be seen by any method of :class:`MediaStore`.
    """

    def part_size(self, size: int) -> int:
        """Bytes of each part but the last of a file of ``size`` bytes. Raises ``Invalid`` for too many."""

    def begin(self, key: str) -> str:
        """Make ready for parts; returns the handle. Raises ``Unavailable``."""

    def address(self, key: str, handle: str, *, number: int, size: int, seconds: int) -> str:
        """Where to PUT part ``number``. MUST refuse any other length than ``size`` and, after ``seconds``,
        anything. MUST NOT need the network. Raises ``Invalid`` for a time out of bounds."""

    def parts(self, key: str, handle: str) -> list[Part]:
        """The parts that are there, whole, by number. Raises ``NotFound`` (swept, or complete)."""

    def complete(self, key: str, handle: str, *, size: int) -> None:
        """Make one file of the parts.

        MUST raise ``Conflict`` and change nothing where they do not follow one another from 1 or are not
        ``size`` bytes together. MUST be idempotent: where it is one file of ``size`` bytes already, well.
        Raises ``NotFound`` where there is neither.
        """

    def open(self, key: str) -> Reading:
        """The bytes of a completed file, not checked against anything. Raises as the store's ``open``."""

    def adopt(self, key: str, *, sha256: str, size: int) -> Stored:
        """Give a completed file the address ``sha256``, which the caller has just computed from ``open``.

        MUST NOT send the bytes through this process. MUST be atomic and idempotent like ``put``; the file
        under ``key`` is gone afterwards. Raises ``NotFound`` and ``Damaged`` for another size.
        """

    def abandon(self, key: str, handle: str) -> None:
        """Forget parts and file; forgetting what is not there is no error."""


@runtime_checkable
class MediaStore(Protocol):
    """A set of byte strings addressed by their SHA-256.

    Instances MUST be usable from several threads at once and after a fork. Making one MUST NOT touch
    the disk or the network, so that a site starts while its store is away.
    """

    def put(self, stream: BinaryIO) -> Stored:
        """Read ``stream`` to its end and keep the bytes.

        MUST run in constant memory whatever the length. MUST be atomic: until it returns, and after
        any failure or ``kill -9``, the address is either absent or whole. MUST be idempotent: the same
        bytes twice are one object, and putting bytes whose stored copy has the wrong length replaces
        that copy. MUST leave errors raised by ``stream`` itself untouched and keep nothing then.
        MAY leave temporary files behind when killed; ``sweep`` removes them.

        Raises ``Unavailable``, and ``Damaged`` when what was stored has not the length that was sent.
        """

    def take(self, path: Path, *, sha256: str) -> Stored:
        """Keep the bytes of a file of this machine, whose address the caller has just computed.

        MUST keep everything that ``put`` promises, and MUST NOT leave the file at ``path`` on success:
        it MAY be moved, which costs nothing, so nobody else may have it open for writing. After a failure
        it MUST be there as it was. Raises as ``put``, and ``NotFound`` where there is no file.
        """

    def direct(self) -> DirectUploads | None:
        """The way for browsers to send files past our server, or ``None`` where there is none."""

    def open(self, sha256: str, *, start: int = 0, end: int | None = None) -> Reading:
        """The bytes from ``start`` up to but not including ``end``, in chunks of at most 256 KiB.

        MUST fail here, before the first chunk, when the object is absent (``NotFound``), the store is
        away (``Unavailable``) or the range is not one (``Invalid``: negative, reversed, or starting
        beyond the size). An ``end`` beyond the size means the size; ``start`` at the size gives no
        bytes. A whole read MUST be checked against the address, and raise ``Damaged`` *instead of*
        its last chunk, so that no client takes damaged bytes for a complete answer.

        The caller closes the reading (``close()`` or ``with``); reading to the end closes it too.
        """

    def size(self, sha256: str) -> int:
        """The number of bytes. Raises ``NotFound`` or ``Unavailable``."""

    def exists(self, sha256: str) -> bool:
        """Whether the object is there. MUST raise ``Unavailable``, not say no, when nobody knows."""

    def delete(self, sha256: str) -> None:
        """Remove the object; removing what is not there is no error. Raises ``Unavailable``."""

    def digests(self) -> Iterator[str]:
        """Every address in the store in ascending order, in constant memory.

        MUST skip whatever else lies in the folder or bucket. MAY or MAY NOT see what is put or
        deleted meanwhile. Raises ``Unavailable``.
        """

    def link(
        self, sha256: str, *, name: str, media_type: str, inline: bool, seconds: int
    ) -> str | None:
        """An address from which a browser can fetch the object for ``seconds`` (1 to 7 days).

        The answer there MUST carry ``media_type`` and a ``Content-Disposition`` with ``name`` in any
        script. ``inline`` is honoured only for types in :data:`library.media.types.INLINE_TYPES`.
        MUST NOT ask whether the object exists (making a link costs no request). ``None`` when the
        bytes must be streamed by us. Raises ``Invalid`` for a time out of bounds, ``Unavailable``.
        """

    def origin(self) -> str | None:
        """Scheme, host and port of the addresses that ``link`` gives, for a content security policy.

        MUST NOT need the network or credentials. ``None`` where ``link`` gives ``None``.
        """

    def path(self, sha256: str) -> Path | None:
        """The object as a file on this machine for ``sendfile``, or ``None`` to use ``open``."""

    def sweep(self, *, older_than: float = 24 * 3600) -> int:
        """Remove what killed writers left behind more than ``older_than`` seconds ago; how many.

        MUST NOT touch what a living writer is still filling. Raises ``Unavailable``.
        """

    def check(self) -> None:
        """Prove that objects can be read and written, and leave nothing behind.

        Raises ``Unavailable`` with one sentence that says what is wrong.
        """


def is_address(sha256: str) -> bool:
    """Whether the text has the form of an address: 64 lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(sha256) is not None


def require_address(sha256: str) -> str:
    """The address itself, or ``NotFound``: nothing can be stored under anything else."""
    if not is_address(sha256):
        raise NotFound("There is no media file at this address: it is not a SHA-256.")
    return sha256


def missing(sha256: str) -> NotFound:
    """The error that says that no object has this address."""
    return NotFound(f"There is no media file {sha256} in the store.", sha256=sha256)


def clamp_range(start: int, end: int | None, size: int) -> tuple[int, int]:
    """The range as two offsets within ``size`` bytes. Raises ``Invalid`` for one that is none."""
    if start < 0 or start > size or (end is not None and end < start):
        raise Invalid(
            f"Bytes {start} to {'the end' if end is None else end} are not a range"
            f" of a file of {size} bytes.",
            size=size,
        )
    return start, size if end is None else min(end, size)


def require_link_seconds(seconds: int) -> int:
    """The life of a link, or ``Invalid`` when it is not between one second and seven days."""
    if not 1 <= seconds <= MAX_LINK_SECONDS:
        raise Invalid(f"A link to a media file can live 1 to {MAX_LINK_SECONDS} seconds.")
    return seconds
