"""Codes of schemes as rows of a table: with a label for each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Work, WorkCode
from library.content.tables import cells
from library.content.tables.plan import Plan, RowChange, TableFault, named
from library.content.tables.record_rows import (
    by_language,
    named_once,
    ordered,
    plan_cells,
    settle,
)
from library.content.tables.table import N_, Row, Table
from library.directory import code_schemes
from library.directory.code_schemes import CodeDraft
from library.directory.models import Code, CodeLabel, CodeScheme
from library.editorial.models import Manuscript
from library.jobs import outbox

CODE_COLUMNS: Final = ("scheme", "code", "parent", "uri")
LABEL: Final = "label"
_CODE: Final = re.compile(r"[^\s;:|\\](?:[^\n;|\\]{0,58}[^\s;|\\])?")
_AT_ONCE: Final = 500


@dataclass(slots=True)
class CodeNow:
    """A code as its row shows it."""

    scheme: str
    code: str
    parent: str = ""
    uri: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    def cells(self) -> dict[str, str]:
        told = {
            "scheme": self.scheme,
            "code": self.code,
            "parent": cells.marked(self.parent),
            "uri": cells.marked(self.uri),
        }
        return told | {f"{LABEL}:{tag}": cells.marked(said) for tag, said in self.labels.items()}


def codes(session: Session, *, scheme: str) -> dict[str, CodeNow]:
    """Every code of a scheme, by code."""
    found: dict[str, CodeNow] = {}
    by_id: dict[int, CodeNow] = {}
    rows = session.execute(
        select(Code.id, Code.code, Code.uri, Code.parent_id)
        .join(CodeScheme)
        .where(CodeScheme.key == scheme)
        .order_by(Code.code)
    ).all()
    for row in rows:
        by_id[row.id] = found[row.code] = CodeNow(scheme, row.code, uri=row.uri or "")
    for row in rows:
        if row.parent_id in by_id:
            by_id[row.id].parent = by_id[row.parent_id].code
    for id_, lang, label in session.execute(
        select(CodeLabel.code_id, CodeLabel.lang, CodeLabel.label)
        .join(Code, Code.id == CodeLabel.code_id)
        .join(CodeScheme, CodeScheme.id == Code.scheme_id)
        .where(CodeScheme.key == scheme)
        .order_by(CodeLabel.lang)
    ):
        by_id[id_].labels[lang] = label
    return found


def code_table(
    session: Session, *, scheme: str, languages: Sequence[str]
) -> tuple[list[str], Iterator[list[str]]]:
    """Headers and rows of a scheme's codes, with the languages that it has and those that are asked for."""
    found = codes(session, scheme=scheme)
    spoken = {tag for one in found.values() for tag in one.labels}
    headers = [*CODE_COLUMNS, *(f"{LABEL}:{tag}" for tag in ordered(spoken, languages))]
    return headers, ([one.cells().get(name, "") for name in headers] for one in found.values())


def plan_codes(session: Session, table: Table, *, by: Actor) -> Plan:
    """What the table would change of codes. Raises ``Unreadable``, ``Forbidden``."""
    by.require(Action.EDIT_RECORDS)
    made = Plan()
    asked = named(table, known=CODE_COLUMNS, per_language=LABEL, needed=("scheme", "code"))
    schemes = set(session.scalars(select(CodeScheme.key)))
    there: dict[str, dict[str, CodeNow]] = {}
    coming: dict[str, set[str]] = {}
    for row in asked:
        scheme = cells.tidy(row.cells.get("scheme", ""))
        if scheme in schemes:
            if scheme not in there:
                there[scheme] = codes(session, scheme=scheme)
            coming.setdefault(scheme, set(there[scheme])).add(cells.tidy(row.cells.get("code", "")))
    seen: dict[str, int] = {}
    for row in asked:
        scheme, code = (cells.tidy(row.cells.get(name, "")) for name in ("scheme", "code"))
        subject = f"{scheme}:{code}"
        faults = named_once(row, subject if scheme and code else "", seen, column="code")
        if not faults and scheme not in schemes:
            faults.append(
                TableFault(
                    row.line,
                    "scheme",
                    N_("There is no scheme “%(scheme)s”. Add it by a table of schemes first."),
                    {"scheme": scheme[:60]},
                )
            )
        if not faults and not _CODE.fullmatch(code):
            faults.append(
                TableFault(
                    row.line,
                    "code",
                    N_(
                        "A code has at most 60 characters, none of them a line end or one of ; | \\"
                    ),
                )
            )
        current = there.get(scheme, {}).get(code)
        now = current.cells() if current is not None else {}
        change = RowChange(row.line, subject, subject, new=current is None)
        if current is not None:
            change.title = current.labels.get("en") or next(iter(current.labels.values()), "")
        plan_cells(row, now, change, faults, names=("parent", "uri"), per_language=LABEL)
        if not faults:
            faults += _code_faults(row, change, now, coming[scheme], code)
        settle(made, change, faults)
    _refuse_circles(made, there)
    return made


def _code_faults(
    row: Row, change: RowChange, now: Mapping[str, str], known: set[str], code: str
) -> Iterator[TableFault]:
    parent = change.values.get("parent")
    if parent and parent not in known:
        yield TableFault(
            row.line,
            "parent",
            N_("The scheme has no code “%(value)s”, neither here nor in this table."),
            {"value": parent[:60]},
        )
    if parent == code:
        yield TableFault(row.line, "parent", N_("A code cannot stand above itself."))
    left = {name for name in now if name.startswith(LABEL)}
    for one in change.cells:
        if one.column.startswith(LABEL):
            (left.add if one.after else left.discard)(one.column)
    if not left:
        yield TableFault(
            row.line, f"{LABEL}:en", N_("A code needs a label in one language at least.")
        )


def _refuse_circles(made: Plan, there: Mapping[str, Mapping[str, CodeNow]]) -> None:
    """Refuse rows that would put codes above one another in a circle."""
    parents: dict[str, dict[str, str]] = {
        scheme: {code: one.parent for code, one in found.items()} for scheme, found in there.items()
    }
    moved = [row for row in made.rows if "parent" in row.values]
    for row in moved:
        scheme, _, code = row.subject.partition(":")
        parents[scheme][code] = row.values["parent"]
    for row in moved:
        scheme, _, code = row.subject.partition(":")
        at, steps = parents[scheme].get(code, ""), 0
        while at and at != code and steps < 100:
            at, steps = parents[scheme].get(at, ""), steps + 1
        if at:
            made.rows.remove(row)
            made.faults.append(
                TableFault(
                    row.line,
                    "parent",
                    N_("With this, codes would stand above one another in a circle."),
                )
            )


def apply_codes(session: Session, changes: Sequence[RowChange], *, by: Actor) -> None:
    """Store what was planned of codes; works that carry them are found by their new labels.

    Raises ``Forbidden``.
    """
    by.require(Action.EDIT_RECORDS)
    drafts: dict[str, list[CodeDraft]] = {}
    for change in changes:
        scheme, _, code = change.subject.partition(":")
        drafts.setdefault(scheme, []).append(
            CodeDraft(
                code,
                parent=change.values.get("parent"),
                uri=change.values.get("uri"),
                labels=by_language(change, LABEL),
            )
        )
    for scheme, some in drafts.items():
        ids = code_schemes.store_codes(session, scheme=scheme, codes=some)
        _index_again(session, ids)


def _index_again(session: Session, code_ids: Sequence[int]) -> None:
    works: set[Any] = set()
    for start in range(0, len(code_ids), _AT_ONCE):
        works.update(
            session.scalars(
                select(Work.uuid)
                .join(WorkCode, WorkCode.work_id == Work.id)
                .where(WorkCode.code_id.in_(code_ids[start : start + _AT_ONCE]))
            )
        )
    outbox.note(session, [outbox.Change("work", uuid) for uuid in sorted(works)])


def code_texts_now(session: Session, subjects: Iterable[str]) -> dict[str, dict[str, str]]:
    """The cells of codes by ``scheme:code``, as they are now."""
    wanted = set(subjects)
    schemes = {subject.partition(":")[0] for subject in wanted}
    return {
        f"{scheme}:{code}": one.cells()
        for scheme in schemes
        for code, one in codes(session, scheme=scheme).items()
        if f"{scheme}:{code}" in wanted
    }


def take_back_codes(session: Session, subjects: Sequence[str], *, by: Actor) -> list[str]:
    """Take codes out that a table had added; returns those that stay because something uses them."""
    by.require(Action.EDIT_RECORDS)
    used = {subject for subject in subjects if _on_desk(session, subject)}
    stay = [subject for subject in subjects if subject in used]
    by_scheme: dict[str, list[str]] = {}
    for subject in subjects:
        if subject not in used:
            scheme, _, code = subject.partition(":")
            by_scheme.setdefault(scheme, []).append(code)
    for scheme, some in by_scheme.items():
        ids = {
            row.id: row.code
            for row in session.execute(
                select(Code.id, Code.code)
                .join(CodeScheme)
                .where(CodeScheme.key == scheme, Code.code.in_(some))
            )
        }
        carried = set(
            session.scalars(select(WorkCode.code_id).where(WorkCode.code_id.in_(list(ids))))
        )
        stay += [f"{scheme}:{ids[id_]}" for id_ in carried]
        kept = code_schemes.remove_codes(
            session, scheme=scheme, codes=[ids[id_] for id_ in ids if id_ not in carried]
        )
        stay += [f"{scheme}:{code}" for code in kept]
    return stay


def _on_desk(session: Session, subject: str) -> bool:
    """Whether a manuscript names the code."""
    found = session.scalar(
        select(Manuscript.id)
        .where(cast(Manuscript.facts, String).contains(f'"{subject}"', autoescape=True))
        .limit(1)
    )
    return found is not None
