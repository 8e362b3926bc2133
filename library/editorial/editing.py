"""Whether a manuscript may be changed now, and noting that it was: what every change begins and ends with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.db import utc_now
from library.editorial.manuscripts import institutions_of
from library.editorial.models import Manuscript, State
from library.errors import Conflict

_WHY_NOT = {
    State.IN_REVIEW: "It is being reviewed; take it back from review before you change it.",
    State.APPROVED: "It is approved as it stands; take the approval back before you change it.",
}


def begin(
    session: Session, manuscript: Manuscript, action: Action, *, by: Actor, lang: str | None = None
) -> None:
    """Raises ``Forbidden`` where this person may not, and ``Conflict`` where its state does not allow it."""
    by.require(action, institutions=institutions_of(session, manuscript), lang=lang)
    hold(session, manuscript)
    why = _WHY_NOT.get(State(manuscript.state))
    if why is not None:
        raise Conflict(why, state=manuscript.state)


def hold(session: Session, manuscript: Manuscript) -> None:
    """Look at a manuscript's state anew, and let nobody else change it until this transaction ends.

    Else what is written while somebody approves could slip in between what they saw and what is kept.
    """
    session.refresh(manuscript, ("state", "version", "approved_id"), with_for_update=True)


def changed(session: Session, manuscript: Manuscript, *, by: Actor) -> None:
    """The manuscript is not what it was: it counts, is a draft again, and says who changed it."""
    manuscript.version += 1
    manuscript.state = State.DRAFT
    manuscript.changed_by = by.id
    manuscript.changed_at = utc_now()
    session.flush()
