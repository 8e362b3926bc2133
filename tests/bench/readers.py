"""Readers who search at an even pace, over HTTP and in a process of their own, while something else goes on.

``python -m tests.bench.readers DATA`` is the process: it reads a number of seconds from a line, asks its
engine for so long, and answers with a line of JSON: the milliseconds that each search took, and of these
the processor's.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import quote_plus

from library.app import make_services
from library.search.port import Query
from tests.bench import workspace
from tests.bench.questions import queries
from tests.bench.rounds import percentile
from tests.bench.rows import Row

# Searches a second: enough to measure, too few to keep two processors from what else they have to do.
OVER_HTTP = 8.0
IN_PROCESS = 12.0
MOST_SLOWER = 1.3
_DIFFERENT = 2_000


@dataclass(slots=True)
class Waits:
    """Milliseconds that readers waited, over HTTP and in process; ``used`` is the processor's time of the
    latter, without waiting for a processor."""

    http: list[float] = field(default_factory=list)
    process: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)

    def add(self, more: Waits) -> None:
        self.http += more.http
        self.process += more.process
        self.used += more.used


class Readers:
    """Both sorts of readers, reading at the same time."""

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._process = process
        self._addresses = cycle(f"/en/search?q={quote_plus(text)}" for text in queries(_DIFFERENT))

    def read(self, seconds: float) -> Waits:
        """Read for so long. Raises ``RuntimeError`` where a page does not answer 200."""
        commands, answers = self._process.stdin, self._process.stdout
        if commands is None or answers is None:
            raise RuntimeError("The reading process has no pipes.")
        # The server lets go of a connection that was quiet for some seconds; the next request opens one.
        self._connection.close()
        commands.write(f"{seconds}\n")
        commands.flush()
        over_http = at_pace(self._ask, rate=OVER_HTTP, seconds=seconds)
        line = answers.readline()
        if not line:
            raise RuntimeError("The reading process has ended.")
        return Waits(over_http, *json.loads(line))

    def _ask(self) -> None:
        address = next(self._addresses)
        self._connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address} answers {answer.status}")


@contextlib.contextmanager
def readers(port: int, data: Path) -> Iterator[Readers]:
    """Readers of a served site and of the same index in process, with their caches filled."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.readers", str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=workspace.ROOT,
        env=workspace.environment(data),
    )
    try:
        found = Readers(port, process)
        found.read(5.0)
        yield found
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def at_pace(ask: Callable[[], object], *, rate: float, seconds: float) -> list[float]:
    """Milliseconds that each call took, at ``rate`` calls a second, or as fast as they come."""
    taken: list[float] = []
    begun = time.perf_counter()
    due = begun
    while due < begun + seconds:
        time.sleep(max(0.0, due - time.perf_counter()))
        start = time.perf_counter()
        ask()
        end = time.perf_counter()
        taken.append((end - start) * 1000)
        due = max(due + 1 / rate, end)
    return taken


def slowing(benchmark: str, when: str, before: Waits, during: Waits) -> Iterator[Row]:
    """How much longer readers wait while something goes on."""
    for how, quiet, busy in (
        ("a search page over HTTP", before.http, during.http),
        ("a search in process", before.process, during.process),
    ):
        for percent in (50, 95):
            measured, reference = percentile(busy, percent), percentile(quiet, percent)
            yield Row(
                benchmark,
                f"{how} {when}, p{percent}",
                measured,
                "ms",
                f"<= {MOST_SLOWER} x before",
                measured <= MOST_SLOWER * reference,
                reference,
                "before and after",
                f"{len(busy)} searches and {len(quiet)}" if percent == 50 else "",
            )
    for percent in (50, 95):
        yield Row(
            benchmark,
            f"processor time of a search in process {when}, p{percent}",
            percentile(during.used, percent),
            "ms",
            reference=percentile(before.used, percent),
            reference_name="before and after",
        )


def main() -> None:
    engine = make_services(workspace.settings(Path(sys.argv[1]))).search
    texts = cycle(queries(_DIFFERENT))
    used: list[float] = []

    def ask() -> None:
        start = time.process_time()
        engine.search(Query(next(texts)))
        used.append((time.process_time() - start) * 1000)

    for line in sys.stdin:
        used.clear()
        taken = at_pace(ask, rate=IN_PROCESS, seconds=float(line))
        print(json.dumps([taken, used]), flush=True)


if __name__ == "__main__":
    main()
