"""Where measurements happen: a temporary folder with the synthetic library in it, kept between runs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import library.accounts.models
import library.terms.models  # noqa: F401 - every table must be known
from library.app import make_services
from library.catalogue.indexing import rebuild
from library.catalogue.rendering import render_pending
from library.config import Settings, load
from library.db import migrate, session_scope
from library.http.services import Services
from library.jobs import outbox
from library.markdown import RENDERER_VERSION
from tests.bench import synthetic
from tests.bench.rows import tell

ROOT = Path(__file__).resolve().parents[2]
_DONE = "complete"


def folder() -> Path:
    """The folder of this version of the synthetic library; another version has another one.

    The schema is no part of the version: a library that was made before is brought up to date.
    """
    digest = hashlib.sha256(str(RENDERER_VERSION).encode())
    for name in ("synthetic.py", "vocabulary.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    path = Path(tempfile.gettempdir()) / f"mortise-bench-{digest.hexdigest()[:12]}"
    path.mkdir(parents=True, exist_ok=True)
    return path


def settings(data: Path) -> Settings:
    return load(
        {
            "LIBRARY_DATA": str(data),
            "LIBRARY_SECRET_KEY": "measurements need no secret, only a long enough key",
            "LIBRARY_LINK_CHECK": "off",
        }
    )


def environment(data: Path) -> dict[str, str]:
    """The environment for commands that use the library in ``data``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIBRARY_")}
    # Measurements ask nobody on the Internet.
    return {
        **kept,
        "LIBRARY_DATA": str(data),
        "LIBRARY_LINK_CHECK": "off",
        "PYTHONHASHSEED": "0",
    }


def big_library() -> Path:
    """The data folder with 10,000 works, stored, rendered and indexed; made at first use."""
    data = folder() / "library"
    if (data / _DONE).exists():
        _bring_up_to_date(data)
        _read_all(data)
        return data
    if data.exists():
        shutil.rmtree(data)
    services = make_services(settings(data))
    migrate.upgrade(services.engine)
    tell(f"making the synthetic library of {synthetic.WORKS:,} works in {data}")
    synthetic.fill(services.factory)
    done = 0
    while True:
        with session_scope(services.factory, write=True) as session:
            count = render_pending(session, limit=5_000)
        if not count:
            break
        done += count
        if done % 50_000 == 0:
            tell(f"rendered {done:,} texts")
    _index(services)
    with services.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    services.engine.dispose()
    (data / _DONE).write_text("", encoding="utf-8")
    return data


def _read_all(data: Path) -> None:
    """Have the system keep the files in its memory: the disk is not what is measured."""
    for path in data.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass


def _index(services: Services) -> None:
    tell("indexing the synthetic library")
    count = rebuild(services.factory, services.search)
    tell(f"indexed {count:,} passages; at most {resident_peak():.0f} MB of memory were in use")
    with session_scope(services.factory, write=True) as session:
        while entries := outbox.pending(session, limit=500):
            outbox.clear(session, ids=[entry.id for entry in entries])


def resident_peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _bring_up_to_date(data: Path) -> None:
    """Schema and index belong to the version of the library, which moves more often than the content."""
    services = make_services(settings(data))
    if not migrate.is_current(services.engine):
        migrate.upgrade(services.engine)
    if services.search.check().problem is not None:
        _index(services)
    # Else the worker of the first site that is served makes it, in the middle of a measurement.
    services.vocabulary.refresh(services.factory)
    services.search.close()
    services.engine.dispose()


@contextlib.contextmanager
def copy_of_big_library() -> Iterator[Path]:
    """A data folder of one's own with the 10,000 works, to change things in; gone afterwards."""
    source = big_library()
    with tempfile.TemporaryDirectory(prefix="mortise-bench-copy-") as name:
        tell("copying the synthetic library")
        data = Path(name) / "library"
        shutil.copytree(source, data)
        yield data
