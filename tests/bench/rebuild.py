"""``rebuild``: the whole index made anew beside the one in use, while people search."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from library.app import make_services
from tests.bench import proportional, served, workspace
from tests.bench.readers import Waits, readers, slowing
from tests.bench.rows import Row, tell

PASSAGES = 100_000
MINUTES = 6.0
QUIET = 15.0
# How long is read, and after that looked whether the rebuild has ended, in seconds.
_ROUND = 1.0


def run() -> Iterator[Row]:
    with (
        workspace.copy_of_big_library() as data,
        served.site(data, workers=2, worker=True) as site,
        readers(site.port, data) as those,
        tempfile.TemporaryFile() as words,
    ):
        before = those.read(QUIET)
        tell("building the index anew")
        during = Waits()
        begun, used = time.perf_counter(), _used()
        command = str(Path(sys.executable).parent / "library")
        with (
            subprocess.Popen(
                [command, "index", "--rebuild"],
                stdout=words,
                stderr=words,
                env=workspace.environment(data),
            ) as rebuilding,
            proportional.Watch(rebuilding.pid) as memory,
        ):
            ended = begun
            while rebuilding.poll() is None:
                during.add(those.read(_ROUND))
                ended = time.perf_counter()
        if rebuilding.returncode:
            words.seek(0)
            raise RuntimeError(f"The rebuild failed: {words.read().decode()[-2000:]}")
        used = _used() - used
        passages = _passages(data)
        seconds = (ended - begun) * PASSAGES / passages
        yield Row(
            "rebuild",
            f"{PASSAGES:,} passages on two processors",
            seconds / 60,
            "min",
            f"<= {MINUTES:.0f} min",
            seconds / 60 <= MINUTES,
            note=f"{passages:,} passages took {(ended - begun) / 60:.1f} min while readers searched, "
            f"{used / 60:.1f} min of them a processor's",
        )
        yield Row("rebuild", "memory of the rebuild at its most", memory.most, "MB PSS")
        before.add(those.read(QUIET))
        yield from slowing("rebuild", "meanwhile", before, during)


def _used() -> float:
    """Processor seconds of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _passages(data: Path) -> int:
    services = make_services(workspace.settings(data))
    passages = services.search.check().passages
    services.search.close()
    services.engine.dispose()
    return passages
