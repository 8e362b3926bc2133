"""Publishing at a time that was set: a chore of the worker."""

from __future__ import annotations

import datetime as dt
import logging
import uuid as uuids

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.accounts.permissions import Actor
from library.db import session_scope, utc_now
from library.editorial import workflow
from library.editorial.models import Manuscript, State
from library.errors import Forbidden, LibraryError

_log = logging.getLogger(__name__)


class Publishing:
    """`library.jobs.chores.Chore`: gives readers what was approved and scheduled, once it is due."""

    name = "publishing"

    def waits(self, session: Session) -> bool:
        return bool(manuscripts_due(session, now=utc_now(), limit=1))

    def run(self, factory: sessionmaker[Session]) -> int:
        now = utc_now()
        with session_scope(factory) as session:
            due = manuscripts_due(session, now=now)
        done = 0
        for uuid in due:
            try:
                done += self._publish(factory, uuid, now)
            except OperationalError:
                raise  # the database is away: nothing is wrong with the manuscript
            except Exception as error:
                # One work must not hold up all others, whatever it makes us stumble over.
                _log.exception("Publishing manuscript %s at its time has failed.", uuid)
                self._give_up(factory, uuid, error)
                done += 1
        return done

    def _publish(self, factory: sessionmaker[Session], uuid: uuids.UUID, now: dt.datetime) -> bool:
        with session_scope(factory, write=True) as session:
            manuscript = session.scalar(
                # Locked: who takes the time away, or the approval, is not overtaken.
                select(Manuscript).where(Manuscript.uuid == uuid).with_for_update()
            )
            if (
                manuscript is None
                or manuscript.publish_at is None
                or manuscript.publish_at > now
                or manuscript.state != State.APPROVED
            ):
                return False
            asked = manuscript.publish_by
            person = session.get(Person, asked) if asked is not None else None
            by = actor_of(session, person) if person is not None and person.active else None
            publish_due(session, manuscript, by=by, now=now)
            return True

    def _give_up(self, factory: sessionmaker[Session], uuid: uuids.UUID, error: Exception) -> None:
        with session_scope(factory, write=True) as session:
            manuscript = session.scalar(select(Manuscript).where(Manuscript.uuid == uuid))
            if manuscript is not None:
                manuscript.publish_at = None
                manuscript.publish_fault = (
                    f"The library made a mistake ({type(error).__name__}); its log says which."
                )


def manuscripts_due(session: Session, *, now: dt.datetime, limit: int = 20) -> list[uuids.UUID]:
    """Approved manuscripts whose time has come."""
    return list(
        session.scalars(
            select(Manuscript.uuid)
            .where(Manuscript.publish_at <= now, Manuscript.state == State.APPROVED)
            .order_by(Manuscript.publish_at)
            .limit(limit)
        )
    )


def publish_due(
    session: Session, manuscript: Manuscript, *, by: Actor | None, now: dt.datetime
) -> bool:
    """Publish what was scheduled; False, with the reason kept in the manuscript, where it does not work."""
    trial = session.begin_nested()
    try:
        if by is None:
            raise Forbidden("Who had set the time may not publish any more.")
        workflow.publish(session, manuscript, by=by, now=now)
        trial.commit()
    except LibraryError as error:
        trial.rollback()
        session.refresh(manuscript)
        manuscript.publish_fault = error.message
        manuscript.publish_at = None
        session.flush()
        return False
    return True
