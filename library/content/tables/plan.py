"""What a table would change: cell by cell, with everything that is wrong in it."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from library.content.tables.cells import is_nothing, tidy, unguarded
from library.content.tables.table import N_, Row, Table, Unreadable
from library.errors import Invalid, LibraryError
from library.i18n.tags import normalise


@dataclass(frozen=True, slots=True)
class TableFault:
    """One thing that is wrong with a row. ``template`` and ``values`` make its sentence; where a service
    has refused, ``error`` is what it said."""

    line: int
    column: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    error: LibraryError | None = None

    def __str__(self) -> str:
        said = self.error.message if self.error is not None else self.template % dict(self.values)
        return f"{self.line}: {self.column}: {said}"


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell before and after, as text; empty for nothing."""

    column: str
    before: str
    after: str


@dataclass(slots=True)
class RowChange:
    """What a row changes of one thing. ``values`` are what the cells mean, for the services."""

    line: int
    subject: str
    name: str
    title: str = ""
    lang: str | None = None
    new: bool = False
    cells: list[CellChange] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """As a change in bulk is kept."""
        return {
            "line": self.line,
            "subject": self.subject,
            "name": self.name,
            "title": self.title,
            "lang": self.lang,
            "new": self.new,
            "cells": [[one.column, one.before, one.after] for one in self.cells],
        }


@dataclass(slots=True)
class Plan:
    """``rows`` are those that change something and have no fault."""

    rows: list[RowChange] = field(default_factory=list)
    faults: list[TableFault] = field(default_factory=list)
    notes: list[TableFault] = field(default_factory=list)
    unchanged: int = 0

    @property
    def cells(self) -> int:
        return sum(len(row.cells) for row in self.rows)

    @property
    def digest(self) -> str:
        """Equal where the same things would change in the same way."""
        said = [[row.kept() for row in self.rows], [str(fault) for fault in self.faults]]
        return hashlib.sha256(
            json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
        ).hexdigest()


def named(
    table: Table, *, known: Iterable[str], per_language: str = "", needed: Iterable[str] = ()
) -> list[Row]:
    """The rows of a table with their columns under our names.

    ``per_language`` is the beginning of columns that stand once for each language (``label:sw``). Raises
    ``Unreadable`` for a column that nobody knows, with the nearest one that is known.
    """
    ours: dict[str, str] = {}
    for header in filter(None, table.headers):
        name = _name(header, known=list(known), per_language=per_language)
        if name in ours.values():
            raise Unreadable(N_("Two columns mean “%(column)s”; take one out."), column=name)
        ours[header] = name
    missing = [name for name in needed if name not in ours.values()]
    if missing:
        raise Unreadable(
            N_("The table has no column “%(column)s”, which says what each row is about."),
            column=missing[0],
        )
    return [
        Row(row.line, {ours[header]: cell for header, cell in row.cells.items()})
        for row in table.rows
    ]


def _name(header: str, *, known: list[str], per_language: str) -> str:
    plain = header.strip().casefold().replace(" ", "_")
    if plain in known:
        return plain
    if per_language:
        begin, _, tag = header.partition(":")
        if begin.strip().casefold() == per_language and tag.strip():
            try:
                return f"{per_language}:{normalise(tag.strip())}"
            except Invalid:
                raise Unreadable(
                    N_("The column “%(column)s” names no language; write %(like)s."),
                    column=header[:60],
                    like=f"{per_language}:sw",
                ) from None
    offered = [*known, *([f"{per_language}:en"] if per_language else [])]
    near = difflib.get_close_matches(plain, offered, n=1, cutoff=0.6)
    if near:
        raise Unreadable(
            N_("There is no column “%(column)s”. Did you mean “%(near)s”?"),
            column=header[:60],
            near=near[0],
        )
    raise Unreadable(
        N_("There is no column “%(column)s”. Take it out, or use one of these: %(known)s."),
        column=header[:60],
        known=", ".join(offered),
    )


def differing(
    row: Row, now: Mapping[str, str], columns: Iterable[str]
) -> Iterable[tuple[str, str]]:
    """The cells that say something else than what is there: column, and the text ("" to take it away).

    A cell that is empty, or equal to what an export would write there, says nothing.
    """
    for column in columns:
        text = tidy(row.cells.get(column, ""))
        there = tidy(now.get(column, ""))
        if not text or there in (text, unguarded(text)):
            continue
        if is_nothing(text):
            if there:
                yield column, ""
            continue
        yield column, text
