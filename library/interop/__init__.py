"""Protocols and lasting addresses: how other systems link to the library, follow it and read it."""

from __future__ import annotations

from flask import Flask

from library.http import cross_origin
from library.interop import feeds, lasting, robots, sitemap, tus, upload_parts
from library.interop.blueprint import blueprint

_MODULES = (feeds, lasting, robots, sitemap, upload_parts)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(tus.blueprint)
    app.extensions[sitemap.EXTENSION] = sitemap.PlanCache()
    cross_origin.open_to_all(app, fits=_open)


def _open(path: str) -> bool:
    # ``/id/`` alone is the front door in Indonesian; a lasting address goes on with a uuid.
    lasting = path.startswith("/id/") and len(path) == len("/id/") + 36
    return lasting or path.startswith("/sitemap") or path.endswith("/feed.atom")
