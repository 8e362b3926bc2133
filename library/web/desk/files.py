"""Files: sending them, what becomes of them, what they are, who uses them."""

from __future__ import annotations

import uuid
from typing import Final

from flask import Response, redirect, render_template, request, send_file
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.models import MadeFile, MakingState
from library.directory import queries as directory
from library.directory.names import Name, institution_names
from library.editorial import uses
from library.errors import Conflict, Forbidden, Invalid, LibraryError, NotFound
from library.http import person
from library.http.forms import Form, one_line
from library.http.incoming import away
from library.http.language import interface_language, page_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.i18n.names import endonym
from library.media.disposition import content_disposition
from library.media.types import INLINE_TYPES, short_label
from library.uploads import queries, service
from library.uploads.models import UploadState, Way
from library.uploads.queries import Listed
from library.uploads.reasons import Reason
from library.uploads.service import Limits
from library.uploads.spool import FOLDER, SpoolFolder
from library.web.desk import file_places, file_words, frame
from library.web.desk.frame import Crumb, blueprint

PLAIN: Final = 20_000_000
"""Bytes of a form that is sent without a script: it cannot go on where it broke off."""

LICENCES: Final = (
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC0-1.0",
)

_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_LINK_SECONDS: Final = 3600

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


def _spool() -> SpoolFolder:
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
        "desk/_file_rows.html", rows=[_row(one) for one in rows], ui=interface_language()
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
        notice=_NOTICES.get(request.args.get("done", ""), ""),
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


_NOTICES: Final = {
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
            _spool().require_room(size)
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
                _spool().create(upload.uuid)
                received = _spool().receive(upload.uuid, one.stream, offset=0, most=size)
                service.progress(upload, received.offset)
        except LibraryError as error:
            if error.status not in (403, 404, 413, 422, 507):
                raise
            said = file_words.limit_sentence(error.details) or error.message
            form.refuse("file", f"{one.filename}: {said}")
    if not form.ok:
        return _page(form, status=422)
    return frame.leave_for(frame.to("files"), notice="sent")


@blueprint.get("/files/<uuid:key>")
def file(key: uuid.UUID) -> Response:
    return _file_page(_listed(key))


def _file_page(listed: Listed, form: Form | None = None, *, status: int = 200) -> Response:
    upload = listed.upload
    who = person.actor()
    names = institution_names(session(), [upload.institution], lang=page_language())
    languages = list(dict.fromkeys([*listed.alt, *services().settings.languages]))
    if form is None:
        form = Form(
            {
                "title": upload.title or "",
                "author": upload.author or "",
                "licence": upload.licence or "",
                **{f"alt-{lang}": words for lang, words in listed.alt.items()},
            }
        )
    may_change = who.may(Action.UPLOAD, institutions=[upload.institution])
    return frame.show(
        "desk/file.html",
        title=upload.name,
        nav="files",
        crumbs=[Crumb(gettext("Files"), frame.to("files")), Crumb(upload.name)],
        status=status,
        notice=_NOTICES.get(request.args.get("done", ""), ""),
        row=_row(listed),
        form=form,
        may_change=may_change,
        institution=names.get(upload.institution, Name(upload.institution, None)),
        licences=LICENCES,
        languages=[(lang, endonym(lang)) for lang in languages],
        is_picture=(upload.media_type or "").startswith("image/"),
        has_alt=bool(listed.alt),
        places=file_places.places_for(session(), upload, by=who),
        uses=file_places.used_by(listed.uses),
        previews=[
            (frame.to("file_made", key=upload.uuid, made=one.id), one)
            for one in listed.made
            if one.purpose in ("page", "poster")
        ],
        versions=[
            (
                frame.to("file_made", key=upload.uuid, made=one.id),
                short_label(one.media_type),
                one,
                quantities.size(one.size, interface_language()),
            )
            for one in listed.made
            if one.purpose in ("picture", "film", "sound")
        ],
    )


@blueprint.post("/files/<uuid:key>")
def file_save(key: uuid.UUID) -> Answer:
    form = Form.read()
    told = {
        name.removeprefix("alt-"): one_line(form.text(name))
        for name in form.values
        if name.startswith("alt-")
    }
    title, author, licence = (
        one_line(form.text(name, longest=service.LONGEST_TEXT))
        for name in ("title", "author", "licence")
    )
    if form.ok:
        try:
            with writing() as opened:
                upload = service.by_uuid(opened, key, by=person.actor(), write=True)
                service.describe(
                    opened,
                    upload,
                    title=title,
                    author=author,
                    licence=licence,
                    alt=told,
                    by=person.actor(),
                )
        except Invalid as error:
            form.take(error)
    if not form.ok:
        return _file_page(_listed(key), form, status=422)
    return frame.leave_for(frame.to("file", key=key), notice="saved")


@blueprint.post("/files/<uuid:key>/again")
def file_again(key: uuid.UUID) -> Answer:
    with writing() as opened:
        upload = service.by_uuid(opened, key, by=person.actor(), write=True)
        service.retry(opened, upload, by=person.actor())
    return frame.leave_for(frame.to("file", key=key), notice="again")


@blueprint.post("/files/<uuid:key>/delete")
def file_delete(key: uuid.UUID) -> Answer:
    try:
        with writing() as opened:
            upload = service.by_uuid(opened, key, by=person.actor(), write=True)
            way, handle = upload.way, upload.handle
            service.remove(opened, upload, by=person.actor())
    except Conflict as error:
        form = Form()
        form.take(error, {"used": gettext("The file is used, so it cannot be taken away.")})
        return _file_page(_listed(key), form, status=409)
    _spool().remove(key)
    direct = services().store.direct() if way == Way.PARTS else None
    if direct is not None and handle:
        direct.abandon(str(key), handle)
    return frame.leave_for(frame.to("files"), notice="gone")


@blueprint.get("/files/<uuid:key>/bytes")
def file_bytes(key: uuid.UUID) -> Answer:
    """The file itself, for those who work on it."""
    upload = service.by_uuid(session(), key, by=person.actor())
    if upload.state != UploadState.READY or not upload.sha256 or not upload.media_type:
        raise NotFound("This file is not ready.")
    return _bytes(upload.sha256, upload.name, upload.media_type, upload.size)


@blueprint.get("/files/<uuid:key>/made/<int:made>")
def file_made(key: uuid.UUID, made: int) -> Answer:
    """Something that was made from a file."""
    upload = service.by_uuid(session(), key, by=person.actor())
    found = session().scalar(
        select(MadeFile).where(MadeFile.id == made, MadeFile.original == upload.sha256)
    )
    if found is None:
        raise NotFound("Nothing like this was made from the file.")
    name = f"{upload.name.rpartition('.')[0]}.{found.media_type.rpartition('/')[2]}"
    return _bytes(found.sha256, name, found.media_type, found.size)


def _bytes(sha256: str, name: str, media_type: str, size: int) -> Answer:
    store = services().store
    inline = media_type in INLINE_TYPES or media_type == "image/svg+xml"
    link = store.link(
        sha256, name=name, media_type=media_type, inline=inline, seconds=_LINK_SECONDS
    )
    if link is not None:
        return redirect(link, 302)
    path = store.path(sha256)
    if path is not None:
        response = send_file(path, mimetype=media_type, conditional=True, etag=sha256)
    else:
        response = Response(store.open(sha256), mimetype=media_type, direct_passthrough=True)
        response.content_length = size
    response.headers["Content-Disposition"] = content_disposition(name, inline=inline)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


def _listed(key: uuid.UUID) -> Listed:
    upload = service.by_uuid(session(), key, by=person.actor())
    listed = Listed(upload)
    queries.fill(session(), [listed])
    # Equal bytes are kept once: who else writes with them may be of another institution.
    seen = [
        one for one in listed.uses if uses.may_see_holder(session(), one.holder, by=person.actor())
    ]
    listed.uses, listed.hidden = seen, len(listed.uses) - len(seen)
    return listed


def _row(listed: Listed) -> dict[str, object]:
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
            arrived = _spool().offset(upload.uuid)
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
