"""Run all benchmarks, or those named: ``python -m tests.bench [name ...] [--json FILE] [--table FILE]``."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench.rows import (
    Absent,
    Outcome,
    Row,
    print_head,
    print_outcome,
    tell,
    write_json,
    write_table,
)

# Name -> module, in the order in which they run: those that start processes come last.
BENCHMARKS = {
    "uncached-page": "uncached_page",
    "search-page": "search_page",
    "search-engine": "search_engine",
    "cached-page": "cached_page",
    "memory": "memory",
    "cold-start": "cold_start",
    "import": "importing",
    "first-visit": "first_visit",
    "slow-3g": "slow_3g",
    "axe": "axe_check",
    "lighthouse": "lighthouse",
    "empty-machine": "empty_machine",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="also write them as Markdown")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    outcomes: list[Outcome] = []
    failed: list[str] = []
    print_head()
    for name in asked.names or BENCHMARKS:
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
    missed = [one for one in outcomes if isinstance(one, Row) and one.holds is False]
    absent = [one for one in outcomes if isinstance(one, Absent)]
    print(f"\n{len(outcomes) - len(absent)} figures, {len(missed)} missed, {len(absent)} not run.")
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
