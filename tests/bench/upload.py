"""``upload``: a large file through the server, beside the plainest receiver on the same disk."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench import sending, served
from tests.bench.rows import Outcome, Row
from tests.journeys.desk_site import furnish, serving
from tests.judges.site import Site

PAGE = "in the pieces of the desk's page"
PLAIN = "plain"
ROUNDS = 3
BYTES = 1_000_000_000
AT_LEAST = 0.7
AT_MOST = 60.0


def run() -> Iterator[Outcome]:
    size = sending.size(BYTES)
    with tempfile.TemporaryDirectory(prefix="mortise-bench-upload-") as name:
        folder = Path(name)
        site = Site(folder / "data")
        site.data.mkdir()
        site.environ["LIBRARY_UPLOAD_QUOTA"] = "0"
        cookie = furnish(site)
        with (
            serving(site, "--without-worker") as server,
            served.module("plain_receiver", str(folder)) as plain,
        ):
            who = sending.sender(server, cookie)
            who.send(20_000_000)
            idle = sending.family_memory(server)
            watch = sending.Watch(server)
            watch.start()
            ways = {
                PLAIN: partial(_plain, plain, folder),
                "in one piece": who.send,
                PAGE: who.send_in_pieces,
            }
            taken, path = _in_turns(ways, size, who)
            most = watch.end()
        with serving(site) as server:
            who.server = server
            begun = time.monotonic()
            while json.loads(site.get(path, Cookie=cookie).body)["state"] == "checking":
                time.sleep(0.1)
            checked = time.monotonic() - begun
    rates = {way: size / median(seconds) / 1e6 for way, seconds in taken.items()}
    for way in (PAGE, "in one piece"):
        yield Row(
            "upload",
            f"{size / 1e9:g} GB through the server, {way}",
            rates[way],
            "MB/s",
            f">= {AT_LEAST} of it",
            rates[way] >= AT_LEAST * rates[PLAIN],
            rates[PLAIN],
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


def _in_turns(
    ways: Mapping[str, Callable[[int], str]], size: int, who: sending.Sender
) -> tuple[dict[str, list[float]], str]:
    """Way -> seconds of each round, since a disk is not always as fast; and where the last file is."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    path = ""
    for _ in range(ROUNDS):
        for way, send in ways.items():
            if path:
                who.ask("DELETE", path)
            begun = time.monotonic()
            path = send(size)
            taken[way].append(time.monotonic() - begun)
    return taken, path


def _plain(plain: served.Server, folder: Path, size: int) -> str:
    """The plainest receiver takes it in; nothing is left of it."""
    connection = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=600)
    connection.request("PUT", "/", body=sending.blocks(size), headers={"Content-Length": str(size)})
    connection.getresponse().read()
    connection.close()
    (folder / "plain").unlink()
    return ""
