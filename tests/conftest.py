"""Fixtures that every folder of tests shares: a database, a session, the parts of a site, the site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.facets import FacetCache
from library.config import Settings, load
from library.db import Base, make_engine, make_session_factory
from library.http.services import Services
from library.jobs.bell import FileBell
from library.jobs.change_watch import ChangeWatch
from library.media.folder import LocalStore
from library.search.null import NullEngine

POSTGRESQL = "LIBRARY_TEST_POSTGRESQL_URL"


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[str]:
    """The address of a schema of our own on the server that the environment names."""
    url = os.environ[POSTGRESQL]
    schema = f"test_{os.getpid()}"
    admin = make_engine(url, pool=False)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    own = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema},public"
    engine = make_engine(own, pool=False)
    Base.metadata.create_all(engine)
    engine.dispose()
    yield own
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(
            "postgresql",
            marks=[
                pytest.mark.postgresql,
                pytest.mark.skipif(
                    POSTGRESQL not in os.environ,
                    reason=f"set {POSTGRESQL} to the address of an empty database",
                ),
            ],
        ),
    ]
)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty library in each kind of database."""
    if request.param == "sqlite":
        made = make_engine(f"sqlite:///{tmp_path / 'library.sqlite'}")
        Base.metadata.create_all(made)
        yield made
        made.dispose()
        return
    made = make_engine(request.getfixturevalue("_postgresql"))
    yield made
    names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with made.begin() as connection:
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
) -> Services:
    """The parts of a site: a folder for media, a search engine that finds nothing."""
    return Services(
        settings=settings,
        engine=engine,
        factory=factory,
        store=LocalStore(tmp_path / "media"),
        search=NullEngine(),
        bell=FileBell(settings.data / "bell"),
        facets=FacetCache(),
        changes=ChangeWatch(engine),
    )


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
