"""Chores: what features above the catalogue have the worker do later.

What is to be done is a state in the database; a chore knows how to find out whether there is any and
how to do some of it. The composition root lists them (`library.app.make_services`), so that the worker
need not know the features.
"""

from __future__ import annotations

from typing import Protocol

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
