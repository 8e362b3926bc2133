"""``postgresql-engine``: the engine in PostgreSQL beside the one in files, both asked through their port.

The server is one of its own on this machine. Times are those on the clock: most of the work is done in
another process.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from library.app import make_services
from library.catalogue import passages
from library.db import session_scope
from library.http.services import Services
from library.search.port import Query, SearchEngine
from library.search.postgresql_engine import PostgresqlEngine
from library.search.whoosh_engine import WhooshEngine
from tests.bench import workspace, xquad
from tests.bench.questions import fresh, mixed
from tests.bench.ranking import DEPTH, Quality, judge, mean
from tests.bench.relevance import port, table
from tests.bench.rounds import percentile
from tests.bench.rows import Absent, Outcome, Row, tell
from tests.judges import postgresql

NAME = "postgresql-engine"
FILES, TABLES = "in files", "in PostgreSQL"
AGREES = 0.01
MOST = 60.0
EACH = 60
ROUNDS = 3
FRESH = 300
CHANGES = 40
LIMIT = 10

Asked = tuple[str, str]


def run() -> Iterator[Outcome]:
    try:
        with postgresql.cluster() as url:
            yield from _relevance(url)
            services = make_services(workspace.settings(workspace.big_library()))
            engine = PostgresqlEngine(url)
            yield from _rebuilt(engine, services)
            yield from _asked(engine, services.search)
            yield from _never_seen(PostgresqlEngine(url))
            yield from _changed(engine, PostgresqlEngine(url), services)
            services.search.close()
            services.engine.dispose()
            engine.close()
    except (pytest.skip.Exception, pytest.fail.Exception) as absent:
        yield Absent(NAME, str(absent))


def _relevance(url: str) -> Iterator[Outcome]:
    judged: dict[str, dict[str, Quality]] = {}
    for one in xquad.collections():
        tell(f"relevance in {one.lang}, in files and in PostgreSQL")
        with tempfile.TemporaryDirectory(prefix="mortise-bench-relevance-") as folder:
            engines = {FILES: WhooshEngine(Path(folder)), TABLES: PostgresqlEngine(url)}
            judged[one.lang] = {}
            for name, engine in engines.items():
                engine.rebuild(one.passages())
                judged[one.lang][name] = judge(port(engine, one.lang), one.questions)
                engine.close()
    if not judged:
        yield Absent(NAME, xquad.ABSENT)
        return
    apart = {lang: abs(found[TABLES].mrr - found[FILES].mrr) for lang, found in judged.items()}
    worst = max(apart, key=lambda lang: apart[lang])
    yield Row(
        NAME,
        f"mean MRR@{DEPTH} of {len(judged)} languages",
        mean(found[TABLES].mrr for found in judged.values()),
        "",
        reference=mean(found[FILES].mrr for found in judged.values()),
        reference_name=FILES,
    )
    yield Row(
        NAME,
        f"largest difference in a language ({worst})",
        apart[worst],
        "",
        f"<= {AGREES}",
        apart[worst] <= AGREES,
    )
    yield table(NAME, f"MRR@{DEPTH}", judged, lambda found: found.mrr)


def _rebuilt(engine: PostgresqlEngine, services: Services) -> Iterator[Row]:
    began, worked = time.perf_counter(), time.process_time()
    with session_scope(services.factory) as session:
        count = engine.rebuild(
            passages.everything(session),
            progress=lambda done: done % 20_000 or tell(f"indexed {done:,} passages"),
        )
    yield Row(
        NAME,
        f"rebuild of {count:,} passages",
        time.perf_counter() - began,
        "s",
        note=f"of these {time.process_time() - worked:.0f} s of processor time in the indexer",
    )


def _asked(engine: PostgresqlEngine, files: SearchEngine) -> Iterator[Row]:
    queries = mixed(EACH)
    ways: dict[str, SearchEngine] = {TABLES: engine, FILES: files}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for text, lang in queries:
            for name, way in ways.items():
                spent = _milliseconds(
                    lambda way=way, text=text, lang=lang: way.search(  # type: ignore[misc]
                        Query(text, lang=lang, limit=LIMIT)
                    )
                )
                if number:
                    taken[name].append(spent)
    for percent in (50, 95):
        measured = percentile(taken[TABLES], percent)
        yield Row(
            NAME,
            f"two words with facets, warm, p{percent}",
            measured,
            "ms",
            f"<= {MOST:.0f} ms" if percent == 95 else "",
            measured <= MOST if percent == 95 else None,
            percentile(taken[FILES], percent),
            FILES,
            f"{len(queries)} queries of five sorts, {ROUNDS} rounds" if percent == 50 else "",
        )


def _never_seen(engine: PostgresqlEngine) -> Iterator[Row]:
    engine.search(Query("the"))
    taken = [_milliseconds(lambda text=text: engine.search(Query(text))) for text in fresh(FRESH)]  # type: ignore[misc]
    engine.close()
    yield Row(NAME, "two words never asked for, p95", percentile(taken, 95), "ms")


def _changed(
    engine: PostgresqlEngine, reader: PostgresqlEngine, services: Services
) -> Iterator[Row]:
    """Works applied again, one by one, and the first search of another process's engine after each."""
    with session_scope(services.factory) as session:
        works: dict[str, list[passages.Passage]] = {}
        for one in passages.everything(session):
            if len(works) > CHANGES and one.work not in works:
                break
            works.setdefault(one.work, []).append(one)
    reader.search(Query("the"))
    applied: list[float] = []
    seen: list[float] = []
    for work, some in list(works.items())[:CHANGES]:
        applied.append(_milliseconds(lambda w=work, p=some: engine.apply(works=[w], passages=p)))  # type: ignore[misc]
        seen.append(_milliseconds(lambda: reader.search(Query("the"))))
    reader.close()
    size = _mean_length(list(works.values()))
    for what, taken in (
        (f"change of a work of {size:.0f} passages, p95", applied),
        ("first search after a change, p95", seen),
    ):
        yield Row(NAME, what, percentile(taken, 95), "ms")


def _mean_length(some: Sequence[Sequence[object]]) -> float:
    return sum(map(len, some)) / len(some)


def _milliseconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000
