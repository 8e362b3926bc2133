"""``index-memory``: what the index takes in a process that searches it.

``python -m tests.bench.index_memory DATA`` is that process: nothing else on the machine reads the same
files meanwhile, so that every page of them counts in full. Prints JSON: MB before and after.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from library.app import make_services
from library.search.port import Query
from library.search.question import understand
from tests.bench import proportional, workspace
from tests.bench.questions import fresh, mixed
from tests.bench.rows import Row

AT_MOST = 150.0
PASSAGES = 100_000
_EACH = 50
_FRESH = 250


def run() -> Iterator[Row]:
    data = workspace.big_library()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.index_memory", str(data)],
        check=True,
        capture_output=True,
        text=True,
        cwd=workspace.ROOT,
        env=workspace.environment(data),
    )
    told = json.loads(done.stdout)
    more = {name: told["after"][name] - told["before"][name] for name in told["after"]}
    yield Row(
        "index-memory",
        f"the index in a process that searches it, after {told['queries']} queries",
        more["Pss"],
        "MB PSS",
        f"<= {AT_MOST:.0f} MB",
        more["Pss"] <= AT_MOST,
        note=f"{told['passages']:,} passages; {more.get('Pss_Anon', 0):.0f} MB of the process alone, "
        f"{more.get('Pss_File', 0):.0f} MB of files, which processes share; when it was opened and asked "
        f"once {told['opened']['Pss'] - told['before']['Pss']:.0f} MB",
    )


def main() -> None:
    engine = make_services(workspace.settings(Path(sys.argv[1]))).search
    asked = [Query(text, lang=lang) for text, lang in mixed(_EACH)]
    asked += [Query(text) for text in fresh(_FRESH)]
    for query in asked:
        # Stemmers and what analysis remembers are needed without an index as well.
        understand(query.text, lang=query.lang, held=("en", "fr", "id", "pt", "sw", "zh-Hans"))
    before = _held()
    engine.search(asked[0])
    opened = _held()
    for query in asked:
        engine.search(query)
    told = {"before": before, "opened": opened, "after": _held()}
    print(json.dumps({**told, "queries": len(asked), "passages": engine.check().passages}))


def _held() -> dict[str, float]:
    gc.collect()
    return proportional.held()


if __name__ == "__main__":
    main()
