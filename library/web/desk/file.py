"""One file: what it is and shows, who uses it, and its bytes."""

from __future__ import annotations

import uuid
from typing import Final

from flask import Response, redirect, request, send_file
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action
from library.catalogue.models import MadeFile
from library.directory.names import Name, institution_names
from library.editorial import uses
from library.errors import Conflict, Invalid, NotFound
from library.http import person
from library.http.forms import Form, one_line
from library.http.language import interface_language, page_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.i18n.names import endonym
from library.media.disposition import content_disposition
from library.media.types import INLINE_TYPES, short_label
from library.uploads import queries, service
from library.uploads.models import UploadState, Way
from library.uploads.queries import Listed
from library.web.desk import file_places, frame
from library.web.desk.files import NOTICES, row, spool
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.work_beginnings import LICENCES

_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_LINK_SECONDS: Final = 3600


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
        notice=NOTICES.get(request.args.get("done", ""), ""),
        row=row(listed),
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
    spool().remove(key)
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
