"""A line that can be cut: a proxy on loopback that passes bytes on, slowly if asked, until it is told."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator


class Line:
    """Listens at ``port`` and passes on to ``target`` at most ``rate`` bytes a second each way.

    `cut` drops every connection without a word; with ``refuse`` nobody gets through until `mend`.
    """

    def __init__(self, target: int, *, rate: float | None = None) -> None:
        self.target = target
        self.passed = 0
        self._rate = rate
        self._down = False
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.moved = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, refuse: bool = False) -> None:
        self._down = refuse
        with self._lock:
            ended, self._sockets = self._sockets, set()
        for one in ended:
            with contextlib.suppress(OSError):
                # Without a farewell, as a lost line ends.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                one.close()

    def mend(self) -> None:
        self._down = False

    def wait_for(self, count: int, *, seconds: float = 60) -> None:
        """Until so many bytes have gone towards the server."""
        with self.moved:
            assert self.moved.wait_for(lambda: self.passed >= count, seconds), self.passed

    def close(self) -> None:
        self._listening.close()
        self.cut(refuse=True)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._down:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._sockets |= {near, far}
            threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            far.settimeout(30)
            near.settimeout(30)
            while True:
                for key, _ in ready.select(1):
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    chunk = source.recv(65536)
                    if not chunk:
                        raise OSError
                    key.data.sendall(chunk)
                    if source is near:
                        with self.moved:
                            self.passed += len(chunk)
                            self.moved.notify_all()
                        if self._rate:
                            time.sleep(len(chunk) / self._rate)
        for one in (near, far):
            with contextlib.suppress(OSError):
                one.close()


@contextlib.contextmanager
def line(target: int, *, rate: float | None = None) -> Iterator[Line]:
    made = Line(target, rate=rate)
    try:
        yield made
    finally:
        made.close()
