"""A media file on its way out: chunks of bytes that are counted and, for a whole file, verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Protocol

from library.errors import Damaged, LibraryError

CHUNK: Final = 256 * 1024
"""The most bytes that a reading hands over at once."""


class Source(Protocol):
    """What a reading draws from: an open file or the body of a response."""

    def read(self, amount: int, /) -> bytes: ...

    def close(self) -> object: ...


class Reading(Iterator[bytes]):
    """An iterator of chunks that owns an open source and closes it at the end, early or late.

    ``length`` is the number of bytes that will come, known before the first. With ``verify`` the bytes
    are hashed on the way and the last chunk is held back until the digest has proved right. ``border``
    turns an error of the source into one of ours.
    """

    def __init__(
        self,
        source: Source | None,
        *,
        length: int,
        sha256: str,
        verify: bool,
        border: Callable[[Exception], LibraryError],
    ) -> None:
        self.length = length
        self._source = source
        self._left = length
        self._sha256 = sha256
        self._hash = hashlib.sha256() if verify else None
        self._border = border

    def __iter__(self) -> Reading:
        return self

    def __next__(self) -> bytes:
        if self._source is None or self._left == 0:
            self._prove()
            self.close()
            raise StopIteration
        try:
            chunk = self._source.read(min(CHUNK, self._left))
        except Exception as error:
            self.close()
            raise self._border(error) from error
        if not chunk:
            self.close()
            raise Damaged(
                f"Media file {self._sha256} is cut off: {self._left} of {self.length} bytes are"
                " missing.",
                sha256=self._sha256,
            )
        self._left -= len(chunk)
        if self._hash is not None:
            self._hash.update(chunk)
            if self._left == 0:
                self._prove()
        return chunk

    def _prove(self) -> None:
        digest, self._hash = self._hash, None
        if self._left == 0 and digest is not None and digest.hexdigest() != self._sha256:
            self.close()
            raise Damaged(
                f"Media file {self._sha256} is damaged: its bytes have another checksum.",
                sha256=self._sha256,
            )

    def close(self) -> None:
        """Let go of the file or connection; safe to call more than once."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A web server may drop an answer without ever starting to iterate over it.
        self.close()
