"""What institutions, partnerships and codes are called, in the language of a reader.

Lists and facets need many names at once: each function here takes keys and costs one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from library.directory.models import (
    Code,
    CodeLabel,
    CodeScheme,
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.i18n.chains import chain


@dataclass(frozen=True, slots=True)
class Name:
    """A name and the language it is in; ``lang`` is None where a key stands in for a name."""

    text: str
    lang: str | None


# Made once: putting a statement together takes longer than the database needs to answer it.
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_INSTITUTIONS = (
    select(Institution.key, Institution.source_language, InstitutionText.lang, InstitutionText.name)
    .join(InstitutionText, InstitutionText.institution_id == Institution.id)
    .where(Institution.key.in_(_KEYS))
)
_PARTNERSHIPS = (
    select(Partnership.key, Partnership.source_language, PartnershipText.lang, PartnershipText.name)
    .join(PartnershipText, PartnershipText.partnership_id == Partnership.id)
    .where(Partnership.key.in_(_KEYS))
)
_CODES = (
    select(Code.code, CodeLabel.lang, CodeLabel.label)
    .join(CodeLabel, CodeLabel.code_id == Code.id)
    .join(CodeScheme, CodeScheme.id == Code.scheme_id)
    .where(CodeScheme.key == bindparam("scheme"), Code.code.in_(_KEYS))
)


def institution_names(session: Session, keys: Collection[str], *, lang: str) -> dict[str, Name]:
    """Names of institutions by key, along the reader's chain; unknown keys are left out."""
    if not keys:
        return {}
    return _named(session.connection().execute(_INSTITUTIONS, {"keys": list(keys)}), lang)


def partnership_names(session: Session, keys: Collection[str], *, lang: str) -> dict[str, Name]:
    """Names of partnerships by key, along the reader's chain; unknown keys are left out."""
    if not keys:
        return {}
    return _named(session.connection().execute(_PARTNERSHIPS, {"keys": list(keys)}), lang)


def code_labels(
    session: Session, codes: Collection[str], *, scheme: str, lang: str
) -> dict[str, Name]:
    """Labels of a scheme's codes along the reader's chain; unlabelled codes are left out."""
    if not codes:
        return {}
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    asked = {"scheme": scheme, "keys": list(codes)}
    for code, tag, label in session.connection().execute(_CODES, asked):
        labels[code][tag] = label
    languages = chain(lang)
    return {code: best(by_lang, languages) for code, by_lang in labels.items()}


def best(by_lang: Mapping[str, str], languages: Iterable[str]) -> Name:
    """The name in the first of ``languages`` that has one, else any. ``by_lang`` is not empty."""
    tag = next((t for t in languages if t in by_lang), None) or next(iter(by_lang))
    return Name(by_lang[tag], tag)


def _named(rows: Iterable[Any], lang: str) -> dict[str, Name]:
    names: dict[str, dict[str, str]] = defaultdict(dict)
    sources: dict[str, str] = {}
    for key, source, tag, name in rows:
        names[key][tag] = name
        sources[key] = source
    return {key: best(by_lang, chain(lang, source=sources[key])) for key, by_lang in names.items()}


@dataclass(frozen=True, slots=True)
class Census:
    """How many partnerships there are: in all, by brand, by country, and countries by brand."""

    total: int
    brands: dict[str, int]
    countries: dict[str, int]
    countries_of: dict[str, int]


def partnership_census(session: Session) -> Census:
    """Count partnerships by brand and country, the most first."""
    brands: dict[str, int] = defaultdict(int)
    countries: dict[str, int] = defaultdict(int)
    where: dict[str, set[str]] = defaultdict(set)
    total = 0
    for brand, country, count in session.execute(
        select(Partnership.brand, Partnership.country, func.count()).group_by(
            Partnership.brand, Partnership.country
        )
    ):
        total += count
        if brand:
            brands[brand] += count
        if country:
            countries[country] += count
        if brand and country:
            where[brand].add(country)
    return Census(
        total,
        dict(sorted(brands.items(), key=lambda item: (-item[1], item[0]))),
        dict(sorted(countries.items(), key=lambda item: (-item[1], item[0]))),
        {brand: len(found) for brand, found in where.items()},
    )
