"""Sittings at the desk: begun at sign-in, found by their cookie, ended by time or by hand.

The database keeps a hash of the token, so that who reads it cannot take a place. A token is never
taken over from before the sign-in: each sitting begins with a new one.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from library.accounts.models import Person, Sitting
from library.accounts.tokens import hashed, new_token
from library.errors import NotFound

#: A sitting ends when nothing was done for this long, and after this long in any case.
IDLE: Final = dt.timedelta(days=3)
LONGEST: Final = dt.timedelta(days=30)
#: How long the code of a device is waited for.
HALF: Final = dt.timedelta(minutes=10)
#: ``seen_at`` is written this often at most: reading a page should not have to write.
GLIMPSE: Final = dt.timedelta(minutes=5)


def begin(
    session: Session,
    person: Person,
    *,
    now: dt.datetime,
    way: str = "password",
    half: bool = False,
    device: str = "",
    network: str = "",
) -> tuple[Sitting, str]:
    """A new sitting and the token for its cookie, which is kept nowhere else."""
    token = new_token()
    sitting = Sitting(
        token=hashed(token),
        person_id=person.id,
        half=half,
        way=way[:60],
        started_at=now,
        seen_at=now,
        device=device[:400],
        network=network[:64],
    )
    session.add(sitting)
    session.flush()
    return sitting, token


def find(
    session: Session, token: str, *, now: dt.datetime, half: bool = False
) -> tuple[Sitting, Person] | None:
    """The sitting of a token with its person, while both last. ``half`` finds only unfinished ones."""
    row = session.execute(
        select(Sitting, Person)
        .join(Person, Person.id == Sitting.person_id)
        .where(Sitting.token == hashed(token), Sitting.half == half, Person.active)
    ).one_or_none()
    if row is None or not _lasts(row[0], now):
        return None
    return row[0], row[1]


def _lasts(sitting: Sitting, now: dt.datetime) -> bool:
    if sitting.half:
        return now - sitting.started_at < HALF
    return now - sitting.seen_at < IDLE and now - sitting.started_at < LONGEST


def is_stale(sitting: Sitting, *, now: dt.datetime) -> bool:
    """Whether it is time to write down again that somebody is there."""
    return now - sitting.seen_at >= GLIMPSE


def touch(session: Session, sitting_id: int, *, now: dt.datetime, network: str) -> None:
    """Somebody is still there."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is not None and sitting.seen_at < now:
        sitting.seen_at, sitting.network = now, network[:64]


def own(session: Session, person_id: int, *, now: dt.datetime) -> list[Sitting]:
    """A person's sittings that last, the newest first."""
    rows = session.scalars(
        select(Sitting)
        .where(Sitting.person_id == person_id, ~Sitting.half)
        .order_by(Sitting.seen_at.desc(), Sitting.id.desc())
    )
    return [row for row in rows if _lasts(row, now)]


def end(session: Session, person_id: int, sitting_id: int) -> None:
    """End one of a person's sittings, if it has not ended yet; raises ``NotFound`` for somebody else's."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        return
    if sitting.person_id != person_id:
        raise NotFound("There is no such session.")
    session.delete(sitting)
    session.flush()


def end_all(session: Session, person_id: int, *, but: int | None = None) -> int:
    """End a person's sittings, perhaps but one; returns how many there were."""
    statement = delete(Sitting).where(Sitting.person_id == person_id)
    if but is not None:
        statement = statement.where(Sitting.id != but)
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def sweep(session: Session, *, now: dt.datetime) -> int:
    """Forget the sittings that have ended by themselves."""
    ended = delete(Sitting).where(
        (Sitting.seen_at <= now - IDLE)
        | (Sitting.started_at <= now - LONGEST)
        | (Sitting.half & (Sitting.started_at <= now - HALF))
    )
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]
