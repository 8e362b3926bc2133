"""Servers for measuring: started on a free port, awaited, ended with everything that they started."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import workspace
from tests.judges.site import free_port

# How long a server may take to answer at all, in seconds.
PATIENCE = 60.0
# Between two tries to reach a server that is starting; nothing tells us when it listens.
_TRY = 0.01


@dataclass(frozen=True, slots=True)
class Server:
    """``started`` is how many seconds it took from the start of the process to the first 200."""

    port: int
    pid: int
    started: float

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def site(
    data: Path, *, workers: int = 1, worker: bool = False, page: str = "/en/"
) -> Iterator[Server]:
    """``library serve`` on a data folder."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "library"), "serve", "--port", str(port)]
    command += ["--workers", str(workers), "--with-worker" if worker else "--without-worker"]
    with running(command, port=port, page=page, env=workspace.environment(data)) as server:
        yield server


@contextlib.contextmanager
def module(name: str, *arguments: str, page: str = "/") -> Iterator[Server]:
    """One of our own reference servers: ``python -m tests.bench.NAME PORT ARGUMENT...``."""
    port = free_port()
    command = [sys.executable, "-m", f"tests.bench.{name}", str(port), *arguments]
    with running(command, port=port, page=page, env=dict(os.environ)) as server:
        yield server


@contextlib.contextmanager
def running(
    command: list[str],
    *,
    port: int,
    page: str,
    env: dict[str, str],
    patience: float = PATIENCE,
    folder: Path = workspace.ROOT,
) -> Iterator[Server]:
    """Any command that serves HTTP; raises ``RuntimeError`` with its words when it does not."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=words,
            start_new_session=True,
        )
        try:
            while (status := _status(port, page)) != 200:
                if process.poll() is not None or time.perf_counter() - begun > patience:
                    words.seek(0)
                    told = words.read().decode(errors="replace")[-2000:]
                    raise RuntimeError(f"{command} answers {status}: {told}")
                time.sleep(_TRY)
            yield Server(port, process.pid, time.perf_counter() - begun)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything in its own process group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def fetch(port: int, address: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body as sent, without following redirects or unpacking."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", address, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _status(port: int, page: str) -> int:
    try:
        return fetch(port, page)[0]
    except (OSError, http.client.HTTPException):
        return 0


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found
