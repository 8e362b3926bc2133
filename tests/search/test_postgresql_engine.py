"""The engine in PostgreSQL: what goes beyond the contract that all engines share."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from library.db import Base, make_engine
from library.errors import Conflict, Unavailable
from library.search.merging import WIDTH
from library.search.port import Passage, Query, Results
from library.search.postgresql_engine import PostgresqlEngine
from library.search.postgresql_reading import Reading
from library.search.postgresql_segments import TableSegment
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

pytestmark = pytest.mark.postgresql


@pytest.fixture
def engine(search_database: str) -> Iterator[PostgresqlEngine]:
    made = PostgresqlEngine(search_database)
    made.rebuild([])
    yield made
    made.close()


@pytest.fixture
def admin(search_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of somebody else."""
    address = search_database.replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def put(engine: PostgresqlEngine | WhooshEngine, *passages: Passage) -> None:
    engine.apply(works={p.work for p in passages}, passages=passages)


def works(results: Results) -> list[str]:
    return [hit.work for hit in results.hits]


def end_all_connections(admin: psycopg.Connection[Any]) -> None:
    """What a restart of the server does to its clients; returns when they are gone."""
    admin.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


def tables(admin: psycopg.Connection[Any]) -> list[str]:
    return [
        row[0]
        for row in admin.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'library_search' AND relkind = 'r' ORDER BY relname"
        )
    ]


def change_table(admin: psycopg.Connection[Any], kind: str, statement: str) -> None:
    [name] = [name for name in tables(admin) if name.startswith(kind)]
    admin.execute(SQL(statement).format(Identifier("library_search", name)))  # type: ignore[arg-type]


# The same results as the other engine

WORDS = ("gear", "gears", "pump", "oil", "motor", "电动机", "电机", "มอเตอร์", "الاقطاب")
bodies = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@st.composite
def shelves(draw: st.DrawFn) -> list[list[Passage]]:
    """Passages in batches: those of the first are built anew, the others replace works."""
    batches = []
    for _ in range(draw(st.integers(1, 12))):
        batch = []
        for work in draw(st.lists(st.integers(0, 7), max_size=5, unique=True)):
            batch += [
                passage(
                    f"w{work}",
                    draw(bodies),
                    section=str(section),
                    title=draw(st.sampled_from(["", "gear pump", "电动机"])),
                    keywords=draw(st.sampled_from(["", "oil"])),
                    lang=draw(st.sampled_from(["en", "zh-Hans", "th", "ar"])),
                    kind=draw(st.sampled_from(["course", "textbook"])),
                    subjects=draw(st.sampled_from([(), ("0713",), ("0713", "0714")])),
                )
                for section in range(draw(st.integers(1, 3)))
            ]
        batches.append(batch)
    return batches


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=shelves(), data=st.data())
def test_it_finds_and_scores_as_the_engine_in_files_does(
    engine: PostgresqlEngine,
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[Passage]],
    data: st.DataObject,
) -> None:
    oracle = WhooshEngine(tmp_path_factory.mktemp("index"))
    for one in (engine, oracle):
        one.rebuild(sorted(batches[0], key=lambda p: p.work))
        for batch in batches[1:]:
            one.apply(works={p.work for p in batch} | {"w0"}, passages=batch)
    for _ in range(4):
        text = " ".join(data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)))
        if data.draw(st.booleans()):
            text = f"“{text}” pump"
        query = Query(
            text,
            lang=data.draw(st.sampled_from(["en", "zh-Hans"])),
            kinds=data.draw(st.sampled_from([(), ("course",)])),
            limit=data.draw(st.sampled_from([3, 20])),
        )
        found, expected = engine.search(query), oracle.search(query)
        assert found.facets == expected.facets
        assert found.total == expected.total
        assert found.words == expected.words
        assert found.hits == expected.hits
    assert engine.check().passages == oracle.check().passages
    oracle.close()


def test_many_commits_leave_few_segments_and_every_passage(engine: PostgresqlEngine) -> None:
    chance = random.Random(7)
    expected: dict[str, int] = {}
    for n in range(60):
        work = f"w{chance.randrange(30)}"
        gone = chance.random() < 0.15
        expected.pop(work, None)
        if not gone:
            expected[work] = n
        body = f"common version{n} first second"
        fresh = [] if gone else [passage(work, body, section=s) for s in "12"]
        engine.apply(works=[work], passages=fresh)
    results = engine.search(Query("common", limit=100))
    assert set(works(results)) == set(expected)
    for work, n in expected.items():
        found = engine.search(Query(f'"version{n} first second"'))
        assert [(hit.work, len(hit.passages)) for hit in found.hits] == [(work, 2)]
    assert engine._opened is not None
    assert len(engine._opened[1].segments) < 3 * WIDTH
    assert engine.check().passages == 2 * len(expected)


def test_an_index_from_which_everything_was_removed_can_be_used(engine: PostgresqlEngine) -> None:
    engine.rebuild([passage(f"w{n}", "text") for n in range(20)])
    engine.apply(works=[f"w{n}" for n in range(20)], passages=[])
    put(engine, passage("v", "text"))
    assert works(engine.search(Query("text"))) == ["v"]
    assert engine.check().passages == 1


def test_a_rebuild_that_is_short_of_memory_makes_the_same_index(
    engine: PostgresqlEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    passages = [
        passage(f"w{n}", f"common only{n}-{s} " + "often " * (n % 4), section=str(s))
        for n in range(12)
        for s in range(3)
    ]
    engine.rebuild(passages)
    query = Query("common often", limit=12)
    expected = engine.search(query)
    monkeypatch.setattr("library.search.postings.PostingsPool.size", 1)
    monkeypatch.setattr("library.search.postings.POOL_BYTES", 0)
    engine.rebuild(passages)
    found = engine.search(query)
    assert (found.total, found.hits, found.facets) == (12, expected.hits, expected.facets)
    assert engine.search(Query('"only3-1 often often"')).total == 1


# Transactions


def in_the_middle_of_a_search(
    monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]
) -> list[bool]:
    """Have something happen once, after a search has begun to read."""
    done: list[bool] = []
    real = Reading.postings

    def postings(self: Reading, *given: Any) -> Any:
        if not done:
            done.append(True)
            what()
        return real(self, *given)

    monkeypatch.setattr(Reading, "postings", postings)
    return done


def test_a_search_sees_the_commit_that_it_began_with(
    engine: PostgresqlEngine, search_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(WIDTH - 1):
        put(engine, passage(f"w{n}", "old text"))
    engine.search(Query("elsewhere"))
    other = PostgresqlEngine(search_database)

    def write() -> None:
        # This merges all segments that the search is about to read.
        for n in range(WIDTH):
            put(other, passage(f"w{n}", "new text"))

    done = in_the_middle_of_a_search(monkeypatch, write)
    assert engine.search(Query("old")).total == WIDTH - 1
    assert done
    assert engine.search(Query("old")).total == 0
    assert engine.search(Query("new")).total == WIDTH
    other.close()


def test_a_search_whose_index_goes_out_of_use_asks_the_new_one(
    engine: PostgresqlEngine, search_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, passage("old", "text"))
    # The segments are known now, so that the next search touches the tables late.
    engine.search(Query("elsewhere"))
    other = PostgresqlEngine(search_database)
    done = in_the_middle_of_a_search(monkeypatch, lambda: other.rebuild([passage("new", "text")]))
    assert works(engine.search(Query("text"))) == ["new"]
    assert done
    other.close()


def test_only_the_generation_in_use_stays(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any]
) -> None:
    for _ in range(3):
        engine.rebuild([passage("w", "text")])
    name = engine.check().generation
    assert tables(admin) == [
        "generation",
        *(f"{t}_{name}" for t in ("passage", "posting", "segment")),
    ]


def test_a_generation_that_is_still_read_is_removed_next_time(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "library.search.postgresql_tables._SWEEP_WAITS", "SET LOCAL lock_timeout = '50ms'"
    )
    with admin.transaction():
        change_table(admin, "posting", "LOCK TABLE {} IN ACCESS SHARE MODE")
        engine.rebuild([passage("w", "text")])
        assert works(engine.search(Query("text"))) == ["w"]
        assert len(tables(admin)) == 7
    engine.rebuild([passage("v", "text")])
    assert len(tables(admin)) == 4


def test_a_rebuild_that_fails_leaves_no_tables(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any]
) -> None:
    before = tables(admin)

    def passages() -> Iterator[Passage]:
        yield passage("w", "text")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.rebuild(passages())
    assert tables(admin) == before


def test_a_new_index_that_does_not_find_what_was_put_in_is_not_used(
    engine: PostgresqlEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, passage("w", "text"))
    stamp = engine.stamp()
    with monkeypatch.context() as patch:
        patch.setattr(TableSegment, "postings", lambda *_: {0: (np.array([0]), np.array([1]))})
        with pytest.raises(Unavailable, match="does not find"):
            engine.rebuild([passage("v", "text")])
    assert engine.stamp() == stamp
    assert works(engine.search(Query("text"))) == ["w"]


def test_checking_while_writing_sees_no_damage(
    engine: PostgresqlEngine, search_database: str
) -> None:
    problems: list[str] = []
    done = threading.Event()

    def look() -> None:
        other = PostgresqlEngine(search_database)
        while not done.is_set():
            if problem := other.check().problem:
                problems.append(problem)
        other.close()

    thread = threading.Thread(target=look)
    thread.start()
    for n in range(20):
        if n % 10 == 9:
            engine.rebuild([passage(f"v{n}", "text")])
        else:
            put(engine, passage(f"v{n}", "text"))
    done.set()
    thread.join()
    assert problems == []


def test_migrations_do_not_see_the_index(
    engine: PostgresqlEngine, search_database: str, admin: psycopg.Connection[Any]
) -> None:
    assert len(tables(admin)) == 4
    database = make_engine(search_database, pool=False)
    with database.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.dispose()
    assert differences == []


# Damage and versions


@pytest.mark.parametrize("column", ["analysis", "layout"])
def test_an_index_of_another_version_has_to_be_rebuilt(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any], column: str
) -> None:
    put(engine, passage("w", "text"))
    admin.execute(
        SQL("UPDATE library_search.generation SET {} = 'other'").format(Identifier(column))
    )
    with pytest.raises(Unavailable, match="another version"):
        engine.search(Query("text"))
    with pytest.raises(Unavailable, match="another version"):
        put(engine, passage("w", "text"))
    health = engine.check()
    assert health.problem is not None
    assert "another version" in health.problem
    assert health.generation is not None
    engine.rebuild([passage("w", "text")])
    assert engine.check().problem is None
    assert engine.search(Query("text")).total == 1


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("passage", "TRUNCATE {}"),
        ("posting", "TRUNCATE {}"),
        ("segment", "TRUNCATE {}"),
        ("segment", "UPDATE {} SET numbers = substr(numbers, 6)"),
        ("segment", "UPDATE {} SET labels = ''"),
        ("segment", "UPDATE {} SET letters = 'odd'"),
        ("posting", "DROP TABLE {}"),
        ("passage", "DROP TABLE {}"),
        ("segment", "DROP TABLE {}"),
        ("generation", "DROP TABLE {}"),
        ("generation", "TRUNCATE {}"),
        ("generation", "ALTER TABLE {} DROP COLUMN mark"),
    ],
)
def test_damage_is_said_and_mended_by_a_rebuild(
    search_database: str, admin: psycopg.Connection[Any], kind: str, statement: str
) -> None:
    writer = PostgresqlEngine(search_database)
    writer.rebuild([passage("w", "text")])
    change_table(admin, kind, statement)
    engine = PostgresqlEngine(search_database)
    problem = engine.check().problem
    assert problem is not None
    assert "rebuil" in problem
    try:
        assert engine.search(Query("text")).total <= 1
    except Unavailable as error:
        assert error.message.endswith(".")  # noqa: PT017 - either is right
    engine.rebuild([passage("w", "text")])
    assert engine.check().problem is None
    assert works(engine.search(Query("text"))) == ["w"]
    for one in (writer, engine):
        one.close()


@pytest.mark.parametrize("column", ["postings", "places"])
def test_damaged_postings_are_no_failure_of_the_page(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any], column: str
) -> None:
    engine.rebuild([passage("w", "some text here")])
    change_table(admin, "posting", f"UPDATE {{}} SET {column} = substr({column}, 2)")
    with pytest.raises(Unavailable, match="damaged"):
        engine.search(Query('"some text"'))


def test_a_change_of_a_damaged_index_says_so(
    engine: PostgresqlEngine, search_database: str, admin: psycopg.Connection[Any]
) -> None:
    change_table(admin, "segment", "UPDATE {} SET numbers = substr(numbers, 6)")
    other = PostgresqlEngine(search_database)
    with pytest.raises(Unavailable, match="damaged"):
        put(other, passage("w", "text"))
    other.close()


def test_a_server_that_was_put_back_to_an_earlier_state_is_believed(
    engine: PostgresqlEngine, search_database: str, admin: psycopg.Connection[Any]
) -> None:
    put(engine, passage("w", "kept"))
    copies = [
        (name, SQL("CREATE TABLE {} AS TABLE {}").format(Identifier(f"copy_{name}"), _table(name)))
        for name in tables(admin)
    ]
    for _, statement in copies:
        admin.execute(statement)
    put(engine, passage("v", "lost"))
    reader = PostgresqlEngine(search_database)
    assert reader.search(Query("lost")).total == 1
    for name, _ in copies:
        with admin.transaction():
            admin.execute(SQL("DELETE FROM {}").format(_table(name)))
            copy = Identifier(f"copy_{name}")
            admin.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(_table(name), copy))
            admin.execute(SQL("DROP TABLE {}").format(copy))
    assert reader.search(Query("lost")).total == 0
    assert engine.search(Query("kept")).total == 1
    # The same number again, with other passages.
    other = PostgresqlEngine(search_database)
    put(other, passage("u", "fresh"))
    for one in (engine, reader, other):
        assert one.search(Query("lost")).total == 0
        assert works(one.search(Query("fresh"))) == ["u"]
    for one in (reader, other):
        one.close()


def _table(name: str) -> Identifier:
    return Identifier("library_search", name)


# Connections


def test_a_restart_of_the_server_between_searches_is_not_noticed(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any]
) -> None:
    put(engine, passage("w", "text"))
    ways: list[Callable[[], object]] = [
        lambda: engine.search(Query("text")),
        lambda: put(engine, passage("v", "text")),
        lambda: engine.rebuild([passage("w", "text")]),
        engine.check,
        engine.stamp,
    ]
    for way in ways:
        engine.search(Query("text"))
        end_all_connections(admin)
        way()
    end_all_connections(admin)
    assert engine.check().problem is None
    end_all_connections(admin)
    assert engine.stamp() != "none"


def test_a_restart_of_the_server_in_the_middle_of_a_search_is_not_noticed(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, passage("w", "text"))
    done = in_the_middle_of_a_search(monkeypatch, lambda: end_all_connections(admin))
    assert works(engine.search(Query("text"))) == ["w"]
    assert done


def test_a_restart_of_the_server_in_the_middle_of_a_change_is_not_noticed(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, passage("w", "old"))
    done: list[bool] = []
    real = TableSegment.__init__

    def init(self: TableSegment, *given: Any) -> None:
        if not done:
            done.append(True)
            end_all_connections(admin)
        real(self, *given)

    monkeypatch.setattr(TableSegment, "__init__", init)
    put(engine, passage("w", "new"))
    assert done
    assert engine.search(Query("old")).total == 0
    assert works(engine.search(Query("new"))) == ["w"]
    assert engine.check().passages == 1


def test_a_server_that_goes_away_in_the_middle_of_a_rebuild_leaves_the_old_index(
    engine: PostgresqlEngine, admin: psycopg.Connection[Any]
) -> None:
    put(engine, passage("old", "text"))
    before = tables(admin)

    def passages() -> Iterator[Passage]:
        yield passage("w", "text")
        end_all_connections(admin)
        for n in range(2_000):
            yield passage(f"w{n}x", "text " * 50)

    with pytest.raises(Unavailable, match="cannot be written"):
        engine.rebuild(passages())
    assert works(engine.search(Query("text"))) == ["old"]
    assert tables(admin) == before
    assert engine.rebuild([passage("new", "text")]) == 1


def test_without_a_server_everything_says_so() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        engine = PostgresqlEngine(
            f"postgresql+psycopg://nobody@127.0.0.1:{probe.getsockname()[1]}/none"
        )
        assert engine.stamp() == "none"
        problem = engine.check().problem
        assert problem is not None
        assert problem.endswith(".")
        ways: list[Callable[[], object]] = [
            lambda: engine.search(Query("text")),
            lambda: put(engine, passage("w", "text")),
            lambda: engine.rebuild([]),
        ]
        for way in ways:
            with pytest.raises(Unavailable, match=r"PostgreSQL.*\.\Z"):
                way()


def test_a_database_that_cannot_be_written_can_be_searched(
    engine: PostgresqlEngine, search_database: str
) -> None:
    put(engine, passage("w", "text"))
    replica = PostgresqlEngine(f"{search_database}?options=-c%20default_transaction_read_only%3Don")
    assert works(replica.search(Query("text"))) == ["w"]
    assert replica.check().problem is None
    with pytest.raises(Unavailable, match="cannot be written"):
        put(replica, passage("w", "other"))
    put(engine, passage("v", "text"))
    assert replica.search(Query("text")).total == 2
    replica.close()


def test_a_forked_process_opens_its_own_connections(engine: PostgresqlEngine) -> None:
    put(engine, passage("w", "text"))
    engine.search(Query("text"))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = works(engine.search(Query("text")))
            pid = engine._connections._process
            os.write(writer, f"{found} {pid == os.getpid()}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    said = os.read(reader, 1000).decode()
    os.close(reader)
    os.waitpid(child, 0)
    assert said == "['w'] True"
    assert works(engine.search(Query("text"))) == ["w"]


def test_more_readers_than_connections_wait_for_one_another(engine: PostgresqlEngine) -> None:
    put(engine, passage("w", "text"))
    wrong: list[object] = []
    start = threading.Barrier(24)

    def read() -> None:
        start.wait()
        for _ in range(5):
            try:
                if engine.search(Query("text")).total != 1:
                    wrong.append("lost")
            except Unavailable as error:
                wrong.append(error.message)

    threads = [threading.Thread(target=read) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_writer_elsewhere_is_a_conflict_until_it_is_gone(
    engine: PostgresqlEngine, search_database: str, admin: psycopg.Connection[Any]
) -> None:
    other = PostgresqlEngine(search_database)

    def passages() -> Iterator[Passage]:
        with pytest.raises(Conflict):
            put(other, passage("v", "text"))
        end_all_connections(admin)
        put(other, passage("v", "text"))
        yield passage("w", "text")

    with pytest.raises(Unavailable):
        engine.rebuild(passages())
    assert works(engine.search(Query("text"))) == ["v"]
    other.close()


def test_the_data_folder_stays_empty(engine: PostgresqlEngine, tmp_path: Path) -> None:
    put(engine, passage("w", "text"))
    assert list(tmp_path.iterdir()) == []
