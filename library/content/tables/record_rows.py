"""Rows about records, planned cell by cell: what schemes and codes have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from library.content.tables import cells
from library.content.tables.plan import CellChange, Plan, RowChange, TableFault, differing
from library.content.tables.table import N_, Row

LONGEST: Final = 500
"""Characters of a label or a title."""

_URI: Final = re.compile(r"(?:https?://|urn:)[^\s<>\"]{1,2000}")


def ordered(spoken: set[str], languages: Sequence[str]) -> list[str]:
    """The ``languages`` that are asked for, and after them the others that are ``spoken``."""
    return [*languages, *sorted(spoken - set(languages))]


def named_once(row: Row, subject: str, seen: dict[str, int], *, column: str) -> list[TableFault]:
    """Faults where a row does not say what it is about, or says what one before it said; notes its line."""
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


def plan_cells(
    row: Row,
    now: Mapping[str, str],
    change: RowChange,
    faults: list[TableFault],
    *,
    names: Sequence[str],
    per_language: str,
) -> None:
    """Note which cells a row would change, and what is wrong with those that cannot be stored."""
    columns = [name for name in row.cells if name in names or name.startswith(f"{per_language}:")]
    for column, text in differing(row, now, columns):
        value = cells.unmarked(text)
        fault = _unfit(column, value)
        if fault:
            faults.append(
                TableFault(row.line, column, fault, {"value": value[:80], "most": LONGEST})
            )
            continue
        change.cells.append(CellChange(column, now.get(column, ""), cells.marked(value)))
        change.values[column] = value


def _unfit(column: str, value: str) -> str:
    if column == "uri" and value and not _URI.fullmatch(value):
        return N_("“%(value)s” is not an address that begins with https:// or urn:")
    if column == "version" and len(value) > 40:
        return N_("“%(value)s” is too long for a version.")
    if len(value) > LONGEST and column != "uri":
        return N_("This has more than %(most)s characters.")
    if "\n" in value:
        return N_("This has to stand on one line.")
    return ""


def settle(made: Plan, change: RowChange, faults: list[TableFault]) -> None:
    """Take a row into the plan: its faults, or its changes, or that it stays as it is."""
    made.faults += faults
    if faults:
        return
    if change.cells or change.new:
        made.rows.append(change)
    else:
        made.unchanged += 1


def by_language(change: RowChange, prefix: str) -> dict[str, str]:
    """The values of the columns ``prefix:language``, by language."""
    return {
        name.partition(":")[2]: said
        for name, said in change.values.items()
        if name.startswith(f"{prefix}:")
    }
