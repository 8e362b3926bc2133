"""Works as rows of a table: their facts out, and changes of their facts in.

A work that somebody is changing on the desk stands there as it is on the desk, any other as readers
have it. The text of works, their titles included, is not changed by tables.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.models import (
    Edition,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
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
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.editorial import facts
from library.editorial.bulk import OPEN
from library.editorial.models import Manuscript, ManuscriptInstitution, State
from library.errors import Invalid, LibraryError

#: Works that one table may change: they are changed in one go, and others wait meanwhile.
MOST_CHANGED: Final = 1_000
_AT_ONCE: Final = 200

IDENTITY: Final = ("uuid", "kind", "key")
TOLD: Final = ("title", "source_language", "state")
"""Columns that are for people to know what a row is; what is changed in them is not taken over."""
FACTS: Final = (
    "licence",
    "level",
    "hours",
    "minutes",
    "credits",
    "version",
    "sample",
    "institutions",
    "partnerships",
    "codes",
    "countries",
    "contributors",
    "links",
    "related",
    "derived_from",
)
COLUMNS: Final = (*IDENTITY, *TOLD, *FACTS)
_PEOPLE: Final = ("name", "role")
_PAGES: Final = ("url", "title")


def _scalar(value: Any) -> str:
    return cells.marked(str(value or ""))


#: How each fact stands in its cell.
_SHOWN: Final[Mapping[str, Callable[[Any], str]]] = {
    "licence": _scalar,
    "level": _scalar,
    "version": _scalar,
    "derived_from": _scalar,
    "hours": cells.number,
    "minutes": cells.number,
    "credits": cells.number,
    "sample": lambda value: "yes" if value else "",
    "contributors": lambda value: cells.recorded(value or (), _PEOPLE),
    "links": lambda value: cells.recorded(value or (), _PAGES),
    **dict.fromkeys(
        ("institutions", "partnerships", "codes", "countries", "related"),
        lambda value: cells.listed(value or ()),
    ),
}


@dataclass(slots=True)
class WorkNow:
    """A work as its row shows it. ``stands`` is what stops it from being changed now, if anything."""

    uuid: uuids.UUID
    kind: str
    key: str
    title: str
    source_language: str
    state: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def institutions(self) -> list[str]:
        return list(self.facts.get("institutions", ()))

    def cells(self) -> dict[str, str]:
        """The whole row by column."""
        told = {
            "uuid": str(self.uuid),
            "kind": self.kind,
            "key": self.key,
            "title": self.title,
            "source_language": self.source_language,
            "state": self.state,
        }
        return told | {name: _SHOWN[name](self.facts.get(name)) for name in FACTS}


def rows(
    session: Session, *, by: Actor, kind: str = "", institution: str = ""
) -> Iterator[list[str]]:
    """The rows of the works that this person may see, by kind and key."""
    for work in works(session, by=by, kind=kind, institution=institution):
        told = work.cells()
        yield [told[name] for name in COLUMNS]


def works(
    session: Session, *, by: Actor, kind: str = "", institution: str = ""
) -> Iterator[WorkNow]:
    """The works that this person may see, some hundreds at a time in memory."""
    by_places = by.places(Action.SEE_DRAFTS)
    names: list[tuple[str, str, str, int]] = []
    on_desk: Any = select(Manuscript.kind, Manuscript.key, Manuscript.id).where(
        Manuscript.state.in_(OPEN)
    )
    in_library: Any = select(Work.kind, Work.key, Work.id).where(
        ~exists().where(Manuscript.work_uuid == Work.uuid, Manuscript.state.in_(OPEN))
    )
    if kind:
        on_desk = on_desk.where(Manuscript.kind == kind)
        in_library = in_library.where(Work.kind == kind)
    for keys in ([institution] if institution else None, by_places):
        if keys is not None:
            on_desk, in_library = _at(on_desk, in_library, sorted(keys))
    names += [(row[0], row[1], "desk", row[2]) for row in session.execute(on_desk)]
    names += [(row[0], row[1], "library", row[2]) for row in session.execute(in_library)]
    names.sort()
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        desk = _on_desk(session, [id_ for *_, where, id_ in some if where == "desk"])
        library = _in_library(session, [id_ for *_, where, id_ in some if where == "library"])
        for *_, where, id_ in some:
            found = (desk if where == "desk" else library).get(id_)
            if found is not None:
                yield found
        session.expire_all()


def _at(on_desk: Any, in_library: Any, keys: Sequence[str]) -> tuple[Any, Any]:
    return (
        on_desk.where(
            exists().where(
                ManuscriptInstitution.manuscript_id == Manuscript.id,
                ManuscriptInstitution.institution.in_(keys),
            )
        ),
        in_library.where(
            exists().where(
                WorkInstitution.work_id == Work.id,
                WorkInstitution.institution_id == Institution.id,
                Institution.key.in_(keys),
            )
        ),
    )


def _on_desk(session: Session, ids: Sequence[int]) -> dict[int, WorkNow]:
    keys: dict[int, list[str]] = defaultdict(list)
    for id_, key in session.execute(
        select(ManuscriptInstitution.manuscript_id, ManuscriptInstitution.institution)
        .where(ManuscriptInstitution.manuscript_id.in_(ids))
        .order_by(ManuscriptInstitution.position)
    ):
        keys[id_].append(key)
    return {
        row.id: WorkNow(
            row.work_uuid,
            row.kind,
            row.key,
            row.title,
            row.source_language,
            row.state,
            {name: row.facts.get(name) for name in FACTS} | {"institutions": keys[row.id]},
        )
        for row in session.scalars(select(Manuscript).where(Manuscript.id.in_(ids)))
    }


def _in_library(session: Session, ids: Sequence[int]) -> dict[int, WorkNow]:
    lists: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    queries: tuple[tuple[str, Any], ...] = (
        (
            "institutions",
            select(WorkInstitution.work_id, Institution.key)
            .join(Institution, Institution.id == WorkInstitution.institution_id)
            .where(WorkInstitution.work_id.in_(ids))
            .order_by(WorkInstitution.position),
        ),
        (
            "partnerships",
            select(WorkPartnership.work_id, Partnership.key)
            .join(Partnership, Partnership.id == WorkPartnership.partnership_id)
            .where(WorkPartnership.work_id.in_(ids))
            .order_by(Partnership.key),
        ),
        (
            "codes",
            select(WorkCode.work_id, CodeScheme.key + ":" + Code.code)
            .join(Code, Code.id == WorkCode.code_id)
            .join(CodeScheme, CodeScheme.id == Code.scheme_id)
            .where(WorkCode.work_id.in_(ids))
            .order_by(CodeScheme.key, Code.code),
        ),
        (
            "countries",
            select(WorkCountry.work_id, WorkCountry.country)
            .where(WorkCountry.work_id.in_(ids))
            .order_by(WorkCountry.country),
        ),
    )
    for name, query in queries:
        for id_, said in session.execute(query):
            lists[id_][name].append(said)
    titles: dict[int, str] = {
        row.work_id: row.title
        for row in session.execute(
            select(Edition.work_id, Edition.title)
            .join(Work, (Work.id == Edition.work_id) & (Work.source_language == Edition.lang))
            .where(Edition.work_id.in_(ids))
        )
    }
    return {
        row.id: WorkNow(
            row.uuid,
            row.kind,
            row.key,
            titles.get(row.id) or "",
            row.source_language,
            State.PUBLISHED if row.status == "published" else State.RETIRED,
            {name: getattr(row, name, None) for name in FACTS} | lists[row.id],
        )
        for row in session.scalars(select(Work).where(Work.id.in_(ids)))
    }


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
    for read, ids in ((_on_desk, desk), (_in_library, library)):
        every_id = sorted(ids)
        for start in range(0, len(every_id), _AT_ONCE):
            found += read(session, every_id[start : start + _AT_ONCE]).values()
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
        after = value if column == "key" else _SHOWN[column](value)
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
    elif "institutions" in change.values and not by.may(
        Action.WRITE, institutions=change.values["institutions"] or ()
    ):
        yield TableFault(
            row.line, "institutions", N_("You may not hand the work to these institutions.")
        )


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
        return cells.records(text, _PEOPLE)
    if column == "links":
        return cells.records(text, _PAGES)
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


__all__ = ["COLUMNS", "MOST_CHANGED", "Invalid", "plan", "rows", "saved", "texts_now", "works"]
