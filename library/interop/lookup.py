"""From a uuid to what it names: a work, a section, a paragraph, an institution, a partnership, a concept."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue import public_paths
from library.catalogue.editions import SILENT_KINDS
from library.catalogue.models import Block, BlockText, Edition, Role, Section, Work
from library.catalogue.records import tombstone
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.errors import Gone, NotFound
from library.markdown import BlockKind, plain_text
from library.terms.models import Concept, ConceptText, Term


@dataclass(frozen=True, slots=True)
class Named:
    """What a uuid names, and where people read it.

    ``languages`` are those in which it really exists, the source language first. ``work``, ``section``
    and ``block`` are set as far as it lies inside of them, the others for what they are.
    """

    kind: str
    key: str
    languages: tuple[str, ...]
    path: str = ""
    anchor: str = ""
    work: Work | None = None
    section: Section | None = None
    block: Block | None = None
    institution: Institution | None = None
    partnership: Partnership | None = None
    concept: Concept | None = None

    def page(self, lang: str) -> str:
        """The path of the page that shows it."""
        page = public_paths.page(self.kind, self.key, self.path, lang=lang)
        return f"{page}#{self.anchor}" if self.anchor else page


def find(session: Session, uuid: uuids.UUID) -> Named:
    """What lives under a uuid. Raises ``NotFound``, and ``Gone`` for what was taken away."""
    work = session.scalar(select(Work).where(Work.uuid == uuid))
    if work is not None:
        return _work(session, work)
    section = session.scalar(select(Section).where(Section.uuid == uuid))
    if section is not None:
        return _section(session, section, block=None)
    block = session.scalar(select(Block).where(Block.uuid == uuid))
    if block is not None:
        return _section(session, session.get_one(Section, block.section_id), block=block)
    institution = session.scalar(select(Institution).where(Institution.uuid == uuid))
    if institution is not None:
        tags = session.scalars(
            select(InstitutionText.lang).where(InstitutionText.institution_id == institution.id)
        )
        languages = _ordered(set(tags), institution.source_language)
        return Named("institution", institution.key, languages, institution=institution)
    partnership = session.scalar(select(Partnership).where(Partnership.uuid == uuid))
    if partnership is not None:
        tags = session.scalars(
            select(PartnershipText.lang).where(PartnershipText.partnership_id == partnership.id)
        )
        languages = _ordered(set(tags), partnership.source_language)
        return Named("partnership", partnership.key, languages, partnership=partnership)
    concept = session.scalar(select(Concept).where(Concept.uuid == uuid))
    if concept is not None:
        spoken = set(session.scalars(select(Term.lang).where(Term.concept_id == concept.id)))
        spoken |= set(
            session.scalars(select(ConceptText.lang).where(ConceptText.concept_id == concept.id))
        )
        languages = _ordered(spoken, concept.source_language)
        return Named("term", concept.key, languages, concept=concept)
    raise NotFound(f"The library has nothing with the identifier {uuid}.", uuid=str(uuid))


def _work(session: Session, work: Work) -> Named:
    if work.status != "published":
        raise tombstone(session, work)
    return Named(work.kind, work.key, _offered(session, work), work=work)


def _section(session: Session, section: Section, *, block: Block | None) -> Named:
    work = session.get_one(Work, section.work_id)
    offered = _work(session, work).languages
    removed = section.removed_at or (block.removed_at if block else None)
    if removed is not None:
        title = _title(session, work, section)
        what = f"A paragraph of “{title}”" if block else f"“{title}”"
        raise Gone(
            f"{what} was taken out of {work.kind}/{work.key}, which is still here.",
            title=title,
            lang=work.source_language,
            work=f"{work.kind}/{work.key}",
            uuid=str(section.uuid),
            replaced_by=None,
            withdrawn_at=removed,
            because=None,
        )
    texts = select(BlockText.lang).distinct().join(Block, Block.id == BlockText.block_id)
    if block is not None:
        texts = texts.where(Block.id == block.id)
    else:
        texts = texts.where(
            Block.section_id == section.id,
            Block.removed_at.is_(None),
            Block.kind.not_in(SILENT_KINDS),
        )
    there = set(session.scalars(texts))
    return Named(
        work.kind,
        work.key,
        # Where nothing is said yet (a unit without a title), the work's own languages serve.
        tuple(tag for tag in offered if tag in there) or offered,
        path=section.path,
        anchor=public_paths.block_anchor(block.uuid) if block else "",
        work=work,
        section=section,
        block=block,
    )


def _offered(session: Session, work: Work) -> tuple[str, ...]:
    tags = session.scalars(
        select(Edition.lang).where(Edition.work_id == work.id, Edition.offered.is_(True))
    )
    return _ordered(set(tags), work.source_language)


def _ordered(tags: set[str], source: str) -> tuple[str, ...]:
    if not tags:
        return (source,)
    return tuple(sorted(tags, key=lambda tag: (tag != source, tag)))


def _title(session: Session, work: Work, section: Section) -> str:
    row = session.execute(
        select(Block.kind, BlockText.source)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            Block.section_id == section.id,
            Block.role == Role.TITLE,
            BlockText.lang == work.source_language,
        )
        .order_by(Block.id.desc())
        .limit(1)
    ).first()
    return plain_text(row.source, kind=BlockKind(row.kind)) if row else section.key
