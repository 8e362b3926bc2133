"""Addresses of engines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from library.errors import Misconfigured
from library.search.address import open_engine
from library.search.null import NullEngine
from library.search.port import Query, SearchEngine
from tests.search.shelf import passage


@pytest.mark.parametrize(
    ("url", "place"),
    [("whoosh:", "index"), ("whoosh:other/place", "other/place"), (" whoosh:// ", "index")],
)
def test_whoosh_lies_in_the_data_folder(tmp_path: Path, url: str, place: str) -> None:
    engine = open_engine(url, data=tmp_path)
    assert list(tmp_path.iterdir()) == []
    engine.rebuild([])
    assert (tmp_path / place / "current").exists()


def test_whoosh_may_lie_elsewhere(tmp_path: Path) -> None:
    open_engine(f"whoosh:{tmp_path}/there", data=tmp_path / "data").rebuild([])
    assert (tmp_path / "there" / "current").exists()


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("postgresql", "postgresql+psycopg://host/name"),
        ("postgresql:", "postgresql+psycopg://host/name"),
        ("postgresql+psycopg://host/name", "sqlite:///file"),
        ("postgresql://host/name", ""),
    ],
)
def test_postgresql_is_opened_when_it_is_asked(tmp_path: Path, url: str, database: str) -> None:
    engine = open_engine(url, data=tmp_path, database_url=database)
    assert type(engine).__name__ == "PostgresqlEngine"
    assert list(tmp_path.iterdir()) == []
    engine.close()


@pytest.mark.parametrize("database", ["", "sqlite:///file"])
def test_the_librarys_database_has_to_be_a_postgresql(tmp_path: Path, database: str) -> None:
    with pytest.raises(Misconfigured, match=r"LIBRARY_SEARCH_URL.*LIBRARY_DATABASE_URL"):
        open_engine("postgresql", data=tmp_path, database_url=database)


def test_an_address_of_postgresql_that_is_none_is_refused_without_its_password(
    tmp_path: Path,
) -> None:
    with pytest.raises(Misconfigured, match="LIBRARY_SEARCH_URL") as refused:
        open_engine("postgresql+psycopg://user:secret@host:port/name", data=tmp_path)
    assert "secret" not in refused.value.message


def test_what_postgresql_needs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "library.search.postgresql_engine", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "library.search.postgresql_connections", raising=False)
    monkeypatch.delitem(sys.modules, "library.search.postgresql_tables", raising=False)
    with pytest.raises(Misconfigured, match="extra “postgres”"):
        open_engine("postgresql://host/name", data=tmp_path)


@pytest.mark.parametrize("url", ["", "whoosh", "elastic:", "/path"])
def test_other_addresses_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured, match="LIBRARY_SEARCH_URL"):
        open_engine(url, data=tmp_path)


def test_the_null_engine_takes_everything_and_finds_nothing() -> None:
    engine: SearchEngine = NullEngine()
    stamp = engine.stamp()
    engine.apply(works=["w"], passages=[passage("w", "text")])
    assert engine.stamp() != stamp
    told: list[int] = []
    assert engine.rebuild([passage("w", "text")], progress=told.append) == 1
    assert told == [1]
    assert engine.search(Query("text")).hits == []
    assert engine.check().problem is None
    engine.close()
