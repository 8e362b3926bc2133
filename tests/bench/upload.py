"""``upload``: a large file through the server, beside the plainest receiver on the same disk."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import sending, served
from tests.bench.rows import Outcome, Row
from tests.journeys.desk_site import furnish, serving
from tests.judges.site import Site

BYTES = 1_000_000_000
AT_LEAST = 0.7
AT_MOST = 60.0


def run() -> Iterator[Outcome]:
    size = sending.size(BYTES)
    with tempfile.TemporaryDirectory(prefix="mortise-bench-upload-") as name:
        folder = Path(name)
        plain = _plain(folder, size)
        site = Site(folder / "data")
        site.data.mkdir()
        site.environ["LIBRARY_UPLOAD_QUOTA"] = "0"
        cookie = furnish(site)
        with serving(site, "--without-worker") as server:
            who = sending.sender(server, cookie)
            who.send(20_000_000)
            idle = sending.family_memory(server)
            watch = sending.Watch(server)
            watch.start()
            begun = time.monotonic()
            path = who.send(size)
            took = time.monotonic() - begun
            most = watch.end()
        with serving(site) as server:
            who.server = server
            begun = time.monotonic()
            while json.loads(site.get(path, Cookie=cookie).body)["state"] == "checking":
                time.sleep(0.1)
            checked = time.monotonic() - begun
    rate, reference = size / took / 1e6, size / plain / 1e6
    yield Row(
        "upload",
        f"{size / 1e9:g} GB through the server",
        rate,
        "MB/s",
        f">= {AT_LEAST} of it",
        rate >= AT_LEAST * reference,
        reference,
        "plain copy to the same disk",
    )
    yield Row(
        "upload",
        "memory over idle while it comes in",
        most - idle,
        "MB",
        f"<= {AT_MOST:g} MB",
        most - idle <= AT_MOST,
        note=f"idle {idle:.0f} MB",
    )
    yield Row("upload", "from the last byte to ready", checked, "s", note="with a worker's start")


def _plain(folder: Path, size: int) -> float:
    """Seconds that the plainest receiver takes."""
    with served.module("plain_receiver", str(folder)) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        begun = time.monotonic()
        connection.request(
            "PUT",
            "/",
            body=sending._blocks(size, None, None),
            headers={"Content-Length": str(size)},
        )
        connection.getresponse().read()
        took = time.monotonic() - begun
        connection.close()
    (folder / "plain").unlink()
    return took
