"""Fixtures that every folder of tests shares: a database, a session, the parts of a site, the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

import library.accounts.models
import library.editorial.models
import library.terms.models
import library.uploads.models  # noqa: F401 - every table must be known before they are made
from library.catalogue.facets import FacetCache
from library.config import Settings, load
from library.db import Base, make_engine, make_session_factory
from library.http.services import Services
from library.jobs.bell import FileBell
from library.jobs.change_watch import ChangeWatch
from library.media.folder import LocalStore
from library.search.null import NullEngine
from tests.judges.postgresql import cluster


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share an expensive server run in one process, so that it is started once."""
    for item in items:
        for name in ("s3", "browser"):
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL with the library's schema in it."""
    with cluster() as url:
        engine = make_engine(url, pool=False)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture
def search_database(postgresql: str) -> Iterator[str]:
    """The address of a database that holds no search index."""
    yield postgresql
    made = make_engine(postgresql, pool=False)
    with made.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS library_search CASCADE"))
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty library in each kind of database."""
    if request.param == "sqlite":
        made = make_engine(f"sqlite:///{tmp_path / 'library.sqlite'}")
        Base.metadata.create_all(made)
        yield made
        made.dispose()
        return
    made = make_engine(request.getfixturevalue("postgresql"))
    yield made
    names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with made.begin() as connection:
        # A session that a test has left open would otherwise be waited for without end.
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    made.dispose()


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    return make_session_factory(engine)


@pytest.fixture
def session(factory: sessionmaker[Session]) -> Iterator[Session]:
    """A session to prepare data with; commit before asking the site."""
    with factory() as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path, engine: Engine) -> Settings:
    return load(
        {
            "LIBRARY_DATA": str(tmp_path / "data"),
            "LIBRARY_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "LIBRARY_BASE_URL": "https://library.example.org",
            "LIBRARY_SECRET_KEY": "a key for tests that nobody else has to know",
        }
    )


@pytest.fixture
def services(
    settings: Settings, engine: Engine, factory: sessionmaker[Session], tmp_path: Path
) -> Iterator[Services]:
    """The parts of a site: a folder for media, a search engine that finds nothing."""
    made = Services(
        settings=settings,
        engine=engine,
        factory=factory,
        store=LocalStore(tmp_path / "media"),
        search=NullEngine(),
        bell=FileBell(settings.data / "bell"),
        facets=FacetCache(),
        changes=ChangeWatch(engine),
    )
    yield made
    made.unanswered.close()


@pytest.fixture
def app(services: Services) -> Flask:
    # Imported here: tests of the lower floors do without everything that the site is made of.
    from library.app import create_app

    made = create_app(services=services)
    made.testing = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
