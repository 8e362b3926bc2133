"""Reads for the desk: lists of manuscripts, what waits for somebody, one section to write in."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from library.accounts.models import Person
from library.accounts.permissions import Action, Actor
from library.editorial.models import (
    Comment,
    Manuscript,
    ManuscriptBlock,
    ManuscriptInstitution,
    ManuscriptSection,
    ManuscriptText,
    State,
)

#: Manuscripts of which every text is compared for a list, those changed last.
LATEST = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of manuscripts is narrowed to; empty for no bound. Titles and keys hold ``text``."""

    states: Sequence[str] = ()
    kinds: Sequence[str] = ()
    institution: str = ""
    text: str = ""
    mine: int | None = None
    only: Sequence[uuids.UUID] = ()


class Line(NamedTuple):
    """One manuscript in a list."""

    uuid: uuids.UUID
    work_uuid: uuids.UUID
    kind: str
    key: str
    title: str
    source_language: str
    state: str
    changed_at: dt.datetime
    changed_by: str | None
    publish_at: dt.datetime | None
    publish_fault: str | None
    open_comments: int


def visible(query: Any, by: Actor, action: Action = Action.SEE_DRAFTS) -> Any:
    """Narrow a query over `Manuscript` to those to which this person may do something."""
    places = by.places(action)
    if places is None:
        return query
    return query.where(
        exists().where(
            ManuscriptInstitution.manuscript_id == Manuscript.id,
            ManuscriptInstitution.institution.in_(sorted(places)),
        )
    )


def manuscripts(
    session: Session, filters: Filters, *, by: Actor, offset: int = 0, limit: int = 20
) -> tuple[int, list[Line]]:
    """How many manuscripts fit that this person may see, and a page of them, the latest changed first."""
    # What is shown of a manuscript is looked up for one page of them, and not for all that are sorted.
    query = _narrowed(visible(select(Manuscript.id), by), filters)
    order = query.order_by(Manuscript.changed_at.desc(), Manuscript.id.desc())
    if filters.text.strip():
        # Looking through titles takes longer than reading the numbers of all that fit.
        found = list(session.scalars(order))
        total, ids = len(found), found[offset : offset + limit]
    else:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        ids = list(session.scalars(order.offset(offset).limit(limit)))
    comments = (
        select(func.count(Comment.id))
        .where(
            Comment.manuscript_id == Manuscript.id,
            Comment.answers_id.is_(None),
            Comment.settled_at.is_(None),
        )
        .correlate(Manuscript)
        .scalar_subquery()
    )
    rows: Any = session.execute(
        select(
            Manuscript.uuid,
            Manuscript.work_uuid,
            Manuscript.kind,
            Manuscript.key,
            Manuscript.title,
            Manuscript.source_language,
            Manuscript.state,
            Manuscript.changed_at,
            Person.name,
            Manuscript.publish_at,
            Manuscript.publish_fault,
            comments,
        )
        .outerjoin(Person, Person.id == Manuscript.changed_by)
        .where(Manuscript.id.in_(ids))
        .order_by(Manuscript.changed_at.desc(), Manuscript.id.desc())
    )
    return total, [Line(*row) for row in rows]


def _narrowed(query: Any, filters: Filters) -> Any:
    if filters.only:
        query = query.where(Manuscript.uuid.in_(filters.only))
    if filters.states:
        query = query.where(Manuscript.state.in_(filters.states))
    if filters.kinds:
        query = query.where(Manuscript.kind.in_(filters.kinds))
    if filters.institution:
        query = query.where(
            exists().where(
                ManuscriptInstitution.manuscript_id == Manuscript.id,
                ManuscriptInstitution.institution == filters.institution,
            )
        )
    if filters.mine is not None:
        query = query.where(
            or_(Manuscript.started_by == filters.mine, Manuscript.changed_by == filters.mine)
        )
    if filters.text.strip():
        sought = filters.text.strip()
        query = query.where(
            or_(
                Manuscript.title.icontains(sought, autoescape=True),
                Manuscript.key.icontains(sought, autoescape=True),
            )
        )
    return query


def waiting_for(session: Session, *, by: Actor, limit: int = 20) -> list[Line]:
    """What waits for this person to be reviewed or to be published, oldest first."""
    wanted: list[str] = []
    if by.may_somewhere(Action.REVIEW):
        wanted.append(State.IN_REVIEW)
    if by.may_somewhere(Action.PUBLISH):
        wanted.append(State.APPROVED)
    lines: list[Line] = []
    for state, action in ((State.IN_REVIEW, Action.REVIEW), (State.APPROVED, Action.PUBLISH)):
        if state not in wanted:
            continue
        places = by.places(action)
        _, found = manuscripts(session, Filters(states=[state]), by=by, limit=limit)
        keys = _institutions(session, [line.uuid for line in found])
        lines += [
            line
            for line in found
            if places is None or places & set(keys.get(line.uuid, ()))
            if line.publish_at is None
        ]
    return sorted(lines, key=lambda line: line.changed_at)[:limit]


def _institutions(
    session: Session, manuscripts: Sequence[uuids.UUID]
) -> dict[uuids.UUID, list[str]]:
    found: dict[uuids.UUID, list[str]] = defaultdict(list)
    for uuid, key in session.execute(
        select(Manuscript.uuid, ManuscriptInstitution.institution)
        .join(ManuscriptInstitution, ManuscriptInstitution.manuscript_id == Manuscript.id)
        .where(Manuscript.uuid.in_(manuscripts))
    ):
        found[uuid].append(key)
    return found


@dataclass(slots=True)
class SectionLine:
    """A section in the contents of a manuscript, in reading order."""

    uuid: uuids.UUID
    parent: uuids.UUID | None
    key: str
    depth: int
    title: str
    languages: dict[str, int] = field(default_factory=dict)
    open_comments: int = 0


def contents(session: Session, manuscript: Manuscript, *, lang: str = "") -> list[SectionLine]:
    """The sections of a manuscript in reading order; titles in ``lang`` where there are any."""
    rows = list(
        session.scalars(
            select(ManuscriptSection)
            .where(ManuscriptSection.manuscript_id == manuscript.id)
            .order_by(ManuscriptSection.position, ManuscriptSection.id)
        )
    )
    titles: dict[int, dict[str, str]] = defaultdict(dict)
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for section_id, tag, source in session.execute(
        select(ManuscriptBlock.section_id, ManuscriptText.lang, ManuscriptText.source)
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .where(ManuscriptSection.manuscript_id == manuscript.id, ManuscriptBlock.role == "title")
    ):
        titles[section_id][tag] = source.lstrip("# ").strip()
    for section_id, tag, count in session.execute(
        select(ManuscriptBlock.section_id, ManuscriptText.lang, func.count())
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .where(ManuscriptSection.manuscript_id == manuscript.id, ManuscriptText.source != "")
        .group_by(ManuscriptBlock.section_id, ManuscriptText.lang)
    ):
        counts[section_id][tag] = count
    comments: dict[int, int] = {
        row.section_id: row.count_
        for row in session.execute(
            select(ManuscriptBlock.section_id, func.count(Comment.id).label("count_"))
            .join(Comment, Comment.block_uuid == ManuscriptBlock.uuid)
            .where(
                Comment.manuscript_id == manuscript.id,
                Comment.answers_id.is_(None),
                Comment.settled_at.is_(None),
            )
            .group_by(ManuscriptBlock.section_id)
        )
    }
    children: dict[int | None, list[ManuscriptSection]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    found: list[SectionLine] = []

    def below(parent: ManuscriptSection | None, depth: int) -> None:
        for row in children.get(parent.id if parent else None, ()):
            said = titles[row.id]
            title = said.get(lang) or said.get(manuscript.source_language) or row.key
            found.append(
                SectionLine(
                    uuid=row.uuid,
                    parent=parent.uuid if parent else None,
                    key=row.key,
                    depth=depth,
                    title=title,
                    languages=counts[row.id],
                    open_comments=comments.get(row.id, 0),
                )
            )
            below(row, depth + 1)

    below(None, 0)
    return found


class TextLine(NamedTuple):
    """What a block says in one language, with the version to name when it is saved."""

    lang: str
    source: str
    hash: str
    version: int
    stale: bool
    origin: str
    edited_by: str | None
    edited_at: dt.datetime
    made_from: str | None = None


@dataclass(slots=True)
class BlockLine:
    """A block of a section with its texts by language."""

    uuid: uuids.UUID
    role: str
    texts: dict[str, TextLine] = field(default_factory=dict)


def blocks(
    session: Session,
    manuscript: Manuscript,
    section_uuid: uuids.UUID,
    *,
    langs: Sequence[str] = (),
    only: Collection[uuids.UUID] | None = None,
) -> list[BlockLine]:
    """The blocks of a section in order, all or ``only`` some, with their texts in all languages or some."""
    query = (
        select(ManuscriptBlock, ManuscriptText, Person.name)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .outerjoin(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .outerjoin(Person, Person.id == ManuscriptText.edited_by)
        .where(
            ManuscriptSection.manuscript_id == manuscript.id,
            ManuscriptSection.uuid == section_uuid,
        )
        .order_by(ManuscriptBlock.position, ManuscriptBlock.id)
    )
    if only is not None:
        query = query.where(ManuscriptBlock.uuid.in_(only))
    found: dict[int, BlockLine] = {}
    texts: dict[int, list[tuple[ManuscriptText, str | None]]] = defaultdict(list)
    for block, text, name in session.execute(query):
        found.setdefault(block.id, BlockLine(block.uuid, block.role))
        if text is not None:
            texts[block.id].append((text, name))
    for id_, line in found.items():
        original = next(
            (text for text, _ in texts[id_] if text.lang == manuscript.source_language), None
        )
        for text, editor in texts[id_]:
            if langs and text.lang not in langs:
                continue
            behind = (
                text.lang != manuscript.source_language
                and original is not None
                and text.made_from != original.hash
            )
            line.texts[text.lang] = TextLine(
                text.lang,
                text.source,
                text.hash,
                text.version,
                behind,
                text.origin,
                editor,
                text.edited_at,
                text.made_from,
            )
    return list(found.values())


def languages(session: Session, manuscript: Manuscript) -> list[str]:
    """The languages of a manuscript, its source first: those with texts, and those that were begun."""
    spoken = set(
        session.scalars(
            select(ManuscriptText.lang)
            .join(ManuscriptBlock, ManuscriptBlock.id == ManuscriptText.block_id)
            .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
            .where(ManuscriptSection.manuscript_id == manuscript.id)
            .distinct()
        )
    )
    spoken |= set(manuscript.facts.get("editions", {}))
    return sorted(
        spoken | {manuscript.source_language},
        key=lambda tag: (tag != manuscript.source_language, tag),
    )
