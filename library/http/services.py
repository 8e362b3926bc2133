"""The parts that the composition root made, as every HTTP entrance finds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.facets import FacetCache, FacetIndex
from library.catalogue.unanswered import UnansweredTally
from library.catalogue.use import UseTally
from library.catalogue.vocabulary import Vocabulary, VocabularyCache
from library.config import Settings
from library.db import session_scope
from library.jobs.bell import Bell
from library.jobs.change_watch import ChangeWatch
from library.jobs.chores import Chore
from library.media.port import MediaStore
from library.search.port import SearchEngine
from library.terms.term_index import TermCache, TermIndex


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
    terms: TermCache = field(default_factory=TermCache)
    vocabulary: VocabularyCache = field(default_factory=VocabularyCache)
    unanswered: UnansweredTally = field(default_factory=UnansweredTally)
    use: UseTally = field(default_factory=UseTally)
    chores: tuple[Chore, ...] = ()


def services() -> Services:
    return cast(Services, current_app.extensions["library"])


def session() -> Session:
    """The session of this request: one read transaction, closed when the request ends."""
    if "session" not in g:
        g.session = services().factory()
    return cast(Session, g.session)


@contextmanager
def writing() -> Iterator[Session]:
    """The write transaction of this request: commits when the block ends, rolls back when it raises.

    Inside it, `session` is the same one. What was read before is looked at anew, as another may have
    changed it. Afterwards the bell is rung, so that what waits for the worker does not wait long.
    """
    parts = services()
    read = g.pop("session", None)
    if read is not None:
        read.close()
    with session_scope(parts.factory, write=True) as opened:
        g.session = opened
        try:
            yield opened
        finally:
            g.pop("session", None)
    parts.bell.ring()


def facet_index() -> FacetIndex:
    parts = services()
    return parts.facets.get(session(), number=parts.changes.number())


def languages() -> tuple[str, ...]:
    """The languages that works are in, those of the most works first."""
    parts = services()
    return parts.facets.languages(session(), number=parts.changes.number())


def term_index() -> TermIndex:
    parts = services()
    return parts.terms.get(session(), number=parts.changes.number())


def vocabulary() -> Vocabulary | None:
    """The words and titles of the library; None while a large library's are made for the first time."""
    parts = services()
    return parts.vocabulary.get(parts.factory, number=parts.changes.number())


def init_app(app: Flask) -> None:
    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        opened = g.pop("session", None)
        if opened is not None:
            opened.close()
