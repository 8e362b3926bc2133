"""The door between readers' pages and the editors' desk: two applications behind one address.

The desk is loaded when somebody first knocks, so that processes that only serve readers, nearly all of
them, do without its modules.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Paths of the desk and of what its pages send files to. A test holds it against every address there is.
BEHIND: Final = re.compile(r"/[^/]+/desk(?:/|\Z)|/uploads(?:/|\Z)")


class DeskDoor:
    """Wraps the readers' application. ``open_desk`` makes the one with the desk, once in a process."""

    def __init__(
        self, readers: WSGIApplication, *, open_desk: Callable[[], WSGIApplication]
    ) -> None:
        self._readers = readers
        self._open_desk = open_desk
        self._desk: WSGIApplication | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if BEHIND.match(environ.get("PATH_INFO", "")) is None:
            return self._readers(environ, start_response)
        desk = self._desk
        if desk is None:
            with self._lock:
                desk = self._desk
                if desk is None:
                    desk = self._desk = self._open_desk()
        return desk(environ, start_response)
