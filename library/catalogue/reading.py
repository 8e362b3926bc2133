"""Reads for readers: a work with its contents, a section in one language or two."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, case, select
from sqlalchemy.orm import Session

from library.catalogue.editions import SILENT_KINDS
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Role,
    Section,
    Work,
)
from library.catalogue.rendering import Renderer
from library.i18n.chains import chain
from library.markdown import BlockKind, plain_text


class Piece(NamedTuple):
    """One block in one language, ready to show.

    ``stale``: its source text has changed since. ``fallback``: it stands in for a text that the wished
    language does not have. ``source``: it is in the work's source language.
    """

    html: str
    lang: str
    origin: str
    reviewed_at: dt.datetime | None
    stale: bool
    fallback: bool
    source: bool


class BlockRow(NamedTuple):
    """One block of a page: ``first`` in the page's language, ``second`` in the language beside it.

    Either is None where that language lacks the block; ``stand_in`` is then the nearest language that
    has it.
    """

    uuid: uuids.UUID
    kind: str
    role: str
    level: int
    first: Piece | None
    second: Piece | None
    stand_in: Piece | None


@dataclass(frozen=True, slots=True)
class SectionNode:
    """A line of the contents. ``lang`` is that of ``title``; ``languages`` are those that title it."""

    id: int
    uuid: uuids.UUID
    path: str
    depth: int
    position: int
    title: str
    lang: str
    languages: frozenset[str] = frozenset()
    children: list[SectionNode] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """An edition as a badge: ``percent`` complete, and how many blocks are stale or machine-made."""

    lang: str
    title: str
    summary: str
    percent: int
    blocks: int
    translated: int
    stale: int
    machine: int
    reviewed: int
    origin: str
    answered_by: str | None
    bytes: int


# Made once: putting a statement together takes longer than the database needs to answer it.
_WORK = select(Work).where(Work.kind == bindparam("kind"), Work.key == bindparam("key"))
_EDITIONS = select(
    Edition.lang,
    Edition.title,
    Edition.summary,
    Edition.blocks,
    Edition.translated,
    Edition.stale,
    Edition.machine,
    Edition.reviewed,
    Edition.origin,
    Edition.answered_by,
    Edition.bytes,
).where(Edition.work_id == bindparam("work"), Edition.offered.is_(True))
_TITLES = (
    select(Block.section_id, BlockText.lang, Block.kind, BlockText.source)
    .join(BlockText, BlockText.block_id == Block.id)
    .join(Section, Section.id == Block.section_id)
    .where(
        Section.work_id == bindparam("work"),
        Section.removed_at.is_(None),
        Block.role == Role.TITLE,
        Block.removed_at.is_(None),
    )
)
_SECTIONS = (
    select(
        Section.id,
        Section.uuid,
        Section.path,
        Section.depth,
        Section.position,
        Section.parent_id,
        Section.key,
    )
    .where(Section.work_id == bindparam("work"), Section.removed_at.is_(None))
    .order_by(Section.position)
)
_BLOCKS = (
    select(
        Block.id,
        Block.uuid,
        Block.kind,
        Block.role,
        Block.level,
        BlockText.lang,
        BlockText.hash,
        BlockText.made_from,
        BlockText.origin,
        BlockText.reviewed_at,
        BlockText.html,
        # Read only where there is no HTML yet: it is as much again.
        case((BlockText.html.is_(None), BlockText.source), else_=None),
    )
    .join(BlockText, BlockText.block_id == Block.id)
    .where(
        Block.section_id == bindparam("section"),
        Block.removed_at.is_(None),
        Block.kind.not_in(SILENT_KINDS),
        BlockText.lang.in_(bindparam("languages", expanding=True)),
    )
    .order_by(Block.position, Block.id)
)


def work_by_key(session: Session, *, kind: str, key: str) -> Work | None:
    return session.scalar(_WORK, {"kind": kind, "key": key})


def editions_of(session: Session, work: Work) -> dict[str, EditionFacts]:
    """The editions that are offered, the source language first, then by completeness."""
    rows = session.connection().execute(_EDITIONS, {"work": work.id}).all()
    facts = [edition_facts(row) for row in rows]
    facts.sort(key=lambda e: (e.lang != work.source_language, -e.percent, e.lang))
    return {e.lang: e for e in facts}


def edition_facts(row: Row[*tuple[Any, ...]] | Edition) -> EditionFacts:
    """What there is to say of an edition, from its row or from its columns by their names."""
    return EditionFacts(
        lang=row.lang,
        title=row.title,
        summary=row.summary,
        percent=percent(row.translated, row.blocks),
        blocks=row.blocks,
        translated=row.translated,
        stale=row.stale,
        machine=row.machine,
        reviewed=row.reviewed,
        origin=row.origin,
        answered_by=row.answered_by,
        bytes=row.bytes,
    )


def percent(translated: int, blocks: int) -> int:
    """Whole percent, and never 100 while something is missing."""
    if not blocks:
        return 0
    return 100 if translated >= blocks else min(99, round(100 * translated / blocks))


def contents(session: Session, work: Work, *, lang: str) -> list[SectionNode]:
    """The sections of a work in reading order with titles in the reader's chain, the root first.

    A flat list; ``children`` of each node make the tree.
    """
    languages = chain(lang, source=work.source_language)
    titles: dict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
    for section_id, tag, kind, source in session.connection().execute(_TITLES, {"work": work.id}):
        titles[section_id][tag] = (kind, source)
    nodes: list[SectionNode] = []
    by_id: dict[int, SectionNode] = {}
    for row in session.connection().execute(_SECTIONS, {"work": work.id}):
        title, tag = _title(titles[row.id], languages, row.key)
        node = SectionNode(
            row.id,
            row.uuid,
            row.path,
            row.depth,
            row.position,
            title,
            tag,
            frozenset(titles[row.id]),
        )
        by_id[row.id] = node
        nodes.append(node)
        if row.parent_id in by_id:
            by_id[row.parent_id].children.append(node)
    return nodes


def _title(
    titles: dict[str, tuple[str, str]], languages: Sequence[str], key: str
) -> tuple[str, str]:
    for tag in (*languages, *titles):
        if tag in titles:
            kind, source = titles[tag]
            return plain_text(source, kind=BlockKind(kind)), tag
    return key.replace("-", " "), "und"


def blocks_of(
    session: Session,
    work: Work,
    node: SectionNode,
    *,
    lang: str,
    beside: str | None = None,
) -> list[BlockRow]:
    """The blocks of one section in a language, with another beside it, and stand-ins for gaps.

    One statement for all blocks and texts; texts that the worker has not rendered yet are rendered now
    and not kept, because a read writes nothing.
    """
    languages = [lang, *([beside] if beside else []), *chain(lang, source=work.source_language)]
    wanted = list(dict.fromkeys(languages))
    texts: dict[int, dict[str, Any]] = {}
    blocks: list[Any] = []
    asked = {"section": node.id, "languages": wanted}
    for row in session.connection().execute(_BLOCKS, asked).all():
        there = texts.get(row[0])
        if there is None:
            there = texts[row[0]] = {}
            blocks.append(row)
        there[row[5]] = row
    renderer = Renderer(session, work)
    source_language = work.source_language

    def piece(there: dict[str, Any], tag: str, *, fallback: bool = False) -> Piece | None:
        row = there.get(tag)
        if row is None:
            return None
        _, _, kind, _, _, _, _, made_from, origin, reviewed_at, html, source = row
        if html is None:
            html = renderer.html(source, kind=kind, lang=tag, section_id=node.id, path=node.path)
        original = there.get(source_language)
        is_source = tag == source_language
        stale = not is_source and original is not None and original[6] != made_from
        return Piece(html, tag, origin, reviewed_at, stale, fallback, is_source)

    rows: list[BlockRow] = []
    for id_, uuid, kind, role, level, *_ in blocks:
        there = texts[id_]
        first = piece(there, lang)
        second = piece(there, beside) if beside else None
        stand_in = None
        if first is None:
            tag = next((t for t in wanted if t in there and t != beside), None)
            if tag is None and beside is None:
                tag = next(iter(there), None)
            stand_in = piece(there, tag, fallback=True) if tag else None
        rows.append(BlockRow(uuid, kind, role, level, first, second, stand_in))
    return rows


def downloads(session: Session, work: Work, *, lang: str) -> list[MediaFile]:
    """The files of a work that a reader may want to keep: no renditions, no other language's."""
    rows = session.scalars(
        select(MediaFile)
        .where(
            MediaFile.work_id == work.id,
            MediaFile.role == MediaRole.ORIGINAL,
        )
        .order_by(MediaFile.path)
    )
    return [m for m in rows if m.lang is None or m.lang == lang]
