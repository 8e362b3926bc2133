"""Beginning a work: from nothing, or as a copy of one that the library has."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from flask import Response, request
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.models import WORK_KINDS, Edition, Work
from library.config import INTERFACE_LANGUAGES
from library.db import utc_now
from library.editorial import manuscripts, starting
from library.errors import Conflict, Invalid, NotFound
from library.http import person
from library.http.forms import Form, one_line
from library.http.language import interface_language, page_language
from library.http.services import session, writing
from library.i18n.names import endonym
from library.i18n.tags import normalise
from library.web import labels
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.institutions import choices
from library.web.desk.refusals import said


@blueprint.get("/works/new")
def work_new() -> Response:
    """The ways to begin, and the form for a blank work."""
    by = _starter()
    return _page(Form({"lang": page_language(), "kind": request.args.get("kind", "")}), by)


@blueprint.post("/works/new")
def work_begin() -> Answer:
    by = _starter()
    form = Form.read()
    title = one_line(form.text("title", longest=starting.LONGEST_TITLE))
    lang = language_of(form)
    if not title and "title" not in form.errors:
        form.refuse("title", gettext("A work needs a title."))
    if form.ok:
        try:
            with writing() as transaction:
                draft = starting.blank(
                    kind=form.text("kind"),
                    key=free_key(transaction, form, title),
                    title=title,
                    lang=lang,
                    institution=form.text("institution"),
                    licence=form.text("licence", longest=200),
                )
                uuid = manuscripts.start(transaction, draft, by=by).uuid
            return frame.leave_for(frame.to("manuscript", uuid=uuid), notice="started")
        except (Invalid, Conflict) as error:
            refuse(form, error)
    return _page(form, by, status=422)


@blueprint.get("/works/new/copy")
def work_copy() -> Response:
    by = _starter()
    return _copy_page(Form({"work": request.args.get("work", "")}), by)


@blueprint.post("/works/new/copy")
def work_copying() -> Answer:
    by = _starter()
    form = Form.read()
    work = _work(form)
    title = one_line(form.text("title", longest=starting.LONGEST_TITLE))
    if form.ok:
        try:
            with writing() as transaction:
                draft = starting.copy_of(
                    transaction,
                    work.uuid,
                    key="-",
                    title=title,
                    institution=form.text("institution"),
                    by=by,
                )
                draft.key = free_key(transaction, form, title or work.key, kind=draft.kind)
                uuid = manuscripts.start(transaction, draft, by=by).uuid
            return frame.leave_for(frame.to("manuscript", uuid=uuid), notice="started")
        except (Invalid, Conflict) as error:
            refuse(form, error)
    return _copy_page(form, by, status=422)


def _starter() -> Actor:
    """Who is signed in and may begin a work anywhere. Raises ``Forbidden``."""
    by = person.actor()
    if not by.may_somewhere(Action.START_WORK):
        by.require(Action.START_WORK)
    return by


def _work(form: Form) -> Work:
    try:
        uuid = uuids.UUID(form.text("work"))
    except ValueError:
        uuid = uuids.UUID(int=0)
    found = session().scalar(select(Work).where(Work.uuid == uuid))
    if found is None:
        raise NotFound("The library has no such work; choose one from the list.")
    return found


def free_key(transaction: Session, form: Form, title: str, *, kind: str = "") -> str:
    return starting.free_key(
        transaction,
        kind=kind or form.text("kind"),
        title=title,
        wanted=form.text("key", longest=200),
        today=utc_now().date(),
    )


def language_of(form: Form, *, needed: bool = True) -> str:
    """The language of a form's field ``lang``, with an error beside it where it is none."""
    typed = form.text("lang", longest=35)
    if not typed and not needed:
        return ""
    try:
        return normalise(typed)
    except Invalid:
        form.refuse("lang", gettext("This is not the tag of a language, such as en or zh-Hans."))
        return ""


def refuse(form: Form, error: Invalid | Conflict) -> None:
    """Put what a service refused beside its field."""
    field = str(error.details.get("field", ""))
    form.refuse(field, said(error))


def offered(by: Actor) -> dict[str, Any]:
    """What the forms that begin a work offer to choose from."""
    ui = interface_language()
    kinds = labels.labels_in("KINDS", ui)
    places = choices(session(), by, Action.START_WORK)
    if by.places(Action.START_WORK) is None:
        places.insert(0, ("", gettext("No institution: the library itself"), None))
    return {
        "kinds": [(kind, kinds[kind]) for kind in WORK_KINDS],
        "institutions": places,
        "languages": languages(),
        "licences": LICENCES,
    }


#: Licences that open educational works usually have; any other SPDX identifier may be typed.
LICENCES = (
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0",
    "CC0-1.0",
)


def languages() -> list[tuple[str, str]]:
    """Languages that are offered while typing; any other tag may be typed."""
    tags = [*INTERFACE_LANGUAGES, "es", "vi", "lo", "my", "ur", "fa", "kk", "uz", "am", "ha", "ms"]
    return [(tag, endonym(tag)) for tag in dict.fromkeys(tags)]


def crumbs(last: str) -> list[Crumb]:
    return [Crumb(gettext("Works"), frame.to("works")), Crumb(last)]


def _page(form: Form, by: Actor, *, status: int = 200) -> Response:
    return frame.show(
        "desk/work_new.html",
        title=gettext("A new work"),
        nav="works",
        crumbs=crumbs(gettext("A new work")),
        status=status,
        form=form,
        **offered(by),
    )


def _copy_page(form: Form, by: Actor, *, status: int = 200) -> Response:
    work = _work(form)
    title = session().scalar(
        select(Edition.title).where(
            Edition.work_id == work.id, Edition.lang == work.source_language
        )
    )
    return frame.show(
        "desk/work_copy.html",
        title=gettext("A copy of a work"),
        nav="works",
        crumbs=crumbs(gettext("A copy of a work")),
        status=status,
        form=form,
        work=work,
        work_title=title or work.key,
        **offered(by),
    )
