"""A newcomer: a fresh clone, one command, a page with content; Ctrl-C, and nothing stays behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.judges.site import ROOT

# Generous: the budget of a minute is measured by `make bench`; here it only has to come.
PATIENCE = 600.0


def _clone(to: Path) -> None:
    """The files that git knows or would take, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def _reaches_an_index(folder: Path) -> bool:
    options = ("--quiet", "--no-deps", "--retries", "0", "--timeout", "10", "--dest", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, "hatchling"], capture_output=True
    )
    return done.returncode == 0


def _page(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError):
        return ""


@pytest.mark.slow
def test_a_fresh_clone_serves_its_library_after_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None or shutil.which("make") is None:
        pytest.skip("A fresh clone needs git and make: apt-get install git make")
    if not _reaches_an_index(tmp_path / "wheels"):
        pytest.skip("No package index is reachable, so nothing can be installed.")
    clone = tmp_path / "clone"
    _clone(clone)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LIBRARY_", "MAKE", "VIRTUAL_ENV", "PYTHON"))
    }
    log = tmp_path / "run.log"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}", f"PYTHON={sys.executable}"],
            cwd=clone,
            env=environ,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        page = ""
        while "/en/courses/" not in page:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < PATIENCE, log.read_text()
            time.sleep(0.1)
            page = _page(f"http://127.0.0.1:{port}/en/courses")
        with capsys.disabled():
            print(f" [a first page with content after {time.monotonic() - began:.1f} s]", end="")
        assert "<h1" in _page(f"http://127.0.0.1:{port}/ar/courses/electrical-equipment?with=en")
        assert (clone / "data" / "library.sqlite").exists()
        assert f"Serving on http://127.0.0.1:{port}" in log.read_text()
    finally:
        # As Ctrl-C on a terminal does: to make and to everything that it started.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
    assert "Traceback" not in log.read_text()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0, "The port is still taken."
