"""The parts that the composition root made, as every HTTP entrance finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.facets import FacetCache, FacetIndex
from library.config import Settings
from library.jobs.bell import Bell
from library.jobs.change_watch import ChangeWatch
from library.media.port import MediaStore
from library.search.port import SearchEngine


@dataclass(slots=True)
class Services:
    settings: Settings
    engine: Engine
    factory: sessionmaker[Session]
    store: MediaStore
    search: SearchEngine
    bell: Bell
    facets: FacetCache
    changes: ChangeWatch


def services() -> Services:
    return cast(Services, current_app.extensions["library"])


def session() -> Session:
    """The session of this request: one read transaction, closed when the request ends."""
    if "session" not in g:
        g.session = services().factory()
    return cast(Session, g.session)


def facet_index() -> FacetIndex:
    parts = services()
    return parts.facets.get(session(), number=parts.changes.number())


def init_app(app: Flask) -> None:
    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        opened = g.pop("session", None)
        if opened is not None:
            opened.close()
