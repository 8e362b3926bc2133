"""Migrations: they lead to the schema that the models describe, in each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from library.db import Base, make_engine, migrate


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        yield engine
        engine.dispose()
        return
    url = request.getfixturevalue("postgresql")
    admin = make_engine(url, pool=False).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS migrations"))
        connection.execute(text("CREATE DATABASE migrations"))
    engine = make_engine(url.rpartition("/")[0] + "/migrations", pool=False)
    yield engine
    engine.dispose()


def test_an_empty_database_is_brought_to_what_the_models_say(empty: Engine) -> None:
    assert not migrate.is_current(empty)
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    with empty.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_upgrading_again_changes_nothing(empty: Engine) -> None:
    migrate.upgrade(empty)
    migrate.upgrade(empty)
    assert migrate.is_current(empty)


def test_the_way_back_leaves_nothing_behind(empty: Engine) -> None:
    migrate.upgrade(empty)
    migrate.downgrade(empty, revision="base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}


def test_the_newest_revision_is_the_one_that_alembic_would_bring_about() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert migrate.newest() == ScriptDirectory.from_config(config).get_current_head()
