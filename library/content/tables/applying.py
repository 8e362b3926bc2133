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
from library.content.tables import codes, reading, table, works
from library.content.tables.plan import Plan, RowChange, TableFault
from library.content.tables.table import N_, Row, Table
from library.db import utc_now
from library.editorial import bulk, workflow
from library.editorial.models import BulkChange, BulkTable
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
_MOST_KEPT: Final = 5

N_LEFT_CHANGED: Final = N_("It has been changed again since.")
N_LEFT_GONE: Final = N_("It is not there any more, or you may not see it.")
N_LEFT_USED: Final = N_("Works, or codes below it, use it.")
N_LEFT_SCHEME: Final = N_("Schemes are not taken out.")


class ChangedMeanwhile(Conflict):
    """The library is not what it was when the difference was shown; nothing was changed."""


class Faulty(Invalid):
    """Rows cannot be stored; nothing was changed. ``faults`` in the details says which."""


@dataclass(slots=True)
class Trouble:
    """A work whose facts were changed and that could not go on its way."""

    name: str
    error: LibraryError


@dataclass(slots=True)
class Outcome:
    """What applying has done."""

    change: BulkChange
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
        named(read, known=codes.SCHEME_COLUMNS, per_language=codes.TITLE, needed=("scheme",))


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
    return codes.plan_schemes(session, read, by=by)


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
    outcome = _store(
        session, kept.about, made.rows, name=kept.name, then=then, only_good=only_good, by=by
    )
    session.delete(kept)
    session.flush()
    return outcome


def _store(
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
        codes.apply_schemes(session, done, by=by)
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
        if then == DRAFT:
            continue
        onward = session.begin_nested()
        try:
            if then == PUBLISH:
                if not alone:
                    raise Conflict(
                        "Its manuscript has other changes, too; it is a draft now.",
                        reason="not-alone",
                    )
                bulk.publish_at_once(session, manuscript, by=by, note=outcome.change.name)
                outcome.change.published += 1
            else:
                workflow.submit(session, manuscript, by=by, note=outcome.change.name)
                outcome.change.handed_in += 1
            onward.commit()
        except LibraryError as error:
            onward.rollback()
            session.refresh(manuscript)
            outcome.troubles.append(Trouble(row.name, error))
    if faults and (not only_good or not done):
        raise Faulty("Some rows have faults; nothing was changed.", faults=faults)
    outcome.troubles += [
        Trouble(f"{fault.line}", fault.error) for fault in faults if fault.error is not None
    ]
    return done


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


@dataclass(slots=True)
class UndoPlan:
    """What taking a change back would do: cells to be set, things to be taken out, what is left and why."""

    plan: Plan
    new: list[str] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)


def plan_undo(session: Session, change: BulkChange, *, by: Actor) -> UndoPlan:
    """What would be as it was before. Where something has changed since, it is left alone."""
    require_about(change.about, by=by)
    rows = rows_of(change)
    subjects = [row["subject"] for row in rows]
    if change.about == "works":
        now = works.texts_now(session, subjects, by=by)
    elif change.about == "codes":
        now = codes.code_texts_now(session, subjects)
    else:
        now = codes.scheme_texts_now(session, subjects)
    undo = UndoPlan(Plan())
    back: list[Row] = []
    headers: dict[str, None] = dict.fromkeys(
        _identity(change.about, subjects[0]) if subjects else ()
    )
    for row in rows:
        there = now.get(row["subject"])
        if there is None:
            undo.left.append(_left(row, "", N_LEFT_GONE))
            continue
        if row["new"]:
            if change.about == "schemes":
                undo.left.append(_left(row, "", N_LEFT_SCHEME))
            elif any(there.get(column, "") != after for column, _, after in row["cells"]):
                undo.left.append(_left(row, "", N_LEFT_CHANGED))
            else:
                undo.new.append(row["subject"])
            continue
        cells = _identity(change.about, row["subject"])
        for column, before, after in row["cells"]:
            if there.get(column, "") != after:
                undo.left.append(_left(row, column, N_LEFT_CHANGED))
                continue
            cells[column] = before or "-"
            headers[column] = None
        if len(cells) > len(_identity(change.about, row["subject"])):
            back.append(Row(row["line"], cells))
    if back:
        undo.plan = plan(session, change.about, Table(list(headers), back), by=by)
    for fault in undo.plan.faults:
        said = fault.error.message if fault.error is not None else fault.template
        named = next((row for row in rows if row["line"] == fault.line), rows[0])
        undo.left.append(_left(named, fault.column, said, fault.values))
    return undo


def _identity(about: str, subject: str) -> dict[str, str]:
    if about == "works":
        return {"uuid": subject}
    if about == "schemes":
        return {"scheme": subject}
    scheme, _, code = subject.partition(":")
    return {"scheme": scheme, "code": code}


def _left(
    row: Mapping[str, Any], column: str, why: str, values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "line": row["line"],
        "name": row["name"],
        "column": column,
        "why": why,
        "values": {name: str(said) for name, said in (values or {}).items()},
    }


def undo(session: Session, change: BulkChange, *, then: str = DRAFT, by: Actor) -> Outcome:
    """Make what a table has changed as it was, where nothing has changed since.

    Raises ``Conflict`` where it was taken back before, or where nothing can be taken back.
    """
    if change.undone_at is not None:
        raise Conflict("This change has been taken back already.", reason="undone")
    made = plan_undo(session, change, by=by)
    left = list(made.left)
    if not made.plan.rows and not made.new:
        raise Conflict("Nothing of this change can be taken back.", reason="nothing", left=left)
    stay = codes.take_back_codes(session, made.new, by=by) if made.new else []
    by_subject = {row["subject"]: row for row in rows_of(change)}
    left += [_left(by_subject[subject], "", N_LEFT_USED) for subject in stay]
    outcome = _store(
        session,
        change.about,
        made.plan.rows,
        name=change.name,
        then=then,
        only_good=True,
        by=by,
        undoes=change,
        left=left,
        undone_new=len(made.new) - len(stay),
    )
    change.undone_by, change.undone_at = by.name, utc_now()
    session.flush()
    return outcome
