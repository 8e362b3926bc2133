"""The description of the API: ``GET /api/v1/openapi.json``, put together from what each resource says."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from library import __version__
from library.api import health, problems, search, suggest, works
from library.api.blueprint import PREFIX, blueprint
from library.api.parameters import Parameters
from library.http import page_cache
from library.http.services import services

_DESCRIPTION = """\
Everything that the library publishes, as data: open, read-only, without a key, readable from any origin.

Languages are BCP 47 tags (`zh-Hans`, `fr`). Moments have a time zone. Every error is a problem document
(`application/problem+json`, RFC 9457) that says what is wrong in a sentence; a parameter that is unknown or
wrong is refused with 422 and its name in `parameter`. Answers about works carry an ETag.
"""

_TAGS = (
    ("search", "Finding."),
    ("works", "Works with all their languages."),
    ("operation", "Whether the library lives and can serve; and this description."),
)
_NO_PARAMETERS = Parameters(())


def description(*, base_url: str, site_name: str) -> dict[str, Any]:
    """The whole description, an OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site_name}: API",
            "version": __version__,
            "summary": "A multilingual library for vocational colleges, as data.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": name, "description": said} for name, said in _TAGS],
        "paths": {**search.PATHS, **suggest.PATHS, **works.PATHS, **_PATHS, **health.PATHS},
        "components": {
            "schemas": {
                **search.SCHEMAS,
                **suggest.SCHEMAS,
                **works.SCHEMAS,
                **health.SCHEMAS,
                "Problem": problems.SCHEMA,
            }
        },
    }


@blueprint.get(f"{PREFIX}/openapi.json")
def openapi() -> Response:
    """The description of this API. Raises ``Invalid`` for any parameter."""
    _NO_PARAMETERS.read(request.args)
    settings = services().settings
    page_cache.keep()
    return jsonify(description(base_url=settings.base_url, site_name=settings.site_name))


_PATHS: dict[str, Any] = {
    f"{PREFIX}/openapi.json": {
        "get": {
            "operationId": "description",
            "summary": "This description",
            "tags": ["operation"],
            "responses": {
                "200": {
                    "description": "An OpenAPI 3.1 document.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["openapi", "info", "paths"],
                                "properties": {"openapi": {"type": "string"}},
                            }
                        }
                    },
                },
                **problems.responses(
                    s422=problems.example(
                        422,
                        "invalid",
                        "The request breaks a rule",
                        "“format” is not a parameter of this address. Known are: none.",
                        f"{PREFIX}/openapi.json",
                        parameter="format",
                    )
                ),
            },
        }
    }
}
