"""Tables that were handed in: kept, looked at, applied, and taken back."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, defer

from library.accounts import log
from library.accounts.permissions import Action, Actor
from library.content.tables import codes, reading, schemes, table, works
from library.content.tables.plan import Plan, RowChange, TableFault
from library.content.tables.table import Table
from library.db import utc_now
from library.editorial import bulk, manuscripts, workflow
from library.editorial.models import BulkChange, BulkTable, Manuscript
from library.errors import Conflict, Invalid, LibraryError, NotFound

#: What a table may be about.
ABOUT: Final = ("works", "codes", "schemes")
#: What becomes of works whose facts have changed.
DRAFT: Final = "draft"
HAND_IN: Final = "hand in"
PUBLISH: Final = "publish"
THEN: Final = (DRAFT, HAND_IN, PUBLISH)
KEPT: Final = dt.timedelta(days=1)
"""How long a table waits to be applied."""
MOST_PUBLISHED: Final = 300
"""Works that can be published in one go: each takes as long as publishing one."""
_MOST_KEPT: Final = 5


class ChangedMeanwhile(Conflict):
    """The library is not what it was when the difference was shown; nothing was changed."""


class Faulty(Invalid):
    """Rows cannot be stored; nothing was changed. ``faults`` in the details says which."""


@dataclass(slots=True)
class Trouble:
    """A work whose facts were changed and that could not go on its way."""

    name: str
    error: LibraryError


@dataclass(frozen=True, slots=True)
class Onward:
    """A manuscript that is to go further, as the table has made it: ``version`` is that of its own."""

    name: str
    uuid: uuids.UUID
    version: int


@dataclass(slots=True)
class Outcome:
    """What applying has done. ``onward`` are the manuscripts that are to go further (`go_on`)."""

    change: BulkChange
    onward: list[Onward] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def may_use(by: Actor) -> bool:
    """Whether there is any table for this person."""
    return by.may_somewhere(Action.SEE_DRAFTS) or by.may(Action.EDIT_RECORDS)


def require_about(about: str, *, by: Actor) -> None:
    """Raises ``Forbidden`` where this person may hand in no table of this kind."""
    if about == "works":
        if not by.may_somewhere(Action.WRITE):
            by.require(Action.WRITE)
    else:
        by.require(Action.EDIT_RECORDS)


def keep(session: Session, file: IO[bytes], *, about: str, name: str, by: Actor) -> BulkTable:
    """Read a file and keep the table until it is applied. Raises ``Unreadable`` and ``Forbidden``."""
    require_about(about, by=by)
    read = reading.read(file)
    _columns(about, read)
    now = utc_now()
    session.execute(delete(BulkTable).where(BulkTable.expires_at <= now))
    older = list(
        session.scalars(
            select(BulkTable.id)
            .where(BulkTable.person_id == by.id)
            .order_by(BulkTable.id.desc())
            .offset(_MOST_KEPT - 1)
        )
    )
    session.execute(delete(BulkTable).where(BulkTable.id.in_(older)))
    row = BulkTable(
        person_id=by.id,
        about=about,
        name=name[:300],
        content=table.kept(read),
        made_at=now,
        expires_at=now + KEPT,
    )
    session.add(row)
    session.flush()
    return row


def _columns(about: str, read: Table) -> None:
    """Raises ``Unreadable`` for columns that a table of this kind does not have."""
    from library.content.tables.plan import named

    if about == "works":
        works.asked_rows(read)
    elif about == "codes":
        named(read, known=codes.CODE_COLUMNS, per_language=codes.LABEL, needed=("scheme", "code"))
    else:
        named(read, known=schemes.SCHEME_COLUMNS, per_language=schemes.TITLE, needed=("scheme",))


def kept_table(session: Session, uuid: uuids.UUID, *, by: Actor) -> BulkTable:
    """A table that this person has handed in. Raises ``NotFound`` where it is applied or a day has passed."""
    row = session.scalar(select(BulkTable).where(BulkTable.uuid == uuid))
    if row is None or row.person_id != by.id or row.expires_at <= utc_now():
        raise NotFound("This table is not kept any more; send the file again.")
    return row


def plan(session: Session, about: str, read: Table, *, by: Actor) -> Plan:
    """What a table would change, and what is wrong with it. Changes nothing."""
    require_about(about, by=by)
    if about == "works":
        return works.plan(session, read, by=by)
    if about == "codes":
        return codes.plan_codes(session, read, by=by)
    return schemes.plan_schemes(session, read, by=by)


def apply(
    session: Session,
    kept: BulkTable,
    *,
    shown: str,
    only_good: bool = False,
    then: str = DRAFT,
    by: Actor,
) -> Outcome:
    """Store what a table changes, all of it or nothing.

    Raises ``ChangedMeanwhile`` where the difference is not the one that was ``shown`` (`Plan.digest`),
    ``Faulty`` where rows have faults and not ``only_good`` of them are wanted, and ``Invalid`` where
    nothing would change.
    """
    made = plan(session, kept.about, table.revived(kept.content), by=by)
    if made.digest != shown:
        raise ChangedMeanwhile(
            "The library has changed since this was shown. Look at the difference again."
        )
    if made.faults and not only_good:
        raise Faulty("Some rows have faults; nothing was changed.", faults=made.faults)
    if not made.rows:
        raise Invalid("Nothing would change.", reason="nothing")
    outcome = store(
        session, kept.about, made.rows, name=kept.name, then=then, only_good=only_good, by=by
    )
    session.delete(kept)
    session.flush()
    return outcome


def store(
    session: Session,
    about: str,
    rows: Sequence[RowChange],
    *,
    name: str,
    then: str,
    only_good: bool,
    by: Actor,
    undoes: BulkChange | None = None,
    left: Sequence[Mapping[str, Any]] = (),
    undone_new: int = 0,
) -> Outcome:
    """Store what was planned, and keep what it was before. ``undone_new`` counts what was taken out."""
    change = BulkChange(
        person_id=by.id,
        by_name=by.name,
        about=about,
        name=name,
        rows=0,
        cells=0,
        content=b"",
        left=list(left),
        undoes=undoes.uuid if undoes is not None else None,
    )
    session.add(change)
    outcome = Outcome(change)
    done = list(rows)
    if about == "works":
        done = _store_works(session, rows, outcome, then=then, only_good=only_good, by=by)
    elif about == "codes":
        codes.apply_codes(session, done, by=by)
    else:
        schemes.apply_schemes(session, done, by=by)
    change.rows = len(done) + undone_new
    change.cells = sum(len(row.cells) for row in done)
    change.content = table.pack([row.kept() for row in done])
    session.flush()
    log.record(
        session,
        by=by,
        did="undid a change in bulk" if undoes is not None else "changed in bulk",
        subject=about,
        details={"rows": change.rows, "file": name[:200], "change": str(change.uuid)},
    )
    return outcome


def _store_works(
    session: Session,
    rows: Sequence[RowChange],
    outcome: Outcome,
    *,
    then: str,
    only_good: bool,
    by: Actor,
) -> list[RowChange]:
    done: list[RowChange] = []
    faults: list[TableFault] = []
    for row in rows:
        trial = session.begin_nested()
        try:
            values = {
                name: works.saved(value, name)
                for name, value in row.values.items()
                if name != "key"
            }
            manuscript, alone = bulk.change_facts(
                session,
                uuids.UUID(row.subject),
                values,
                key=row.values.get("key", ""),
                by=by,
            )
            trial.commit()
        except LibraryError as error:
            trial.rollback()
            faults.append(
                TableFault(row.line, str(error.details.get("field", "")), "", error=error)
            )
            continue
        done.append(row)
        if then == PUBLISH and not alone:
            outcome.troubles.append(
                Trouble(
                    row.name,
                    Conflict(
                        "Its manuscript has other changes, too; it is a draft now.",
                        reason="not-alone",
                    ),
                )
            )
        elif then != DRAFT:
            outcome.onward.append(Onward(row.name, manuscript.uuid, manuscript.version))
    if faults and (not only_good or not done):
        raise Faulty("Some rows have faults; nothing was changed.", faults=faults)
    outcome.troubles += [
        Trouble(f"{fault.line}", fault.error) for fault in faults if fault.error is not None
    ]
    return done


def go_on(
    session: Session,
    change: BulkChange,
    some: Sequence[Onward],
    *,
    then: str,
    by: Actor,
) -> list[Trouble]:
    """Hand drafts in or publish them, some at a time so that others can write between; what does not
    work stays a draft, and is returned."""
    troubles: list[Trouble] = []
    for one in some:
        trial = session.begin_nested()
        try:
            manuscript = manuscripts.manuscript_of(session, one.uuid, by=by)
            if then == PUBLISH:
                bulk.publish_at_once(
                    session, manuscript, version=one.version, by=by, note=change.name
                )
            else:
                workflow.submit(session, manuscript, by=by, note=change.name)
            trial.commit()
        except LibraryError as error:
            trial.rollback()
            session.expire_all()
            troubles.append(Trouble(one.name, error))
            continue
        if then == PUBLISH:
            change.published += 1
        else:
            change.handed_in += 1
    session.flush()
    return troubles


def to_take_up(
    session: Session, kept: BulkTable, *, shown: str, only_good: bool, by: Actor
) -> list[uuids.UUID]:
    """The works that applying a table would change and that have no manuscript yet.

    Making one takes longest. Done before, some at a time, it keeps nobody waiting (`take_up`).
    """
    if kept.about != "works":
        return []
    made = plan(session, kept.about, table.revived(kept.content), by=by)
    if made.digest != shown or (made.faults and not only_good):
        return []
    wanted = [uuids.UUID(row.subject) for row in made.rows]
    there: set[uuids.UUID] = set()
    for start in range(0, len(wanted), 500):
        there.update(
            session.scalars(
                select(Manuscript.work_uuid).where(
                    Manuscript.work_uuid.in_(wanted[start : start + 500])
                )
            )
        )
    return [uuid for uuid in wanted if uuid not in there]


def take_up(session: Session, works: Sequence[uuids.UUID], *, by: Actor) -> None:
    """Take works onto the desk, as they are."""
    for uuid in works:
        manuscripts.open_work(session, uuid, by=by)


def note_troubles(change: BulkChange, troubles: Sequence[tuple[str, str]]) -> None:
    """Keep what did not go on its way: the names of works with why."""
    change.left = [
        *change.left,
        *(
            {"line": 0, "name": name, "column": "", "why": why, "values": {}}
            for name, why in troubles
        ),
    ]


def changes(
    session: Session, *, by: Actor, offset: int = 0, limit: int = 20
) -> tuple[int, list[BulkChange]]:
    """Changes in bulk that this person may see, the latest first: their own, or all with a role for it."""
    query: Any = select(BulkChange)
    if not by.may(Action.SEE_LOG):
        query = query.where(BulkChange.person_id == by.id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.options(defer(BulkChange.content))
        .order_by(BulkChange.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return total, list(rows)


def change_of(session: Session, uuid: uuids.UUID, *, by: Actor) -> BulkChange:
    """One change in bulk. Raises ``NotFound`` also where it is not theirs to see."""
    found = session.scalar(select(BulkChange).where(BulkChange.uuid == uuid))
    if found is None or (found.person_id != by.id and not by.may(Action.SEE_LOG)):
        raise NotFound("There is no such change.")
    return found


def rows_of(change: BulkChange) -> list[dict[str, Any]]:
    """The rows of a change: line, subject, name, title, lang, new, and cells as [column, before, after]."""
    return list(table.unpack(change.content))
