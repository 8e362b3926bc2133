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
    from library.jobs.chores import Chore
    from library.media.port import MediaStore

# The largest request that is read at all; uploads have their own way in, in parts.
LARGEST_REQUEST = 1_000_000


def make_services(settings: Settings) -> Services:
    """Open every outside part that the settings name; nothing is asked yet whether it answers."""
    from library.catalogue.facets import FacetCache
    from library.catalogue.vocabulary import VocabularyCache
    from library.db import make_engine, make_session_factory
    from library.http.services import Services
    from library.jobs.bell import open_bell
    from library.jobs.change_watch import ChangeWatch
    from library.media.address import open_store
    from library.search.address import open_engine

    engine = make_engine(settings.database_url)
    store = open_store(settings.media_url, data=settings.data)
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
        chores=_chores(settings, store),
    )


def _chores(settings: Settings, store: MediaStore) -> tuple[Chore, ...]:
    """What the worker does for the floors above the catalogue. What only editors cause is loaded when it is
    needed: every process that serves readers has the chores."""
    from library.catalogue.link_checking import LinkChecking
    from library.catalogue.making import MakingChore
    from library.jobs.chores import Deferred

    workshop = settings.data / "making"

    def publishing() -> Chore:
        from library.editorial.scheduling import Publishing

        return Publishing()

    def letters() -> Chore:
        from library.accounts.letters import Postman

        return Postman(url=settings.mail_url, sender=settings.mail_from, key=settings.secret_key)

    def checking() -> Chore:
        from library.uploads.checking import CheckingChore
        from library.uploads.spool import SpoolFolder

        return CheckingChore(store, SpoolFolder(settings.data / "uploads"), workshop)

    def sweeping() -> Chore:
        from library.uploads.spool import SpoolFolder
        from library.uploads.sweeping import SweepingChore

        return SweepingChore(store, SpoolFolder(settings.data / "uploads"), workshop)

    def receiving() -> Chore:
        from library.content.receiving import Receiving

        return Receiving(store, settings.data / "imports")

    return (
        Deferred(
            "publishing",
            maybe="SELECT 1 FROM manuscript WHERE publish_at IS NOT NULL",
            make=publishing,
        ),
        Deferred("mail", maybe="SELECT 1 FROM letter", make=letters),
        Deferred("uploads", maybe="SELECT 1 FROM upload WHERE state = 'checking'", make=checking),
        MakingChore(store, workshop),
        Deferred(
            "sweeping uploads",
            maybe="SELECT 1 FROM upload UNION ALL SELECT 1 FROM media_leftover",
            make=sweeping,
        ),
        LinkChecking(days=settings.link_check_days, own=settings.base_url),
        Deferred("receiving content", maybe="SELECT 1 FROM content_import", make=receiving),
    )


def create_site(settings: Settings | None = None, *, services: Services | None = None) -> Flask:
    """What is served: readers' pages, and the editors' desk once somebody comes to it.

    The desk is a third of the site's code, and most processes of most libraries never see an editor.
    """
    from library.http.desk_door import DeskDoor

    readers = create_app(settings, services=services, with_desk=False)
    parts = readers.extensions["library"]
    readers.wsgi_app = DeskDoor(  # type: ignore[method-assign]
        readers.wsgi_app, open_desk=lambda: create_app(services=parts).wsgi_app
    )
    return readers


def create_app(
    settings: Settings | None = None,
    *,
    services: Services | None = None,
    with_desk: bool = True,
) -> Flask:
    """The site as one application, or without the editors' desk.

    Raises ``Misconfigured`` where a setting is wrong.
    """
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
    language.init_app(app, settings=settings, with_desk=with_desk)
    access.init_app(app)
    headers.init_app(app, media_origin=services.store.origin())
    api.init_app(app)
    interop.init_app(app, with_desk=with_desk)
    web.init_app(app, with_desk=with_desk)

    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=0)  # type: ignore[method-assign]
    count = counting(services.use, services.factory, country_header=settings.country_header)
    wsgi: Any = PageCache(app.wsgi_app, number=services.changes.number, seen=count)
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    return app


def main() -> None:
    """The command ``library``."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("library").setLevel(logging.INFO)
    cli.library(obj=cli.Root(settings=load, services=make_services, site=create_site))
