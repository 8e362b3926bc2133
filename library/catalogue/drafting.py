"""A stored work as a draft: what would be handed in to get exactly this work.

The other way round from `service.store_work`: storing the draft of a work changes nothing. Every id is
in it, so the desk can keep it, change it and hand it in again with all links to sections and paragraphs
leading where they led.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.drafts import (
    BlockDraft,
    EditionDraft,
    MediaDraft,
    SectionDraft,
    WorkDraft,
)
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Section,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.errors import NotFound
from library.markdown import BlockKind, ParsedBlock

PLAIN_FACTS = (
    "level",
    "hours",
    "minutes",
    "credits",
    "version",
    "withdrawn_because",
    "replaced_by",
    "derived_from",
    "published_at",
)
JSON_FACTS = ("contributors", "links", "parameters", "related")


def draft_of(session: Session, uuid: uuids.UUID) -> WorkDraft:
    """Everything that the library holds of a work, without renditions. Raises ``NotFound``."""
    work = session.scalar(select(Work).where(Work.uuid == uuid))
    if work is None:
        raise NotFound(f"No work has the uuid {uuid}.")
    draft = WorkDraft(
        kind=work.kind,
        key=work.key,
        uuid=work.uuid,
        source_language=work.source_language,
        licence=work.licence,
        root=_tree(session, work),
        sample=work.sample,
        status=work.status,
    )
    for name in PLAIN_FACTS:
        setattr(draft, name, getattr(work, name))
    for name in JSON_FACTS:
        setattr(draft, name, list(getattr(work, name)))
    draft.institutions = list(
        session.scalars(
            select(Institution.key)
            .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
            .where(WorkInstitution.work_id == work.id)
            .order_by(WorkInstitution.position)
        )
    )
    draft.partnerships = list(
        session.scalars(
            select(Partnership.key)
            .join(WorkPartnership, WorkPartnership.partnership_id == Partnership.id)
            .where(WorkPartnership.work_id == work.id)
            .order_by(Partnership.key)
        )
    )
    codes = session.execute(
        select(CodeScheme.key, Code.code)
        .join(Code, Code.scheme_id == CodeScheme.id)
        .join(WorkCode, WorkCode.code_id == Code.id)
        .where(WorkCode.work_id == work.id)
        .order_by(CodeScheme.key, Code.code)
    )
    draft.codes = [f"{scheme}:{code}" for scheme, code in codes]
    draft.countries = list(
        session.scalars(
            select(WorkCountry.country)
            .where(WorkCountry.work_id == work.id)
            .order_by(WorkCountry.country)
        )
    )
    draft.editions = {
        edition.lang: EditionDraft(edition.origin, edition.offered, edition.answered_by)
        for edition in session.scalars(
            select(Edition).where(Edition.work_id == work.id).order_by(Edition.lang)
        )
    }
    draft.media = [
        MediaDraft(
            path=file.path,
            name=file.name,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            lang=file.lang,
            role=file.role,
            width=file.width,
            height=file.height,
            title=file.title,
            licence=file.licence,
        )
        for file in session.scalars(
            select(MediaFile)
            .where(MediaFile.work_id == work.id, MediaFile.role != MediaRole.RENDITION)
            .order_by(MediaFile.path)
        )
    ]
    return draft


def _tree(session: Session, work: Work) -> SectionDraft:
    texts = _texts(session, work)
    nodes: dict[int, SectionDraft] = {}
    root: SectionDraft | None = None
    for row in session.execute(
        select(Section.id, Section.uuid, Section.parent_id, Section.key, Section.folder)
        .where(Section.work_id == work.id, Section.removed_at.is_(None))
        .order_by(Section.depth, Section.position)
    ):
        node = SectionDraft(key=row.key, folder=row.folder, uuid=row.uuid, texts=texts[row.id])
        # The source language speaks in every section, even where it says nothing.
        node.texts.setdefault(work.source_language, [])
        nodes[row.id] = node
        if row.parent_id is None:
            root = node
        else:
            nodes[row.parent_id].sections.append(node)
    if root is None:
        raise NotFound(f"{work.kind}/{work.key} has no root section.")
    return root


def _texts(session: Session, work: Work) -> dict[int, dict[str, list[BlockDraft]]]:
    """The blocks of each section by language, in order."""
    live = (Section.work_id == work.id, Section.removed_at.is_(None), Block.removed_at.is_(None))
    found: dict[int, dict[str, list[BlockDraft]]] = defaultdict(lambda: defaultdict(list))
    rows: Any = session.execute(
        select(
            Block.section_id,
            Block.uuid,
            Block.kind,
            Block.role,
            Block.level,
            Block.label,
            BlockText.lang,
            BlockText.source,
            BlockText.made_from,
            BlockText.origin,
            BlockText.reviewed_by,
            BlockText.reviewed_at,
        )
        .join(Section, Section.id == Block.section_id)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(*live)
        .order_by(Block.section_id, Block.position, Block.id)
    )
    for row in rows:
        found[row.section_id][row.lang].append(
            BlockDraft(
                parsed=ParsedBlock(BlockKind(row.kind), row.source, 0, row.level),
                role=row.role,
                uuid=row.uuid,
                label=row.label,
                origin=row.origin,
                made_from=row.made_from,
                reviewed_by=row.reviewed_by,
                reviewed_at=row.reviewed_at,
            )
        )
    return defaultdict(dict, {id_: dict(by_lang) for id_, by_lang in found.items()})
