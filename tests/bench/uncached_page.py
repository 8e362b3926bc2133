"""``uncached-page``: pages that no cache has yet, against the plainest site that shows the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select

from library.app import create_app, make_services
from library.catalogue import public_paths
from library.catalogue.models import Work
from library.db import session_scope
from tests.bench import workspace
from tests.bench.pages_in_process import get, visitor
from tests.bench.plain_site import make_plain_site
from tests.bench.rounds import interleaved
from tests.bench.rows import Row

ROUNDS = 15
CALLS = 12
AT_LEAST = 0.6
_SEGMENTS = ("courses", "textbooks", "lessons", "resources")


def run() -> Iterator[Row]:
    data = workspace.big_library()
    services = make_services(workspace.settings(data))
    site = create_app(services=services)
    url = services.settings.database_url
    plain = make_plain_site(url)
    kept = make_plain_site(url, kept_counts=True)
    with session_scope(services.factory) as session:
        works = session.execute(select(Work.kind, Work.key).order_by(Work.id).limit(1500)).all()
    details = [public_paths.page(kind, key, lang="en") for kind, key in works]
    lists = [f"/en/{segment}?page={n}" for n in range(1, 51) for segment in _SEGMENTS]
    lessons = [f"{page}/part-{1 + n % 4}?with=zh-Hans" for n, page in enumerate(reversed(details))]
    cases = (
        ("list of 20 with facets", lists, {"counts each time": plain, "counts kept": kept}),
        ("work detail", details, {"": plain}),
        ("lesson in two languages", lessons, {"": plain}),
    )
    for what, addresses, references in cases:
        ours = len(get(site, addresses[-1]))
        theirs = len(get(plain, addresses[-1]))
        names = ["ours", *references]
        # The same addresses for each, in the same order; more of them than are asked for.
        seconds = interleaved(
            dict(
                zip(
                    names,
                    (visitor(app, addresses) for app in chain((site,), references.values())),
                    strict=True,
                )
            ),
            rounds=ROUNDS,
            calls=CALLS,
        )
        for name in references:
            speed, reference = 1 / seconds["ours"], 1 / seconds[name]
            yield Row(
                "uncached-page",
                what,
                speed,
                "pages/s",
                f">= {AT_LEAST} of plain",
                speed / reference >= AT_LEAST,
                reference,
                f"plain site{', ' + name if name else ''}",
                f"{ours / 1000:.0f} kB against {theirs / 1000:.0f} kB of HTML",
            )
    services.search.close()
    services.engine.dispose()
