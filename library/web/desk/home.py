"""The first page of the desk: what waits for whoever comes, and how things stand."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.unanswered import unanswered
from library.directory.names import institution_names
from library.editorial import queries
from library.editorial.handing_on import sent_back_to
from library.editorial.models import State
from library.editorial.queries import Filters, Line
from library.http import person
from library.http.language import interface_language, page_language
from library.http.services import services, session
from library.i18n import quantities
from library.i18n.names import name
from library.uploads.queries import storage
from library.web import context, labels
from library.web.desk import frame, handing_on, panels
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_pages import find
from library.web.desk.manuscript_words import STATES

_MOST = 8
_SEARCHES = 10

frame.entry("home", lazy_gettext("Home"), endpoint="home", place=0)


@blueprint.get("")
def home() -> Response:
    who = person.actor()
    return frame.show(
        "desk/home.html",
        title=gettext("Hello, %(name)s", name=who.name),
        nav="home",
        granted=bool(who.grants),
        may_start=who.may_somewhere(Action.START_WORK),
        # Who has just given up the last role that showed them the pages of people comes back here.
        notice=gettext("The role is taken away.") if request.args.get("done") == "taken" else "",
        panels=panels.filled(session(), who),
        scripts=["review.js"],
    )


def _rows(
    lines: list[Line], endpoint: str, handed: Mapping[uuids.UUID, handing_on.Handed] | None = None
) -> list[dict[str, Any]]:
    ui = interface_language()
    return [
        {
            "href": find(endpoint, uuid=line.uuid) or frame.to("review", uuid=line.uuid),
            "title": line.title or line.key,
            "mark": context.marks(line.source_language, ui),
            "kind": labels.label(labels.KINDS, line.kind),
            "state": str(STATES[line.state]),
            "state_class": line.state.replace(" ", "-"),
            "changed": quantities.date(line.changed_at, ui),
            "by": line.changed_by or "",
            "comments": line.open_comments,
            "publish_at": quantities.moment(line.publish_at, ui) if line.publish_at else "",
            "moment": line.publish_at,
            "fault": line.publish_fault or "",
            "handed": handed.get(line.uuid) if handed else None,
        }
        for line in lines
    ]


def _waiting(database: Session, who: Actor) -> Mapping[str, Any] | None:
    lines = []
    if who.may_somewhere(Action.WRITE) or who.may_somewhere(Action.TRANSLATE):
        back = sent_back_to(database, by=who)[:_MOST]
        lines = queries.manuscripts(database, Filters(only=back), by=who)[1] if back else []
    reviews = who.may_somewhere(Action.REVIEW) or who.may_somewhere(Action.PUBLISH)
    if reviews:
        lines += queries.waiting_for(database, by=who, limit=_MOST)
    # Who only writes has nothing to wait for but what was sent back.
    handed = handing_on.of_lines(database, lines)
    return {"rows": _rows(lines, "review", handed)} if lines or reviews else None


def _drafts(database: Session, who: Actor) -> Mapping[str, Any]:
    filters = Filters(states=[State.DRAFT, State.IN_REVIEW, State.APPROVED], mine=who.id)
    total, lines = queries.manuscripts(database, filters, by=who, limit=_MOST)
    more = find("works", mine=1) if total > len(lines) else ""
    return {"rows": _rows(lines, "manuscript"), "more": more, "total": total}


def _searches(database: Session, who: Actor) -> Mapping[str, Any] | None:
    del who  # nothing in it is anybody's
    found = [one for one in unanswered(database, limit=_SEARCHES) if one.text]
    if not found:
        return None
    ui = interface_language()
    return {
        "rows": [
            (one.text, context.number(one.count, ui), [name(tag, ui) for tag in one.languages])
            for one in found
        ]
    }


def _storage(database: Session, who: Actor) -> Mapping[str, Any] | None:
    settings = services().settings
    places = who.places(Action.SEE_JOBS)
    mine = who.places(Action.UPLOAD)
    both = None if places is None or mine is None else places | mine
    found = storage(database, both)
    if not found:
        return None
    ui = interface_language()
    names = institution_names(database, [key for key, _, _ in found], lang=page_language())
    quotas = {key: settings.upload_quotas.get(key, settings.upload_quota) for key, _, _ in found}
    return {
        "rows": [
            {
                "quota": context.size(quota, ui) if quota else "",
                "name": names[key].text if key in names else key,
                "mark": context.marks(names[key].lang if key in names else None, ui),
                "files": count,
                "size": context.size(size, ui),
                "percent": min(100, round(100 * size / quota)) if quota else None,
                "told": quantities.percent(size / quota, ui) if quota else "",
            }
            for key, count, size in found[:_MOST]
            for quota in (quotas[key],)
        ],
    }


panels.add(
    "waiting",
    lazy_gettext("Waiting for me"),
    template="desk/_panel_works.html",
    place=0,
    allowed=lambda who: who.may_somewhere(Action.SEE_DRAFTS),
    query=_waiting,
)
panels.add(
    "drafts",
    lazy_gettext("My drafts"),
    template="desk/_panel_works.html",
    place=20,
    allowed=lambda who: who.may_somewhere(Action.WRITE) or who.may_somewhere(Action.TRANSLATE),
    query=_drafts,
)
panels.add(
    "searches",
    lazy_gettext("Looked for in vain in the last 30 days"),
    template="desk/_panel_searches.html",
    place=70,
    allowed=lambda who: who.may_somewhere(Action.SEE_USE),
    query=_searches,
)
panels.add(
    "storage",
    lazy_gettext("Storage used"),
    template="desk/_panel_storage.html",
    place=90,
    allowed=lambda who: who.may_somewhere(Action.SEE_JOBS) or who.may_somewhere(Action.UPLOAD),
    query=_storage,
)
