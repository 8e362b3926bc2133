"""Bodies that are larger than memory, from lines that are slower than readers may wait for."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

from flask import g, request

from library.errors import Unavailable

SILENCE: Final = 60.0
"""Seconds without a byte after which a line is dead."""

_TICK: Final = 0.5
_HELD: Final = 1 << 20


class Body:
    """The body of this request, piece by piece.

    ``read`` raises ``TimeoutError`` where nothing comes for half a second, so that whoever writes can
    look around (and ask for less: what has come is kept for the next read), and ``ConnectionError`` once
    the line is dead. Under servers that do not lend their socket it waits as long as they do.
    """

    def __init__(self, *, silence: float = SILENCE) -> None:
        environ = request.environ
        self._input: Any = environ["wsgi.input"]
        lent = environ.get("gunicorn.socket")
        self._socket = lent if isinstance(lent, socket.socket) else None
        self._silence = silence
        self._heard = time.monotonic()
        if self._socket is not None:
            self._socket.settimeout(_TICK)
        self._held = memoryview(bytearray(_HELD))
        self._length: Any = _of_known_length(self._input) if self._socket is not None else None

    def read(self, size: int, /) -> bytes | memoryview:
        """At most ``size`` bytes, true until the next read; none at the end."""
        try:
            if self._socket is None or self._length is None:
                piece: bytes | memoryview = self._input.read(size)
            else:
                piece = self._received(size, self._socket)
        except TimeoutError:
            if time.monotonic() - self._heard > self._silence:
                raise ConnectionError("Nothing comes over this line any more.") from None
            raise
        self._heard = time.monotonic()
        return piece

    def _received(self, size: int, line: socket.socket) -> bytes | memoryview:
        """What the server has read ahead, then what the line brings, which it would copy four times."""
        ahead = self._input.buf.tell() + self._length.unreader.buf.seek(0, os.SEEK_END)
        if ahead:
            return bytes(self._input.read(min(size, ahead)))
        wanted = min(size, self._length.length, len(self._held))
        got = line.recv_into(self._held, wanted) if wanted else 0
        # The server goes on to the next request after as many bytes as it counts here.
        self._length.length -= got
        if wanted and not got:
            self._input.failed = True
        return self._held[:got]

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.settimeout(None)


def _of_known_length(source: Any) -> Any:
    """The part of gunicorn's ``wsgi.input`` that counts what is left of a body, None for other bodies."""
    from gunicorn.http.body import Body as Read
    from gunicorn.http.body import LengthReader

    if not isinstance(source, Read) or not isinstance(source.reader, LengthReader):
        return None
    return source.reader if hasattr(source.reader.unreader, "buf") else None


def away() -> AbstractContextManager[None]:
    """For the time of the block this thread waits for a slow line, and another answers readers."""
    lent: Callable[[], AbstractContextManager[None]] = request.environ.get(
        "library.away", contextlib.nullcontext
    )
    return lent()


@contextlib.contextmanager
def body() -> Iterator[Body]:
    """The body of this request, while its thread is not counted among those that answer readers.

    The request's reading session is closed before: it must not keep a database from tidying up for as long
    as a slow line takes. Raises ``Unavailable`` where too many files come at once.
    """
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()
    with away():
        source = Body()
        try:
            yield source
        finally:
            source.close()


def drain(*, most: int = 32_000_000, seconds: float = 3.0) -> None:
    """Take in what still comes of a body that was refused, where that is quick.

    Who is still sending when the connection closes never reads why.
    """
    left = min(most, request.content_length or 0)
    if left <= 0:
        return
    until = time.monotonic() + seconds
    with contextlib.suppress(Unavailable, OSError, ValueError), body() as source:
        while left > 0 and time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                piece = source.read(min(left, 65536))
                if not piece:
                    return
                left -= len(piece)
