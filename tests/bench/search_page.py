"""``search-page``: a page of search results against a list page, neither from a cache."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_plus

from library.app import create_app, make_services
from tests.bench import workspace
from tests.bench.pages_in_process import visitor
from tests.bench.questions import queries
from tests.bench.rounds import interleaved
from tests.bench.rows import Row

ROUNDS = 15
CALLS = 12
AT_MOST = 1.5


def run() -> Iterator[Row]:
    services = make_services(workspace.settings(workspace.big_library()))
    site = create_app(services=services)
    searches = [f"/en/search?q={quote_plus(text)}" for text in queries(400)]
    segments = ("courses", "textbooks", "lessons", "resources")
    lists = [f"/en/{segment}?page={n}" for n in range(1, 51) for segment in segments]
    seconds = interleaved(
        {"search": visitor(site, searches), "list": visitor(site, lists)},
        rounds=ROUNDS,
        calls=CALLS,
    )
    ratio = seconds["search"] / seconds["list"]
    yield Row(
        "search-page",
        "search results, two words, all facets",
        seconds["search"] * 1000,
        "ms",
        f"<= {AT_MOST} x a list",
        ratio <= AT_MOST,
        seconds["list"] * 1000,
        "list page",
        f"{services.search.check().passages:,} passages",
    )
    services.search.close()
    services.engine.dispose()
