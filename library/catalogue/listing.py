"""Cards: works as they stand in a list, all facts of twenty of them in four statements."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from library.catalogue.models import Edition, Section, Work, WorkInstitution
from library.catalogue.reading import percent
from library.directory.models import Institution, InstitutionText
from library.i18n.chains import chain, choose


@dataclass(frozen=True, slots=True)
class Badge:
    """A language that a work can be read in."""

    lang: str
    percent: int


@dataclass(frozen=True, slots=True)
class Card:
    """What decides whether to open a work. ``other`` is its title in the source language, if another."""

    id: int
    uuid: uuids.UUID
    kind: str
    key: str
    title: str
    lang: str
    other: str | None
    other_lang: str | None
    summary: str
    summary_lang: str
    badges: list[Badge]
    institution: str | None
    institution_lang: str | None
    level: str | None
    hours: float | None
    minutes: float | None
    sections: int
    bytes: int
    media_bytes: int
    sample: bool
    published_at: dt.datetime
    updated_at: dt.datetime


# Made once: putting a statement together takes longer than the database needs to answer it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_WORKS = select(
    Work.id,
    Work.uuid,
    Work.kind,
    Work.key,
    Work.source_language,
    Work.level,
    Work.hours,
    Work.minutes,
    Work.sample,
    Work.media_bytes,
    Work.published_at,
    Work.updated_at,
).where(Work.id.in_(_IDS))
_EDITIONS = select(
    Edition.work_id,
    Edition.lang,
    Edition.title,
    Edition.summary,
    Edition.blocks,
    Edition.translated,
    Edition.bytes,
).where(Edition.work_id.in_(_IDS), Edition.offered.is_(True))
_SECTIONS = (
    select(Section.work_id, func.count())
    .where(Section.work_id.in_(_IDS), Section.removed_at.is_(None), Section.position > 0)
    .group_by(Section.work_id)
)
_INSTITUTIONS = (
    select(
        WorkInstitution.work_id,
        InstitutionText.lang,
        InstitutionText.name,
        Institution.source_language,
    )
    .join(Institution, Institution.id == WorkInstitution.institution_id)
    .join(InstitutionText, InstitutionText.institution_id == Institution.id)
    .where(WorkInstitution.work_id.in_(_IDS), WorkInstitution.position == 0)
)


def cards(session: Session, ids: Sequence[int], *, lang: str) -> list[Card]:
    """Cards for these works in this order; titles along the reader's chain, marked by language."""
    if not ids:
        return []
    asked = {"ids": list(ids)}
    connection = session.connection()
    works = {row.id: row for row in connection.execute(_WORKS, asked)}
    editions: dict[int, dict[str, Any]] = defaultdict(dict)
    for edition in connection.execute(_EDITIONS, asked):
        editions[edition.work_id][edition.lang] = edition
    names = _institutions(session, ids, lang)
    sections: dict[int, int] = dict(connection.execute(_SECTIONS, asked).all())
    made = []
    for work_id in ids:
        work = works.get(work_id)
        there = editions[work_id]
        if work is None or not there:
            continue
        source = work.source_language
        titled = {tag for tag, e in there.items() if e.title} or set(there)
        tag = choose(lang, titled, source=source) or next(iter(titled))
        summed = {t for t, e in there.items() if e.summary}
        summary_tag = choose(lang, summed, source=source) or tag
        other = source if source != tag and source in there else None
        name, name_lang = names.get(work_id, (None, None))
        badges = [Badge(e.lang, percent(e.translated, e.blocks)) for e in there.values()]
        badges.sort(key=lambda b: (b.lang != source, b.lang != lang, -b.percent, b.lang))
        made.append(
            Card(
                id=work.id,
                uuid=work.uuid,
                kind=work.kind,
                key=work.key,
                title=there[tag].title or work.key,
                lang=tag,
                other=there[other].title if other else None,
                other_lang=other,
                summary=there[summary_tag].summary,
                summary_lang=summary_tag,
                badges=badges,
                institution=name,
                institution_lang=name_lang,
                level=work.level,
                hours=work.hours,
                minutes=work.minutes,
                sections=sections.get(work_id, 0),
                bytes=there[tag].bytes,
                media_bytes=work.media_bytes,
                sample=work.sample,
                published_at=work.published_at,
                updated_at=work.updated_at,
            )
        )
    return made


def _institutions(session: Session, ids: Sequence[int], lang: str) -> dict[int, tuple[str, str]]:
    """The institution that answers for each work, named in the reader's chain."""
    names: dict[int, dict[str, str]] = defaultdict(dict)
    sources: dict[int, str] = {}
    for work_id, tag, name, source in session.connection().execute(
        _INSTITUTIONS, {"ids": list(ids)}
    ):
        names[work_id][tag] = name
        sources[work_id] = source
    found: dict[int, tuple[str, str]] = {}
    for work_id, by_lang in names.items():
        tag = next(
            (t for t in chain(lang, source=sources[work_id]) if t in by_lang),
            next(iter(by_lang)),
        )
        found[work_id] = (by_lang[tag], tag)
    return found
