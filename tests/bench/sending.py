"""Somebody at the desk who sends large files to a served site, as fast as asked."""

from __future__ import annotations

import http.client
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.tus_client import metadata
from tests.journeys.desk_site import COLLEGE, Server

BLOCK = b"\x5a" * (1 << 20)
_TYPE = "application/offset+octet-stream"
# As in static/desk/tus.js.
_SECONDS, _GROWTH = 8, 8
_FIRST, _MOST = 256 << 10, 256 << 20


def size(default: int) -> int:
    """How many bytes are sent: ``BENCH_UPLOAD_BYTES``, or ``default``."""
    return int(os.environ.get("BENCH_UPLOAD_BYTES", default))


@dataclass
class Sender:
    """Speaks tus to a site, and JSON."""

    server: Server
    cookie: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        connection = self._connection()
        try:
            return self._ask(connection, method, path, body, **headers)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=600)

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Any = None,
        **headers: Any,
    ) -> Any:
        told = {"Cookie": self.cookie, "X-CSRF-Token": self.token, "Tus-Resumable": "1.0.0"}
        told |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        connection.request(method, path, body=body, headers=told)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return answer.headers, json.loads(content) if content else None

    def announce(self, size: int, name: str = "bench.bin") -> str:
        told = metadata({"filename": name, "institution": COLLEGE})
        headers, _ = self.ask("POST", "/uploads", Upload_Length=size, Upload_Metadata=told)
        return str(headers["Location"])

    def send(
        self, size: int, *, rate: float | None = None, stop: threading.Event | None = None
    ) -> str:
        """Send a file of ``size`` bytes in one piece, as tus clients do, at ``rate`` bytes a second; returns
        its address."""
        path = self.announce(size)
        self.ask(
            "PATCH",
            path,
            blocks(size, rate, stop),
            Upload_Offset=0,
            Content_Type=_TYPE,
            Content_Length=size,
        )
        return path

    def send_in_pieces(self, size: int) -> str:
        """Send a file as the page of files does: pieces of some seconds over one connection, each as much
        larger as the one before was fast; returns its address."""
        path = self.announce(size)
        connection = self._connection()
        offset, wanted = 0, _FIRST
        while offset < size:
            piece = min(wanted, size - offset)
            begun = time.monotonic()
            self._ask(
                connection,
                "PATCH",
                path,
                blocks(piece),
                Upload_Offset=offset,
                Content_Type=_TYPE,
                Content_Length=piece,
            )
            took = time.monotonic() - begun
            offset += piece
            wanted = int(min(_MOST, wanted * _GROWTH, piece * _SECONDS / took))
        connection.close()
        return path


def sender(server: Server, cookie: str) -> Sender:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/en/desk/files", headers={"Cookie": cookie})
    page = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    if found is None:
        raise RuntimeError("Nobody is signed in at the desk.")
    return Sender(server, cookie, found[1])


def family_memory(server: Server) -> float:
    """Proportional memory of the keeper and of everybody below it, in MB."""
    total = 0
    for pid in server.family():
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.M)
        total += int(found[1]) if found else 0
    return total / 1000


class Watch(threading.Thread):
    """Looks at the memory of a site until it is told to stop; ``most`` is the most that it saw."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._ended = threading.Event()
        self.most = 0.0

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self.most = max(self.most, family_memory(self._server))

    def end(self) -> float:
        self._ended.set()
        self.join(10)
        return self.most


def blocks(
    size: int, rate: float | None = None, stop: threading.Event | None = None
) -> Iterator[bytes]:
    """``size`` bytes, at ``rate`` bytes a second."""
    begun, sent = time.monotonic(), 0
    block = BLOCK if rate is None else BLOCK[: 64 << 10]
    while sent < size:
        if stop is not None and stop.is_set():
            return
        piece = block[: min(len(block), size - sent)]
        yield piece
        sent += len(piece)
        if rate is not None:
            time.sleep(max(0.0, begun + sent / rate - time.monotonic()))
