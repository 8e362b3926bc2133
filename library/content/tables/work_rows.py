"""Works as rows of a table: their facts out.

A work that somebody is changing on the desk stands there as it is on the desk, any other as readers
have it.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.editorial.bulk import OPEN
from library.editorial.models import Manuscript, ManuscriptInstitution, State

AT_ONCE: Final = 200

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
PEOPLE: Final = ("name", "role")
PAGES: Final = ("url", "title")


def _scalar(value: Any) -> str:
    return cells.marked(str(value or ""))


#: How each fact stands in its cell.
SHOWN: Final[Mapping[str, Callable[[Any], str]]] = {
    "licence": _scalar,
    "level": _scalar,
    "version": _scalar,
    "derived_from": _scalar,
    "hours": cells.number,
    "minutes": cells.number,
    "credits": cells.number,
    "sample": lambda value: "yes" if value else "",
    "contributors": lambda value: cells.recorded(value or (), PEOPLE),
    "links": lambda value: cells.recorded(value or (), PAGES),
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
        return list(self.facts.get("institutions") or ())

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
        return told | {name: SHOWN[name](self.facts.get(name)) for name in FACTS}


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
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        desk = on_desk_now(session, [id_ for *_, where, id_ in some if where == "desk"])
        library = in_library_now(session, [id_ for *_, where, id_ in some if where == "library"])
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


def on_desk_now(session: Session, ids: Sequence[int]) -> dict[int, WorkNow]:
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


def in_library_now(session: Session, ids: Sequence[int]) -> dict[int, WorkNow]:
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
