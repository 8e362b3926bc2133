"""``empty-machine``: a fresh copy of the sources, ``make run``, the first page with content."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import served, workspace
from tests.bench.rows import Absent, Outcome, Row
from tests.judges.site import free_port

AT_MOST = 60.0
PAGE = "/en/courses"


def run() -> Iterator[Outcome]:
    for tool in ("git", "make", "python3"):
        if shutil.which(tool) is None:
            yield Absent("empty-machine", f"the command {tool}")
            return
    with tempfile.TemporaryDirectory(prefix="mortise-bench-empty-") as name:
        folder = Path(name) / "mortise"
        _copy(folder)
        port = free_port()
        env = {
            variable: value
            for variable, value in os.environ.items()
            if not variable.startswith(("LIBRARY_", "VIRTUAL_ENV", "PYTHON"))
        }
        # Everything is fetched again: an empty machine has no packages kept from another time.
        env["PIP_NO_CACHE_DIR"] = "1"
        begun = time.perf_counter()
        with served.running(
            ["make", "run", f"PORT={port}"],
            port=port,
            page=PAGE,
            env=env,
            patience=10 * AT_MOST,
            folder=folder,
        ):
            seconds = time.perf_counter() - begun
            _, body = served.fetch(port, PAGE)
        if b"/en/courses/" not in body:
            raise RuntimeError("The first page shows no course.")
    yield Row(
        "empty-machine",
        "make run to the first list with content",
        seconds,
        "s",
        f"<= {AT_MOST:.0f} s",
        seconds <= AT_MOST,
        note="with the download of all packages, none kept from before",
    )


def _copy(folder: Path) -> None:
    """The files that are, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        check=True,
        capture_output=True,
        cwd=workspace.ROOT,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source = workspace.ROOT / name
        if source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
