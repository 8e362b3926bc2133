"""Reads for readers: institutions and partnerships as lists and as pages.

Lists are short (hundreds, not millions) and sorted by the rules of the reader's language, which no
database knows: they are read whole, with one name each, and cut into pages by whoever shows them.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from library.directory.drafts import NameText
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipMember,
    PartnershipText,
)
from library.directory.names import best
from library.i18n.chains import chain


@dataclass(frozen=True, slots=True)
class InstitutionLine:
    """An institution in a list. ``lang`` is that of ``name``."""

    uuid: uuids.UUID
    key: str
    type: str
    country: str | None
    city: str | None
    sample: bool
    name: str
    lang: str


@dataclass(frozen=True, slots=True)
class PartnershipLine:
    """A partnership in a list. ``lang`` is that of ``name``."""

    uuid: uuids.UUID
    key: str
    type: str
    brand: str | None
    country: str | None
    city: str | None
    founded: str | None
    sample: bool
    name: str
    lang: str


@dataclass(frozen=True, slots=True)
class InstitutionPage:
    """An institution with its texts by language, and the partnerships it has a part in, with the part."""

    row: Institution
    texts: dict[str, NameText]
    partnerships: list[tuple[PartnershipLine, str]]


@dataclass(frozen=True, slots=True)
class PartnershipPage:
    """A partnership with its texts by language, and its members in order, with their parts."""

    row: Partnership
    texts: dict[str, NameText]
    members: list[tuple[InstitutionLine, str]]


_INSTITUTION_FACTS = (
    Institution.uuid,
    Institution.key,
    Institution.type,
    Institution.country,
    Institution.city,
    Institution.sample,
)
_PARTNERSHIP_FACTS = (
    Partnership.uuid,
    Partnership.key,
    Partnership.type,
    Partnership.brand,
    Partnership.country,
    Partnership.city,
    Partnership.founded,
    Partnership.sample,
)


def institution_lines(session: Session, *, lang: str) -> list[InstitutionLine]:
    """All institutions, each named along the reader's chain, in the order of their keys."""
    languages = chain(lang)
    rows = session.execute(
        select(
            *_INSTITUTION_FACTS,
            Institution.source_language,
            InstitutionText.lang,
            InstitutionText.name,
        )
        .join(
            InstitutionText,
            and_(
                InstitutionText.institution_id == Institution.id,
                or_(
                    InstitutionText.lang.in_(languages),
                    InstitutionText.lang == Institution.source_language,
                ),
            ),
        )
        .order_by(Institution.key)
    )
    return [InstitutionLine(*(*facts, *name)) for facts, name in _named(rows, lang)]


def partnership_lines(session: Session, *, lang: str) -> list[PartnershipLine]:
    """All partnerships, each named along the reader's chain, in the order of their keys."""
    languages = chain(lang)
    rows = session.execute(
        select(
            *_PARTNERSHIP_FACTS,
            Partnership.source_language,
            PartnershipText.lang,
            PartnershipText.name,
        )
        .join(
            PartnershipText,
            and_(
                PartnershipText.partnership_id == Partnership.id,
                or_(
                    PartnershipText.lang.in_(languages),
                    PartnershipText.lang == Partnership.source_language,
                ),
            ),
        )
        .order_by(Partnership.key)
    )
    return [PartnershipLine(*(*facts, *name)) for facts, name in _named(rows, lang)]


def site_places(session: Session) -> dict[str, list[tuple[float, float]]]:
    """Latitude and longitude of the partnerships that have them, by country."""
    places: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for country, latitude, longitude in session.execute(
        select(Partnership.country, Partnership.latitude, Partnership.longitude)
    ):
        if country is not None and latitude is not None and longitude is not None:
            places[country].append((latitude, longitude))
    return places


def institution_texts(session: Session, keys: Collection[str]) -> dict[str, dict[str, NameText]]:
    """What these institutions are called and how they are described, by key and language."""
    if not keys:
        return {}
    rows = session.execute(
        select(Institution.key, InstitutionText.lang, InstitutionText.name, InstitutionText.summary)
        .join(InstitutionText, InstitutionText.institution_id == Institution.id)
        .where(Institution.key.in_(keys))
    )
    return _texts(rows)


def partnership_texts(session: Session, keys: Collection[str]) -> dict[str, dict[str, NameText]]:
    """What these partnerships are called and how they are described, by key and language."""
    if not keys:
        return {}
    rows = session.execute(
        select(Partnership.key, PartnershipText.lang, PartnershipText.name, PartnershipText.summary)
        .join(PartnershipText, PartnershipText.partnership_id == Partnership.id)
        .where(Partnership.key.in_(keys))
    )
    return _texts(rows)


def institution_page(session: Session, *, key: str, lang: str) -> InstitutionPage | None:
    """Everything that an institution's page shows, in three statements; None for an unknown key."""
    row = session.scalar(select(Institution).where(Institution.key == key))
    if row is None:
        return None
    texts = {
        text.lang: NameText(text.name, text.summary, text.body)
        for text in session.scalars(
            select(InstitutionText).where(InstitutionText.institution_id == row.id)
        )
    }
    parts = session.execute(
        select(
            *_PARTNERSHIP_FACTS,
            PartnershipMember.role,
            Partnership.source_language,
            PartnershipText.lang,
            PartnershipText.name,
        )
        .join(PartnershipMember, PartnershipMember.partnership_id == Partnership.id)
        .join(PartnershipText, PartnershipText.partnership_id == Partnership.id)
        .where(PartnershipMember.institution_id == row.id)
        .order_by(Partnership.key)
    )
    partnerships = [
        (PartnershipLine(*(*facts, *name)), role) for (*facts, role), name in _named(parts, lang)
    ]
    return InstitutionPage(row, _source_first(texts, row.source_language), partnerships)


def partnership_page(session: Session, *, key: str, lang: str) -> PartnershipPage | None:
    """Everything that a partnership's page shows, in three statements; None for an unknown key."""
    row = session.scalar(select(Partnership).where(Partnership.key == key))
    if row is None:
        return None
    texts = {
        text.lang: NameText(text.name, text.summary, text.body)
        for text in session.scalars(
            select(PartnershipText).where(PartnershipText.partnership_id == row.id)
        )
    }
    parts = session.execute(
        select(
            *_INSTITUTION_FACTS,
            PartnershipMember.role,
            Institution.source_language,
            InstitutionText.lang,
            InstitutionText.name,
        )
        .join(PartnershipMember, PartnershipMember.institution_id == Institution.id)
        .join(InstitutionText, InstitutionText.institution_id == Institution.id)
        .where(PartnershipMember.partnership_id == row.id)
        .order_by(PartnershipMember.position, Institution.key)
    )
    members = [
        (InstitutionLine(*(*facts, *name)), role) for (*facts, role), name in _named(parts, lang)
    ]
    return PartnershipPage(row, _source_first(texts, row.source_language), members)


def _named(rows: Iterable[Any], lang: str) -> list[tuple[tuple[Any, ...], tuple[str, str]]]:
    """Facts, each once in the order they came, with the best name and its language.

    A row is (uuid, other facts ..., source language, language, name).
    """
    names: dict[uuids.UUID, dict[str, str]] = defaultdict(dict)
    facts: dict[uuids.UUID, tuple[Any, ...]] = {}
    sources: dict[uuids.UUID, str] = {}
    for row in rows:
        uuid = row[0]
        names[uuid][row[-2]] = row[-1]
        if uuid not in facts:
            facts[uuid] = tuple(row[:-3])
            sources[uuid] = row[-3]
    chains = {source: chain(lang, source=source) for source in set(sources.values())}
    made = []
    for uuid, told in facts.items():
        name = best(names[uuid], chains[sources[uuid]])
        made.append((told, (name.text, name.lang or lang)))
    return made


def _texts(rows: Iterable[Any]) -> dict[str, dict[str, NameText]]:
    texts: dict[str, dict[str, NameText]] = defaultdict(dict)
    for key, tag, name, summary in rows:
        texts[key][tag] = NameText(name, summary)
    return dict(texts)


def _source_first(texts: Mapping[str, NameText], source: str) -> dict[str, NameText]:
    return dict(sorted(texts.items(), key=lambda item: (item[0] != source, item[0])))
