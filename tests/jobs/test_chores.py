"""Chores that are loaded when there is something to do."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session, sessionmaker

from library.accounts.letters import post
from library.app import _chores
from library.config import Settings
from library.db import utc_now
from library.editorial.models import ContentImport, Manuscript, State
from library.jobs.chores import Chore, Deferred
from library.media.folder import LocalStore
from library.uploads.models import Upload, UploadState


class _Counted:
    name = "counted"

    def __init__(self, due: bool) -> None:
        self.due = due
        self.ran = 0

    def waits(self, session: Session) -> bool:
        return self.due

    def run(self, factory: sessionmaker[Session]) -> int:
        self.ran += 1
        return 1


def test_a_chore_is_made_when_its_table_holds_something(
    session: Session, factory: sessionmaker[Session]
) -> None:
    made: list[_Counted] = []

    def make() -> Chore:
        made.append(_Counted(due=True))
        return made[-1]

    deferred = Deferred("mail", maybe="SELECT 1 FROM letter", make=make)
    assert not deferred.waits(session)
    assert not made
    post(session, to="a@example.org", subject="S", text="T", lang="en", now=utc_now())
    assert deferred.waits(session)
    assert deferred.waits(session)
    assert len(made) == 1
    assert deferred.run(factory) == 1
    made[0].due = False
    assert not deferred.waits(session)


def test_no_deferred_chore_misses_what_is_due(
    session: Session, settings: Settings, tmp_path: object
) -> None:
    """With something due for each of them, each says that it waits; in an empty library none does."""
    chores = _chores(settings, LocalStore(settings.data / "media"))
    deferred = {one.name: one for one in chores if isinstance(one, Deferred)}
    assert not [name for name, one in deferred.items() if one.waits(session)]
    ago = utc_now() - dt.timedelta(days=200)
    session.add(
        Manuscript(
            kind="course",
            key="due",
            source_language="en",
            state=State.APPROVED,
            publish_at=ago,
        )
    )
    session.add_all(
        [
            Upload(name="a", institution="x", size=1, expires=ago, state=UploadState.CHECKING),
            Upload(
                name="b",
                institution="x",
                size=1,
                expires=ago,
                state=UploadState.READY,
                touched_at=ago,
            ),
        ]
    )
    session.add(ContentImport(name="c.zip", by_name="A", person_id=1, size=1))
    session.flush()
    waiting = {name for name, one in deferred.items() if one.waits(session)}
    assert waiting == deferred.keys() - {"mail"}  # no mail server is set
