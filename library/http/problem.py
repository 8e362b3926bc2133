"""Problem documents (RFC 9457): how every machine-readable entrance says no."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from flask import Response, request
from werkzeug.exceptions import HTTPException

from library.errors import LibraryError

MEDIA_TYPE = "application/problem+json"
_RESERVED = frozenset({"type", "title", "status", "detail", "instance"})
_TITLES = {
    400: "The request cannot be read",
    401: "Signing in is needed",
    403: "Not allowed",
    404: "Nothing lives at this address",
    405: "This method is not offered here",
    409: "Something has changed meanwhile",
    410: "This was withdrawn",
    413: "Too large",
    416: "No such range",
    422: "The request breaks a rule",
    429: "Too many requests",
    500: "The library made a mistake",
    503: "A part of the library does not answer",
}


def problem(error: Exception) -> Response:
    """An error as a problem document with its status."""
    if isinstance(error, LibraryError):
        status, detail, slug = error.status, error.message, error.slug
        extra = _members(error.details)
    elif isinstance(error, HTTPException):
        status, detail, slug = error.code or 500, error.description or "", "http"
        extra = {}
    else:
        status, detail, slug, extra = 500, "", "error", {}
    body = {
        "type": f"about:blank#{slug}" if slug not in ("http", "error") else "about:blank",
        "title": _TITLES.get(status, "The request was refused"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        **extra,
    }
    response = Response(json.dumps(body, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name.lower() == "allow":
                response.headers[name] = value
    return response


def _members(details: Mapping[str, object]) -> dict[str, object]:
    """The details that JSON can say, none of which may take the place of a member of RFC 9457."""
    said: dict[str, object] = {}
    for name, value in details.items():
        if isinstance(value, dt.datetime):
            said[name] = value.isoformat()
        elif isinstance(value, str | int | float | list):
            said[name] = value
    return {name: value for name, value in said.items() if name not in _RESERVED}
