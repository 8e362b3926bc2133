"""One import in a process of its own, for measuring: ``python -m tests.bench.import_run PATH DATA EACH``.

Prints JSON: sections, seconds, processor seconds, and ``memory``, a list of (works done, resident kB, of
that not backed by a file).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from library.app import make_services
from library.content.importing import import_paths
from library.content.report import Progress
from library.db import migrate
from tests.bench.workspace import settings


def resident() -> tuple[int, int]:
    """Resident memory of this process in kB: all, and what is not backed by a file."""
    facts = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if line
    )
    return (int(facts["VmRSS"].split()[0]), int(facts["RssAnon"].split()[0]))


def main() -> None:
    source, data, each = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    services = make_services(settings(data))
    migrate.upgrade(services.engine)
    memory: list[tuple[int, int, int]] = []

    def note(progress: Progress) -> None:
        if progress.done % each == 0:
            memory.append((progress.done, *resident()))

    start, used = time.perf_counter(), time.process_time()
    report = import_paths(services.factory, services.store, [source], by="bench", progress=note)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    if report.refused:
        sys.exit(f"{report.refused} folders were refused: {report.faults[:3]}")
    json.dump(
        {
            "sections": report.sections,
            "texts": report.texts,
            "seconds": seconds,
            "processor": used,
            "memory": memory,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
