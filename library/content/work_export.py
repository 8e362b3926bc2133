"""One work as the files of its content folder."""

from __future__ import annotations

import datetime as dt
import html
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.addresses import section_key
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Origin,
    Section,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
from library.content.folder import META, natural_order
from library.content.toml_writer import document
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.markdown import BlockKind, Marker, ParsedBlock, join

# Stands for the source text of a translation of which nobody knows what it was made from.
UNKNOWN_SOURCE = "unknown"


@dataclass(slots=True)
class FolderContent:
    """Files by their path in the folder: texts as they are, media by the address of their bytes."""

    texts: dict[str, str] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)


class _Text(NamedTuple):
    source: str
    hash: str
    made_from: str | None
    origin: str
    reviewed_by: str | None
    reviewed_at: dt.datetime | None


def work(session: Session, row: Work) -> FolderContent:
    """Everything that the library holds of a work, except what it has taken out of it."""
    content = FolderContent()
    sections = session.execute(
        select(
            Section.id,
            Section.uuid,
            Section.parent_id,
            Section.position,
            Section.key,
            Section.folder,
        )
        .where(Section.work_id == row.id, Section.removed_at.is_(None))
        .order_by(Section.depth, Section.position)
    ).all()
    folders = _folders(sections)
    editions = {
        edition.lang: edition
        for edition in session.scalars(
            select(Edition).where(Edition.work_id == row.id).order_by(Edition.lang)
        )
    }
    languages = _write_texts(session, row, folders, editions, content)
    media = _media(session, row, content)
    facts = _facts(session, row)
    facts["editions"] = {
        lang: _edition(edition) for lang, edition in editions.items() if lang in languages
    }
    facts["media"] = media
    ids = {folders[s.id] or ".": s.uuid for s in sorted(sections, key=lambda s: s.position)}
    facts["sections"] = ids
    content.texts[META] = document(facts)
    return content


def _folders(sections: Sequence[Any]) -> dict[int, str]:
    """The folder path of each section. Where the names would not sort into the sections' order, or
    would give them other keys, they are numbered anew."""
    children: dict[int | None, list[Any]] = defaultdict(list)
    for section in sections:
        children[section.parent_id].append(section)
    paths: dict[int, str] = {}

    def name(parent_id: int | None, above: str) -> None:
        siblings = sorted(children.get(parent_id, ()), key=lambda s: s.position)
        names = [s.folder for s in siblings]
        usable = (
            names == sorted(names, key=natural_order)
            and len(set(names)) == len(names)
            and all(section_key(s.folder) == s.key for s in siblings)
        )
        if not usable:
            width = max(2, len(str(len(siblings))))
            names = [f"{n:0{width}d}-{s.key}" for n, s in enumerate(siblings, 1)]
        for section, folder in zip(siblings, names, strict=True):
            paths[section.id] = f"{above}/{folder}" if above else folder
            name(section.id, paths[section.id])

    for root in children.get(None, ()):
        paths[root.id] = ""
        name(root.id, "")
    return paths


def _write_texts(
    session: Session,
    row: Work,
    folders: Mapping[int, str],
    editions: Mapping[str, Edition],
    content: FolderContent,
) -> set[str]:
    """Write a file for each section and language; returns the languages that there are."""
    texts: dict[int, dict[str, _Text]] = defaultdict(dict)
    live = (Section.work_id == row.id, Section.removed_at.is_(None), Block.removed_at.is_(None))
    block_id: int
    facts: list[Any]
    for block_id, lang, source, *facts in session.execute(
        select(
            BlockText.block_id,
            BlockText.lang,
            BlockText.source,
            BlockText.hash,
            BlockText.made_from,
            BlockText.origin,
            BlockText.reviewed_by,
            BlockText.reviewed_at,
        )
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(*live)
    ):
        texts[block_id][lang] = _Text(source, *facts)
    files: dict[tuple[int, str], list[ParsedBlock]] = defaultdict(list)
    for block in session.execute(
        select(Block.id, Block.uuid, Block.section_id, Block.kind, Block.level, Block.label)
        .join(Section, Section.id == Block.section_id)
        .where(*live)
        .order_by(Block.section_id, Block.position, Block.id)
    ):
        original = texts[block.id].get(row.source_language)
        for lang, text in texts[block.id].items():
            edition = editions.get(lang)
            marker = _marker(
                block,
                text,
                source=original if lang != row.source_language else None,
                usual_origin=edition.origin if edition is not None else Origin.HUMAN,
            )
            parsed = ParsedBlock(BlockKind(block.kind), text.source, 0, block.level, marker)
            files[block.section_id, lang].append(parsed)
    for section_id, folder in folders.items():
        # The source language has a file in every section, even where it says nothing.
        files.setdefault((section_id, row.source_language), [])
        for lang in sorted(lang for id_, lang in files if id_ == section_id):
            at = f"{folder}/{lang}.md" if folder else f"{lang}.md"
            content.texts[at] = join(files[section_id, lang])
    return {lang for _, lang in files}


def _marker(block: Any, text: _Text, *, source: _Text | None, usual_origin: str) -> Marker:
    facts: dict[str, str] = {}
    if block.label:
        facts["uuid"] = str(block.uuid)
    if text.origin != usual_origin:
        facts["origin"] = text.origin
    if source is not None and text.made_from != source.hash:
        facts["from"] = text.made_from or UNKNOWN_SOURCE
    if text.reviewed_at is not None:
        facts["reviewed"] = _moment(text.reviewed_at)
        if text.reviewed_by:
            facts["by"] = html.escape(text.reviewed_by, quote=True)
    return Marker(id=block.label or str(block.uuid), facts=facts)


def _moment(moment: dt.datetime) -> str:
    moment = moment.astimezone(dt.UTC)
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _media(session: Session, row: Work, content: FolderContent) -> dict[str, dict[str, str]]:
    """Note the media files that were handed in; returns what is said of them."""
    facts: dict[str, dict[str, str]] = {}
    for file in session.scalars(
        select(MediaFile)
        .where(MediaFile.work_id == row.id, MediaFile.role != MediaRole.RENDITION)
        .order_by(MediaFile.path)
    ):
        content.media[file.path] = file.sha256
        said = {
            name: value
            for name, value in (("title", file.title), ("licence", file.licence))
            if value
        }
        if said:
            facts[file.path] = said
    return facts


def _edition(edition: Edition) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if edition.origin != Origin.HUMAN:
        facts["origin"] = str(edition.origin)
    if not edition.offered:
        facts["offered"] = False
    if edition.answered_by:
        facts["answered_by"] = edition.answered_by
    return facts


def _facts(session: Session, row: Work) -> dict[str, Any]:
    """What ``meta.toml`` says of the work, in the order of docs/content-format.md."""
    institutions = session.scalars(
        select(Institution.key)
        .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
        .where(WorkInstitution.work_id == row.id)
        .order_by(WorkInstitution.position)
    )
    partnerships = session.scalars(
        select(Partnership.key)
        .join(WorkPartnership, WorkPartnership.partnership_id == Partnership.id)
        .where(WorkPartnership.work_id == row.id)
        .order_by(Partnership.key)
    )
    codes = session.execute(
        select(CodeScheme.key, Code.code)
        .join(Code, Code.scheme_id == CodeScheme.id)
        .join(WorkCode, WorkCode.code_id == Code.id)
        .where(WorkCode.work_id == row.id)
        .order_by(CodeScheme.key, Code.code)
    )
    countries = session.scalars(
        select(WorkCountry.country)
        .where(WorkCountry.work_id == row.id)
        .order_by(WorkCountry.country)
    )
    return {
        "source_language": row.source_language,
        "licence": row.licence,
        "uuid": row.uuid,
        "status": row.status if row.status != "published" else None,
        "withdrawn_because": row.withdrawn_because,
        "replaced_by": row.replaced_by,
        "sample": row.sample or None,
        "level": row.level,
        "hours": row.hours,
        "minutes": row.minutes,
        "credits": row.credits,
        "version": row.version,
        "published": row.published_at,
        "institutions": list(institutions),
        "partnerships": list(partnerships),
        "codes": [f"{scheme}:{code}" for scheme, code in codes],
        "countries": list(countries),
        "contributors": [_in_order(one, ("name", "role")) for one in row.contributors],
        "links": [_in_order(one, ("url", "title")) for one in row.links],
        "related": list(row.related),
        "derived_from": row.derived_from,
        "parameters": [_parameter(one) for one in row.parameters],
    }


def _in_order(record: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """A record with its keys in the documented order, whatever order the database gives them in."""
    return {key: record[key] for key in keys if record.get(key) is not None}


def _parameter(record: Mapping[str, Any]) -> dict[str, Any]:
    parameter = _in_order(record, ("name", "value", "unit"))
    parameter["name"] = dict(sorted(parameter["name"].items()))
    return parameter
