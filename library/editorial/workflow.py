"""From draft to readers and back: each step is one function; `steps` says when and by whom it is made.

Draft > in review > approved > published > retired. What is published is what was approved: approving
keeps the manuscript as a revision, and publishing takes the work from there.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts import log
from library.accounts.models import Person, RoleGrant
from library.accounts.permissions import ROLE_ACTIONS, Action, Actor
from library.catalogue import former_addresses
from library.catalogue.drafts import WorkChange
from library.catalogue.models import Work
from library.catalogue.service import store_work, withdraw
from library.db import utc_now
from library.editorial import editing, manuscripts, revisions
from library.editorial.checking import findings
from library.editorial.holding import let_go
from library.editorial.models import Manuscript, ManuscriptText, Revision, State
from library.editorial.models.text import ManuscriptBlock, ManuscriptSection
from library.editorial.steps import STEPS, Step
from library.errors import Conflict, Forbidden, Invalid


def submit(session: Session, manuscript: Manuscript, *, by: Actor, note: str = "") -> None:
    """Hand a draft to the reviewers. Raises ``Invalid`` (details: ``findings``) where something stops it."""
    _begin(session, manuscript, Step.SUBMIT, by=by)
    stops = [one for one in findings(manuscripts.draft_from(session, manuscript)) if one.stops]
    if stops:
        raise Invalid("Something has to be put right before this can be reviewed.", findings=stops)
    manuscript.state = State.IN_REVIEW
    manuscript.submitted_by, manuscript.submitted_at = by.id, utc_now()
    _record(session, manuscript, "submitted for review", by=by, note=note)


def take_back(session: Session, manuscript: Manuscript, *, by: Actor) -> None:
    """Go on writing what was handed in or approved; an approval and a time to publish are given up."""
    _begin(session, manuscript, Step.TAKE_BACK, by=by)
    _back_to_draft(manuscript)
    _record(session, manuscript, "took back", by=by)


def send_back(session: Session, manuscript: Manuscript, *, why: str, by: Actor) -> None:
    """Give a manuscript back to its authors, with what is to be done."""
    _begin(session, manuscript, Step.SEND_BACK, by=by)
    if not why.strip():
        raise Invalid("Say what is to be changed.", field="why")
    _back_to_draft(manuscript)
    _record(session, manuscript, "sent back", by=by, note=why.strip())


def approve(
    session: Session,
    manuscript: Manuscript,
    *,
    by: Actor,
    note: str = "",
    version: int | None = None,
) -> Revision:
    """Keep the manuscript as it stands as the revision that may be published.

    Who wrote in it since it was last published does not approve it, as long as somebody else could.
    ``version`` is the one that was looked at: what was taken back, changed and handed in again since is
    another text. Raises ``Conflict`` then.
    """
    _begin(session, manuscript, Step.APPROVE, by=by, version=version)
    writers = _writers(session, manuscript)
    if by.id in writers and _others_could(session, manuscript, by=by):
        raise Forbidden(
            "You have written in this yourself; somebody else has to review it.",
            reason="own-words",
        )
    draft = manuscripts.draft_from(session, manuscript)
    revisions.keep_what_was_there(session, manuscript.work_uuid)
    revision = revisions.keep(
        session,
        manuscript.work_uuid,
        draft,
        written_by=", ".join(_names(session, writers)),
        approved_by=by.name,
        note=note.strip(),
    )
    manuscript.state = State.APPROVED
    manuscript.approved_id = revision.id
    _record(
        session,
        manuscript,
        "approved",
        by=by,
        note=note,
        revision=revision.number,
        alone=by.id in writers,
    )
    return revision


def publish(
    session: Session,
    manuscript: Manuscript,
    *,
    by: Actor,
    over: int | None = None,
    version: int | None = None,
    now: dt.datetime | None = None,
) -> WorkChange:
    """Give readers the approved revision; ``version`` as for `approve`.

    Raises ``Conflict`` (details: ``revision``) where the work in the library is not the one that the
    manuscript was made from, because an import has changed it since; ``over`` names the revision of the
    work that may be overwritten.
    """
    _begin(session, manuscript, Step.PUBLISH, by=by, version=version)
    now = now or utc_now()
    approved = manuscript.approved_id
    revision = session.get(Revision, approved) if approved is not None else None
    if revision is None:
        raise Conflict("The approved revision of this manuscript is not there any more.")
    draft = revisions.draft_in(revision)
    work = session.scalar(select(Work).where(Work.uuid == manuscript.work_uuid))
    if work is not None:
        if work.revision not in (manuscript.based_on, over):
            raise Conflict(
                f"{work.updated_by} has changed this work in the library since this manuscript was "
                "made from it. Compare the two, then decide.",
                reason="changed-meanwhile",
                revision=work.revision,
            )
        if draft.key != work.key:
            former_addresses.rename_work(session, work.uuid, key=draft.key, by=by.name)
    draft.status, draft.withdrawn_because, draft.replaced_by = "published", None, None
    change = store_work(session, draft, by=by.name, whole=True)
    work = session.scalars(select(Work).where(Work.uuid == manuscript.work_uuid)).one()
    revision.published_by, revision.published_at = by.name, now
    manuscript.state = State.PUBLISHED
    manuscript.based_on = work.revision
    manuscript.publish_at = manuscript.publish_by = manuscript.publish_fault = None
    _record(session, manuscript, "published", by=by, revision=revision.number)
    return change


def schedule(
    session: Session,
    manuscript: Manuscript,
    *,
    at: dt.datetime,
    by: Actor,
    version: int | None = None,
    now: dt.datetime | None = None,
) -> None:
    """Have the approved revision published at a time; who asked must still be allowed to then.

    ``version`` as for `approve`.
    """
    _begin(session, manuscript, Step.SCHEDULE, by=by, version=version)
    if at <= (now or utc_now()):
        raise Invalid("This time has passed; choose one to come, or publish now.", field="at")
    manuscript.publish_at, manuscript.publish_by = at.astimezone(dt.UTC), by.id
    manuscript.publish_fault = None
    _record(session, manuscript, "scheduled", by=by, at=manuscript.publish_at.isoformat())


def unschedule(session: Session, manuscript: Manuscript, *, by: Actor) -> None:
    """Do not publish at the time that was set."""
    _begin(session, manuscript, Step.UNSCHEDULE, by=by)
    if manuscript.publish_at is None:
        raise Conflict("No time is set for this manuscript.", reason="no-time")
    manuscript.publish_at = manuscript.publish_by = manuscript.publish_fault = None
    _record(session, manuscript, "unscheduled", by=by)


def retire(
    session: Session, manuscript: Manuscript, *, because: str, forward_to: str = "", by: Actor
) -> None:
    """Take a published work away from readers. Its address says why and, where one is given, leads on.

    ``forward_to`` is kind/key of another published work.
    """
    _begin(session, manuscript, Step.RETIRE, by=by)
    work = session.scalar(select(Work).where(Work.uuid == manuscript.work_uuid))
    if work is None or work.status != "published":
        raise Conflict(
            "Readers do not have this work, so it cannot be taken away from them.",
            reason="not-published",
        )
    if not because.strip():
        raise Invalid("Say why; readers will see it at the work's address.", field="because")
    if forward_to:
        kind, _, key = forward_to.strip("/").partition("/")
        other = session.scalar(select(Work).where(Work.kind == kind, Work.key == key))
        if other is None or other.status != "published" or other.id == work.id:
            raise Invalid(
                f"{forward_to} is not another work that readers have.", field="forward_to"
            )
        work.replaced_by = f"{kind}/{key}"
    revisions.keep_what_was_there(session, manuscript.work_uuid)
    withdraw(session, work.uuid, because=because.strip(), by=by.name)
    manuscript.state = State.RETIRED
    manuscript.based_on = work.revision
    manuscript.approved_id = manuscript.publish_at = manuscript.publish_by = None
    _record(session, manuscript, "retired", by=by, note=because, forward_to=forward_to)


def restore(session: Session, manuscript: Manuscript, *, number: int, by: Actor) -> None:
    """Make the manuscript say what a revision says. It is a draft then, to be reviewed like any other.

    What the manuscript says now is kept as a revision of its own first, so restoring can be undone. Who
    answered for it then does so again only where ``by`` could hand it over.
    """
    _begin(session, manuscript, Step.RESTORE, by=by)
    wanted = revisions.revision(session, manuscript.work_uuid, number)
    draft = revisions.draft_in(wanted)
    answering = manuscripts.institutions_of(session, manuscript)
    try:
        by.require_handing_over(Action.WRITE, before=answering, after=draft.institutions)
    except Forbidden:
        draft.institutions = answering
    revisions.keep_what_was_there(session, manuscript.work_uuid)
    if manuscript.state == State.DRAFT:
        revisions.keep(
            session,
            manuscript.work_uuid,
            manuscripts.draft_from(session, manuscript),
            written_by=by.name,
            approved_by=None,
            note="before restoring",
        )
    manuscripts.fill(session, manuscript, draft, by=by)
    _changed(manuscript, by)
    _record(session, manuscript, "restored", by=by, revision=number)


def discard(session: Session, manuscript: Manuscript, *, by: Actor) -> bool:
    """Throw a draft away: back to what readers have, or, where they have nothing, gone. True where gone."""
    _begin(session, manuscript, Step.DISCARD, by=by)
    work = session.scalar(select(Work).where(Work.uuid == manuscript.work_uuid))
    _record(session, manuscript, "discarded", by=by)
    revisions.keep(
        session,
        manuscript.work_uuid,
        manuscripts.draft_from(session, manuscript),
        written_by=by.name,
        approved_by=None,
        note="discarded",
    )
    if work is None:
        let_go(session, manuscript)
        session.delete(manuscript)
        session.flush()
        return True
    # The manuscript stays the same one: its address, and what was said about paragraphs that stay.
    manuscripts.fill_from_library(session, manuscript)
    manuscript.version += 1
    return False


def _begin(
    session: Session, manuscript: Manuscript, step: Step, *, by: Actor, version: int | None = None
) -> None:
    action, states = STEPS[step]
    by.require(action, institutions=manuscripts.institutions_of(session, manuscript))
    editing.hold(session, manuscript)
    if version is not None and version != manuscript.version:
        raise Conflict(
            "This manuscript is not the one that was looked at: it was changed since. "
            "Load the page again to see what it says now.",
            reason="state",
            state=manuscript.state,
        )
    if manuscript.state not in states:
        raise Conflict(
            f"This cannot be done to a manuscript that is {manuscript.state}; "
            "load the page again to see how it stands.",
            reason="state",
            state=manuscript.state,
        )


def _back_to_draft(manuscript: Manuscript) -> None:
    manuscript.state = State.DRAFT
    manuscript.approved_id = manuscript.publish_at = manuscript.publish_by = None
    manuscript.submitted_by = manuscript.submitted_at = None


def _changed(manuscript: Manuscript, by: Actor) -> None:
    manuscript.version += 1
    manuscript.state = State.DRAFT
    manuscript.approved_id = None
    manuscript.changed_by, manuscript.changed_at = by.id, utc_now()


def _writers(session: Session, manuscript: Manuscript) -> set[int]:
    """Ids of those who wrote in a manuscript since it was last published, or at all."""
    published = revisions.published_revision(session, manuscript.work_uuid)
    query = (
        select(ManuscriptText.edited_by)
        .join(ManuscriptBlock, ManuscriptBlock.id == ManuscriptText.block_id)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .where(
            ManuscriptSection.manuscript_id == manuscript.id,
            ManuscriptText.edited_by.is_not(None),
        )
        .distinct()
    )
    if published is not None and published.published_at is not None:
        query = query.where(ManuscriptText.edited_at >= published.published_at)
    found = {id_ for id_ in session.scalars(query) if id_ is not None}
    return found | ({manuscript.changed_by} if manuscript.changed_by is not None else set())


def _names(session: Session, ids: set[int]) -> list[str]:
    return list(
        session.scalars(select(Person.name).where(Person.id.in_(ids)).order_by(Person.name))
    )


def _others_could(session: Session, manuscript: Manuscript, *, by: Actor) -> bool:
    """Whether anybody else who is not shut out may review this."""
    roles = [role for role, actions in ROLE_ACTIONS.items() if Action.REVIEW in actions]
    places = ["", *manuscripts.institutions_of(session, manuscript)]
    other = session.scalar(
        select(Person.id)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            Person.active.is_(True),
            Person.id != by.id,
            RoleGrant.role.in_(roles),
            RoleGrant.institution.in_(places),
        )
        .limit(1)
    )
    return other is not None


def _record(
    session: Session, manuscript: Manuscript, did: str, *, by: Actor, **details: Any
) -> None:
    session.flush()
    log.record(
        session,
        by=by,
        did=did,
        subject=f"{manuscript.kind}/{manuscript.key}",
        details={
            "manuscript": str(manuscript.uuid),
            "work": str(manuscript.work_uuid),
            **{name: said for name, said in details.items() if said not in ("", None, False)},
        },
    )
