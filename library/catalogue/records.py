"""Records: everything that the library says of a work, in all its languages at once.

For whoever takes a work away as data: the API, linked data, harvesting. A fixed number of statements
however many works are asked for.
"""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Role,
    Section,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
from library.catalogue.reading import EditionFacts, edition_facts
from library.directory.models import (
    Code,
    CodeLabel,
    CodeScheme,
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.errors import Gone
from library.markdown import BlockKind, plain_text


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """A section with its title in each language that has one, and the sections inside it."""

    uuid: uuids.UUID
    key: str
    path: str
    depth: int
    position: int
    titles: dict[str, str]
    sections: list[SectionRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """What a work is about: ``scheme`` is a scheme's key, ``labels`` what the code means by language."""

    scheme: str
    scheme_uri: str | None
    version: str
    code: str
    uri: str | None
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """An institution or a partnership (then ``brand`` may be set) with its names by language."""

    uuid: uuids.UUID
    key: str
    type: str
    country: str | None
    source_language: str
    names: dict[str, str]
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """A file of a work; ``size`` in bytes, ``licence`` None where the work's own holds."""

    sha256: str
    path: str
    name: str
    media_type: str
    size: int
    lang: str | None
    role: str
    width: int | None
    height: int | None
    title: str | None
    licence: str | None


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """A work. ``editions`` are those offered to readers; no text of another language appears anywhere.

    ``sections`` is the tree below the root; None when it was not asked for, as is ``media``.
    """

    uuid: uuids.UUID
    kind: str
    key: str
    status: str
    source_language: str
    licence: str
    level: str | None
    hours: float | None
    minutes: float | None
    credits: float | None
    version: str | None
    sample: bool
    contributors: list[dict[str, str]]
    links: list[dict[str, str]]
    parameters: list[dict[str, object]]
    derived_from: str | None
    related: list[str]
    replaced_by: str | None
    withdrawn_because: str | None
    published_at: dt.datetime
    updated_at: dt.datetime
    revision: int
    editions: dict[str, EditionFacts]
    codes: list[CodeRecord]
    institutions: list[PartyRecord]
    partnerships: list[PartyRecord]
    countries: list[str]
    sections: list[SectionRecord] | None
    media: list[MediaRecord] | None


_FACTS = (
    "uuid",
    "kind",
    "key",
    "status",
    "source_language",
    "licence",
    "level",
    "hours",
    "minutes",
    "credits",
    "version",
    "sample",
    "contributors",
    "links",
    "parameters",
    "derived_from",
    "related",
    "replaced_by",
    "withdrawn_because",
    "published_at",
    "updated_at",
    "revision",
)


def work_record(session: Session, work: Work) -> WorkRecord:
    """Everything of one work."""
    return work_records(session, [work])[0]


def work_records(
    session: Session, works: Sequence[Work], *, sections: bool = True, media: bool = True
) -> list[WorkRecord]:
    """The records of at most a hundred works, in their order; contents and files only if asked for."""
    if not works:
        return []
    ids = [work.id for work in works]
    editions = _editions(session, works)
    trees = _sections(session, ids, editions) if sections else None
    files = _media(session, ids) if media else None
    codes = _codes(session, ids)
    institutions, partnerships = _institutions(session, ids), _partnerships(session, ids)
    countries: dict[int, list[str]] = defaultdict(list)
    for work_id, country in session.execute(
        select(WorkCountry.work_id, WorkCountry.country)
        .where(WorkCountry.work_id.in_(ids))
        .order_by(WorkCountry.country)
    ):
        countries[work_id].append(country)
    return [
        WorkRecord(
            **{name: getattr(work, name) for name in _FACTS},
            editions=editions[work.id],
            codes=codes[work.id],
            institutions=institutions[work.id],
            partnerships=partnerships[work.id],
            countries=countries[work.id],
            sections=None if trees is None else trees[work.id],
            media=None if files is None else files[work.id],
        )
        for work in works
    ]


def tombstone(session: Session, work: Work) -> Gone:
    """What is left to say of a withdrawn work: its title, why it went, and what to read instead."""
    title = session.scalar(
        select(Edition.title).where(
            Edition.work_id == work.id, Edition.lang == work.source_language
        )
    )
    because = (work.withdrawn_because or "").strip()
    return Gone(
        f"“{title or work.key}” was withdrawn." + (f" {because}" if because else ""),
        title=title or work.key,
        lang=work.source_language,
        work=f"{work.kind}/{work.key}",
        uuid=str(work.uuid),
        replaced_by=work.replaced_by,
        withdrawn_at=work.updated_at,
        because=because or None,
    )


def _editions(session: Session, works: Sequence[Work]) -> dict[int, dict[str, EditionFacts]]:
    """Offered editions by work, the source language first, then by completeness."""
    sources = {work.id: work.source_language for work in works}
    found: dict[int, list[EditionFacts]] = defaultdict(list)
    for e in session.scalars(
        select(Edition).where(Edition.work_id.in_(sources), Edition.offered.is_(True))
    ):
        found[e.work_id].append(edition_facts(e))
    return defaultdict(
        dict,
        {
            work_id: {
                e.lang: e
                for e in sorted(
                    facts, key=lambda e: (e.lang != sources[work_id], -e.percent, e.lang)
                )
            }
            for work_id, facts in found.items()
        },
    )


def _sections(
    session: Session, ids: Sequence[int], editions: dict[int, dict[str, EditionFacts]]
) -> dict[int, list[SectionRecord]]:
    titles: dict[int, dict[str, str]] = defaultdict(dict)
    for work_id, section_id, tag, kind, source in session.execute(
        select(Section.work_id, Section.id, BlockText.lang, Block.kind, BlockText.source)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            Section.work_id.in_(ids),
            Section.removed_at.is_(None),
            Block.role == Role.TITLE,
            Block.removed_at.is_(None),
        )
        .order_by(BlockText.lang)
    ):
        if tag in editions[work_id]:
            titles[section_id][tag] = plain_text(source, kind=BlockKind(kind))
    trees: dict[int, list[SectionRecord]] = defaultdict(list)
    by_id: dict[int, SectionRecord] = {}
    for row in session.execute(
        select(
            Section.id,
            Section.work_id,
            Section.uuid,
            Section.parent_id,
            Section.key,
            Section.path,
            Section.depth,
            Section.position,
        )
        .where(Section.work_id.in_(ids), Section.removed_at.is_(None))
        .order_by(Section.work_id, Section.position)
    ):
        record = SectionRecord(row.uuid, row.key, row.path, row.depth, row.position, titles[row.id])
        by_id[row.id] = record
        if row.depth == 1:
            trees[row.work_id].append(record)
        elif row.parent_id in by_id:
            by_id[row.parent_id].sections.append(record)
    return trees


def _codes(session: Session, ids: Sequence[int]) -> dict[int, list[CodeRecord]]:
    carried: dict[int, list[int]] = defaultdict(list)
    records: dict[int, CodeRecord] = {}
    for row in session.execute(
        select(
            WorkCode.work_id,
            Code.id,
            Code.code,
            Code.uri,
            CodeScheme.key,
            CodeScheme.uri.label("scheme_uri"),
            CodeScheme.version,
        )
        .join(Code, Code.id == WorkCode.code_id)
        .join(CodeScheme, CodeScheme.id == Code.scheme_id)
        .where(WorkCode.work_id.in_(ids))
        .order_by(CodeScheme.key, Code.code)
    ):
        carried[row.work_id].append(row.id)
        records[row.id] = CodeRecord(row.key, row.scheme_uri, row.version, row.code, row.uri, {})
    if records:
        for code_id, tag, label in session.execute(
            select(CodeLabel.code_id, CodeLabel.lang, CodeLabel.label)
            .where(CodeLabel.code_id.in_(records))
            .order_by(CodeLabel.lang)
        ):
            records[code_id].labels[tag] = label
    return defaultdict(list, {w: [records[c] for c in codes] for w, codes in carried.items()})


def _institutions(session: Session, ids: Sequence[int]) -> dict[int, list[PartyRecord]]:
    """By work, the one that answers for it first."""
    found: dict[int, list[PartyRecord]] = defaultdict(list)
    names: dict[int, dict[str, str]] = defaultdict(dict)
    for work_id, row in session.execute(
        select(WorkInstitution.work_id, Institution)
        .join(Institution, Institution.id == WorkInstitution.institution_id)
        .where(WorkInstitution.work_id.in_(ids))
        .order_by(WorkInstitution.position)
    ):
        found[work_id].append(
            PartyRecord(
                row.uuid, row.key, row.type, row.country, row.source_language, names[row.id]
            )
        )
    if names:
        for id_, tag, name in session.execute(
            select(InstitutionText.institution_id, InstitutionText.lang, InstitutionText.name)
            .where(InstitutionText.institution_id.in_(list(names)))
            .order_by(InstitutionText.lang)
        ):
            names[id_][tag] = name
    return found


def _partnerships(session: Session, ids: Sequence[int]) -> dict[int, list[PartyRecord]]:
    found: dict[int, list[PartyRecord]] = defaultdict(list)
    names: dict[int, dict[str, str]] = defaultdict(dict)
    for work_id, row in session.execute(
        select(WorkPartnership.work_id, Partnership)
        .join(Partnership, Partnership.id == WorkPartnership.partnership_id)
        .where(WorkPartnership.work_id.in_(ids))
        .order_by(Partnership.key)
    ):
        found[work_id].append(
            PartyRecord(
                row.uuid,
                row.key,
                row.type,
                row.country,
                row.source_language,
                names[row.id],
                row.brand,
            )
        )
    if names:
        for id_, tag, name in session.execute(
            select(PartnershipText.partnership_id, PartnershipText.lang, PartnershipText.name)
            .where(PartnershipText.partnership_id.in_(list(names)))
            .order_by(PartnershipText.lang)
        ):
            names[id_][tag] = name
    return found


def _media(session: Session, ids: Sequence[int]) -> dict[int, list[MediaRecord]]:
    """Files as handed in; small versions are ours to make and to throw away, so they are left out."""
    found: dict[int, list[MediaRecord]] = defaultdict(list)
    for m in session.scalars(
        select(MediaFile)
        .where(MediaFile.work_id.in_(ids), MediaFile.role != MediaRole.RENDITION)
        .order_by(MediaFile.work_id, MediaFile.path)
    ):
        found[m.work_id].append(
            MediaRecord(
                sha256=m.sha256,
                path=m.path,
                name=m.name,
                media_type=m.media_type,
                size=m.size,
                lang=m.lang,
                role=m.role,
                width=m.width,
                height=m.height,
                title=m.title,
                licence=m.licence,
            )
        )
    return found
