"""The worker's round: index what changed, render what is unrendered, prepare media, read files, wait.

Who serves the site has no worker running while nothing waits: ``watch`` tells when one is needed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import extraction, preparing, rendering, unanswered
from library.catalogue.indexing import Pace, drain
from library.catalogue.vocabulary import VocabularyCache
from library.db import session_scope, utc_now
from library.db.refusal import explain
from library.errors import LibraryError
from library.jobs import lease, outbox
from library.jobs.bell import Bell
from library.jobs.chores import Chore
from library.media.port import MediaStore
from library.search.port import SearchEngine

# A ring can be lost; what is to be done is looked for at least this often, in seconds.
ROUND = 5.0
# How soon is looked again after a worker was asked for: it may have been just about to end.
AGAIN = 1.0

_log = logging.getLogger(__name__)


def work_round(
    factory: sessionmaker[Session],
    *,
    search: SearchEngine,
    store: MediaStore,
    vocabulary: VocabularyCache | None = None,
    chores: Sequence[Chore] = (),
    stop: Callable[[], bool] | None = None,
    refresh: Callable[[], bool] | None = None,
    pace: Pace | None = None,
) -> int:
    """Do some of what is to be done; returns how many things were done, 0 when there was nothing.

    Reading a file can take long: what is published meanwhile is indexed, and ``stop()`` is asked.
    ``refresh()`` makes the vocabulary somewhere else.
    """
    done = drain(factory, search, pace=pace)
    with lease.held(factory, name="preparer") as mine:
        if mine:
            with session_scope(factory, write=True) as session:
                done += rendering.render_pending(session, limit=200)
            done += preparing.prepare_pending(factory, store)
            if not done:
                with session_scope(factory) as session:
                    unanswered.forget(session, day=utc_now().date())
                if vocabulary is not None:
                    done += refresh() if refresh is not None else vocabulary.refresh(factory)

    for chore in chores:
        with session_scope(factory) as session:
            due = chore.waits(session)
        if due:
            with lease.held(factory, name=f"chore {chore.name}") as mine:
                done += chore.run(factory) if mine else 0

    def meanwhile() -> None:
        with session_scope(factory) as session:
            published = outbox.is_waiting(session)
        if published:
            drain(factory, search, pace=pace)

    return done + extraction.extract_pending(factory, store, meanwhile=meanwhile, stop=stop)


def something_waits(
    factory: sessionmaker[Session],
    *,
    search: SearchEngine,
    vocabulary: VocabularyCache | None = None,
    chores: Sequence[Chore] = (),
) -> bool:
    """Whether a round would find something to do, or another process is at it."""
    with session_scope(factory) as session:
        if (
            outbox.is_waiting(session)
            or rendering.is_pending(session)
            or preparing.is_pending(session)
            or extraction.waiting(session)
            or any(chore.waits(session) for chore in chores)
        ):
            return True
    if vocabulary is not None and vocabulary.is_due(factory):
        return True
    return search.check().problem is not None


def work(
    factory: sessionmaker[Session],
    *,
    search: SearchEngine,
    store: MediaStore,
    bell: Bell,
    stop: Callable[[], bool],
    idle: float | None = None,
    vocabulary: VocabularyCache | None = None,
    chores: Sequence[Chore] = (),
    refresh: Callable[[], bool] | None = None,
) -> None:
    """Work until ``stop()``, or until nothing has waited for ``idle`` seconds.

    A fault is logged, once while it lasts, and tried again each round. ``refresh`` as for `work_round`.
    """
    trouble = ""
    pace = Pace()
    busy = time.monotonic()
    while not stop():
        try:
            done = work_round(
                factory,
                search=search,
                store=store,
                vocabulary=vocabulary,
                chores=chores,
                stop=stop,
                refresh=refresh,
                pace=pace,
            )
            if trouble:
                _log.info("The worker goes on.")
                trouble = ""
            if done:
                busy = time.monotonic()
                continue
            if idle is not None and time.monotonic() - busy >= idle:
                if not something_waits(
                    factory, search=search, vocabulary=vocabulary, chores=chores
                ):
                    return
                busy = time.monotonic()
        except (LibraryError, SQLAlchemyError, OSError) as error:
            said = explain(error) if isinstance(error, SQLAlchemyError) else str(error)
            if said != trouble:
                _log.error("The worker could not go on: %s", said)
                trouble = said
        bell.wait(seconds=ROUND)


def watch(
    factory: sessionmaker[Session],
    *,
    search: SearchEngine,
    bell: Bell,
    tell: Callable[[], bool],
    vocabulary: VocabularyCache | None = None,
    chores: Sequence[Chore] = (),
) -> None:
    """Call ``tell()`` while something waits for a worker, until it returns False.

    Looks at each ring and at least every ``ROUND`` seconds. It looks into the database rather than trust
    the bell: so a worker is not started for nothing, and what was left by one that died is found.
    """
    while True:
        try:
            waits = something_waits(factory, search=search, vocabulary=vocabulary, chores=chores)
        except (LibraryError, SQLAlchemyError, OSError):
            waits = False  # said by /readyz; a worker could not do anything either
        if waits and not tell():
            return
        bell.wait(seconds=AGAIN if waits else ROUND)
