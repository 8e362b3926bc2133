"""A manuscript against what readers have: what would change for them, and what has changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from library.catalogue.drafting import draft_of
from library.catalogue.drafts import WorkDraft
from library.catalogue.models import Work
from library.editorial import manuscripts, revisions
from library.editorial.comparison import Difference, compare
from library.editorial.models import Manuscript, Revision, State
from library.errors import Damaged


@dataclass(frozen=True, slots=True)
class Standing:
    """``before`` is what readers have, ``after`` what they would get; ``work`` the row of the library.

    ``overtaken``: the work in the library is not the one that the manuscript was made from.
    ``meanwhile`` is what was changed there since, where that is known.
    """

    work: Work | None
    before: WorkDraft | None
    after: WorkDraft
    approved: Revision | None
    difference: Difference | None
    overtaken: bool
    meanwhile: Difference | None

    @property
    def public(self) -> bool:
        """Whether readers have the work now."""
        return self.work is not None and self.work.status == "published"


def leaning_on(session: Session, work: Work, *, limit: int = 20) -> list[Work]:
    """Published works that name this one: made from it, or related to it. They should be looked at before
    it is taken away."""
    name = f"{work.kind}/{work.key}"
    return list(
        session.scalars(
            select(Work)
            .where(
                Work.id != work.id,
                Work.status == "published",
                or_(
                    Work.derived_from == name,
                    cast(Work.related, Text).contains(f'"{name}"', autoescape=True),
                ),
            )
            .order_by(Work.kind, Work.key)
            .limit(limit)
        )
    )


def standing(session: Session, manuscript: Manuscript) -> Standing:
    """What publishing this manuscript would change. What is approved counts as it was approved."""
    work = session.scalar(select(Work).where(Work.uuid == manuscript.work_uuid))
    approved = None
    if manuscript.state == State.APPROVED and manuscript.approved_id is not None:
        approved = session.get(Revision, manuscript.approved_id)
    after = (
        revisions.draft_in(approved)
        if approved is not None
        else manuscripts.draft_from(session, manuscript)
    )
    before = draft_of(session, work.uuid) if work is not None else None
    overtaken = work is not None and work.revision != manuscript.based_on
    meanwhile = None
    if overtaken and before is not None:
        last = revisions.published_revision(session, manuscript.work_uuid)
        if last is not None:
            try:
                meanwhile = compare(revisions.draft_in(last), before)
            except Damaged:
                meanwhile = None
    return Standing(
        work=work,
        before=before,
        after=after,
        approved=approved,
        difference=compare(before, after) if before is not None else None,
        overtaken=overtaken,
        meanwhile=meanwhile if meanwhile is not None and not meanwhile.empty else None,
    )
