"""The worker's round: index what changed, render what is unrendered, prepare media, wait for the bell."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.indexing import drain
from library.catalogue.preparing import prepare_pending
from library.catalogue.rendering import render_pending
from library.db import session_scope
from library.db.refusal import explain
from library.errors import LibraryError
from library.jobs import lease
from library.jobs.bell import Bell
from library.media.port import MediaStore
from library.search.port import SearchEngine

# A ring can be lost; what is to be done is looked for at least this often, in seconds.
ROUND = 5.0

_log = logging.getLogger(__name__)


def work_round(factory: sessionmaker[Session], *, search: SearchEngine, store: MediaStore) -> int:
    """Do some of what is to be done; returns how many things were done, 0 when there was nothing."""
    done = drain(factory, search)
    with lease.held(factory, name="preparer") as mine:
        if mine:
            with session_scope(factory, write=True) as session:
                done += render_pending(session, limit=200)
            done += prepare_pending(factory, store)
    return done


def work(
    factory: sessionmaker[Session],
    *,
    search: SearchEngine,
    store: MediaStore,
    bell: Bell,
    stop: Callable[[], bool],
    resident: bool = True,
) -> None:
    """Work until ``stop()``, or unless ``resident`` until nothing is left to do.

    A fault is logged, once while it lasts, and tried again each round.
    """
    trouble = ""
    while not stop():
        try:
            done = work_round(factory, search=search, store=store)
            if trouble:
                _log.info("The worker goes on.")
                trouble = ""
            if done:
                continue
            if not resident:
                return
        except (LibraryError, SQLAlchemyError, OSError) as error:
            said = explain(error) if isinstance(error, SQLAlchemyError) else str(error)
            if said != trouble:
                _log.error("The worker could not go on: %s", said)
                trouble = said
        bell.wait(seconds=ROUND)
