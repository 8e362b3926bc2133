"""Protocols and lasting addresses: how other systems link to the library, follow it and read it."""

from __future__ import annotations

from flask import Flask

from library.http import cross_origin
from library.interop import feeds, lasting, robots, sitemap
from library.interop.blueprint import blueprint

_MODULES = (feeds, lasting, robots, sitemap)


def init_app(app: Flask, *, with_desk: bool = True) -> None:
    """Register the protocols; those by which editors send files only beside the desk."""
    app.register_blueprint(blueprint)
    if with_desk:
        from library.interop import tus, upload_parts

        del upload_parts  # its addresses are in the blueprint of tus
        app.register_blueprint(tus.blueprint)
    app.extensions[sitemap.EXTENSION] = sitemap.PlanCache()
    cross_origin.open_to_all(app, fits=_open)


def _open(path: str) -> bool:
    # ``/id/`` alone is the front door in Indonesian; a lasting address goes on with a uuid.
    lasting = path.startswith("/id/") and len(path) == len("/id/") + 36
    return lasting or path.startswith("/sitemap") or path.endswith("/feed.atom")
