"""``cached-page``: a kept list page against a bare WSGI application that returns the same bytes."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import served, workspace
from tests.bench.rows import Absent, Outcome, Row

PAGE = "/en/courses"
ROUNDS = 9
SECONDS = 2
CONNECTIONS = 8
AT_LEAST = 0.7
# Written by the server itself, not by the application.
_SERVERS_OWN = frozenset(("server", "date", "connection", "keep-alive"))


def run() -> Iterator[Outcome]:
    wrk = shutil.which("wrk")
    if wrk is None:
        yield Absent("cached-page", "the load tool wrk (Debian package wrk)")
        return
    data = workspace.big_library()
    with tempfile.TemporaryDirectory(prefix="mortise-bench-cached-") as name:
        for what, encoding in (("as browsers ask for it, packed", "gzip"), ("unpacked", "")):
            with served.site(data, workers=1) as site:
                file = Path(name) / f"answer-{encoding}.json"
                size = _note_answer(site.port, file, encoding)
                with served.module("bare_server", str(file)) as bare:
                    rates: dict[int, list[float]] = {site.port: [], bare.port: []}
                    for turn in range(ROUNDS):
                        for port in sorted(rates, reverse=bool(turn % 2)):
                            rates[port].append(_load(wrk, port, encoding))
            ours, theirs = (statistics.median(rates[port]) for port in (site.port, bare.port))
            yield Row(
                "cached-page",
                f"list of 20, {what}",
                ours,
                "requests/s",
                f">= {AT_LEAST} of bare",
                ours / theirs >= AT_LEAST,
                theirs,
                "bare WSGI, same bytes",
                f"{size:,} bytes; one worker, {CONNECTIONS} connections kept open",
            )


def _note_answer(port: int, file: Path, encoding: str) -> int:
    """Write down what the site answers, once it comes from the cache; returns the body's size."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(2):
        connection.request("GET", PAGE, headers={"Accept-Encoding": encoding} if encoding else {})
        answer = connection.getresponse()
        body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{PAGE} answers {answer.status}")
    headers = [(n, value) for n, value in answer.getheaders() if n.lower() not in _SERVERS_OWN]
    file.write_text(
        json.dumps({"headers": headers, "body": body.decode("latin-1")}), encoding="utf-8"
    )
    return len(body)


def _load(wrk: str, port: int, encoding: str) -> float:
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    if encoding:
        command += ["-H", f"Accept-Encoding: {encoding}"]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{PAGE}"], check=True, capture_output=True, text=True
    )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk met errors: {done.stdout}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"wrk said nothing: {done.stdout}")
    return float(found[1])
