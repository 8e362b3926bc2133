"""The site as an operator runs it: the command ``library`` in a process of its own, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = "from library.app import main; main()"
ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Site:
    """A data folder with the commands and, while it is served, an address."""

    data: Path
    environ: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def run(self, *arguments: str | Path, fails: bool = False) -> str:
        """A command's output; fails the test where its exit code is not what is expected."""
        if arguments[0] == "serve" and "--port" not in arguments:
            # Several tests may serve at once.
            arguments = (*arguments, "--port", str(free_port()))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            env=self._environ(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    def get(self, path: str, **headers: str) -> Answer:
        """GET without following redirects."""
        request = urllib.request.Request(
            self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        opener = urllib.request.build_opener(_StandStill)
        try:
            with opener.open(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    @contextmanager
    def served(self, *options: str) -> Iterator[Site]:
        """Serve it for the time of the block."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        log = self.data / "serve.log"
        with log.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "serve", "--port", str(port), *options],
                env=self._environ(),
                cwd=ROOT,
                stdout=file,
                stderr=file,
            )
        try:
            self._await(process, log)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.url = ""

    def _await(self, process: subprocess.Popen[bytes], log: Path) -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            if process.poll() is not None:
                raise AssertionError(f"The site ended: {log.read_text()}")
            try:
                if self.get("/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"The site did not start: {log.read_text()}")

    def _environ(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith("LIBRARY_")}
        return {**own, "LIBRARY_DATA": str(self.data), "LIBRARY_LINK_CHECK": "off", **self.environ}


class _StandStill(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def stored_works(data: Path) -> dict[str, int]:
    """Works in the database with the number of their sections (the root is one)."""
    with closing(sqlite3.connect(data / "library.sqlite")) as connection:
        rows = connection.execute(
            "SELECT work.key, count(section.id) FROM work JOIN section ON section.work_id = work.id"
            " GROUP BY work.key"
        )
        return dict(rows.fetchall())
