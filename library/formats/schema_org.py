"""The words of schema.org as the library uses them, and what every description is made of.

Source: schema.org and its own context at https://schema.org.
"""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from library.catalogue import public_paths
from library.directory.models import Institution, Partnership
from library.formats.licence import licence_url

CONTEXT = "https://schema.org"
MEDIA_TYPE = "application/ld+json"

Node = dict[str, Any]

# What a kind of work is to schema.org, and what it is called there.
TYPES: Mapping[str, list[str]] = {
    "course": ["Course", "LearningResource"],
    "textbook": ["Book", "LearningResource"],
    "standard": ["LearningResource"],
    "lesson": ["LearningResource"],
    "resource": ["LearningResource"],
    "equipment": ["LearningResource"],
    "certificate": ["EducationalOccupationalCredential", "LearningResource"],
}
RESOURCE_TYPES: Mapping[str, str] = {
    "course": "course",
    "textbook": "textbook",
    "standard": "teaching standard",
    "lesson": "micro-lesson",
    "resource": "teaching resource",
    "equipment": "training equipment",
    "certificate": "certificate",
}
INSTITUTION_TYPES: Mapping[str, str] = {
    "college": "CollegeOrUniversity",
    "university": "CollegeOrUniversity",
    "school": "EducationalOrganization",
    "ministry": "GovernmentOrganization",
}
PARTNERSHIP_TYPES: Mapping[str, str] = {
    "site": "EducationalOrganization",
    "centre": "EducationalOrganization",
    "consortium": "Consortium",
}


@dataclass(frozen=True, slots=True)
class Party:
    """An institution as a work or a partnership names it: one name in one language."""

    uuid: uuids.UUID
    type: str
    name: str
    lang: str


def words(text: str, lang: str) -> str | Node:
    """A text with its language; plain where the language is not known."""
    return {"@value": text, "@language": lang} if lang and lang != "und" else text


def spoken(texts: Mapping[str, str]) -> Any:
    """One text in many languages: a value, or a list of values."""
    said = [words(text, tag) for tag, text in texts.items() if text]
    return said[0] if len(said) == 1 else said


def moment(when: dt.datetime) -> str:
    """A moment with its time zone; one without is taken to be in UTC."""
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).isoformat()


def duration(*, hours: float | None, minutes: float | None) -> str | None:
    """A length of time as ISO 8601 says it: 1.5 hours are ``PT1H30M``; None where nothing is said."""
    total = round((hours or 0) * 60 + (minutes or 0))
    if total <= 0:
        return None
    whole, rest = divmod(total, 60)
    return "PT" + (f"{whole}H" if whole else "") + (f"{rest}M" if rest else "")


def work_facts(work: Any, *, base_url: str, lang: str) -> Node:
    """What is true of a work in every language. ``work`` is a ``Work`` or a ``WorkRecord``."""
    node: Node = {
        "@type": TYPES[work.kind],
        "@id": f"{base_url}{public_paths.lasting(work.uuid)}",
        "url": f"{base_url}{public_paths.page(work.kind, work.key, lang=lang)}",
        "identifier": f"urn:uuid:{work.uuid}",
        "learningResourceType": words(RESOURCE_TYPES[work.kind], "en"),
        "isAccessibleForFree": True,
        "datePublished": moment(work.published_at),
        "dateModified": moment(work.updated_at),
    }
    address = licence_url(work.licence)
    if address:
        node["license"] = address
    if work.level:
        node["educationalLevel"] = words(work.level, "en")
    length = duration(hours=work.hours, minutes=work.minutes)
    if length:
        node["timeRequired"] = length
    if work.kind == "course" and work.credits is not None and work.credits == int(work.credits):
        node["numberOfCredits"] = int(work.credits)
    if work.version:
        node["version"] = work.version
    people = [
        {"@type": "Person", "name": credit["name"]}
        for credit in work.contributors
        if credit.get("name")
    ]
    if people:
        node["contributor"] = people
    if work.derived_from:
        kind, _, key = work.derived_from.partition("/")
        if kind in TYPES and key:
            node["isBasedOn"] = f"{base_url}{public_paths.page(kind, key, lang=lang)}"
    return node


def translations_of(work: Any, titles: Mapping[str, str], *, base_url: str) -> list[Node]:
    """The editions beside the source, each with the address of its page."""
    there = f"{base_url}{public_paths.lasting(work.uuid)}"
    return [
        {
            "@type": TYPES[work.kind],
            "@id": f"{there}?lang={tag}",
            "name": words(title, tag),
            "inLanguage": tag,
            "url": f"{base_url}{public_paths.page(work.kind, work.key, lang=tag)}",
            "translationOfWork": {"@id": there},
        }
        for tag, title in titles.items()
        if tag != work.source_language and title
    ]


def add_parties(node: Node, institutions: Sequence[Party], *, base_url: str) -> None:
    """Say who answers for a work (the first), and who else had a part in it."""
    if institutions:
        node["provider"] = party(institutions[0], base_url=base_url)
    if len(institutions) > 1:
        node.setdefault("contributor", [])
        node["contributor"] += [party(one, base_url=base_url) for one in institutions[1:]]


def party(one: Party, *, base_url: str) -> Node:
    return {
        "@type": INSTITUTION_TYPES.get(one.type, "Organization"),
        "@id": f"{base_url}{public_paths.lasting(one.uuid)}",
        "name": words(one.name, one.lang),
    }


def add_place(
    node: Node, row: Institution | Partnership, summaries: Mapping[str, str] | None
) -> None:
    """What institutions and partnerships have alike: a place, a website, a description."""
    said = {tag: text for tag, text in (summaries or {}).items() if text}
    if said:
        node["description"] = spoken(said)
    if row.city or row.country:
        address: Node = {"@type": "PostalAddress"}
        if row.city:
            address["addressLocality"] = row.city
        if row.country:
            address["addressCountry"] = row.country
        node["address"] = address
    if row.website and urlsplit(row.website).scheme in ("http", "https"):
        node["sameAs"] = row.website
