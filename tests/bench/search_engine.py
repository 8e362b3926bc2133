"""``search-engine``: two-word queries with facets, in process, over the passages of 10,000 works."""

from __future__ import annotations

import time
from collections.abc import Iterator

from library.app import make_services
from library.search.port import Query
from tests.bench import workspace
from tests.bench.questions import queries
from tests.bench.rounds import percentile
from tests.bench.rows import Row

COUNT = 300


def run() -> Iterator[Row]:
    services = make_services(workspace.settings(workspace.big_library()))
    engine = services.search
    passages = engine.check().passages
    asked = queries(COUNT + 20)
    for text in asked[COUNT:]:
        engine.search(Query(text))
    taken = []
    found = 0
    for text in asked[:COUNT]:
        start = time.perf_counter()
        results = engine.search(Query(text))
        taken.append((time.perf_counter() - start) * 1000)
        found += results.total
    for percent in (50, 95):
        yield Row(
            "search-engine",
            f"two-word query with facets, p{percent}",
            percentile(taken, percent),
            "ms",
            note=f"{passages:,} passages, {found // COUNT:,} works found on average"
            if percent == 50
            else "",
        )
    services.search.close()
    services.engine.dispose()
