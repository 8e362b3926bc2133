"""What the library does by itself: what waits, what has failed with its reason, trying again."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.editorial import jobs as service
from library.editorial.jobs import Failed
from library.errors import Conflict
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import session, writing
from library.uploads.models import Upload
from library.web import context
from library.web.desk import file_words, frame, panels
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_pages import find, moment
from library.web.desk.manuscript_words import DONE, sentences

_SHOWN: Final = 5

#: Kinds of work in words.
KINDS: Final[Mapping[str, LazyString]] = {
    service.PUBLISHING: lazy_gettext("Publishing at a time"),
    service.UPLOAD: lazy_gettext("Looking at an uploaded file"),
    service.MAKING: lazy_gettext("Making small versions"),
    service.READING: lazy_gettext("Taking the text out of a file"),
    service.PREPARING: lazy_gettext("Preparing a file for readers"),
    service.INDEXING: lazy_gettext("Putting changes into the search"),
    service.MAIL: lazy_gettext("Sending mail"),
}

frame.entry(
    "jobs",
    lazy_gettext("Jobs"),
    endpoint="jobs",
    place=75,
    allowed=lambda actor: actor.may_somewhere(Action.SEE_JOBS),
)


def _values(database: Session, by: Actor, *, limit: int) -> dict[str, Any]:
    ui = interface_language()
    failed = service.failed(database, by=by, limit=limit)
    return {
        "waiting": [
            (str(KINDS[one.kind]), context.number(one.number, ui))
            for one in service.waiting(database, by=by)
        ],
        "failed": [_told(database, one, ui) for one in failed],
    }


def _told(database: Session, one: Failed, ui: str) -> dict[str, Any]:
    why, mark = one.why, context.marks("en", ui)
    if one.kind == service.UPLOAD:
        upload = database.scalar(select(Upload).where(Upload.uuid == uuids.UUID(one.key)))
        why, mark = (file_words.reason(upload) if upload else ""), Markup("")
    return {
        "kind": one.kind,
        "what": str(KINDS[one.kind]),
        "about": one.about,
        "why": why or gettext("No reason was noted."),
        "mark": mark if why else Markup(""),
        "at": moment(one.at),
        "href": find("review", uuid=one.manuscript) if one.manuscript else "",
        "key": one.key if service.may_try_again(one) else "",
    }


@blueprint.get("/jobs")
def jobs() -> Answer:
    return _page(Form())


def _page(form: Form, *, status: int = 200) -> Response:
    by = person.actor()
    done = str(DONE.get(request.args.get("done", ""), "")) if request.method == "GET" else ""
    return frame.show(
        "desk/jobs.html",
        title=gettext("Jobs"),
        nav="jobs",
        status=status,
        notice=done,
        form=form,
        **_values(session(), by, limit=50),
    )


@blueprint.post("/jobs/again")
def job_again() -> Answer:
    """Have something tried again: fields ``kind`` and ``key``."""
    form = Form.read()
    by = person.actor()
    try:
        with writing() as transaction:
            service.try_again(transaction, kind=form.text("kind"), key=form.text("key"), by=by)
    except Conflict as error:
        form.take(error, sentences())
        return _page(form, status=error.status)
    return frame.leave_for(frame.to("jobs"), notice="again")


def _panel(database: Session, by: Actor) -> Mapping[str, Any] | None:
    values = _values(database, by, limit=_SHOWN)
    return values if values["waiting"] or values["failed"] else None


panels.add(
    "jobs",
    lazy_gettext("Jobs running and failed"),
    template="desk/_panel_jobs.html",
    place=80,
    allowed=lambda who: who.may_somewhere(Action.SEE_JOBS),
    query=_panel,
)
