"""Files: sending them, and the list that says what became of them."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.models import MakingState
from library.directory import queries as directory
from library.directory.names import Name, institution_names
from library.errors import Forbidden, LibraryError, NotFound
from library.http import person
from library.http.forms import Form
from library.http.incoming import away
from library.http.language import interface_language, page_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.media.types import short_label
from library.uploads import queries, service
from library.uploads.models import UploadState, Way
from library.uploads.queries import Listed
from library.uploads.reasons import Reason
from library.uploads.service import Limits
from library.uploads.spool import FOLDER, SpoolFolder
from library.web.desk import file_words, frame
from library.web.desk.frame import blueprint

PLAIN: Final = 20_000_000
"""Bytes of a form that is sent without a script: it cannot go on where it broke off."""

frame.entry(
    "files",
    lazy_gettext("Files"),
    endpoint="files",
    place=40,
    allowed=lambda who: who.may_somewhere(Action.UPLOAD) or who.may_somewhere(Action.SEE_DRAFTS),
)


@blueprint.url_value_preprocessor
def _let_in(endpoint: str | None, values: dict[str, object] | None) -> None:
    """A form with files is larger than others and slower; it is read before its token is looked for."""
    del values
    if endpoint != "desk.files_send":
        return
    who = person.actor_or_none()
    if who is not None and who.may_somewhere(Action.UPLOAD):
        request.max_content_length = PLAIN
        with away():
            request.files  # noqa: B018 - this reads it


def _limits() -> Limits:
    settings = services().settings
    return Limits(
        largest=settings.upload_largest,
        quota=settings.upload_quota or None,
        own=settings.upload_quotas,
    )


def spool() -> SpoolFolder:
    return SpoolFolder(services().settings.data / FOLDER)


def _seen_by(who: Actor) -> frozenset[str] | None:
    """Institutions whose files somebody sees; None for all."""
    places = (who.places(Action.UPLOAD), who.places(Action.SEE_DRAFTS))
    if not any(place is None or place for place in places):
        raise Forbidden("You have no role that allows to see files.")
    return None if None in places else (places[0] or frozenset()) | (places[1] or frozenset())


@blueprint.get("/files")
def files() -> Response:
    return _page(Form())


def _page(form: Form, *, status: int = 200) -> Response:
    who = person.actor()
    seen = _seen_by(who)
    opened = session()
    may = who.places(Action.UPLOAD)
    keys = sorted(directory.institution_keys(opened) if may is None else may)
    names = institution_names(opened, keys, lang=page_language())
    wanted = request.args.get("institution", "")
    shown = seen if not wanted else (seen & {wanted} if seen is not None else frozenset({wanted}))
    before = request.args.get("before", "")
    state = request.args.get("state", "")
    rows = queries.listed(
        opened,
        institutions=shown,
        state=state if state in file_words.STATES else "",
        words=request.args.get("q", "").strip()[:200],
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        limit=queries.PAGE + 1,
    )
    more = rows[-2].upload.id if len(rows) > queries.PAGE else None
    rows = rows[: queries.PAGE]
    listed = render_template(
        "desk/_file_rows.html", rows=[row(one) for one in rows], ui=interface_language()
    )
    if "rows" in request.args:
        return Response(listed, mimetype="text/html")
    query = {k: v for k, v in request.args.items() if k != "done"}
    rooms = [
        (names.get(key, Name(key, None)), queries.room(opened, key, limits=_limits()))
        for key in keys[:5]
    ]
    lang = interface_language()
    return frame.show(
        "desk/files.html",
        title=gettext("Files"),
        nav="files",
        status=status,
        scripts=("upload.js",) if keys else (),
        notice=NOTICES.get(request.args.get("done", ""), ""),
        form=form,
        institutions=[(key, names.get(key, Name(key, None))) for key in keys],
        states=list(file_words.STATES.items()),
        state=state,
        words=request.args.get("q", ""),
        wanted=wanted,
        listed=listed,
        again=frame.to("files", **{**query, "rows": "1"}),
        more=frame.to("files", **{**query, "before": more}) if more else None,
        script_words=file_words.for_script(),
        largest=quantities.size(_limits().largest, lang),
        plain=quantities.size(PLAIN, lang),
        rooms=[
            (
                name,
                quantities.size(room.used, lang),
                None if room.quota is None else quantities.size(room.quota, lang),
            )
            for name, room in rooms
        ],
    )


NOTICES: Final = {
    "sent": lazy_gettext("What you sent is here and is being looked at."),
    "saved": lazy_gettext("What you said about the file is kept."),
    "again": lazy_gettext("It is tried again."),
    "gone": lazy_gettext("The file has been taken away."),
}


@blueprint.post("/files/send")
def files_send() -> Answer:
    """A form with files, from browsers without script."""
    who = person.actor()
    form = Form.read()
    sent = [one for one in request.files.getlist("file") if one.filename]
    if not sent:
        form.refuse("file", gettext("Choose a file first."))
        return _page(form, status=422)
    for one in sent:
        size = one.stream.seek(0, 2)
        one.stream.seek(0)
        try:
            spool().require_room(size)
            with writing() as opened:
                upload = service.begin(
                    opened,
                    institution=form["institution"],
                    name=one.filename or "",
                    size=size,
                    claimed_type=one.mimetype or "",
                    limits=_limits(),
                    by=who,
                )
                spool().create(upload.uuid)
                received = spool().receive(upload.uuid, one.stream, offset=0, most=size)
                service.progress(upload, received.offset)
        except LibraryError as error:
            if error.status not in (403, 404, 413, 422, 507):
                raise
            said = file_words.limit_sentence(error.details) or error.message
            form.refuse("file", f"{one.filename}: {said}")
    if not form.ok:
        return _page(form, status=422)
    return frame.leave_for(frame.to("files"), notice="sent")


def row(listed: Listed) -> dict[str, object]:
    """What a list says of a file."""
    upload = listed.upload
    lang = interface_language()
    ready = upload.state == UploadState.READY
    missing = []
    if ready and not upload.licence:
        missing.append(gettext("its licence"))
    if ready and (upload.media_type or "").startswith("image/") and not listed.alt:
        missing.append(gettext("words instead of the picture"))
    busy = upload.state in (UploadState.CHECKING,) or (
        listed.making is not None and listed.making.state == MakingState.WAITING
    )
    failed = upload.state == UploadState.FAILED or (
        listed.making is not None and listed.making.state == MakingState.FAILED
    )
    arrived = upload.arrived
    if upload.state == UploadState.RECEIVING and upload.way == Way.SERVER:
        try:
            arrived = spool().offset(upload.uuid)
        except NotFound:
            arrived = 0
    return {
        "upload": upload,
        "href": frame.to("file", key=upload.uuid),
        "person": listed.person,
        "day": quantities.date(upload.made_at.date(), lang),
        "state": file_words.STATES[upload.state],
        "reason": file_words.reason(upload),
        "kind": short_label(upload.media_type or upload.claimed_type or ""),
        "size": quantities.size(upload.size, lang),
        "percent": round(100 * arrived / upload.size) if upload.size else 0,
        "making": file_words.making(listed.making),
        "text": file_words.text(upload),
        "missing": missing,
        "uses": listed.uses,
        "hidden": listed.hidden,
        "busy": busy,
        "failed": failed,
        "thumb": _thumb(listed),
        "is_lost": upload.reason == Reason.LOST,
    }


def _thumb(listed: Listed) -> str | None:
    upload = listed.upload
    small = [
        one
        for one in listed.made
        if one.purpose in ("picture", "page", "poster") and one.media_type != "image/avif"
    ]
    if small:
        return frame.to("file_made", key=upload.uuid, made=small[0].id)
    if (upload.media_type or "").startswith("image/") and upload.size < 200_000:
        return frame.to("file_bytes", key=upload.uuid) if upload.sha256 else None
    return None
