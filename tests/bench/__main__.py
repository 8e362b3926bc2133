"""Run all benchmarks, or those named: ``python -m tests.bench [name ...] [--json FILE] [--table FILE]``.

The name ``search`` stands for all benchmarks of the search, and ``--into docs/search.md`` puts what they
find into that page.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

from tests.bench.rows import (
    Absent,
    Outcome,
    Row,
    has_place,
    print_head,
    print_outcome,
    tell,
    write_into,
    write_json,
    write_table,
)

# Name -> module, in the order in which they run: those that start processes come last.
BENCHMARKS = {
    "uncached-page": "uncached_page",
    "search-page": "search_page",
    "desk-page": "desk_page",
    "relevance": "relevance",
    "pooled": "pooled",
    "cross-language": "cross_language",
    "search-engine": "search_engine",
    "cached-page": "cached_page",
    "memory": "memory",
    "index-memory": "index_memory",
    "visible": "visible",
    "rebuild": "rebuild",
    "queries": "hostile_queries",
    "postgresql-engine": "postgresql_engine",
    "cold-start": "cold_start",
    "import": "importing",
    "upload": "upload",
    "upload-readers": "upload_readers",
    "upload-s3": "upload_s3",
    "first-visit": "first_visit",
    "slow-3g": "slow_3g",
    "axe": "axe_check",
    "lighthouse": "lighthouse",
    "empty-machine": "empty_machine",
}

# What several benchmarks together are called.
GROUPS = {
    "search": (
        "relevance",
        "pooled",
        "cross-language",
        "search-engine",
        "search-page",
        "index-memory",
        "visible",
        "rebuild",
        "queries",
        "postgresql-engine",
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*GROUPS, *BENCHMARKS]))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="also write them as Markdown")
    parser.add_argument("--into", type=Path, metavar="FILE", help="also put them into this page")
    asked = parser.parse_args()
    names = [name for given in asked.names for name in GROUPS.get(given, (given,))]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if asked.into:
        homeless = [name for name in names or BENCHMARKS if not has_place(asked.into, name)]
        if homeless:
            parser.error(f"{asked.into} has no place for the figures of {', '.join(homeless)}")
    outcomes: list[Outcome] = []
    failed: list[str] = []
    print_head()
    for name in names or BENCHMARKS:
        tell(name)
        module = importlib.import_module(f"tests.bench.{BENCHMARKS[name]}")
        run: Callable[[], Iterable[Outcome]] = module.run
        try:
            for outcome in run():
                outcomes.append(outcome)
                print_outcome(outcome)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            # What the others measured, perhaps for an hour, is not lost with this one.
            failed.append(name)
            print(f"{name} failed: {error}", file=sys.stderr, flush=True)
    if asked.json:
        write_json(asked.json, outcomes)
    if asked.table:
        write_table(asked.table, outcomes)
    if asked.into:
        write_into(asked.into, outcomes, about=_about())
    missed = [one for one in outcomes if isinstance(one, Row) and one.holds is False]
    absent = [one for one in outcomes if isinstance(one, Absent)]
    figures = sum(isinstance(one, Row) for one in outcomes)
    print(f"\n{figures} figures, {len(missed)} missed, {len(absent)} not run.")
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if missed or failed else 0


def _about() -> str:
    """When and with what was measured, in one sentence."""
    versions = [f"CPython {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    for package in ("whoosh3", "tantivy"):
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return f"Measured on {today} with {os.cpu_count()} processors, {', '.join(versions)}."


if __name__ == "__main__":
    sys.exit(main())
