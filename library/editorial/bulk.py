"""Changing many works at once: each by the functions that change one, and further on its way if asked."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts import log
from library.accounts.permissions import Action, Actor
from library.catalogue.drafting import draft_of
from library.catalogue.models import Work
from library.editorial import editing, facts, manuscripts, revisions, workflow
from library.editorial.checking import findings
from library.editorial.models import Manuscript, State
from library.errors import Conflict, Invalid

#: A manuscript that may say something else than what readers have.
OPEN: Final = (State.DRAFT, State.IN_REVIEW, State.APPROVED)


def taken_up(session: Session, work_uuid: uuids.UUID, *, by: Actor) -> tuple[Manuscript, bool]:
    """The manuscript of a work, and whether it says just what readers have.

    One in which nobody has written since it was published is brought up to what an import has changed.
    """
    manuscript = session.scalar(select(Manuscript).where(Manuscript.work_uuid == work_uuid))
    if manuscript is None:
        manuscript = manuscripts.open_work(session, work_uuid, by=by)
    elif manuscript.state not in OPEN:
        work = session.scalar(select(Work).where(Work.uuid == work_uuid))
        if work is not None and work.revision != manuscript.based_on:
            draft = draft_of(session, work_uuid)
            manuscript.key = draft.key
            manuscripts.fill(session, manuscript, draft, by=None)
            manuscript.based_on = work.revision
    return manuscript, manuscript.state == State.PUBLISHED


def change_facts(
    session: Session, work_uuid: uuids.UUID, values: Mapping[str, Any], *, key: str = "", by: Actor
) -> tuple[Manuscript, bool]:
    """Set facts of a work in its manuscript, and its key where one is given.

    Returns the manuscript, and whether this is all that its readers do not have yet. Raises what
    `facts.save_facts` and `facts.rename` raise.
    """
    manuscript, alone = taken_up(session, work_uuid, by=by)
    if values:
        facts.save_facts(session, manuscript, values, by=by)
    if key and key != manuscript.key:
        facts.rename(session, manuscript, key=key, by=by)
    return manuscript, alone


def publish_at_once(
    session: Session, manuscript: Manuscript, *, version: int, by: Actor, note: str = ""
) -> None:
    """Give readers facts that a publisher has changed in a table, without another person's review.

    Only for a manuscript in which nothing but this is new: ``version`` is the one that the table made of
    it, and what somebody has written there since waits for its review. It is kept as a revision like any
    other, and the log says that nobody else has looked. Raises ``Forbidden``, ``Conflict``, and
    ``Invalid`` (details: ``findings``) where something stops it.
    """
    by.require(Action.PUBLISH, institutions=manuscripts.institutions_of(session, manuscript))
    editing.hold(session, manuscript)
    if manuscript.version != version:
        raise Conflict(
            "Its manuscript has other changes, too; it is a draft now.", reason="not-alone"
        )
    if manuscript.state != State.DRAFT:
        raise Conflict("Only a draft can be published at once.", reason="state")
    draft = manuscripts.draft_from(session, manuscript)
    stops = [one for one in findings(draft) if one.stops]
    if stops:
        raise Invalid("Something has to be put right before this can be published.", findings=stops)
    revisions.keep_what_was_there(session, manuscript.work_uuid)
    revision = revisions.keep(
        session,
        manuscript.work_uuid,
        draft,
        written_by=by.name,
        approved_by=by.name,
        note=note,
    )
    manuscript.state = State.APPROVED
    manuscript.approved_id = revision.id
    log.record(
        session,
        by=by,
        did="approved",
        subject=f"{manuscript.kind}/{manuscript.key}",
        details={
            "manuscript": str(manuscript.uuid),
            "work": str(manuscript.work_uuid),
            "revision": revision.number,
            "alone": True,
            "in bulk": True,
        },
    )
    session.flush()
    workflow.publish(session, manuscript, by=by)
