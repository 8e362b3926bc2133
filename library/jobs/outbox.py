"""The outbox: changes noted with the change itself, taken out by the one indexer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from library.db import utc_now
from library.jobs.models import ChangeCounter, LoggedChange, OutboxEntry

# Numbers that the log of changes reaches back, at least, and how often older ones are taken out of it.
REMEMBERED = 2_000
_SWEPT = 100


@dataclass(frozen=True, slots=True)
class Change:
    subject: str
    uuid: uuid.UUID


# Pages ask these: they are put together once.
_NUMBER = select(ChangeCounter.value).where(ChangeCounter.id == 1)
_CHANGED = select(LoggedChange.uuid).where(
    LoggedChange.number > bindparam("since"),
    LoggedChange.number <= bindparam("until"),
    LoggedChange.subject == bindparam("subject"),
)
_NEXT = (
    update(ChangeCounter)
    .where(ChangeCounter.id == 1)
    .values(value=ChangeCounter.value + 1)
    .returning(ChangeCounter.value)
    .execution_options(synchronize_session=False)
)


def note(session: Session, changes: Sequence[Change]) -> None:
    """Write what changed, and age every cache, in the caller's transaction."""
    now = utc_now()
    if changes:
        session.execute(
            insert(OutboxEntry),
            [{"subject": c.subject, "uuid": c.uuid, "noted_at": now} for c in changes],
        )
    number = touch(session)
    if changes:
        session.execute(
            insert(LoggedChange),
            [{"number": number, "uuid": c.uuid, "subject": c.subject} for c in set(changes)],
        )
    if number % _SWEPT == 0:
        session.execute(delete(LoggedChange).where(LoggedChange.number <= number - REMEMBERED))


def touch(session: Session) -> int:
    """Age every cache without asking for indexing (say: a picture has got its small version).

    Returns the new number. It is nobody else's: the row is locked until the transaction ends.
    """
    number = session.scalar(_NEXT)
    if number is None:
        session.add(ChangeCounter(id=1, value=1))
        session.flush()
        return 1
    return int(number)


def changed(session: Session, *, subject: str, since: int, until: int) -> set[uuid.UUID] | None:
    """What changed after number ``since`` and up to ``until``; None if the log does not reach back so far."""
    if until - since > REMEMBERED:
        return None
    asked = {"since": since, "until": until, "subject": subject}
    return set(session.scalars(_CHANGED, asked))


def change_number(session: Session) -> int:
    """The number of the last published change; 0 in an empty library."""
    return session.scalar(_NUMBER) or 0


def pending(session: Session, *, limit: int) -> list[OutboxEntry]:
    """The oldest entries, at most ``limit``."""
    return list(session.scalars(select(OutboxEntry).order_by(OutboxEntry.id).limit(limit)))


def waiting_ids(session: Session) -> list[int]:
    """The ids of all entries: what a rebuild that begins now will have done with."""
    return list(session.scalars(select(OutboxEntry.id)))


def is_waiting(session: Session) -> bool:
    return session.scalar(select(OutboxEntry.id).limit(1)) is not None


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OutboxEntry)) or 0


def clear(session: Session, *, ids: Sequence[int]) -> None:
    """Take out entries once the index holds them; replaying one that stayed is harmless."""
    session.execute(delete(OutboxEntry).where(OutboxEntry.id.in_(ids)))
