"""``upload-readers``: what readers wait for while ten files come in at once."""

from __future__ import annotations

import http.client
import tempfile
import threading
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from tests.bench import sending
from tests.bench.readers import at_pace
from tests.bench.rounds import percentile
from tests.bench.rows import Outcome, Row
from tests.journeys.desk_site import furnish, serving
from tests.judges.site import ROOT, Site

UPLOADS = 10
# Bytes a second of each: sixteen megabits, more than most of those have who send large files.
RATE = 2_000_000.0
SECONDS = 10.0
PACE = 25.0
MOST_SLOWER = 1.5
# Searches are answered anew each time, so that a page kept in memory hides nothing.
_PAGES = ("/en/", "/en/courses", "/zh-Hans/terms", "/en/search?q=motor+{n}", "/fr/search?q=eau+{n}")


def run() -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory(prefix="mortise-bench-upload-") as name:
        site = Site(Path(name) / "data")
        site.data.mkdir()
        site.environ["LIBRARY_UPLOAD_QUOTA"] = "0"
        cookie = furnish(site)
        site.run("import", ROOT / "content")
        with serving(site, "--without-worker") as server:
            _read(server.port, 5)
            quiet = _read(server.port, SECONDS)
            stop = threading.Event()
            senders = [sending.sender(server, cookie) for _ in range(UPLOADS)]
            lines = [
                threading.Thread(target=_send, args=(one, stop), daemon=True) for one in senders
            ]
            for line in lines:
                line.start()
            busy = _read(server.port, SECONDS)
            stop.set()
            for line in lines:
                line.join(30)
            quiet += _read(server.port, SECONDS)
    before, during = percentile(quiet, 95), percentile(busy, 95)
    yield Row(
        "upload-readers",
        f"readers' p95, {UPLOADS} uploads of {RATE / 1e6:g} MB/s",
        during,
        "ms",
        f"< {MOST_SLOWER} of it",
        during < MOST_SLOWER * before,
        before,
        "without uploads",
        note=f"medians {percentile(quiet, 50):.1f} and {percentile(busy, 50):.1f} ms",
    )


def _send(one: sending.Sender, stop: threading.Event) -> None:
    try:
        one.send(1_000_000_000, rate=RATE, stop=stop)
    except (OSError, RuntimeError, http.client.HTTPException):
        return  # the end of the measuring cuts its line


def _read(port: int, seconds: float) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    pages = cycle(enumerate(_PAGES))
    asked = 0

    def ask() -> None:
        nonlocal asked
        asked += 1
        _, page = next(pages)
        connection.request("GET", page.format(n=asked), headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{page} answers {answer.status}")

    try:
        return at_pace(ask, rate=PACE, seconds=seconds)
    finally:
        connection.close()
