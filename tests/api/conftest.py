"""A library that can be searched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import indexing
from library.http.services import Services
from library.search.whoosh_engine import WhooshEngine


@pytest.fixture
def indexed(
    services: Services, session: Session, factory: sessionmaker[Session]
) -> Callable[[], None]:
    """Commits what the test has made and brings it into a real index."""
    engine = WhooshEngine(services.settings.data / "index")
    services.search = engine

    def index() -> None:
        session.commit()
        indexing.drain(factory, engine)

    return index
