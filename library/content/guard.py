"""Who may store what a ZIP of content holds, and what else becomes of what it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Work, WorkInstitution
from library.content.importing import Reading
from library.content.work_folder import WorkReading
from library.db import session_scope
from library.directory.models import Institution
from library.editorial import revisions
from library.editorial.bulk import OPEN
from library.editorial.models import Manuscript
from library.errors import Forbidden
from library.sentences import Sentence

_STATES: Final[Mapping[str, Sentence]] = {
    "draft": Sentence("draft"),
    "in review": Sentence("in review"),
    "approved": Sentence("approved"),
}


class Guard:
    """Whether somebody may store what a folder holds; and what an editor is writing is told.

    Where it is stored, what readers have until then is kept as a revision, so that it can be restored.
    """

    def __init__(self, factory: sessionmaker[Session], by: Actor, *, storing: bool) -> None:
        self._factory = factory
        self._by = by
        self._storing = storing

    def __call__(self, reading: Reading) -> None:
        if not isinstance(reading, WorkReading) or reading.draft is None:
            if not self._by.may(Action.EDIT_RECORDS):
                reading.faults.add(
                    reading.shown,
                    0,
                    Sentence(
                        "You may not change institutions, partnerships and terms; "
                        "leave this folder out."
                    ),
                )
            return
        with session_scope(self._factory) as session:
            work = session.execute(
                select(Work.id, Work.uuid).where(
                    or_(
                        (Work.kind == reading.kind) & (Work.key == reading.key),
                        Work.uuid == reading.draft.uuid,
                    )
                )
            ).first()
            there = (
                list(
                    session.scalars(
                        select(Institution.key)
                        .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
                        .where(WorkInstitution.work_id == work.id)
                    )
                )
                if work is not None
                else None
            )
            written = session.scalar(
                select(Manuscript.state).where(
                    Manuscript.kind == reading.kind,
                    Manuscript.key == reading.key,
                    Manuscript.state.in_(OPEN),
                )
            )
        wanted = reading.draft.institutions
        if there is not None and not self._by.may(Action.PUBLISH, institutions=there):
            message = Sentence("You may not publish this work; leave this folder out.")
            reading.faults.add(reading.shown, 0, message)
        elif (wanted or there is None) and not self._may_hand_over(there or [], wanted):
            message = Sentence("You may not publish works of these institutions.")
            reading.faults.add(reading.shown, 0, message)
        if self._storing and work is not None and not reading.faults:
            with session_scope(self._factory, write=True) as session:
                revisions.keep_what_was_there(session, work.uuid)
        if written is not None:
            reading.faults.warn(
                reading.shown,
                0,
                Sentence(
                    "This work is on the desk as well (%(state)s); what is written there stays, "
                    "and whoever publishes it is asked which of the two is to be kept.",
                    state=_STATES.get(written, written),
                ),
            )

    def _may_hand_over(self, before: list[str], after: list[str]) -> bool:
        """Whether this person may publish for ``after``, and for each that is added or taken away."""
        try:
            self._by.require(Action.PUBLISH, institutions=after)
            self._by.require_handing_over(Action.PUBLISH, before=before, after=after)
        except Forbidden:
            return False
        return True
