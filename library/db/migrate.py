"""Migrations: the schema's own history, run by ``library db upgrade`` and looked at by ``/readyz``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, column, inspect, select, table

from library.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).resolve().parent / "migrations"


# Alembic and what it draws in take 15 MB, which every process of a site that only looks would hold: it is
# imported where the schema is changed.
_VERSION = table("alembic_version", column("version_num"))
_NAMED = re.compile(r'^(down_revision|revision)\b[^=]*= *"([^"]+)"', re.MULTILINE)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def upgrade(engine: Engine, *, revision: str = "head") -> None:
    """Bring the schema to ``revision``; what is there already is left as it is."""
    from alembic import command

    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, *, revision: str) -> None:
    from alembic import command

    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


@cache
def newest() -> str:
    """The revision that no other one follows."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for file in (_FOLDER / "versions").glob("*.py"):
        for name, value in _NAMED.findall(file.read_text(encoding="utf-8")):
            (revisions if name == "revision" else followed).add(value)
    (revision,) = revisions - followed
    return revision


def require_current(engine: Engine) -> None:
    """Raise ``Misconfigured``, with the command to run, unless the schema is this version's."""
    if not is_current(engine):
        raise Misconfigured("The database's schema is not this version's; run: library db upgrade")


def is_current(engine: Engine) -> bool:
    """Whether the database has the schema that this version of the library expects."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return False
        return list(connection.scalars(select(_VERSION.c.version_num))) == [newest()]
