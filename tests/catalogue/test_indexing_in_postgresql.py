"""The indexer with an index in PostgreSQL: it mends by itself what cannot be searched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import indexing
from library.db import make_engine, session_scope
from library.search.address import open_engine
from library.search.port import SearchEngine
from tests.catalogue.test_indexing import keys, publish

pytestmark = pytest.mark.postgresql


@pytest.fixture
def search(
    search_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchEngine]:
    opened = open_engine(
        "postgresql", data=tmp_path_factory.mktemp("data"), database_url=search_database
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "damage",
    [
        "DROP SCHEMA library_search CASCADE",
        "UPDATE library_search.generation SET analysis = 'of another version'",
        "TRUNCATE library_search.generation",
    ],
)
def test_an_index_that_cannot_be_used_is_built_anew(
    factory: sessionmaker[Session], search: SearchEngine, search_database: str, damage: str
) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives", extra="Anemometer.")
    assert indexing.drain(factory, search) == 1
    assert keys(factory, search, "anemometer") == ["drives"]
    engine = make_engine(search_database, pool=False)
    with engine.begin() as connection:
        connection.execute(text(damage))
    engine.dispose()
    assert search.check().problem is not None
    with session_scope(factory, write=True) as session:
        publish(session, "pumps", extra="Barometer.")
    assert indexing.drain(factory, search) == 1
    assert search.check().problem is None
    assert keys(factory, search, "anemometer") == ["drives"]
    assert keys(factory, search, "barometer") == ["pumps"]


def test_a_change_in_the_outbox_is_found(
    factory: sessionmaker[Session], search: SearchEngine
) -> None:
    for extra in ("Anemometer.", "Barometer."):
        with session_scope(factory, write=True) as session:
            publish(session, "drives", extra=extra)
        indexing.drain(factory, search)
    assert keys(factory, search, "anemometer") == []
    assert keys(factory, search, "barometer") == ["drives"]
