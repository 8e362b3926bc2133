"""What a work is tied to: who answers for it, what it is about, where it is used, its relatives."""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from library.catalogue.models import (
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
from library.directory.models import (
    Code,
    CodeLabel,
    CodeScheme,
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.directory.names import best
from library.i18n.chains import chain


@dataclass(frozen=True, slots=True)
class Affiliate:
    """An institution or partnership as it is called in ``lang``."""

    uuid: uuids.UUID
    type: str
    key: str
    name: str
    lang: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A code of some scheme with its label; ``label`` is the code itself where it has none."""

    scheme: str
    code: str
    label: str
    lang: str | None
    uri: str | None


@dataclass(frozen=True, slots=True)
class Affiliations:
    """``institutions`` starts with the one that answers; ``countries`` are ISO 3166-1 codes."""

    institutions: list[Affiliate]
    partnerships: list[Affiliate]
    subjects: list[Subject]
    countries: list[str]


def affiliations_of(session: Session, work: Work, *, lang: str) -> Affiliations:
    """Everything around a work, named along the reader's chain, in four statements."""
    institutions = session.execute(
        select(
            Institution.uuid,
            Institution.type,
            Institution.key,
            Institution.source_language,
            InstitutionText.lang,
            InstitutionText.name,
        )
        .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
        .join(InstitutionText, InstitutionText.institution_id == Institution.id)
        .where(WorkInstitution.work_id == work.id)
        .order_by(WorkInstitution.position)
    ).all()
    partnerships = session.execute(
        select(
            Partnership.uuid,
            Partnership.type,
            Partnership.key,
            Partnership.source_language,
            PartnershipText.lang,
            PartnershipText.name,
        )
        .join(WorkPartnership, WorkPartnership.partnership_id == Partnership.id)
        .join(PartnershipText, PartnershipText.partnership_id == Partnership.id)
        .where(WorkPartnership.work_id == work.id)
        .order_by(Partnership.key)
    ).all()
    countries = session.scalars(
        select(WorkCountry.country)
        .where(WorkCountry.work_id == work.id)
        .order_by(WorkCountry.country)
    )
    return Affiliations(
        institutions=_affiliates(institutions, lang),
        partnerships=_affiliates(partnerships, lang),
        subjects=_subjects(session, work, lang),
        countries=list(countries),
    )


def _affiliates(rows: Iterable[Any], lang: str) -> list[Affiliate]:
    names: dict[str, dict[str, str]] = defaultdict(dict)
    facts: dict[str, tuple[uuids.UUID, str, str]] = {}
    for uuid, type_, key, source, tag, name in rows:
        names[key][tag] = name
        facts[key] = (uuid, type_, source)
    made = []
    for key, by_lang in names.items():
        uuid, type_, source = facts[key]
        name_ = best(by_lang, chain(lang, source=source))
        made.append(Affiliate(uuid, type_, key, name_.text, name_.lang or lang))
    return made


def _subjects(session: Session, work: Work, lang: str) -> list[Subject]:
    labels: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    uris: dict[tuple[str, str], str | None] = {}
    for scheme, code, uri, tag, label in session.execute(
        select(CodeScheme.key, Code.code, Code.uri, CodeLabel.lang, CodeLabel.label)
        .join(Code, Code.scheme_id == CodeScheme.id)
        .join(WorkCode, WorkCode.code_id == Code.id)
        .outerjoin(CodeLabel, CodeLabel.code_id == Code.id)
        .where(WorkCode.work_id == work.id)
        .order_by(CodeScheme.key, Code.code)
    ):
        uris[scheme, code] = uri
        if tag is not None:
            labels[scheme, code][tag] = label
    languages = chain(lang)
    made = []
    for (scheme, code), uri in uris.items():
        by_lang = labels.get((scheme, code))
        name = best(by_lang, languages) if by_lang else None
        made.append(
            Subject(scheme, code, name.text if name else code, name.lang if name else None, uri)
        )
    return made


def work_ids(session: Session, names: Collection[str]) -> dict[str, int]:
    """Ids of published works by their names (``course/measuring-safely``); others are left out."""
    pairs = [name.split("/", 1) for name in names if "/" in name]
    if not pairs:
        return {}
    rows = session.execute(
        select(Work.kind, Work.key, Work.id).where(
            Work.status == "published",
            or_(*(and_(Work.kind == kind, Work.key == key) for kind, key in pairs)),
        )
    )
    return {f"{kind}/{key}": id_ for kind, key, id_ in rows}


def derived_ids(session: Session, work: Work) -> list[int]:
    """Ids of the published works that were made from this one, newest first."""
    return list(
        session.scalars(
            select(Work.id)
            .where(Work.derived_from == f"{work.kind}/{work.key}", Work.status == "published")
            .order_by(Work.published_at.desc(), Work.id.desc())
        )
    )
