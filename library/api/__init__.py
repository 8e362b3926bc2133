"""The JSON API: open, read-only, described by OpenAPI at ``/api/v1/openapi.json``."""

from __future__ import annotations

from flask import Flask

from library.api import health, openapi, search, suggest, works
from library.api.blueprint import blueprint
from library.api.health import Readiness
from library.http import cross_origin

_MODULES = (health, openapi, search, suggest, works)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.extensions[health.EXTENSION] = Readiness()
    cross_origin.open_to_all(app, fits=lambda path: path.startswith("/api/"))
