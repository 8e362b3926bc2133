"""Before the site makes its processes: what each would load and work out at its first pages."""

from __future__ import annotations

import io
import sys
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from library.catalogue import public_paths
from library.catalogue.models import Section, Work
from library.db import session_scope
from library.http.services import Services

_PAGES = (
    "/en/works?page=2&sort=title",
    "/en/institutions",
    "/en/terms",
    "/en/search?q=safe+motor",
    "/zh-Hans/search?q=%E5%AE%89%E5%85%A8",
    "/api/v1/search?q=a&lang=en",
    "/api/v1/suggest?q=mo&lang=en",
)


def warm(site: Flask, *, services: Services) -> None:
    """Ask the site for a page of each sort, so that the processes forked from this one share what that took:
    templates, languages, statements, the arrays of the index."""
    for name in site.jinja_env.list_templates(extensions=["html"]):
        site.jinja_env.get_template(name)
    for address in (
        *(f"/{lang}/" for lang in services.settings.languages),
        *_PAGES,
        *_reading(services),
    ):
        _ask(site, address)


def _ask(site: Flask, address: str) -> None:
    """GET, by hand: Flask's test client draws in a debugger and more that a server has no use for."""
    parts = urlsplit(address)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT_ENCODING": "gzip",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answer = site(environ, lambda *_: lambda _: None)
    for _ in answer:
        continue
    close = getattr(answer, "close", None)
    if close is not None:
        close()


def _reading(services: Services) -> list[str]:
    """The addresses of some work, and of a section of it in one language and in two."""
    with session_scope(services.factory) as session:
        some = session.execute(
            select(Work.kind, Work.key, Section.path)
            .join(Section, Section.work_id == Work.id)
            .where(Work.status == "published", Section.position > 0, Section.removed_at.is_(None))
            .limit(1)
        ).one_or_none()
    if some is None:
        return []
    section = public_paths.page(some.kind, some.key, some.path, lang="en")
    return [
        public_paths.page(some.kind, some.key, lang="en"),
        section,
        f"{section}?with=zh-Hans",
    ]
