"""What was said when manuscripts last went from one desk to another: handed in, sent back, approved."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.models import LogEntry
from library.accounts.permissions import Actor
from library.editorial.models import Manuscript, State

#: Drafts of one person that are asked about on their home page.
_LATEST: Final = 40

SENT_BACK: Final = "sent back"
APPROVED: Final = "approved"
SUBMITTED: Final = "submitted for review"
#: Verbs of the log after which a manuscript lies before somebody else, and those that end that.
_HANDED_ON: Final = (
    SUBMITTED,
    SENT_BACK,
    APPROVED,
    "took back",
    "published",
    "retired",
    "restored",
)
# The verb that has led to a state; what was said with it is what matters while the state lasts.
_LEADS_TO: Final = {
    State.DRAFT: SENT_BACK,
    State.IN_REVIEW: SUBMITTED,
    State.APPROVED: APPROVED,
}


class HandedOn(NamedTuple):
    """Who handed a manuscript on (``did`` as the log has it), when, and with what words."""

    did: str
    by: str
    at: dt.datetime
    note: str


def handed_on(
    session: Session, manuscripts: Iterable[tuple[uuids.UUID, str, str, str]]
) -> dict[uuids.UUID, HandedOn]:
    """The step that each manuscript (uuid, kind, key, state) lies where it lies by.

    One that is a draft is in it only where a reviewer has sent it back since.
    """
    told = {f"{kind}/{key}": (uuid, state) for uuid, kind, key, state in manuscripts}
    if not told:
        return {}
    entries = session.scalars(
        select(LogEntry)
        .where(LogEntry.subject.in_(told), LogEntry.did.in_(_HANDED_ON))
        .order_by(LogEntry.at, LogEntry.id)
    )
    last: dict[uuids.UUID, HandedOn] = {}
    for entry in entries:
        uuid, _ = told[entry.subject]
        # A work of before may have had the same address.
        if entry.details.get("manuscript") == str(uuid):
            said = str(entry.details.get("note") or "")
            last[uuid] = HandedOn(entry.did, entry.by_name, entry.at, said)
    wanted = {uuid: _LEADS_TO.get(State(state)) for uuid, state in told.values()}
    return {uuid: one for uuid, one in last.items() if one.did == wanted[uuid]}


def sent_back_to(session: Session, *, by: Actor) -> list[uuids.UUID]:
    """Drafts that this person began or wrote in last and that a reviewer has sent back since.

    Looked for among the `_LATEST` of them that were changed last.
    """
    rows = session.execute(
        select(Manuscript.uuid, Manuscript.kind, Manuscript.key, Manuscript.state)
        .where(
            Manuscript.state == State.DRAFT,
            (Manuscript.started_by == by.id) | (Manuscript.changed_by == by.id),
        )
        .order_by(Manuscript.changed_at.desc())
        .limit(_LATEST)
    )
    found = handed_on(session, [(row.uuid, row.kind, row.key, row.state) for row in rows])
    return sorted(found, key=lambda uuid: found[uuid].at)
