"""The panels of the editor's home: each a heading with what waits there, for whom it is meant.

A module of the desk adds its own with `add`. A panel's query returns what its template shows, or None
where there is nothing to say; then the panel is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor

Query = Callable[[Session, Actor], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """``template`` is included with the query's values; ``place`` orders panels, the least first."""

    name: str
    title: LazyString
    template: str
    place: int
    allowed: Callable[[Actor], bool]
    query: Query


@dataclass(frozen=True, slots=True)
class Filled:
    """A panel with what it has to say to somebody."""

    name: str
    title: str
    template: str
    values: Mapping[str, Any]


_PANELS: dict[str, Panel] = {}


def add(
    name: str,
    title: LazyString,
    *,
    template: str,
    place: int,
    allowed: Callable[[Actor], bool],
    query: Query,
) -> None:
    """Put a panel on the editor's home. Waiting is 0, drafts 20, stale 40, links 60, jobs 80, storage 90."""
    _PANELS[name] = Panel(name, title, template, place, allowed, query)


def filled(session: Session, actor: Actor) -> list[Filled]:
    """The panels that have something to say to this person."""
    found = []
    for panel in sorted(_PANELS.values(), key=lambda one: (one.place, one.name)):
        if not panel.allowed(actor):
            continue
        values = panel.query(session, actor)
        if values is not None:
            found.append(Filled(panel.name, str(panel.title), panel.template, values))
    return found
