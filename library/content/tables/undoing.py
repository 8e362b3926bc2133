"""Taking back what a table has changed, where nothing has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.content.tables import codes, schemes, works
from library.content.tables.applying import DRAFT, Outcome, plan, require_about, rows_of, store
from library.content.tables.plan import Plan
from library.content.tables.table import N_, Row, Table
from library.db import utc_now
from library.editorial.models import BulkChange
from library.errors import Conflict

_LEFT_CHANGED: Final = N_("It has been changed again since.")
_LEFT_GONE: Final = N_("It is not there any more, or you may not see it.")
_LEFT_USED: Final = N_("Works, or codes below it, use it.")
_LEFT_SCHEME: Final = N_("Schemes are not taken out.")


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
        now = schemes.scheme_texts_now(session, subjects)
    undo = UndoPlan(Plan())
    back: list[Row] = []
    headers: dict[str, None] = dict.fromkeys(
        _identity(change.about, subjects[0]) if subjects else ()
    )
    for row in rows:
        there = now.get(row["subject"])
        if there is None:
            undo.left.append(_left(row, "", _LEFT_GONE))
            continue
        if row["new"]:
            if change.about == "schemes":
                undo.left.append(_left(row, "", _LEFT_SCHEME))
            elif any(there.get(column, "") != after for column, _, after in row["cells"]):
                undo.left.append(_left(row, "", _LEFT_CHANGED))
            else:
                undo.new.append(row["subject"])
            continue
        cells = _identity(change.about, row["subject"])
        for column, before, after in row["cells"]:
            if there.get(column, "") != after:
                undo.left.append(_left(row, column, _LEFT_CHANGED))
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
    left += [_left(by_subject[subject], "", _LEFT_USED) for subject in stay]
    outcome = store(
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
