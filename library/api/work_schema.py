"""What OpenAPI says of works: schemas, examples, and the two addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from library.api import problems
from library.catalogue.models import LEVELS, WORK_KINDS

_TEXT: dict[str, Any] = {"type": "string"}
_TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
_NUMBER_OR_NULL: dict[str, Any] = {"type": ["number", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_URL: dict[str, Any] = {"type": "string", "format": "uri"}
_UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_BY_LANGUAGE: dict[str, Any] = {
    "type": "object",
    "description": "A text by BCP 47 language tag.",
    "additionalProperties": {"type": "string"},
}


def _object(properties: Mapping[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object that has all of these properties, but for the optional ones."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": dict(properties),
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _said(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


_PARTY = {
    "id": _UUID,
    "key": _TEXT,
    "type": _TEXT,
    "country": _said(_TEXT_OR_NULL, "ISO 3166-1 alpha-2."),
    "names": _BY_LANGUAGE,
    "url": _said(_URL, "Its lasting address."),
}

SCHEMAS: dict[str, Any] = {
    "Work": _object(
        {
            "id": _said(_UUID, "For other systems; never changes."),
            "kind": {"enum": list(WORK_KINDS)},
            "key": _said(_TEXT, "Its name in addresses, within its kind."),
            "status": {"enum": ["published", "withdrawn"]},
            "source_language": _said(_TEXT, "The language that the others are translated from."),
            "level": {"anyOf": [{"enum": list(LEVELS)}, {"type": "null"}]},
            "hours": _NUMBER_OR_NULL,
            "minutes": _NUMBER_OR_NULL,
            "credits": _NUMBER_OR_NULL,
            "version": _said(_TEXT_OR_NULL, "As printed on it."),
            "sample": _said({"type": "boolean"}, "Written as an example."),
            "revision": _said({"type": "integer", "minimum": 1}, "Grows with every change."),
            "contributors": {"type": "array", "items": {"type": "object"}},
            "links": {"type": "array", "items": {"type": "object"}},
            "parameters": {
                "type": "array",
                "items": {"type": "object"},
                "description": "Facts of an equipment item.",
            },
            "countries": _said(
                {"type": "array", "items": _TEXT}, "Where it is used; ISO 3166-1 alpha-2."
            ),
            "derived_from": _said(_TEXT_OR_NULL, "`kind/key` of another work."),
            "related": _said({"type": "array", "items": _TEXT}, "`kind/key` of other works."),
            "replaced_by": _said(_TEXT_OR_NULL, "`kind/key` of the work to read instead."),
            "withdrawn_because": _TEXT_OR_NULL,
            "titles": _BY_LANGUAGE,
            "summaries": _BY_LANGUAGE,
            "licence": _said(_TEXT, "An SPDX identifier."),
            "licence_url": {"anyOf": [_URL, {"type": "null"}]},
            "published_at": _MOMENT,
            "updated_at": _MOMENT,
            "editions": _list("Edition"),
            "codes": _list("Code"),
            "institutions": _said(_list("Institution"), "The first one answers for the work."),
            "partnerships": _list("Partnership"),
            "urls": _object({"lasting": _URL, "self": _URL, "jsonld": _URL}),
            "sections": _list("Section"),
            "media": _list("MediaFile"),
        },
        optional=("sections", "media"),
    ),
    "Edition": _said(
        _object(
            {
                "lang": _TEXT,
                "source": _said({"type": "boolean"}, "It is the one the others are made from."),
                "percent": _said(
                    {"type": "integer", "minimum": 0, "maximum": 100}, "How complete it is."
                ),
                "blocks": _said(_COUNT, "Blocks that the source language has."),
                "translated": _said(_COUNT, "Of these, blocks that this language has."),
                "fresh": _said(_COUNT, "Of these, made from the source text as it stands now."),
                "stale": _said(_COUNT, "Of these, made from a source text that has changed since."),
                "machine": _said(_COUNT, "Texts made by a machine."),
                "reviewed": _said(_COUNT, "Texts that a person has reviewed."),
                "origin": {"enum": ["human", "imported", "machine"]},
                "answered_by": _TEXT_OR_NULL,
                "bytes": _said(_COUNT, "Size of the text."),
                "url": _URL,
            }
        ),
        "A work in one language.",
    ),
    "Section": _object(
        {
            "id": _UUID,
            "key": _TEXT,
            "path": _said(_TEXT, "Keys from the root, joined by slashes."),
            "position": _said(_COUNT, "In reading order through the whole work."),
            "titles": _BY_LANGUAGE,
            "urls": _said(_BY_LANGUAGE, "The page in each language that has a title."),
            "sections": _list("Section"),
        }
    ),
    "Code": _said(
        _object(
            {
                "scheme": _TEXT,
                "version": _TEXT,
                "code": _TEXT,
                "uri": _TEXT_OR_NULL,
                "labels": _BY_LANGUAGE,
            }
        ),
        "What a work is about, as a code of a classification.",
    ),
    "Institution": _object(_PARTY),
    "Partnership": _object({**_PARTY, "brand": _TEXT_OR_NULL}),
    "MediaFile": _object(
        {
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "path": _said(_TEXT, "Inside the work's folder."),
            "name": _TEXT,
            "type": _said(_TEXT, "The media type."),
            "size": _said(_COUNT, "Bytes."),
            "lang": _said(_TEXT_OR_NULL, "Null for a picture without words."),
            "role": {"enum": ["original", "subtitles"]},
            "width": _NUMBER_OR_NULL,
            "height": _NUMBER_OR_NULL,
            "title": _TEXT_OR_NULL,
            "licence": _TEXT,
            "url": _URL,
        }
    ),
    "WorkPage": _object(
        {
            "total": _said(_COUNT, "How many fit, on all pages together."),
            "offset": _COUNT,
            "limit": {"type": "integer", "minimum": 1},
            "next": {
                "anyOf": [_URL, {"type": "null"}],
                "description": "The next page; null on the last.",
            },
            "works": _list("Work"),
        }
    ),
}

_BASE = "https://library.example.org"
_ID = "6f0c1c5e-7f0f-4f5e-9d51-0d8e2f4f6a10"
_SECTION = "0d9a51f1-5f7a-4c43-8f2f-3f0a4bb1b0f2"
_PAGE = f"{_BASE}/en/courses/electrical-equipment"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_FACTS: dict[str, Any] = {
    "id": _ID,
    "kind": "course",
    "key": "electrical-equipment",
    "status": "published",
    "source_language": "zh-Hans",
    "level": "secondary",
    "hours": 8,
    "minutes": None,
    "credits": None,
    "version": "1.0",
    "sample": True,
    "revision": 3,
    "contributors": [{"name": "Mortise", "role": "author"}],
    "links": [],
    "parameters": [],
    "countries": ["TZ"],
    "derived_from": None,
    "related": ["textbook/basics-of-computers"],
    "replaced_by": None,
    "withdrawn_because": None,
    "titles": {"zh-Hans": "电气设备与运行", "en": "Electrical equipment and operation"},
    "summaries": {"en": "How machines are switched, protected and measured."},
    "licence": "CC-BY-4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "published_at": "2026-11-01T08:00:00+00:00",
    "updated_at": "2026-11-21T08:30:00+00:00",
    "editions": [
        {
            "lang": "en",
            "source": False,
            "percent": 99,
            "blocks": 120,
            "translated": 119,
            "fresh": 118,
            "stale": 1,
            "machine": 0,
            "reviewed": 40,
            "origin": "human",
            "answered_by": None,
            "bytes": 24000,
            "url": _PAGE,
        }
    ],
    "codes": [
        {
            "scheme": "isced-f-2013",
            "version": "2013",
            "code": "0713",
            "uri": None,
            "labels": {"en": "Electricity and energy", "zh-Hans": "电力与能源"},
        }
    ],
    "institutions": [
        {
            "id": "c7b9a1de-2f64-4d0a-8a8a-5e1b8a3b7f21",
            "key": "sample-college",
            "type": "college",
            "country": None,
            "names": {"en": "Sample College", "zh-Hans": "示例学院"},
            "url": f"{_BASE}/id/c7b9a1de-2f64-4d0a-8a8a-5e1b8a3b7f21",
        }
    ],
    "partnerships": [],
    "urls": {
        "lasting": f"{_BASE}/id/{_ID}",
        "self": f"{_BASE}/api/v1/works/{_ID}",
        "jsonld": f"{_BASE}/id/{_ID}?format=jsonld",
    },
}
_EXAMPLE: dict[str, Any] = {
    **_FACTS,
    "sections": [
        {
            "id": _SECTION,
            "key": "measuring-safely",
            "path": "measuring-safely",
            "position": 1,
            "titles": {"en": "Measuring safely"},
            "urls": {"en": f"{_PAGE}/measuring-safely"},
            "sections": [],
        }
    ],
    "media": [
        {
            "sha256": _SHA256,
            "path": "02-motor-control/01-contactor-circuit/contactor-circuit.svg",
            "name": "contactor-circuit.svg",
            "type": "image/svg+xml",
            "size": 3911,
            "lang": None,
            "role": "original",
            "width": 640,
            "height": 360,
            "title": None,
            "licence": "CC-BY-4.0",
            "url": f"{_BASE}/media/{_SHA256}/contactor-circuit.svg",
        }
    ],
}

_ETAG = {
    "ETag": {
        "description": "Send it back as If-None-Match; 304 means that nothing has changed.",
        "schema": {"type": "string"},
    }
}


def _json(description: str, schema: str, example: Any) -> dict[str, Any]:
    return {
        "description": description,
        "headers": _ETAG,
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "example": example,
            }
        },
    }


def paths(*, prefix: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """The two addresses of works, given the parameters of the list."""
    one, many = f"{prefix}/works/{{id}}", f"{prefix}/works"
    not_modified = {"304": {"description": "Nothing has changed since the ETag that was sent."}}
    return {
        many: {
            "get": {
                "operationId": "listWorks",
                "summary": "List works, for harvesting",
                "description": (
                    "Works in an order that lasts (new ones at the end), with all facts in all languages. "
                    "Follow `next` until it is null. To keep a copy up to date, ask again with "
                    "`updated_since` and `status=all`."
                ),
                "tags": ["works"],
                "parameters": parameters,
                "responses": {
                    "200": _json(
                        "A page of works.",
                        "WorkPage",
                        {"total": 1, "offset": 0, "limit": 20, "next": None, "works": [_FACTS]},
                    ),
                    **not_modified,
                    **problems.responses(
                        s422=problems.example(
                            422,
                            "invalid",
                            "The request breaks a rule",
                            "“kinds” is not a parameter of this address. Known are: kind, language.",
                            many,
                            parameter="kinds",
                        )
                    ),
                },
            }
        },
        one: {
            "get": {
                "operationId": "getWork",
                "summary": "Everything about one work",
                "tags": ["works"],
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "description": "The work's `id`.",
                        "schema": _UUID,
                        "example": _ID,
                    }
                ],
                "responses": {
                    "200": _json("The work.", "Work", _EXAMPLE),
                    **not_modified,
                    **problems.responses(
                        s404=problems.example(
                            404,
                            "not-found",
                            "Nothing lives at this address",
                            f"The library has no work with the id {_ID}.",
                            f"{prefix}/works/{_ID}",
                        ),
                        s410=problems.example(
                            410,
                            "gone",
                            "This was withdrawn",
                            "“Electrical equipment and operation” was withdrawn.",
                            f"{prefix}/works/{_ID}",
                            work="course/electrical-equipment",
                        ),
                        s422=problems.example(
                            422,
                            "invalid",
                            "The request breaks a rule",
                            "“lang” is not a parameter of this address. Known are: none.",
                            f"{prefix}/works/{_ID}",
                            parameter="lang",
                        ),
                    ),
                },
            }
        },
    }
