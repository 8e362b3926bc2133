"""Processes killed in the middle of writing: whatever was said to be done is done."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from library.search.port import Passage, Query
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

# MORTISE_KILLS=100 takes some minutes.
KILLS = int(os.environ.get("MORTISE_KILLS", "20"))
WORKS = 5

pytestmark = pytest.mark.slow

APPLY = """
    import sys
    from pathlib import Path
    from library.search.whoosh_engine import WhooshEngine
    from tests.search.test_kills import applied

    engine = WhooshEngine(Path(sys.argv[1]))
    n = int(sys.argv[2])
    while True:
        work, passages = applied(n)
        engine.apply(works=[work], passages=passages)
        print(n, flush=True)
        n += 1
"""

REBUILD = """
    import sys
    from pathlib import Path
    from library.search.whoosh_engine import WhooshEngine
    from tests.search.test_kills import rebuilt

    engine = WhooshEngine(Path(sys.argv[1]))
    n = int(sys.argv[2])
    while True:
        engine.rebuild(rebuilt(n))
        print(n, flush=True)
        n += 1
"""


def applied(n: int) -> tuple[str, list[Passage]]:
    """Change number n: a work and its passages."""
    work = f"w{n % WORKS}"
    body = f"common version{n} " + " ".join(f"word{n}x{i}" for i in range(200))
    return work, [passage(work, body, section=str(s)) for s in range(4)]


def rebuilt(n: int) -> list[Passage]:
    """All passages of rebuild number n."""
    return [p for k in range(n, n + WORKS) for p in applied(n * WORKS + k % WORKS)[1]]


def run_and_kill(script: str, folder: Path, first: int, chance: random.Random) -> int:
    """Start a writer, kill it somewhere in its work; the last number that it said was done."""
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(folder), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    try:
        said = first - 1
        for _ in range(chance.randint(1, 4)):
            said = int(child.stdout.readline())
        # Into the middle of the next one, or beyond.
        select.select([], [], [], chance.uniform(0, 0.03))
    finally:
        os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate(timeout=30)
    return int(rest.split()[-1]) if rest.split() else said


def version(engine: WhooshEngine, work: str) -> set[int]:
    """The versions of which passages of a work are found."""
    return {
        n
        for n in range(int(work[1:]), 400, WORKS)
        if any(hit.work == work for hit in engine.search(Query(f"version{n}")).hits)
    }


def test_a_change_that_was_said_to_be_done_survives(tmp_path: Path) -> None:
    chance = random.Random(20)
    WhooshEngine(tmp_path).rebuild([])
    done = -1
    for _ in range(KILLS):
        done = run_and_kill(APPLY, tmp_path, done + 1, chance)
        engine = WhooshEngine(tmp_path)
        health = engine.check()
        assert health.problem is None
        assert health.passages == 4 * engine.search(Query("common")).total
        # What was being done when the process died is there as a whole or not at all.
        for n in range(max(0, done - WORKS + 2), done + 1):
            [found] = engine.search(Query(f"version{n}")).hits
            assert len(found.passages) == 3
        passages = health.passages
        work, again = applied(done + 1)
        for _ in range(2):
            engine.apply(works=[work], passages=again)
            assert engine.search(Query(f"version{done + 1}")).total == 1
        assert engine.check().passages in {passages, passages + 4}
        done += 1
        engine.close()
    for n in range(done - WORKS + 1, done + 1):
        assert version(WhooshEngine(tmp_path), f"w{n % WORKS}") == {n}


def test_a_killed_rebuild_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    chance = random.Random(21)
    WhooshEngine(tmp_path).rebuild(rebuilt(0))
    done = 0
    for _ in range(KILLS):
        done = run_and_kill(REBUILD, tmp_path, done + 1, chance)
        engine = WhooshEngine(tmp_path)
        assert engine.check().problem is None
        assert engine.check().passages == 4 * WORKS
        found = [
            n for n in (done, done + 1) if engine.search(Query(f"version{n * WORKS}")).total == 1
        ]
        assert len(found) == 1
        done = found[0]
        engine.close()
    engine = WhooshEngine(tmp_path)
    assert engine.rebuild(rebuilt(done + 1)) == 4 * WORKS
    assert sum(entry.is_dir() for entry in tmp_path.iterdir()) == 1
