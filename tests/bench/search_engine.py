"""``search-engine``: two-word queries with facets, in process, over the passages of 10,000 works.

Processor time, because other processes disturb it least; all engines are asked in turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import whoosh.index
import whoosh.query

from library.app import make_services
from library.db import session_scope
from library.search.port import Query, SearchEngine
from library.search.question import understand
from tests.bench import workspace
from tests.bench.big_engines import FIELDS, LIMIT, BigEngine, Found, open_engines
from tests.bench.questions import fresh, mixed
from tests.bench.rounds import percentile
from tests.bench.rows import Absent, Outcome, Row
from tests.bench.synthetic import BASE_LANGUAGES, THIRD_LANGUAGES

EACH = 60
ROUNDS = 3
FRESH = 300
AT_MOST = 3.0
MOST_FRESH = 20.0
# Stock Whoosh takes hundreds of times as long: it gets fewer queries.
_STOCK_EACH = 4

# Releases of Whoosh differ in how much of it they give types to.
_index: Any = whoosh.index
_query: Any = whoosh.query
_HELD = (*BASE_LANGUAGES, *THIRD_LANGUAGES)

Asked = tuple[str, str]


def run() -> Iterator[Outcome]:
    data = workspace.big_library()
    services = make_services(workspace.settings(data))
    engine = services.search
    count = engine.check().passages
    with session_scope(services.factory) as session:
        others = open_engines(workspace.folder(), session, count=count)
    yield from _warm(engine, others, count)
    yield from _stock(engine, data / "index")
    engine.close()
    yield from _never_seen(make_services(workspace.settings(data)).search)
    for other in others:
        other.close()
    services.engine.dispose()


def _warm(engine: SearchEngine, others: Sequence[BigEngine], count: int) -> Iterator[Outcome]:
    queries = mixed(EACH)
    forms = {one: _forms(one) for one in queries}
    single = {one: _forms(one, first=True) for one in queries}
    works: list[int] = []

    def ours(asked: Asked) -> None:
        works.append(engine.search(Query(asked[0], lang=asked[1], limit=LIMIT)).total)

    ways: dict[str, Callable[[Asked], object]] = {"Mortise": ours}
    for other in others:
        ways[other.name] = partial(_ask, other, forms)
        ways[f"{other.name}, one form"] = partial(_ask, other, single)
    taken = _in_turns(ways, queries)
    note = (
        f"{count:,} passages, {len(queries)} queries of five sorts, {statistics.mean(works):,.0f} works "
        "found on average; the other engine looks for the same forms of the words"
    )
    if "tantivy" not in taken:
        yield Absent("search-engine", "tantivy (the extra `bench`)")
    for other in others:
        for percent in (50, 95):
            measured = percentile(taken["Mortise"], percent)
            reference = percentile(taken[other.name], percent)
            bound = other.name == "tantivy"
            yield Row(
                "search-engine",
                f"two words with facets, warm, p{percent}",
                measured,
                "ms",
                f"<= {AT_MOST:.0f} x tantivy" if bound else "",
                measured <= AT_MOST * reference if bound else None,
                reference,
                other.name,
                note,
            )
            note = ""
        for percent in (50, 95):
            yield Row(
                "search-engine",
                f"the same, p{percent}",
                percentile(taken["Mortise"], percent),
                "ms",
                reference=percentile(taken[f"{other.name}, one form"], percent),
                reference_name=f"{other.name}, one form of each word",
            )


def _ask(other: BigEngine, words: Mapping[Asked, Sequence[str]], asked: Asked) -> Found:
    return other.ask(words[asked])


def _forms(asked: Asked, *, first: bool = False) -> list[str]:
    """All forms that the library looks for, in all languages that a word may be in, or of each word only
    the ``first``, which is that of the query's own language."""
    words = understand(asked[0], lang=asked[1], held=_HELD).words
    forms = (word.forms[:1] if first else word.forms for word in words)
    return list(dict.fromkeys(form for some in forms for form in some))


def _in_turns(
    ways: dict[str, Callable[[Asked], object]], queries: Sequence[Asked], *, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Way -> milliseconds of each query: the median of some rounds, after one that does not count."""
    for ask in ways.values():
        for one in queries:
            ask(one)
    taken: dict[str, dict[Asked, list[float]]] = {
        name: {one: [] for one in queries} for name in ways
    }
    for _ in range(rounds):
        for one in queries:
            for name, ask in ways.items():
                start = time.process_time()
                ask(one)
                taken[name][one].append((time.process_time() - start) * 1000)
    return {name: [statistics.median(t) for t in each.values()] for name, each in taken.items()}


def _stock(engine: SearchEngine, index: Path) -> Iterator[Row]:
    """Whoosh's own searcher on the library's own files, which counts no facets."""
    queries = mixed(_STOCK_EACH)
    generation = (index / "current").read_text(encoding="utf-8").strip()
    with _index.open_dir(str(index / generation)).searcher() as searcher:

        def stock(asked: Asked) -> None:
            terms = [
                _query.Term(name, form, boost=weight)
                for name, weight in FIELDS.items()
                for form in _forms(asked)
            ]
            searcher.search(_query.Or(terms), limit=LIMIT)

        def ours(asked: Asked) -> None:
            engine.search(Query(asked[0], lang=asked[1], limit=LIMIT))

        taken = _in_turns({"Mortise": ours, "Whoosh": stock}, queries, rounds=1)
    for percent in (50, 95):
        yield Row(
            "search-engine",
            f"{len(queries)} such queries, p{percent}",
            percentile(taken["Mortise"], percent),
            "ms",
            reference=percentile(taken["Whoosh"], percent),
            reference_name="Whoosh's own searcher, no facets",
        )


def _never_seen(engine: SearchEngine) -> Iterator[Row]:
    """Words that this engine has not looked up before, its files in the system's memory."""
    for text, lang in mixed(EACH):
        if lang != "en":
            engine.search(Query(text, lang=lang))
    taken = []
    for text in fresh(FRESH):
        start = time.process_time()
        engine.search(Query(text, limit=LIMIT))
        taken.append((time.process_time() - start) * 1000)
    engine.close()
    yield Row("search-engine", "two words never asked for, p50", percentile(taken, 50), "ms")
    slow = percentile(taken, 95)
    yield Row(
        "search-engine",
        "two words never asked for, p95",
        slow,
        "ms",
        f"<= {MOST_FRESH:.0f} ms",
        slow <= MOST_FRESH,
        note=f"{FRESH} queries; the slowest {max(taken):.1f} ms",
    )
