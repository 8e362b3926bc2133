"""Addresses of engines."""

from __future__ import annotations

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


@pytest.mark.parametrize("url", ["postgresql", "postgresql:", "postgresql+psycopg://host/name"])
def test_postgresql_is_not_there_yet(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured, match=r"LIBRARY_SEARCH_URL.*not available yet"):
        open_engine(url, data=tmp_path)


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
