"""Whole records as JSON-LD, in every language: what ``/id/{uuid}`` answers to a machine."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any

from library.catalogue import public_paths
from library.catalogue.records import MediaRecord, PartyRecord, SectionRecord, WorkRecord
from library.formats.licence import licence_url
from library.formats.schema_org import (
    CONTEXT,
    INSTITUTION_TYPES,
    PARTNERSHIP_TYPES,
    TYPES,
    Node,
    spoken,
    translations_of,
    words,
    work_facts,
)

_ORGANISATIONS = {**INSTITUTION_TYPES, **PARTNERSHIP_TYPES}
_MEDIA = {"image": "ImageObject", "video": "VideoObject", "audio": "AudioObject"}


def work(record: WorkRecord, *, base_url: str, lang: str | None = None) -> Node:
    """A work with everything in it. ``lang`` chooses the page it points to, not what is said."""
    shown = lang if lang in record.editions else record.source_language
    node: Node = {"@context": CONTEXT, **work_facts(record, base_url=base_url, lang=shown)}
    titles = {tag: edition.title for tag, edition in record.editions.items()}
    node["name"] = spoken(titles) or record.key
    summaries = spoken({tag: edition.summary for tag, edition in record.editions.items()})
    if summaries:
        node["description"] = summaries
    node["inLanguage"] = list(record.editions) or [record.source_language]
    _parties(node, record, base_url=base_url)
    about = [
        {
            "@type": "DefinedTerm",
            **({"@id": code.uri} if code.uri else {}),
            "termCode": code.code,
            "name": spoken(code.labels) or code.code,
            **({"inDefinedTermSet": code.scheme_uri} if code.scheme_uri else {}),
        }
        for code in record.codes
    ]
    if about:
        node["about"] = about
    if record.countries:
        node["spatialCoverage"] = [
            {"@type": "Country", "identifier": country} for country in record.countries
        ]
    parts = _parts(record.sections or [], record, base_url=base_url, lang=shown)
    if parts:
        node["hasPart"] = parts
    if record.media:
        node["associatedMedia"] = [_media(file, base_url=base_url) for file in record.media]
    translations = translations_of(record, titles, base_url=base_url)
    if translations:
        node["workTranslation"] = translations
    return node


def section(
    part: SectionRecord, *, record: WorkRecord, base_url: str, lang: str | None = None
) -> Node:
    """A section of a work with its title in every language, and what is inside it."""
    shown = lang if lang in record.editions else record.source_language
    node: Node = {"@context": CONTEXT, **_part(part, record, base_url=base_url, lang=shown)}
    address = licence_url(record.licence)
    if address:
        node["license"] = address
    node["isAccessibleForFree"] = True
    node["isPartOf"] = {
        "@type": TYPES[record.kind],
        "@id": f"{base_url}{public_paths.lasting(record.uuid)}",
        "name": spoken({tag: edition.title for tag, edition in record.editions.items()})
        or record.key,
    }
    return node


def block(
    uuid: uuids.UUID,
    *,
    texts: Mapping[str, str],
    part: SectionRecord | None,
    record: WorkRecord,
    base_url: str,
    page: str,
) -> Node:
    """A paragraph in every language; ``part`` is its section, None in the work's own root."""
    inside = (part.uuid, spoken(part.titles) or part.key) if part else None
    above = inside or (
        record.uuid,
        spoken({tag: edition.title for tag, edition in record.editions.items()}) or record.key,
    )
    node: Node = {
        "@context": CONTEXT,
        "@type": "WebPageElement",
        "@id": f"{base_url}{public_paths.lasting(uuid)}",
        "url": f"{base_url}{page}",
        "text": spoken(texts),
        "inLanguage": list(texts),
        "isPartOf": {
            "@type": "LearningResource",
            "@id": f"{base_url}{public_paths.lasting(above[0])}",
            "name": above[1],
        },
    }
    address = licence_url(record.licence)
    if address:
        node["license"] = address
    return node


def _part(part: SectionRecord, record: WorkRecord, *, base_url: str, lang: str) -> Node:
    path = public_paths.page(record.kind, record.key, part.path, lang=lang)
    node: Node = {
        "@type": ["Chapter", "LearningResource"]
        if record.kind == "textbook"
        else "LearningResource",
        "@id": f"{base_url}{public_paths.lasting(part.uuid)}",
        "name": spoken(part.titles) or part.key,
        "position": part.position,
        "url": f"{base_url}{path}",
    }
    if part.titles:
        node["inLanguage"] = list(part.titles)
    inside = _parts(part.sections, record, base_url=base_url, lang=lang)
    if inside:
        node["hasPart"] = inside
    return node


def _parts(
    parts: Sequence[SectionRecord], record: WorkRecord, *, base_url: str, lang: str
) -> list[Node]:
    return [_part(part, record, base_url=base_url, lang=lang) for part in parts]


def _parties(node: Node, record: WorkRecord, *, base_url: str) -> None:
    organisations = [_organisation(one, base_url=base_url) for one in record.institutions]
    if organisations:
        node["provider"] = organisations[0]
    others = organisations[1:]
    others += [_organisation(one, base_url=base_url) for one in record.partnerships]
    if others:
        node["contributor"] = [*node.get("contributor", []), *others]


def _organisation(one: PartyRecord, *, base_url: str) -> Node:
    return {
        "@type": _ORGANISATIONS.get(one.type, "Organization"),
        "@id": f"{base_url}{public_paths.lasting(one.uuid)}",
        "name": spoken(one.names) or one.key,
    }


def _media(file: MediaRecord, *, base_url: str) -> Node:
    node: dict[str, Any] = {
        "@type": _MEDIA.get(file.media_type.partition("/")[0], "MediaObject"),
        "contentUrl": f"{base_url}{public_paths.media(file.sha256, file.name)}",
        "encodingFormat": file.media_type,
        "contentSize": f"{file.size} B",
        "sha256": file.sha256,
        "name": words(file.title, file.lang or "") if file.title else file.name,
    }
    if file.lang:
        node["inLanguage"] = file.lang
    address = licence_url(file.licence) if file.licence else None
    if address:
        node["license"] = address
    return node
