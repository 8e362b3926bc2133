"""An outage of a store, remembered: readers are told at once instead of waiting one after the other.

A web process has few threads. If each of them waited for a store that does not answer, pages that need
nothing from it would not be served either.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from library.errors import NotFound, Unavailable

LASTS: Final = 3.0
"""Seconds after which one reader asks again."""


class Outage:
    """Whether a store was away when it was last asked. Safe to use from many threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._trying = threading.Lock()
        self._message = ""
        self._until = 0.0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask the store in the block. Raises ``Unavailable`` at once while it is known to be away.

        An ``Unavailable`` from the block that has a ``code`` is an answer, and so no outage.
        """
        if not self._message:
            with self._noting():
                yield
            return
        if self._clock() < self._until or not self._trying.acquire(blocking=False):
            raise Unavailable(self._message)
        try:
            with self._noting():
                yield
        finally:
            self._trying.release()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except NotFound:
            self._message = ""
            raise
        except Unavailable as error:
            away = "code" not in error.details
            self._message = error.message if away else ""
            self._until = self._clock() + LASTS
            raise
        self._message = ""
