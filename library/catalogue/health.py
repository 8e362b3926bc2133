"""How the library is: one finding for each part, in a sentence that says what to do."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Work
from library.db import migrate, utc_now
from library.db.refusal import explain
from library.errors import LibraryError
from library.jobs.bell import Bell
from library.jobs.models import OutboxEntry
from library.media.port import MediaStore
from library.search.port import SearchEngine

# A change that the index has not seen for this long means that no worker runs.
PATIENCE = dt.timedelta(minutes=2)
# With less room than this, in bytes, the next import or rebuild of the index may fail.
LEAST_ROOM = 50_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the library.

    ``settings``, ``database``, ``disk``, ``schema``, ``works``, ``worker``, ``index``, ``media``,
    ``queue``, ``links``, ``files``, ``films`` or ``content``.
    """

    part: str
    ok: bool
    message: str


def findings(
    *,
    engine: Engine,
    factory: sessionmaker[Session],
    search: SearchEngine,
    store: MediaStore,
    bell: Bell,
) -> list[Finding]:
    """Ask every part; never raises. Parts that hang on one that failed are left out."""
    database = _ask("database", lambda: _database(factory))
    if not database.ok:
        return [database, _ask("media", lambda: _media(store))]
    schema = _ask("schema", lambda: _schema(engine))
    found = [database, schema]
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file:
        found.append(_ask("disk", lambda: _disk(Path(file))))
    if schema.ok:
        found.append(_ask("works", lambda: _works(factory)))
        found.append(_ask("worker", lambda: _worker(factory)))
    found.append(_ask("index", lambda: _index(search)))
    found.append(_ask("media", lambda: _media(store)))
    found.append(_ask("queue", lambda: _queue(bell)))
    return found


class _Wrong(Exception):
    """A part answers, but not as it should."""


def _ask(part: str, question: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, question())
    except _Wrong as wrong:
        return Finding(part, False, str(wrong))
    except LibraryError as error:
        return Finding(part, False, error.message)
    except SQLAlchemyError as error:
        return Finding(part, False, explain(error))
    except OSError as error:
        return Finding(part, False, f"{error.strerror or error}.")


def _database(factory: sessionmaker[Session]) -> str:
    with factory() as session:
        session.execute(select(1))
        return f"The database ({session.get_bind().dialect.name}) answers."


def _disk(file: Path) -> str:
    folder = file.absolute().parent
    for path in (folder, file):
        if not os.access(path, os.W_OK):
            raise _Wrong(
                f"{path} cannot be written, so nothing can be imported; let the user that runs the "
                "library write there."
            )
    left = shutil.disk_usage(folder).free
    if left < LEAST_ROOM:
        raise _Wrong(
            f"Only {left / 1_000_000:.1f} MB are left on the disk of {folder}; make room on it."
        )
    return f"{left // 1_000_000} MB are left on the disk of the database."


def _schema(engine: Engine) -> str:
    if not migrate.is_current(engine):
        raise _Wrong("The database's schema is not this version's; run: library db upgrade")
    return "The schema is up to date."


def _works(factory: sessionmaker[Session]) -> str:
    with factory() as session:
        count = session.scalar(
            select(func.count()).select_from(Work).where(Work.status == "published")
        )
    if not count:
        return "The library is empty; fill it with: library import content/"
    return f"Published works: {count}."


def _worker(factory: sessionmaker[Session]) -> str:
    with factory() as session:
        count, oldest = session.execute(select(func.count(), func.min(OutboxEntry.noted_at))).one()
    if not count:
        return "Nothing waits for the worker."
    if oldest is not None and utc_now() - _aware(oldest) > PATIENCE:
        raise _Wrong(
            f"{count} changes have waited for the index since {_aware(oldest):%Y-%m-%d %H:%M} UTC; "
            "is a worker running? Start one with: library work"
        )
    return f"Changes on their way into the index: {count}."


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _index(search: SearchEngine) -> str:
    health = search.check()
    if health.problem is not None:
        raise _Wrong(f"{health.problem} Build it anew with: library index --rebuild")
    return f"The index holds {health.passages} passages."


def _media(store: MediaStore) -> str:
    store.check()
    return "The media store can be read and written."


def _queue(bell: Bell) -> str:
    bell.check()
    return "The worker can be called."
