"""The composition root: the only place that knows every concrete part.

Parts are imported where they are put together: ``library serve`` begins as a process that needs none of
them (see ``library.cli.keeper``), and commands do without pages.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from library import cli
from library.config import Settings, load

if TYPE_CHECKING:
    from flask import Flask

    from library.http.services import Services

# The largest request that is read at all; uploads have their own way in, in parts.
LARGEST_REQUEST = 1_000_000


def make_services(settings: Settings) -> Services:
    """Open every outside part that the settings name; nothing is asked yet whether it answers."""
    from library.accounts.letters import Postman
    from library.catalogue.facets import FacetCache
    from library.catalogue.link_checking import LinkChecking
    from library.catalogue.making import MakingChore
    from library.catalogue.vocabulary import VocabularyCache
    from library.content.receiving import Receiving
    from library.db import make_engine, make_session_factory
    from library.editorial.scheduling import Publishing
    from library.http.services import Services
    from library.jobs.bell import open_bell
    from library.jobs.change_watch import ChangeWatch
    from library.media.address import open_store
    from library.search.address import open_engine
    from library.uploads.checking import CheckingChore
    from library.uploads.spool import SpoolFolder
    from library.uploads.sweeping import SweepingChore

    engine = make_engine(settings.database_url)
    store = open_store(settings.media_url, data=settings.data)
    workshop, spool = settings.data / "making", SpoolFolder(settings.data / "uploads")
    return Services(
        settings=settings,
        engine=engine,
        factory=make_session_factory(engine),
        store=store,
        search=open_engine(
            settings.search_url, data=settings.data, database_url=settings.database_url
        ),
        bell=open_bell(settings.queue_url, data=settings.data),
        facets=FacetCache(),
        changes=ChangeWatch(engine),
        vocabulary=VocabularyCache(settings.data),
        chores=(
            Publishing(),
            Postman(url=settings.mail_url, sender=settings.mail_from),
            CheckingChore(store, spool, workshop),
            MakingChore(store, workshop),
            SweepingChore(store, spool, workshop),
            LinkChecking(days=settings.link_check_days, own=settings.base_url),
            Receiving(store, settings.data / "imports"),
        ),
    )


def create_app(settings: Settings | None = None, *, services: Services | None = None) -> Flask:
    """The site. Raises ``Misconfigured`` where a setting is wrong."""
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from library import api, interop, web
    from library.http import access, headers, language
    from library.http import services as http_services
    from library.http.page_cache import PageCache
    from library.http.readers import counting

    if services is None:
        services = make_services(settings or load())
    settings = services.settings
    app = Flask("library", static_folder="static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    app.extensions["library"] = services

    http_services.init_app(app)
    language.init_app(app, settings=settings)
    access.init_app(app)
    headers.init_app(app, media_origin=services.store.origin())
    api.init_app(app)
    interop.init_app(app)
    web.init_app(app)

    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=0)  # type: ignore[method-assign]
    count = counting(services.use, services.factory, country_header=settings.country_header)
    wsgi: Any = PageCache(app.wsgi_app, number=services.changes.number, seen=count)
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    return app


def main() -> None:
    """The command ``library``."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("library").setLevel(logging.INFO)
    cli.library(obj=cli.Root(settings=load, services=make_services, site=create_app))
