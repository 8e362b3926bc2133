"""Schemes of codes, and their codes, as rows of tables: with a label for each language."""

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
from library.content.tables.plan import CellChange, Plan, RowChange, TableFault, differing, named
from library.content.tables.table import N_, Row, Table
from library.directory import code_schemes
from library.directory.code_schemes import CodeDraft
from library.directory.models import Code, CodeLabel, CodeScheme
from library.editorial.models import Manuscript
from library.jobs import outbox

CODE_COLUMNS: Final = ("scheme", "code", "parent", "uri")
SCHEME_COLUMNS: Final = ("scheme", "version", "uri")
LABEL: Final = "label"
TITLE: Final = "title"
_LONGEST: Final = 500
_CODE: Final = re.compile(r"[^\s;:|\\](?:[^\n;|\\]{0,58}[^\s;|\\])?")
_SCHEME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URI: Final = re.compile(r"(?:https?://|urn:)[^\s<>\"]{1,2000}")
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
    headers = [*CODE_COLUMNS, *(f"{LABEL}:{tag}" for tag in _ordered(spoken, languages))]
    return headers, ([one.cells().get(name, "") for name in headers] for one in found.values())


def scheme_table(
    session: Session, *, languages: Sequence[str]
) -> tuple[list[str], Iterator[list[str]]]:
    """Headers and rows of all schemes."""
    found = _schemes(session)
    spoken = {tag for _, titles in found.values() for tag in titles}
    headers = [*SCHEME_COLUMNS, *(f"{TITLE}:{tag}" for tag in _ordered(spoken, languages))]
    return headers, (
        [_scheme_cells(key, one).get(name, "") for name in headers] for key, one in found.items()
    )


def _ordered(spoken: set[str], languages: Sequence[str]) -> list[str]:
    return [*languages, *sorted(spoken - set(languages))]


_Scheme = tuple[dict[str, str], dict[str, str]]


def _schemes(session: Session) -> dict[str, _Scheme]:
    return {
        row.key: ({"version": row.version, "uri": row.uri or ""}, dict(row.titles))
        for row in session.scalars(select(CodeScheme).order_by(CodeScheme.key))
    }


def _scheme_cells(key: str, scheme: _Scheme) -> dict[str, str]:
    plain, titles = scheme
    return {
        "scheme": key,
        **{name: cells.marked(said) for name, said in plain.items()},
        **{f"{TITLE}:{tag}": cells.marked(said) for tag, said in titles.items()},
    }


def plan_schemes(session: Session, table: Table, *, by: Actor) -> Plan:
    """What the table would change of schemes. Raises ``Unreadable``, ``Forbidden``."""
    by.require(Action.EDIT_RECORDS)
    made = Plan()
    there = _schemes(session)
    seen: dict[str, int] = {}
    for row in named(table, known=SCHEME_COLUMNS, per_language=TITLE, needed=("scheme",)):
        key = cells.tidy(row.cells.get("scheme", ""))
        faults = _named_once(row, key, seen, column="scheme")
        if not faults and (not _SCHEME.fullmatch(key) or len(key) > 60):
            faults.append(
                TableFault(
                    row.line,
                    "scheme",
                    N_("The key of a scheme is made of small letters a to z, digits and hyphens."),
                )
            )
        now = _scheme_cells(key, there[key]) if key in there else {}
        change = RowChange(row.line, key, key, new=key not in there)
        _plan_cells(row, now, change, faults, names=("version", "uri"), per_language=TITLE)
        if not faults:
            after = {name for name in now if name.startswith(TITLE)} | {
                one.column for one in change.cells if one.column.startswith(TITLE) and one.after
            }
            after -= {one.column for one in change.cells if not one.after}
            if not after:
                faults.append(
                    TableFault(
                        row.line,
                        f"{TITLE}:en",
                        N_("A scheme needs a title in one language at least."),
                    )
                )
        _settle(made, change, faults)
    return made


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
        faults = _named_once(row, subject if scheme and code else "", seen, column="code")
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
        _plan_cells(row, now, change, faults, names=("parent", "uri"), per_language=LABEL)
        if not faults:
            faults += _code_faults(row, change, now, coming[scheme], code)
        _settle(made, change, faults)
    _refuse_circles(made, there)
    return made


def _named_once(row: Row, subject: str, seen: dict[str, int], *, column: str) -> list[TableFault]:
    if not subject:
        return [
            TableFault(row.line, column, N_("This cell says what the row is about; fill it in."))
        ]
    if subject in seen:
        return [
            TableFault(
                row.line,
                column,
                N_("“%(value)s” stands in line %(line)s already; take one of the two out."),
                {"value": subject[:80], "line": seen[subject]},
            )
        ]
    seen[subject] = row.line
    return []


def _plan_cells(
    row: Row,
    now: Mapping[str, str],
    change: RowChange,
    faults: list[TableFault],
    *,
    names: Sequence[str],
    per_language: str,
) -> None:
    columns = [name for name in row.cells if name in names or name.startswith(f"{per_language}:")]
    for column, text in differing(row, now, columns):
        value = cells.unmarked(text)
        fault = _unfit(column, value)
        if fault:
            faults.append(
                TableFault(row.line, column, fault, {"value": value[:80], "most": _LONGEST})
            )
            continue
        change.cells.append(CellChange(column, now.get(column, ""), cells.marked(value)))
        change.values[column] = value


def _unfit(column: str, value: str) -> str:
    if column == "uri" and value and not _URI.fullmatch(value):
        return N_("“%(value)s” is not an address that begins with https:// or urn:")
    if column == "version" and len(value) > 40:
        return N_("“%(value)s” is too long for a version.")
    if len(value) > _LONGEST and column != "uri":
        return N_("This has more than %(most)s characters.")
    if "\n" in value:
        return N_("This has to stand on one line.")
    return ""


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


def _settle(made: Plan, change: RowChange, faults: list[TableFault]) -> None:
    made.faults += faults
    if faults:
        return
    if change.cells or change.new:
        made.rows.append(change)
    else:
        made.unchanged += 1


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


def apply_schemes(session: Session, changes: Iterable[RowChange], *, by: Actor) -> None:
    """Store what was planned of schemes. Raises ``Forbidden``."""
    by.require(Action.EDIT_RECORDS)
    for change in changes:
        code_schemes.store_scheme(
            session,
            key=change.subject,
            version=change.values.get("version"),
            uri=change.values.get("uri"),
            titles=_by_language(change, TITLE),
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
                labels=_by_language(change, LABEL),
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


def _by_language(change: RowChange, prefix: str) -> dict[str, str]:
    return {
        name.partition(":")[2]: said
        for name, said in change.values.items()
        if name.startswith(f"{prefix}:")
    }


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


def scheme_texts_now(session: Session, subjects: Iterable[str]) -> dict[str, dict[str, str]]:
    """The cells of schemes by key, as they are now."""
    there = _schemes(session)
    return {key: _scheme_cells(key, there[key]) for key in subjects if key in there}


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
