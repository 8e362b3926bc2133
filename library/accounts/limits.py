"""How often somebody may try: counted in the database, so that all processes of a site count together.

A wait begins after some failures and doubles with each more. What is counted is a pair of address and
network first of all, so that a stranger cannot shut somebody out who comes from elsewhere; an address and
a network alone are allowed more. An unknown address is counted like a known one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from library.accounts.models import Attempts
from library.errors import TooMany

#: The first wait, and the longest.
FIRST: Final = dt.timedelta(seconds=15)
LONGEST: Final = dt.timedelta(hours=1)
#: Failures are forgotten when none was added for this long.
MEMORY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that may fail ``free`` times before a wait begins."""

    kind: str
    value: str
    free: int

    @property
    def key(self) -> str:
        # Hashed: the table should not tell who has tried to come in from where.
        return hashlib.sha256(f"{self.kind}\0{self.value}".encode("utf-8", "replace")).hexdigest()


def for_sign_in(*, email: str, network: str) -> list[Limit]:
    return [
        Limit("address and network", f"{email}\0{network}", 5),
        Limit("address", email, 30),
        Limit("network", network, 60),
    ]


def for_mail(*, email: str, network: str) -> list[Limit]:
    """Mails that anybody can have sent to an address."""
    return [Limit("mail", email, 3), Limit("mail from", network, 10)]


def for_person(kind: str, person_id: int) -> list[Limit]:
    """What a person, or who has their password, has to know besides."""
    return [Limit(kind, str(person_id), 5)]


def for_links(network: str) -> list[Limit]:
    """Addresses with a token that nobody was given."""
    return [Limit("link", network, 20)]


def wait(failures: int, free: int) -> dt.timedelta:
    """How long to wait after so many failures."""
    if failures < free:
        return dt.timedelta()
    doubled: int = 2 ** min(failures - free, 16)
    return min(FIRST * doubled, LONGEST)


def require_room(session: Session, limits: Sequence[Limit], *, now: dt.datetime) -> None:
    """Raises ``TooMany``, with the seconds to wait, where one of these was tried too often."""
    left = dt.timedelta()
    for limit in limits:
        row = _row(session, limit, now)
        if row is not None:
            left = max(left, row.last_at + wait(row.failures, limit.free) - now)
    if left > dt.timedelta():
        raise TooMany("There were too many attempts. Wait before the next.", seconds=_whole(left))


def _whole(left: dt.timedelta) -> int:
    return max(1, int(-(-left.total_seconds() // 1)))


def take(session: Session, limits: Sequence[Limit], *, now: dt.datetime) -> None:
    """Take an attempt: counted as a failure before it is known to be one, so that many at once do not
    get a free try each. Raises ``TooMany`` like `require_room`. See `forgive`."""
    rows = [_locked(session, limit, now) for limit in limits]
    require_room(session, limits, now=now)
    for row in rows:
        row.failures = 1 if now - row.last_at >= MEMORY else row.failures + 1
        row.last_at = now
    session.flush()


def _locked(session: Session, limit: Limit, now: dt.datetime) -> Attempts:
    """The row of a limit, which nobody else changes until this transaction ends."""
    row = session.get(Attempts, limit.key, with_for_update=True)
    if row is None:
        try:
            with session.begin_nested():
                row = Attempts(key=limit.key, failures=0, last_at=now)
                session.add(row)
        except IntegrityError:  # another was first
            row = session.get_one(Attempts, limit.key, with_for_update=True)
    return row


def forgive(session: Session, limits: Sequence[Limit], *, now: dt.datetime) -> None:
    """It was no failure after all. A network's older ones stay: one good account opens no others."""
    for limit in limits:
        row = _row(session, limit, now)
        if row is None:
            continue
        if limit.kind == "network":
            row.failures = max(0, row.failures - 1)
        else:
            session.delete(row)
    session.flush()


def forget(session: Session, limits: Sequence[Limit]) -> None:
    """Failures that say nothing any more, because what was tried is something else now."""
    session.execute(delete(Attempts).where(Attempts.key.in_([limit.key for limit in limits])))


def _row(session: Session, limit: Limit, now: dt.datetime) -> Attempts | None:
    row = session.get(Attempts, limit.key)
    return None if row is None or now - row.last_at >= MEMORY else row


def sweep(session: Session, *, now: dt.datetime) -> None:
    """Forget what nobody asks for any more."""
    old = select(Attempts.key).where(Attempts.last_at <= now - MEMORY).limit(1000)
    session.execute(delete(Attempts).where(Attempts.key.in_(old)))
