"""Refusals as OpenAPI describes them: problem documents, RFC 9457."""

from __future__ import annotations

from typing import Any

from library.http.problem import MEDIA_TYPE

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "The sort of problem, for programs."},
        "title": {"type": "string", "description": "The sort of problem, for people."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {
            "type": "string",
            "description": "What is wrong, and where it can be said what to do.",
        },
        "instance": {"type": "string", "description": "The path that was asked for."},
        "parameter": {"type": "string", "description": "The parameter that is wrong."},
    },
}


def responses(**examples: dict[str, Any]) -> dict[str, Any]:
    """Entries for OpenAPI's ``responses``: ``responses(s422={...})`` with an example for each status."""
    return {
        status.removeprefix("s"): {
            "description": example["title"],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": example,
                }
            },
        }
        for status, example in examples.items()
    }


def example(
    status: int, slug: str, title: str, detail: str, instance: str, **more: Any
) -> dict[str, Any]:
    return {
        "type": f"about:blank#{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        **more,
    }
