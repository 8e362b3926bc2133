"""What the tests of import and export share: a store for media, and a second library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from library.db import Base, make_engine, make_session_factory
from library.media.folder import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "media")


@pytest.fixture
def second(tmp_path: Path) -> Iterator[tuple[sessionmaker[Session], LocalStore]]:
    """Another library, on SQLite, that shares nothing with the first."""
    engine = make_engine(f"sqlite:///{tmp_path / 'second.sqlite'}")
    Base.metadata.create_all(engine)
    yield make_session_factory(engine), LocalStore(tmp_path / "second-media")
    engine.dispose()


@pytest.fixture
def shared() -> Path:
    """The folder of data that is not ours; tests that need it are skipped without it."""
    beside = Path(__file__).parents[3] / "shared"
    folder = Path(os.environ.get("MORTISE_SHARED", beside)) / "data"
    if not folder.is_dir():
        pytest.skip("The shared data are not here: set MORTISE_SHARED to their folder.")
    return folder
