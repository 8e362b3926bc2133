"""Searching: ``GET /api/v1/search``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request

from library.api import problems
from library.api.blueprint import PREFIX, blueprint
from library.api.parameters import Parameters, choice, code, language, whole_number, words
from library.catalogue.file_hits import FoundFile
from library.catalogue.hits import FoundPassage, FoundWork, found_works
from library.catalogue.models import LEVELS, WORK_KINDS
from library.catalogue.public_paths import in_language
from library.catalogue.sizes import LIMITS
from library.http.services import languages, services, session, term_index
from library.search.port import Query
from library.terms.expansion import Run, also, terms_in

KINDS = (*WORK_KINDS, "institution", "partnership", "term")
LONGEST_QUERY = 500
# Deeper than this nobody reads, and every engine gets slow.
DEEPEST = 10_000
LARGEST_PAGE = 100

# The engine's names of facets, and the parameters by which one chooses from them.
_FACETS: Mapping[str, str] = {
    "kinds": "kind",
    "languages": "language",
    "subjects": "subject",
    "levels": "level",
    "institutions": "institution",
    "countries": "country",
    "sizes": "size",
}

KEY = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
KEY_RULE = "must be a key: letters of ASCII, digits, hyphens"

PARAMETERS = Parameters(
    (
        words(
            "q",
            "What to search for, in any language. Words in quotation marks must follow one another; a "
            "word or quotation with a hyphen before it must not be there; kind:course and lang:sw "
            "filter. Without it nothing is found.",
            longest=LONGEST_QUERY,
            example="contactor",
        ),
        language(
            "lang",
            "The reader's language: titles are in it where possible, and what is written in it comes "
            "first. Without it the site's first language.",
            example="en",
        ),
        choice("kind", "Only these kinds.", KINDS, many=True, example="course"),
        language("language", "Only what is written in these languages.", many=True, example="fr"),
        code(
            "subject",
            "Only these fields of study (ISCED-F 2013).",
            r"[0-9]{2,4}",
            rule="must be a code of ISCED-F 2013 such as 0714",
            example="0714",
        ),
        choice("level", "Only these levels.", LEVELS, many=True, example="secondary"),
        code(
            "institution",
            "Only what these institutions have a part in, by their keys.",
            KEY,
            rule=KEY_RULE,
            example="sample-college",
        ),
        code(
            "country",
            "Only what is used in these countries (ISO 3166-1 alpha-2).",
            r"[A-Za-z]{2}",
            rule="must be the code of a country such as TZ",
            example="TZ",
            change=str.upper,
        ),
        choice(
            "size",
            "Only what takes at most so many megabytes to keep offline.",
            tuple(LIMITS),
            many=True,
            example="25",
        ),
        choice(
            "also",
            "Whether what the term bank calls the words of the query otherwise, in all languages, is "
            "searched for as well; the answer says what that was.",
            ("yes", "no"),
            default="yes",
            example="yes",
        ),
        whole_number(
            "offset", "How many hits to pass over.", default=0, least=0, most=DEEPEST, example=0
        ),
        whole_number(
            "limit", "How many hits to answer with.", default=20, least=1, most=LARGEST_PAGE
        ),
    )
)


@blueprint.get(f"{PREFIX}/search")
def search() -> Response:
    """Works and entries that fit a query, best first. Raises ``Invalid``, ``Unavailable``."""
    asked = PARAMETERS.read(request.args)
    parts = services()
    lang = asked["lang"] or parts.settings.languages[0]
    every = languages()
    terms: Sequence[Run] = ()
    if asked["also"] == "yes":
        terms = terms_in(
            asked["q"],
            index=term_index(),
            session=session(),
            lang=lang,
            languages=asked["language"],
        )
    results = parts.search.search(
        Query(
            text=asked["q"],
            lang=lang,
            languages=asked["language"],
            kinds=asked["kind"],
            subjects=asked["subject"],
            levels=asked["level"],
            institutions=asked["institution"],
            countries=asked["country"],
            sizes=asked["size"],
            offset=asked["offset"],
            limit=asked["limit"],
            also=also(terms, every),
        )
    )
    found = found_works(session(), results, lang=lang, passages=1)
    base_url = parts.settings.base_url
    response = jsonify(
        total=results.total,
        hits=[_hit(one, base_url=base_url) for one in found],
        facets={
            _FACETS[name]: dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
            for name, counts in results.facets.items()
            if name in _FACETS
        },
        also=[
            {"text": one.text, "lang": one.lang, "concept": one.concept}
            for run in terms
            for one in run.others(every)
        ],
    )
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _hit(one: FoundWork, *, base_url: str) -> dict[str, Any]:
    best = one.passages[0] if one.passages else None
    # A passage on the thing's own page is no section of it.
    inside = best if best is not None and best.url.partition("#")[0] != one.url else None
    return {
        "id": str(one.uuid),
        "key": one.key,
        "kind": one.kind,
        "lang": one.lang,
        "title": one.title,
        "url": f"{base_url}{in_language(one.url, one.lang)}",
        "score": one.score,
        "snippet": _text(best) if best else "",
        "languages": [badge.lang for badge in one.badges],
        "section": _section(inside, base_url=base_url) if inside else None,
        "file": _file(best.file, base_url=base_url) if best and best.file else None,
    }


def _section(passage: FoundPassage, *, base_url: str) -> dict[str, Any]:
    return {
        "id": str(passage.section),
        "title": passage.title,
        "lang": passage.lang,
        "url": f"{base_url}{in_language(passage.url, passage.lang)}",
        "snippet": _text(passage),
    }


def _file(file: FoundFile, *, base_url: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "title": file.title,
        "media_type": file.media_type,
        "size": file.size,
        "place": file.place,
        "url": f"{base_url}{file.url}",
    }


def _text(passage: FoundPassage) -> str:
    return "".join(text for text, _ in passage.pieces)


_EXAMPLE = {
    "total": 1,
    "hits": [
        {
            "id": "6f0c1c5e-7f0f-4f5e-9d51-0d8e2f4f6a10",
            "key": "electrical-equipment",
            "kind": "course",
            "lang": "en",
            "title": "Electrical equipment and operation",
            "url": "https://library.example.org/en/courses/electrical-equipment",
            "score": 12.4,
            "snippet": "A contactor is a switch that is worked by a coil.",
            "languages": ["zh-Hans", "en", "ar"],
            "section": {
                "id": "0d9a51f1-5f7a-4c43-8f2f-3f0a4bb1b0f2",
                "title": "The contactor circuit",
                "lang": "en",
                "url": (
                    "https://library.example.org/en/courses/electrical-equipment/"
                    "motor-control/contactor-circuit#b-1c9f02aa"
                ),
                "snippet": "A contactor is a switch that is worked by a coil.",
            },
            "file": None,
        }
    ],
    "facets": {
        "kind": {"course": 1},
        "language": {"zh-Hans": 1, "en": 1, "ar": 1},
        "subject": {"0713": 1},
        "level": {"secondary": 1},
        "institution": {"sample-college": 1},
        "country": {},
    },
    "also": [{"text": "接触器", "lang": "zh-Hans", "concept": "contactor"}],
}

SCHEMAS: dict[str, Any] = {
    "SearchResults": {
        "type": "object",
        "required": ["total", "hits", "facets", "also"],
        "properties": {
            "total": {
                "type": "integer",
                "minimum": 0,
                "description": "How many fit, on all pages together.",
            },
            "hits": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
            "facets": {
                "type": "object",
                "description": (
                    "For each filter, its values with how many hits choosing that value would give. The "
                    "names are those of the parameters."
                ),
                "properties": {
                    name: {"$ref": "#/components/schemas/Counts"} for name in _FACETS.values()
                },
                "additionalProperties": False,
            },
            "also": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/OtherWord"},
                "description": "What was searched for besides the words of the query.",
            },
        },
    },
    "OtherWord": {
        "type": "object",
        "required": ["text", "lang", "concept"],
        "properties": {
            "text": {"type": "string"},
            "lang": {"type": "string"},
            "concept": {
                "type": "string",
                "description": "The key of the concept that is called so in the term bank.",
            },
        },
    },
    "Counts": {
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 0},
    },
    "Hit": {
        "type": "object",
        "required": [
            "id",
            "key",
            "kind",
            "lang",
            "title",
            "url",
            "score",
            "snippet",
            "languages",
            "section",
            "file",
        ],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "key": {"type": "string"},
            "kind": {"enum": list(KINDS)},
            "lang": {"type": "string", "description": "The language of the title and of the page."},
            "title": {"type": "string"},
            "url": {"type": "string", "format": "uri"},
            "score": {"type": "number", "description": "Higher is better, within one answer."},
            "snippet": {"type": "string", "description": "The best passage, as plain text."},
            "languages": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The languages in which it can be read.",
            },
            "section": {
                "description": "Where the best passage stands; null where it is the work's own page.",
                "anyOf": [{"$ref": "#/components/schemas/HitSection"}, {"type": "null"}],
            },
            "file": {
                "description": "The file in which the best passage stands; null where it is in a text.",
                "anyOf": [{"$ref": "#/components/schemas/HitFile"}, {"type": "null"}],
            },
        },
    },
    "HitFile": {
        "type": "object",
        "required": ["name", "title", "media_type", "size", "place", "url"],
        "properties": {
            "name": {"type": "string"},
            "title": {"type": "string"},
            "media_type": {"type": "string"},
            "size": {"type": "integer", "minimum": 0, "description": "Bytes."},
            "place": {
                "type": "string",
                "description": (
                    "Where in the file: page=3, slide=2, sheet=1, chapter=4, line=120, or t=63.5 in "
                    "seconds; empty where the format has no places."
                ),
            },
            "url": {
                "type": "string",
                "format": "uri",
                "description": "The file, with a fragment that leads to the page or the second.",
            },
        },
    },
    "HitSection": {
        "type": "object",
        "required": ["id", "title", "lang", "url", "snippet"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "title": {"type": "string"},
            "lang": {"type": "string"},
            "url": {"type": "string", "format": "uri", "description": "Leads to the paragraph."},
            "snippet": {"type": "string"},
        },
    },
}

PATHS: dict[str, Any] = {
    f"{PREFIX}/search": {
        "get": {
            "operationId": "search",
            "summary": "Search works, institutions, partnerships and terms",
            "description": (
                "Searches all languages at once. A parameter that can be given several times means any of "
                "its values; different parameters narrow each other."
            ),
            "tags": ["search"],
            "parameters": PARAMETERS.described(),
            "responses": {
                "200": {
                    "description": "What was found, best first.",
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/SearchResults"},
                            "example": _EXAMPLE,
                        }
                    },
                },
                **problems.responses(
                    s422=problems.example(
                        422,
                        "invalid",
                        "The request breaks a rule",
                        "The parameter limit must be a whole number from 1 to 100, not “many”.",
                        f"{PREFIX}/search",
                        parameter="limit",
                    ),
                    s503=problems.example(
                        503,
                        "unavailable",
                        "A part of the library does not answer",
                        "The search index is being built anew.",
                        f"{PREFIX}/search",
                    ),
                ),
            },
        }
    }
}
