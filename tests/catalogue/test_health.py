"""How the library is: each part in a sentence, and the one that is wrong by its name."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.health import Finding, findings
from library.db import make_session_factory, migrate, session_scope, utc_now
from library.http.services import Services
from library.jobs.bell import FileBell
from library.jobs.models import OutboxEntry
from library.media.folder import LocalStore
from library.search.address import open_engine


def _ask(services: Services, **other: object) -> dict[str, Finding]:
    parts: dict[str, object] = {
        "engine": services.engine,
        "factory": services.factory,
        "search": services.search,
        "store": services.store,
        "bell": services.bell,
        **other,
    }
    return {f.part: f for f in findings(**parts)}  # type: ignore[arg-type]


def test_a_schema_of_another_version_says_what_to_run(services: Services) -> None:
    found = _ask(services)
    assert not found["schema"].ok
    assert "library db upgrade" in found["schema"].message


def test_a_database_that_is_away_is_said_and_nothing_is_raised(services: Services) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    found = _ask(services, engine=away, factory=make_session_factory(away))
    assert not found["database"].ok
    assert found["media"].ok


def test_a_media_folder_that_cannot_be_used_is_said(services: Services, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = _ask(services, store=LocalStore(tmp_path / "file" / "media"))
    assert not found["media"].ok


def test_an_index_that_is_not_there_says_how_to_build_it(
    services: Services, tmp_path: Path
) -> None:
    found = _ask(services, search=open_engine("whoosh:", data=tmp_path / "none"))
    assert not found["index"].ok
    assert "library index --rebuild" in found["index"].message


def test_a_bell_that_cannot_be_rung_is_said(services: Services, tmp_path: Path) -> None:
    found = _ask(services, bell=FileBell(tmp_path / "no" / "folder" / "bell"))
    assert not found["queue"].ok


def test_changes_that_nobody_indexes_are_said(
    engine: Engine, factory: sessionmaker[Session], services: Services, tmp_path: Path
) -> None:
    from library.db import Base, make_engine

    fresh = make_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    migrate.upgrade(fresh)
    own = make_session_factory(fresh)
    assert _ask(services, engine=fresh, factory=own)["worker"].ok
    with session_scope(own, write=True) as session:
        old = utc_now() - dt.timedelta(minutes=10)
        session.add(OutboxEntry(subject="work", uuid=uuid.uuid4(), noted_at=old))
    found = _ask(services, engine=fresh, factory=own)["worker"]
    assert not found.ok
    assert "library work" in found.message
    assert Base.metadata
    fresh.dispose()
