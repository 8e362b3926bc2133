"""A ZIP of content handed in: looked through in the background, then stored when its sender agrees."""

from __future__ import annotations

import uuid as uuids
from typing import Any, Final, NamedTuple

from flask import Response, request
from flask_babel import gettext, ngettext  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.public_paths import SEGMENTS
from library.content import receiving
from library.editorial.models import ContentImport
from library.errors import Conflict, Invalid, TooLarge
from library.http import person
from library.http.forms import Form
from library.http.incoming import away
from library.http.services import services, session, writing
from library.uploads import queries as uploads
from library.uploads.models import Upload, UploadState
from library.web import links
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.manuscript_pages import moment
from library.web.desk.refusals import said
from library.web.desk.sentences import listed, told
from library.web.desk.tables import page_tabs

#: Bytes of a file that comes with the form; larger ones are uploaded first.
PLAIN: Final = 100_000_000
_MULTIPART: Final = 100_000
_CHOICES: Final = 50
_SHOWN: Final = 500


@blueprint.url_value_preprocessor
def _let_in(endpoint: str | None, _values: Any) -> None:
    """A form with a ZIP is larger than others and slower; it is read before its token is looked for."""
    if endpoint != "desk.content_import_send":
        return
    who = person.actor_or_none()
    if who is not None and who.may_somewhere(Action.PUBLISH):
        request.max_content_length = PLAIN + _MULTIPART
        with away():
            request.files  # noqa: B018 - this reads it


def _publisher() -> Actor:
    by = person.actor()
    receiving.require(by=by)
    return by


@blueprint.get("/import")
def content_import() -> Response:
    return _page(Form({"upload": request.args.get("upload", "")}), _publisher())


@blueprint.post("/import")
def content_import_send() -> Answer:
    by = _publisher()
    form = Form.read()
    try:
        sent = request.files.get("file")
        folder = services().settings.data / "imports"
        if sent is not None and sent.filename:
            name = "".join(c for c in sent.filename if c.isprintable())
            with writing() as transaction:
                row = receiving.receive(transaction, folder, file=sent.stream, name=name, by=by)
                uuid = row.uuid
        else:
            ready = _ready(form, by)
            with writing() as transaction:
                row = receiving.receive(
                    transaction,
                    folder,
                    file=None,
                    name=ready.name,
                    sha256=ready.sha256,
                    size=ready.size,
                    by=by,
                )
                uuid = row.uuid
        return frame.leave_for(frame.to("content_import_one", uuid=uuid))
    except (Invalid, Conflict, TooLarge) as error:
        form.refuse("file", said(error))
    return _page(form, by, status=422)


def _ready(form: Form, by: Actor) -> uploads.ReadyFile:
    try:
        return uploads.ready(session(), uuids.UUID(form.text("upload")), by=by)
    except ValueError:
        raise Invalid(gettext("Choose a file."), field="file") from None


def _page(form: Form, by: Actor, *, status: int = 200) -> Response:
    places = by.places(Action.SEE_DRAFTS)
    query = (
        select(Upload.uuid, Upload.name)
        .where(
            Upload.state == UploadState.READY,
            Upload.piece.is_(False),
            Upload.media_type == "application/zip",
        )
        .order_by(Upload.id.desc())
        .limit(_CHOICES)
    )
    if places is not None:
        query = query.where(Upload.institution.in_(sorted(places)))
    ready = [(str(row.uuid), row.name) for row in session().execute(query)]
    return frame.show(
        "desk/content_import.html",
        title=gettext("Hand content in"),
        nav="tables",
        tabs=page_tabs("content_import", by),
        status=status,
        notice=gettext("It is thrown away, and has changed nothing.")
        if request.args.get("done") == "forgotten"
        else "",
        form=form,
        ready=[("", gettext("None: I send the file above")), *ready] if ready else [],
        plain=PLAIN,
        largest=receiving.LARGEST,
        sent=[
            (
                frame.to("content_import_one", uuid=row.uuid),
                row.name,
                moment(row.made_at),
                state_words(row),
            )
            for row in receiving.imports(session(), by=by)
        ],
    )


def state_words(row: ContentImport) -> str:
    """How far an import has come."""
    words = {
        receiving.WAITING: gettext("being looked through"),
        receiving.LOOKED: gettext("waits for you to agree")
        if row.report.get("changed")
        else gettext("looked through"),
        receiving.AGREED: gettext("being stored"),
        receiving.DONE: gettext("stored"),
        receiving.FAILED: gettext("could not be read"),
    }
    return str(words.get(row.state, row.state))


@blueprint.get("/import/<uuid:uuid>")
def content_import_one(uuid: uuids.UUID) -> Response:
    return _one(uuid, Form())


@blueprint.post("/import/<uuid:uuid>")
def content_import_agree(uuid: uuids.UUID) -> Answer:
    """Have it stored, or throw it away."""
    by = _publisher()
    form = Form.read()
    try:
        with writing() as transaction:
            row = receiving.import_of(transaction, uuid, by=by)
            if form.text("step") == "forget":
                receiving.forget(transaction, row)
                return_to, done = frame.to("content_import"), "forgotten"
            else:
                receiving.agree(transaction, row, by=by)
                return_to, done = frame.to("content_import_one", uuid=uuid), ""
        return frame.leave_for(return_to, notice=done)
    except Conflict:
        form.refuse("", gettext("Somebody has been faster. This page shows how it stands now."))
    return _one(uuid, form, status=409)


class _Fault(NamedTuple):
    path: str
    line: int
    field: str
    message: Markup
    hint: Markup


class _Change(NamedTuple):
    name: str
    parts: Markup
    href: str = ""


def _fault(path: str, line: int, field: str, message: object, hint: object) -> _Fault:
    return _Fault(path, line, field, told(message), told(hint))


def _change(data: Any, *, stored: bool) -> _Change:
    """A change as it is kept: its name and its phrases, or one line in English as it once was.

    What is stored is published, and leads to where readers see it.
    """
    if isinstance(data, str):
        return _Change("", told(data))
    name, parts = data
    kind, _, key = name.partition("/")
    href = links.current().page(kind, key) if stored and kind in SEGMENTS else ""
    return _Change(name, listed(parts), href)


def _one(uuid: uuids.UUID, form: Form, *, status: int = 200) -> Response:
    by = _publisher()
    row = receiving.import_of(session(), uuid, by=by)
    report = row.report
    counted = []
    if "read" in report:
        counted = [
            ngettext("%(num)s folder read", "%(num)s folders read", report["read"]),
            ngettext("%(num)s changes", "%(num)s change", report["changed"]),
            ngettext("%(num)s stays as it is", "%(num)s stay as they are", report["unchanged"]),
            ngettext("%(num)s refused", "%(num)s refused", report["refused"]),
        ]
    response = frame.show(
        "desk/content_import_one.html",
        title=row.name,
        nav="tables",
        crumbs=[Crumb(gettext("Hand content in"), frame.to("content_import")), Crumb(row.name)],
        status=status,
        form=form,
        address=frame.to("content_import_one", uuid=uuid),
        state=row.state,
        state_name=state_words(row),
        running=row.state in (receiving.WAITING, receiving.AGREED),
        done=row.done,
        total=row.total,
        at_work=row.at_work,
        trouble=told(report.get("trouble") or row.trouble) if row.trouble else "",
        counted=counted,
        changes=[
            _change(one, stored=row.state == receiving.DONE)
            for one in report.get("changes", [])[:_SHOWN]
        ],
        warnings=[_fault(*one) for one in report.get("warnings", [])[:_SHOWN]],
        faults=[_fault(*one) for one in report.get("faults", [])[:_SHOWN]],
        storable=report.get("changed", 0) > 0,
    )
    if row.state in (receiving.WAITING, receiving.AGREED):
        # Without scripts, too, the page shows how far it is.
        response.headers["Refresh"] = "3"
    return response
