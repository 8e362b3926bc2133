"""Changes of works through tables: what a table would change of their facts, and what is wrong with it.

The text of works, their titles included, is not changed by tables.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Work
from library.content.tables import cells
from library.content.tables.plan import (
    CellChange,
    Plan,
    RowChange,
    TableFault,
    differing,
    named,
)
from library.content.tables.table import N_, Row, Table
from library.content.tables.work_rows import (
    AT_ONCE,
    COLUMNS,
    FACTS,
    PAGES,
    PEOPLE,
    SHOWN,
    TOLD,
    WorkNow,
    in_library_now,
    on_desk_now,
)
from library.editorial import facts
from library.editorial.bulk import OPEN
from library.editorial.models import Manuscript, State
from library.errors import Forbidden, LibraryError

#: Works that one table may change: they are changed in one go, and others wait meanwhile.
MOST_CHANGED: Final = 1_000


def _named_in(session: Session, asked: Sequence[Row], *, by: Actor) -> _Found:
    """The works that rows name, by uuid and by kind and key, as far as this person may see them."""
    wanted_uuids = {
        one for row in asked if (one := _uuid(cells.tidy(row.cells.get("uuid", "")))) is not None
    }
    wanted_keys = {cells.tidy(row.cells["key"]) for row in asked if "key" in row.cells}
    desk: set[int] = set()
    library: set[int] = set()
    for model, uuid_column, ids in (
        (Manuscript, Manuscript.work_uuid, desk),
        (Work, Work.uuid, library),
    ):
        for column, wanted in ((uuid_column, wanted_uuids), (model.key, wanted_keys)):
            every = sorted(wanted, key=str)
            for start in range(0, len(every), 500):
                query: Any = select(model.id).where(column.in_(every[start : start + 500]))
                if model is Manuscript:
                    query = query.where(Manuscript.state.in_(OPEN))
                ids.update(session.scalars(query))
    found: list[WorkNow] = []
    for read, ids in ((on_desk_now, desk), (in_library_now, library)):
        every_id = sorted(ids)
        for start in range(0, len(every_id), AT_ONCE):
            found += read(session, every_id[start : start + AT_ONCE]).values()
    by_uuid: dict[uuids.UUID, WorkNow] = {}
    for work in found:
        if by.may(Action.SEE_DRAFTS, institutions=work.institutions):
            by_uuid.setdefault(work.uuid, work)  # what is on the desk comes first
    by_name = {(work.kind, work.key): work for work in by_uuid.values()}
    return _Found(by_uuid, by_name)


@dataclass(frozen=True, slots=True)
class _Found:
    by_uuid: dict[uuids.UUID, WorkNow]
    by_name: dict[tuple[str, str], WorkNow]


def _uuid(text: str) -> uuids.UUID | None:
    try:
        return uuids.UUID(text)
    except ValueError:
        return None


_WHY_NOT: Final = {
    State.IN_REVIEW: N_("It is being reviewed; take it back from review before you change it."),
    State.APPROVED: N_("It is approved as it stands; take the approval back before you change it."),
}


def asked_rows(table: Table) -> list[Row]:
    """The rows under our names of columns. Raises ``Unreadable``."""
    headers = {header.strip().casefold() for header in table.headers}
    return named(table, known=COLUMNS, needed=() if "uuid" in headers else ("kind", "key"))


def plan(session: Session, table: Table, *, by: Actor) -> Plan:
    """What the table would change of works, and what is wrong with it. Changes nothing."""
    made = Plan()
    asked = asked_rows(table)
    found = _named_in(session, asked, by=by)
    seen: dict[uuids.UUID, int] = {}
    new_keys: dict[tuple[str, str], int] = {}
    for row in asked:
        work = _work_of(row, found, made)
        if work is None:
            continue
        if work.uuid in seen:
            made.faults.append(
                TableFault(
                    row.line,
                    "uuid" if "uuid" in row.cells else "key",
                    N_("This work stands in line %(line)s already; take one of the two out."),
                    {"line": seen[work.uuid]},
                )
            )
            continue
        seen[work.uuid] = row.line
        _plan_row(session, row, work, made, new_keys, by=by)
    if len(made.rows) > MOST_CHANGED:
        made.faults.append(
            TableFault(
                made.rows[MOST_CHANGED].line,
                "",
                N_(
                    "More than %(most)s works would change in one go; cut the table into several "
                    "tables."
                ),
                {"most": MOST_CHANGED},
            )
        )
        del made.rows[MOST_CHANGED:]
    return made


def _work_of(row: Row, found: _Found, made: Plan) -> WorkNow | None:
    """The work that a row is about: by its uuid where that is given, else by kind and key."""

    def fault(column: str, template: str, **values: Any) -> None:
        made.faults.append(TableFault(row.line, column, template, values))

    written = cells.tidy(row.cells.get("uuid", ""))
    kind, key = (cells.tidy(row.cells.get(name, "")) for name in ("kind", "key"))
    if written:
        uuid = _uuid(written)
        if uuid is None:
            fault(
                "uuid",
                N_("“%(value)s” is not a uuid; leave it as it was exported."),
                value=written[:60],
            )
            return None
        work = found.by_uuid.get(uuid)
        if work is None:
            fault("uuid", N_("There is no such work, or none that you may see."))
            return None
        if kind and kind != work.kind:
            fault(
                "kind",
                N_("The kind of a work cannot be changed; it is “%(kind)s”."),
                kind=work.kind,
            )
            return None
        return work
    if not kind or not key:
        fault(
            "key" if kind else "kind",
            N_("Say which work this row is about: its uuid, or its kind and its key."),
        )
        return None
    work = found.by_name.get((kind, key))
    if work is None:
        fault(
            "key",
            N_("There is no work %(name)s, or none that you may see. Tables begin no works."),
            name=f"{kind}/{key}"[:120],
        )
    return work


def _plan_row(
    session: Session,
    row: Row,
    work: WorkNow,
    made: Plan,
    new_keys: dict[tuple[str, str], int],
    *,
    by: Actor,
) -> None:
    now = work.cells()
    change = RowChange(
        row.line, str(work.uuid), f"{work.kind}/{work.key}", work.title, work.source_language
    )
    faults: list[TableFault] = []
    for column, _ in differing(row, now, TOLD):
        made.notes.append(
            TableFault(
                row.line,
                column,
                N_("This column is only to be read; what you wrote in it is not taken over."),
            )
        )
    for column, text in differing(row, now, ("key", *FACTS)):
        try:
            value = _value(session, work, column, text)
        except LibraryError as error:
            faults.append(TableFault(row.line, column, "", error=error))
            continue
        except _Wrong as wrong:
            faults.append(TableFault(row.line, column, wrong.template, wrong.values))
            continue
        after = value if column == "key" else SHOWN[column](value)
        if after == now[column]:
            continue
        change.cells.append(CellChange(column, now[column], after))
        change.values[column] = value
    if "key" in change.values:
        named_so = (work.kind, change.values["key"])
        if named_so in new_keys:
            faults.append(
                TableFault(
                    row.line,
                    "key",
                    N_("Line %(line)s takes this address already."),
                    {"line": new_keys[named_so]},
                )
            )
        new_keys.setdefault(named_so, row.line)
    if change.cells and not faults:
        faults += _refusals(row, work, change, by=by)
    made.faults += faults
    if not faults and change.cells:
        made.rows.append(change)
    elif not faults:
        made.unchanged += 1


def _refusals(row: Row, work: WorkNow, change: RowChange, *, by: Actor) -> Iterator[TableFault]:
    if not by.may(Action.WRITE, institutions=work.institutions, lang=work.source_language):
        yield TableFault(row.line, "", N_("You may not write in this work."))
    elif why := _WHY_NOT.get(State(work.state)):
        yield TableFault(row.line, "", why)
    elif "institutions" in change.values and not _may_hand_over(
        by, work.institutions, change.values["institutions"] or []
    ):
        yield TableFault(
            row.line, "institutions", N_("You may not hand the work to these institutions.")
        )


def _may_hand_over(by: Actor, before: list[str], after: list[str]) -> bool:
    try:
        by.require(Action.WRITE, institutions=after)
        by.require_handing_over(Action.WRITE, before=before, after=after)
    except Forbidden:
        return False
    return True


class _Wrong(Exception):
    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template)
        self.template = template
        self.values = values


def _value(session: Session, work: WorkNow, column: str, text: str) -> Any:
    """What a cell means, as the services take it; None, or an empty list, to take a fact away."""
    if column == "key":
        if not text:
            raise _Wrong(N_("A work cannot be without a key."))
        return facts.check_key(session, kind=work.kind, key=text, work_uuid=work.uuid)
    if column == "licence" and not text:
        raise _Wrong(N_("A work cannot be without a licence; write another one."))
    if column == "sample":
        truth = cells.as_truth(text) if text else False
        if truth is None:
            raise _Wrong(N_("Write “yes” or “no”."))
        return truth or None
    if column == "institutions" and not text:
        return []
    if not text:
        return None
    return facts.checked(session, column, _meant(column, text))


def _meant(column: str, text: str) -> Any:
    if column in facts.NUMBERS:
        return cells.as_number(text)
    if column == "contributors":
        return cells.records(text, PEOPLE)
    if column == "links":
        return cells.records(text, PAGES)
    if column in ("institutions", "partnerships", "codes", "countries", "related"):
        wanted = cells.items(text)
        return [one.replace("，", ",") for one in wanted]
    return cells.unmarked(text)


def texts_now(session: Session, subjects: Iterable[str], *, by: Actor) -> dict[str, dict[str, str]]:
    """The cells of works by their uuid, as they are now."""
    asked = [Row(0, {"uuid": subject}) for subject in subjects]
    found = _named_in(session, asked, by=by)
    return {str(uuid): work.cells() for uuid, work in found.by_uuid.items()}


def saved(value: Any, column: str) -> Any:
    """A value as `facts.save_facts` takes it: an empty one takes the fact away."""
    if value is None and column in (
        "institutions",
        "partnerships",
        "codes",
        "countries",
        "related",
    ):
        return []
    if value is None and column in ("contributors", "links"):
        return []
    if column == "sample":
        return bool(value)
    return "" if value is None else value
