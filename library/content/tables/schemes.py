"""Schemes of codes as rows of a table: with a title for each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.content.tables import cells
from library.content.tables.plan import Plan, RowChange, TableFault, named
from library.content.tables.record_rows import (
    by_language,
    named_once,
    ordered,
    plan_cells,
    settle,
)
from library.content.tables.table import N_, Table
from library.directory import code_schemes
from library.directory.models import CodeScheme

SCHEME_COLUMNS: Final = ("scheme", "version", "uri")
TITLE: Final = "title"
_SCHEME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

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


def scheme_table(
    session: Session, *, languages: Sequence[str]
) -> tuple[list[str], Iterator[list[str]]]:
    """Headers and rows of all schemes."""
    found = _schemes(session)
    spoken = {tag for _, titles in found.values() for tag in titles}
    headers = [*SCHEME_COLUMNS, *(f"{TITLE}:{tag}" for tag in ordered(spoken, languages))]
    return headers, (
        [_scheme_cells(key, one).get(name, "") for name in headers] for key, one in found.items()
    )


def plan_schemes(session: Session, table: Table, *, by: Actor) -> Plan:
    """What the table would change of schemes. Raises ``Unreadable``, ``Forbidden``."""
    by.require(Action.EDIT_RECORDS)
    made = Plan()
    there = _schemes(session)
    seen: dict[str, int] = {}
    for row in named(table, known=SCHEME_COLUMNS, per_language=TITLE, needed=("scheme",)):
        key = cells.tidy(row.cells.get("scheme", ""))
        faults = named_once(row, key, seen, column="scheme")
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
        plan_cells(row, now, change, faults, names=("version", "uri"), per_language=TITLE)
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
        settle(made, change, faults)
    return made


def apply_schemes(session: Session, changes: Iterable[RowChange], *, by: Actor) -> None:
    """Store what was planned of schemes. Raises ``Forbidden``."""
    by.require(Action.EDIT_RECORDS)
    for change in changes:
        code_schemes.store_scheme(
            session,
            key=change.subject,
            version=change.values.get("version"),
            uri=change.values.get("uri"),
            titles=by_language(change, TITLE),
        )


def scheme_texts_now(session: Session, subjects: Iterable[str]) -> dict[str, dict[str, str]]:
    """The cells of schemes by key, as they are now."""
    there = _schemes(session)
    return {key: _scheme_cells(key, there[key]) for key in subjects if key in there}
