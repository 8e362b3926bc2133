"""Whether the process lives, and whether it can serve readers: for load balancers and monitors.

``/readyz`` asks the parts at most once every few seconds, whoever asks how often, and says nothing that
would help an attacker: the details stand in the log and in ``library check``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Response, current_app, jsonify

from library.api.blueprint import blueprint
from library.catalogue.health import Finding, findings
from library.http.services import Services, services

EXTENSION = "library.readiness"
# Seconds for which an answer serves everybody who asks.
LASTS = 5.0

# Parts without which readers are not served as they should be. A worker that lags behind is said too,
# but taking every web process out of service for it would help nobody.
_NEEDED = frozenset({"database", "schema", "index", "media"})
_SENTENCES: Mapping[str, str] = {
    "database": "The database does not answer.",
    "schema": "The database's schema is not that of this version.",
    "disk": "The disk of the database is full or cannot be written.",
    "works": "The works cannot be counted.",
    "worker": "Changes have been waiting for the index too long; is a worker running?",
    "index": "The search index cannot be used.",
    "media": "The media store cannot be read and written.",
    "queue": "The worker cannot be called.",
}

_log = logging.getLogger(__name__)


class Readiness:
    """The last answer of all parts, and when it was given."""

    def __init__(
        self,
        *,
        ask: Callable[[Services], list[Finding]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask or _findings
        self._clock = clock
        self._lock = threading.Lock()
        self._found: list[Finding] = []
        self._until: float | None = None

    def findings(self, parts: Services) -> list[Finding]:
        """What each part says, at most ``LASTS`` seconds old. Never raises.

        While somebody asks parts that are slow to answer, others get the last answer, whatever its age:
        monitors must not hold up every thread of the site.
        """
        if not self._lock.acquire(blocking=self._until is None):
            return self._found
        try:
            if self._until is None or self._clock() >= self._until:
                self._found = self._ask(parts)
                self._until = self._clock() + LASTS
                for finding in self._found:
                    if not finding.ok:
                        _log.warning("Not ready: %s: %s", finding.part, finding.message)
            return self._found
        finally:
            self._lock.release()


def _findings(parts: Services) -> list[Finding]:
    return findings(
        engine=parts.engine,
        factory=parts.factory,
        search=parts.search,
        store=parts.store,
        bell=parts.bell,
    )


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives. Asks nothing and nobody, so that a slow database never gets it killed."""
    response = jsonify(status="ok")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when readers can be served, else 503; both name every part with a sentence."""
    readiness = cast(Readiness, current_app.extensions[EXTENSION])
    found = readiness.findings(services())
    ready = all(finding.ok for finding in found if finding.part in _NEEDED)
    response = jsonify(
        status="ready" if ready else "not ready",
        parts=[
            {"part": f.part, "ok": f.ok, "message": f.message if f.ok else _sentence(f)}
            for f in found
        ],
    )
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return response


def _sentence(finding: Finding) -> str:
    return _SENTENCES.get(finding.part, "This part does not work.")


SCHEMAS: dict[str, Any] = {
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"const": "ok"}},
    },
    "Readiness": {
        "type": "object",
        "required": ["status", "parts"],
        "properties": {
            "status": {"enum": ["ready", "not ready"]},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["part", "ok", "message"],
                    "properties": {
                        "part": {"type": "string", "examples": sorted(_SENTENCES)},
                        "ok": {"type": "boolean"},
                        "message": {"type": "string"},
                    },
                },
            },
        },
    },
}

_READY = {
    "status": "ready",
    "parts": [{"part": "database", "ok": True, "message": "The database (sqlite) answers."}],
}
_NOT_READY = {
    "status": "not ready",
    "parts": [{"part": "database", "ok": False, "message": _SENTENCES["database"]}],
}


def _answer(description: str, schema: str, example: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "example": example,
            }
        },
    }


PATHS: dict[str, Any] = {
    "/healthz": {
        "get": {
            "operationId": "health",
            "summary": "Whether the process lives",
            "description": "Asks no other part; restart the process when this does not answer.",
            "tags": ["operation"],
            "responses": {"200": _answer("It lives.", "Health", {"status": "ok"})},
        }
    },
    "/readyz": {
        "get": {
            "operationId": "readiness",
            "summary": "Whether readers can be served",
            "description": (
                "Asks database, schema, index and media store, at most every five seconds. A worker that "
                "lags behind is named, but does not make the answer 503."
            ),
            "tags": ["operation"],
            "responses": {
                "200": _answer("Readers can be served.", "Readiness", _READY),
                "503": _answer("They cannot; the parts say why.", "Readiness", _NOT_READY),
            },
        }
    },
}
