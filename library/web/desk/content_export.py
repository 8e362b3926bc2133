"""Works as a ZIP of content, to take along."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext  # type: ignore[import-untyped]

from library.accounts.permissions import Action, Actor
from library.catalogue.models import WORK_KINDS
from library.db import utc_now
from library.http import person
from library.http.language import interface_language
from library.http.services import services, session
from library.media.disposition import content_disposition
from library.web import labels
from library.web.desk import frame
from library.web.desk.frame import blueprint
from library.web.desk.institutions import choices
from library.web.desk.tables import page_tabs
from library.web.desk.taking import Reading


def _seer() -> Actor:
    by = person.actor()
    if not by.may_somewhere(Action.SEE_DRAFTS):
        by.require(Action.SEE_DRAFTS)
    return by


@blueprint.get("/export")
def content_export() -> Response:
    by = _seer()
    kinds = labels.labels_in("KINDS", interface_language())
    return frame.show(
        "desk/content_export.html",
        title=gettext("Take content along"),
        nav="tables",
        tabs=page_tabs("content_export", by),
        kinds=[(kind, kinds[kind]) for kind in WORK_KINDS],
        institutions=choices(session(), by, Action.SEE_DRAFTS, most=200),
    )


@blueprint.get("/export.zip")
def content_export_file() -> Response:
    """The works that are chosen by kind and institution, as readers have them; sent as it is made."""
    from library.content import packing

    by = _seer()
    reading = Reading()
    kinds = [kind for kind in request.args.getlist("kind") if kind in WORK_KINDS]
    at = request.args.get("at", "")[:200]
    works = packing.chosen(
        reading.session, by=by, kinds=kinds, institution=at if at.isprintable() else ""
    )
    pieces = packing.pack(reading.session, services().store, works)
    response = Response(pieces, mimetype="application/zip")
    response.call_on_close(reading.session.close)
    name = f"content-{utc_now():%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = content_disposition(name, inline=False)
    return response
