"""Publishing at a time that was set: a chore of the worker."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.db import session_scope, utc_now
from library.editorial import workflow
from library.editorial.models import Manuscript


class Publishing:
    """`library.jobs.chores.Chore`: gives readers what was approved and scheduled, once it is due."""

    name = "publishing"

    def waits(self, session: Session) -> bool:
        return bool(workflow.manuscripts_due(session, now=utc_now(), limit=1))

    def run(self, factory: sessionmaker[Session]) -> int:
        now = utc_now()
        with session_scope(factory) as session:
            due = workflow.manuscripts_due(session, now=now)
        done = 0
        for uuid in due:
            with session_scope(factory, write=True) as session:
                manuscript = session.scalar(select(Manuscript).where(Manuscript.uuid == uuid))
                if (
                    manuscript is None
                    or manuscript.publish_at is None
                    or manuscript.publish_at > now
                ):
                    continue
                asked = manuscript.publish_by
                person = session.get(Person, asked) if asked is not None else None
                by = actor_of(session, person) if person is not None and person.active else None
                workflow.publish_due(session, manuscript, by=by, now=now)
                done += 1
        return done
