"""Indexers killed in the middle of writing to PostgreSQL: whatever was said to be done is done."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from library.search import postgresql_tables
from library.search.port import Query
from library.search.postgresql_engine import PostgresqlEngine
from tests.search.shelf import passage
from tests.search.test_kills import WORKS, applied, rebuilt

KILLS = 12

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

APPLY = """
    import sys
    from library.search.postgresql_engine import PostgresqlEngine
    from tests.search.test_kills import applied

    engine = PostgresqlEngine(sys.argv[1])
    n = int(sys.argv[2])
    while True:
        work, passages = applied(n)
        engine.apply(works=[work], passages=passages)
        print(n, flush=True)
        n += 1
"""

REBUILD = """
    import sys
    from library.search.postgresql_engine import PostgresqlEngine
    from tests.search.test_kills import rebuilt

    engine = PostgresqlEngine(sys.argv[1])
    n = int(sys.argv[2])
    while True:
        engine.rebuild(rebuilt(n))
        print(n, flush=True)
        n += 1
"""


def run_and_kill(script: str, url: str, first: int, chance: random.Random) -> int:
    """Start a writer, kill it somewhere in its work; the last number that it said was done. Returns when
    the server has noticed."""
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), url, str(first)],
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
        select.select([], [], [], chance.uniform(0, 0.05))
    finally:
        os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate(timeout=30)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SET statement_timeout = '30s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (postgresql_tables.LOCK,))
    return int(rest.split()[-1]) if rest.split() else said


def test_a_change_that_was_said_to_be_done_survives(search_database: str) -> None:
    chance = random.Random(20)
    engine = PostgresqlEngine(search_database)
    engine.rebuild([])
    done = -1
    for _ in range(KILLS):
        done = run_and_kill(APPLY, search_database, done + 1, chance)
        health = engine.check()
        assert health.problem is None
        assert health.passages == 4 * engine.search(Query("common")).total
        # What was being done when the process died is there as a whole or not at all.
        for n in range(max(0, done - WORKS + 2), done + 1):
            [found] = engine.search(Query(f"version{n}")).hits
            assert len(found.passages) == 3
        work, again = applied(done + 1)
        for _ in range(2):
            engine.apply(works=[work], passages=again)
            assert engine.search(Query(f"version{done + 1}")).total == 1
        assert engine.check().passages in {health.passages, health.passages + 4}
        done += 1
    engine.close()


def test_a_killed_rebuild_leaves_the_old_index_or_the_new_one(search_database: str) -> None:
    chance = random.Random(21)
    engine = PostgresqlEngine(search_database)
    engine.rebuild(rebuilt(0))
    done = 0
    for _ in range(KILLS):
        done = run_and_kill(REBUILD, search_database, done + 1, chance)
        assert engine.check().problem is None
        assert engine.check().passages == 4 * WORKS
        found = [
            n for n in (done, done + 1) if engine.search(Query(f"version{n * WORKS}")).total == 1
        ]
        assert len(found) == 1
        done = found[0]
    assert engine.rebuild([passage("w", "text")]) == 1
    with psycopg.connect(search_database.replace("+psycopg", "")) as connection:
        count = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'library_search'"
        ).fetchone()
    assert count == (4,)
    engine.close()
