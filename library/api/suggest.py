"""Completing what somebody types: ``GET /api/v1/suggest``."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, jsonify, request

from library.api import problems
from library.api.blueprint import PREFIX, blueprint
from library.api.parameters import Parameters, language, whole_number, words
from library.catalogue.completion import Completion, complete
from library.catalogue.models import WORK_KINDS
from library.catalogue.public_paths import in_language
from library.errors import Damaged
from library.http.services import services, session, vocabulary

KINDS = (*WORK_KINDS, "section", "institution", "partnership", "term")
LONGEST = 500
MOST = 20

_log = logging.getLogger(__name__)

PARAMETERS = Parameters(
    (
        words(
            "q",
            "What was typed so far, in any language; the last word may be only its beginning. Chinese "
            "titles are also found by pinyin. Without it there are no suggestions.",
            longest=LONGEST,
            example="cold ch",
        ),
        language(
            "lang",
            "The reader's language: titles in it come first. Without it the site's first language.",
            example="en",
        ),
        whole_number("limit", "How many suggestions at most.", default=8, least=1, most=MOST),
    )
)


@blueprint.get(f"{PREFIX}/suggest")
def suggest() -> Response:
    """Titles with words that begin as was typed. Raises ``Invalid``, ``Unavailable``."""
    asked = PARAMETERS.read(request.args)
    parts = services()
    lang = asked["lang"] or parts.settings.languages[0]
    found: list[Completion] = []
    there = vocabulary() if asked["q"].strip() else None
    if there is not None:
        try:
            found = complete(session(), there, asked["q"], lang=lang, limit=asked["limit"])
        except Damaged as error:
            _log.warning("Nothing can be suggested: %s", error.message)
            parts.vocabulary.discard()
    base_url = parts.settings.base_url
    response = jsonify(
        suggestions=[
            {
                "text": one.text,
                "lang": one.lang,
                "kind": one.kind,
                "url": f"{base_url}{in_language(one.url, lang)}" if one.url else None,
                "within": one.within,
                "within_lang": one.within_lang,
            }
            for one in found
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


_EXAMPLE = {
    "suggestions": [
        {
            "text": "cold chain",
            "lang": "en",
            "kind": "term",
            "url": "https://library.example.org/en/terms/cold-chain",
            "within": None,
            "within_lang": None,
        },
        {
            "text": "Refrigeration and Cold-Chain Technology",
            "lang": "en",
            "kind": "course",
            "url": "https://library.example.org/en/courses/refrigeration-cold-chain",
            "within": None,
            "within_lang": None,
        },
        {
            "text": "The cold chain",
            "lang": "en",
            "kind": "section",
            "url": (
                "https://library.example.org/en/courses/refrigeration-cold-chain/the-cold-chain"
            ),
            "within": "Refrigeration and Cold-Chain Technology",
            "within_lang": "en",
        },
    ]
}

_NULLABLE = {"type": ["string", "null"]}

SCHEMAS: dict[str, Any] = {
    "Suggestions": {
        "type": "object",
        "required": ["suggestions"],
        "properties": {
            "suggestions": {"type": "array", "items": {"$ref": "#/components/schemas/Suggestion"}}
        },
    },
    "Suggestion": {
        "type": "object",
        "required": ["text", "lang", "kind", "url", "within", "within_lang"],
        "properties": {
            "text": {"type": "string", "description": "The whole title, term or name."},
            "lang": {"type": "string", "description": "The language of the text."},
            "kind": {"enum": list(KINDS)},
            "url": {
                **_NULLABLE,
                "format": "uri",
                "description": (
                    "The page of what is called so, in the reader's language; null where several "
                    "things of the kind are: search for the text."
                ),
            },
            "within": {**_NULLABLE, "description": "The title of the work that a section is in."},
            "within_lang": {**_NULLABLE, "description": "The language of that title."},
        },
    },
}

PATHS: dict[str, Any] = {
    f"{PREFIX}/suggest": {
        "get": {
            "operationId": "suggest",
            "summary": "Complete what somebody types",
            "description": (
                "Titles of works and sections, terms, and names of institutions and partnerships "
                "that have the words, the last one begun; diacritics and case do not matter. A library "
                "that has just been filled may take a minute to know its titles."
            ),
            "tags": ["search"],
            "parameters": PARAMETERS.described(),
            "responses": {
                "200": {
                    "description": "Suggestions, those in the reader's language first.",
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Suggestions"},
                            "example": _EXAMPLE,
                        }
                    },
                },
                **problems.responses(
                    s422=problems.example(
                        422,
                        "invalid",
                        "The request breaks a rule",
                        "The parameter limit must be a whole number from 1 to 20, not “many”.",
                        f"{PREFIX}/suggest",
                        parameter="limit",
                    ),
                    s503=problems.example(
                        503,
                        "unavailable",
                        "A part of the library does not answer",
                        "The database cannot be written: the disk is full.",
                        f"{PREFIX}/suggest",
                    ),
                ),
            },
        }
    }
}
