"""Before the server makes its processes: what each would load and work out at its first pages."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from library.catalogue import public_paths
from library.catalogue.models import Section, Work
from library.db import session_scope
from library.http.services import Services

_PAGES = ("/en/works", "/en/search?q=a", "/en/terms", "/en/institutions")


def warm(site: Flask, *, services: Services) -> None:
    """Ask the site for a page of each sort, so that the processes forked from this one share what that took:
    templates, languages, statements, the arrays of the index."""
    for name in site.jinja_env.list_templates(extensions=["html"]):
        site.jinja_env.get_template(name)
    client = site.test_client()
    for address in (
        *(f"/{lang}/" for lang in services.settings.languages),
        *_PAGES,
        *_reading(services),
    ):
        client.get(address)


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
