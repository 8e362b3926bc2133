"""Counting while pages are served, without touching a request: in memory first, later in the database.

What is told goes into the process's memory and from there, after a while, by a thread of its own into
the database. What a process has not written when it is killed is lost, and a fault of the database loses
it too: a statistic is not worth a slow page.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from library.db import session_scope, utc_now
from library.db.refusal import explain

_log = logging.getLogger(__name__)

Told = TypeVar("Told", bound=Hashable)


class Tally(Generic[Told]):
    """Counts of this process that are not written down yet. Cheap to tell, safe from all threads."""

    def __init__(
        self,
        write: Callable[[Session, Mapping[Told, int], dt.date], None],
        *,
        later: float,
        most: int,
        lost: str,
    ) -> None:
        """``write`` puts counts into the database with the day on which they are written.

        ``later``: seconds after which what was told is written down. ``most``: different things that wait
        at most. ``lost``: the sentence for the log when they could not be written.
        """
        self._write = write
        self._later = later
        self._most = most
        self._lost = lost
        self._lock = threading.Lock()
        self._waiting: Counter[Told] = Counter()
        self._timer: threading.Timer | None = None
        self._process = 0

    def _count(
        self, factory: sessionmaker[Session], told: Told, *, crowded: Told | None = None
    ) -> None:
        """Count one; as ``crowded``, if anything, where too many wait. Never raises and never waits."""
        with self._lock:
            if told not in self._waiting and len(self._waiting) >= self._most:
                if crowded is None:
                    return
                told = crowded
            self._waiting[told] += 1
            if self._timer is None or self._process != os.getpid():
                # A timer from before a fork runs in the other process only.
                self._process = os.getpid()
                self._timer = threading.Timer(self._later, self.flush, (factory,))
                self._timer.daemon = True
                self._timer.start()

    def flush(self, factory: sessionmaker[Session]) -> None:
        """Write down what was told so far; a fault is logged, and what it was about is forgotten."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            waiting, self._waiting, self._timer = self._waiting, Counter(), None
        if not waiting:
            return
        try:
            with session_scope(factory, write=True) as session:
                self._write(session, waiting, utc_now().date())
        except SQLAlchemyError as error:
            _log.warning("%s %s", self._lost, explain(error))

    def close(self) -> None:
        """Forget what is not written down yet, and write nothing any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._waiting, self._timer = Counter(), None
