"""``cold-start``: from the start of ``library serve`` to the first page, at 10,000 works."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from tests.bench import served, workspace
from tests.bench.rows import Row

ROUNDS = 5
AT_MOST = 3.0


def run() -> Iterator[Row]:
    data = workspace.big_library()
    url = workspace.settings(data).database_url
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(ROUNDS):
        with served.site(data, workers=2, worker=True) as site:
            ours.append(site.started)
        with served.module("plain_server", url, page="/en/courses") as other:
            plain.append(other.started)
    seconds = statistics.median(ours)
    yield Row(
        "cold-start",
        "library serve to the first 200 of /en/",
        seconds,
        "s",
        f"<= {AT_MOST:.0f} s",
        seconds <= AT_MOST,
        statistics.median(plain),
        "plain site, its list page",
        f"median of {ROUNDS}, slowest {max(ours):.2f} s; files in the system's memory",
    )
