"""A work as the API says it: the record in plain JSON, with addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from library.api.blueprint import PREFIX
from library.catalogue import public_paths
from library.catalogue.reading import EditionFacts
from library.catalogue.records import (
    CodeRecord,
    MediaRecord,
    PartyRecord,
    SectionRecord,
    WorkRecord,
)
from library.formats.licence import licence_url
from library.formats.schema_org import moment

_PLAIN = (
    "kind",
    "key",
    "status",
    "source_language",
    "level",
    "hours",
    "minutes",
    "credits",
    "version",
    "sample",
    "revision",
    "contributors",
    "links",
    "parameters",
    "countries",
    "derived_from",
    "related",
    "replaced_by",
    "withdrawn_because",
)


def work_json(record: WorkRecord, *, base_url: str) -> dict[str, Any]:
    """The work as described by the schema ``Work``; ``sections`` and ``media`` only where loaded.

    Of a withdrawn work only the facts and its own title are left: no text, no address of a page.
    """
    if record.status != "published":
        record = _tombstone(record)
    lasting = f"{base_url}{public_paths.lasting(record.uuid)}"
    said: dict[str, Any] = {
        "id": str(record.uuid),
        **{name: getattr(record, name) for name in _PLAIN},
        "titles": {tag: e.title for tag, e in record.editions.items() if e.title},
        "summaries": {tag: e.summary for tag, e in record.editions.items() if e.summary},
        "licence": record.licence,
        "licence_url": licence_url(record.licence),
        "published_at": moment(record.published_at),
        "updated_at": moment(record.updated_at),
        "editions": [
            _edition(edition, record, base_url=base_url)
            for edition in record.editions.values()
            if record.status == "published"
        ],
        "codes": [_code(code) for code in record.codes],
        "institutions": [_party(one, base_url=base_url) for one in record.institutions],
        "partnerships": [
            {**_party(one, base_url=base_url), "brand": one.brand} for one in record.partnerships
        ],
        "urls": {
            "lasting": lasting,
            "self": f"{base_url}{PREFIX}/works/{record.uuid}",
            "jsonld": f"{lasting}?format=jsonld",
        },
    }
    if record.sections is not None:
        said["sections"] = [_section(part, record, base_url=base_url) for part in record.sections]
    if record.media is not None:
        said["media"] = [_media(file, record, base_url=base_url) for file in record.media]
    return said


def _tombstone(record: WorkRecord) -> WorkRecord:
    titled = record.editions.get(record.source_language)
    return replace(
        record,
        editions={titled.lang: replace(titled, summary="")} if titled else {},
        contributors=[],
        links=[],
        parameters=[],
        sections=None if record.sections is None else [],
        media=None if record.media is None else [],
    )


def _edition(edition: EditionFacts, record: WorkRecord, *, base_url: str) -> dict[str, Any]:
    page = public_paths.page(record.kind, record.key, lang=edition.lang)
    return {
        "lang": edition.lang,
        "source": edition.lang == record.source_language,
        "percent": edition.percent,
        "blocks": edition.blocks,
        "translated": edition.translated,
        "fresh": edition.translated - edition.stale,
        "stale": edition.stale,
        "machine": edition.machine,
        "reviewed": edition.reviewed,
        "origin": edition.origin,
        "answered_by": edition.answered_by,
        "bytes": edition.bytes,
        "url": f"{base_url}{page}",
    }


def _section(part: SectionRecord, record: WorkRecord, *, base_url: str) -> dict[str, Any]:
    return {
        "id": str(part.uuid),
        "key": part.key,
        "path": part.path,
        "position": part.position,
        "titles": part.titles,
        "urls": {
            tag: f"{base_url}{public_paths.page(record.kind, record.key, part.path, lang=tag)}"
            for tag in part.titles
        },
        "sections": [_section(inner, record, base_url=base_url) for inner in part.sections],
    }


def _code(code: CodeRecord) -> dict[str, Any]:
    return {
        "scheme": code.scheme,
        "version": code.version,
        "code": code.code,
        "uri": code.uri,
        "labels": code.labels,
    }


def _party(one: PartyRecord, *, base_url: str) -> dict[str, Any]:
    return {
        "id": str(one.uuid),
        "key": one.key,
        "type": one.type,
        "country": one.country,
        "names": one.names,
        "url": f"{base_url}{public_paths.lasting(one.uuid)}",
    }


def _media(file: MediaRecord, record: WorkRecord, *, base_url: str) -> dict[str, Any]:
    licence = file.licence or record.licence
    return {
        "sha256": file.sha256,
        "path": file.path,
        "name": file.name,
        "type": file.media_type,
        "size": file.size,
        "lang": file.lang,
        "role": file.role,
        "width": file.width,
        "height": file.height,
        "title": file.title,
        "licence": licence,
        "url": f"{base_url}{public_paths.media(file.sha256, file.name)}",
    }
