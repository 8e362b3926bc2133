"""Chores: what features above the catalogue have the worker do later.

What is to be done is a state in the database; a chore knows how to find out whether there is any and
how to do some of it. The composition root lists them (`library.app.make_services`), so that the worker
need not know the features.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker


class Chore(Protocol):
    """One kind of work to be done later."""

    name: str

    def waits(self, session: Session) -> bool:
        """Whether something is due now. MUST be cheap: it is asked every few seconds. MUST NOT write."""
        ...

    def run(self, factory: sessionmaker[Session]) -> int:
        """Do some of what is due, in transactions of its own; returns how many things were done.

        MUST be safe to be killed at any moment and run again. SHOULD come back within seconds. One worker
        at a time runs a chore. A thing that fails MUST be noted in the database with its reason and a
        later time, not raised, so that it holds nothing else up.
        """
        ...


class Deferred:
    """A chore whose modules are loaded once there is anything that it could be about.

    Every process that serves pages asks its chores whether something waits, and would hold the modules of
    all of them for libraries that never use them. ``maybe`` is a statement that finds a row wherever the
    chore could be due, and may find one where it is not: then the chore itself is asked.
    """

    def __init__(self, name: str, *, maybe: str, make: Callable[[], Chore]) -> None:
        self.name = name
        self._maybe = text(f"{maybe} LIMIT 1")
        self._make = make
        self._made: Chore | None = None

    @property
    def chore(self) -> Chore:
        """The chore itself."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def waits(self, session: Session) -> bool:
        return session.execute(self._maybe).first() is not None and self.chore.waits(session)

    def run(self, factory: sessionmaker[Session]) -> int:
        return self.chore.run(factory)
