"""The blueprint of all pages: language tags in addresses, slashes, the vocabulary of templates."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, Response, g, redirect, request
from flask_babel import get_domain  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as Answer

from library.http import page_cache
from library.i18n.names import country, endonym
from library.i18n.tags import direction, normalise
from library.web import context

blueprint = Blueprint("web", __name__)

_TEXTUAL_FILES = (".css", ".svg", ".js", ".webmanifest")


@blueprint.before_request
def one_address_each() -> Answer | None:
    """Lead to the one address of a page: normalised language, no slash at the end but at home."""
    tag = (request.view_args or {}).get("lang")
    if tag is None:
        return None
    path = request.path
    wanted = f"/{normalise(tag)}{path[len(tag) + 1 :]}"
    if wanted.count("/") == 1:
        wanted += "/"
    elif wanted.count("/") > 2 and wanted.endswith("/"):
        wanted = wanted.rstrip("/")
    if wanted == path:
        return None
    query = request.query_string.decode("latin-1")
    return redirect(quote(wanted, safe="/") + (f"?{query}" if query else ""), 308)


def _catalogue() -> Any:
    """The messages of this request's interface language."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_domain().get_translations()
    return found


def init_app(app: Flask) -> None:
    """What templates may use, and how our own files are kept."""
    app.jinja_env.globals.update(
        marks=context.marks,
        size=context.size,
        percent=context.percent,
        number=context.number,
        endonym=endonym,
        direction=direction,
        country=country,
        listed=context.listed,
        own_file=context.static,
    )

    # Babel looks the language up anew for each message; a page asks for the same one forty times.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _catalogue().ugettext(message),
        lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context_, message: _catalogue().upgettext(context_, message),
        npgettext=lambda context_, one, many, count: _catalogue().unpgettext(
            context_, one, many, count
        ),
    )

    @app.before_request
    def _keep_files() -> None:
        # Our stylesheet goes through the page cache too: it is compressed once, not at each request.
        if request.endpoint == "static" and request.path.endswith(_TEXTUAL_FILES):
            page_cache.keep()

    @app.after_request
    def _age_files(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            lasting = "v" in request.args
            response.headers["Cache-Control"] = (
                "public, max-age=31536000, immutable" if lasting else "public, no-cache"
            )
        return response
