"""The files of a manuscript: what they are, where they are shown, and their bytes for who may see drafts."""

from __future__ import annotations

import io
import re
import uuid as uuids
from typing import Any, Final, NamedTuple

from flask import Response, jsonify, request, send_file
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action
from library.catalogue.drafts import MediaDraft
from library.editorial import editing, facts, manuscripts, queries, uses
from library.editorial.models import Manuscript, ManuscriptFile
from library.editorial.section_rendering import folder_of, relative
from library.errors import Conflict, Invalid, LibraryError, NotFound, TooLarge
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import services, session, writing
from library.media.disposition import content_disposition
from library.media.types import HEAD_BYTES, INLINE_TYPES, extension, short_label, sniff
from library.uploads import queries as uploads
from library.uploads import service
from library.uploads.service import Kept, Limits
from library.web import context
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.manuscript import crumbs, head, notice, standing
from library.web.desk.refusals import said
from library.web.desk.work_beginnings import LICENCES

#: Bytes of a picture that is pasted or dropped into a text; larger files are uploaded.
LARGEST_PICTURE: Final = 15_000_000
_MULTIPART: Final = 100_000
_PICTURES: Final = frozenset(
    ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml")
)
_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_UNNAMED: Final = re.compile(r"(?:image|picture|screenshot)?\.?\w{0,4}", re.IGNORECASE)


class FileLine(NamedTuple):
    """A file of a manuscript in its list."""

    path: str
    name: str
    told: str
    href: str
    is_picture: bool
    title: str
    licence: str
    lang: str
    places: list[tuple[str, str]]


@blueprint.url_value_preprocessor
def _room_for_a_picture(endpoint: str | None, _values: Any) -> None:
    if endpoint == "desk.manuscript_picture":
        request.max_content_length = LARGEST_PICTURE + _MULTIPART


@blueprint.get("/works/<uuid:uuid>/files")
def manuscript_files(uuid: uuids.UUID) -> Response:
    return _page(uuid, Form())


@blueprint.post("/works/<uuid:uuid>/files")
def manuscript_files_save(uuid: uuids.UUID) -> Answer:
    """Describe a file, take one out, or put one in that was uploaded."""
    by = person.actor()
    form = Form.read()
    path = form.text("path", longest=500)
    try:
        with writing() as transaction:
            found = manuscripts.manuscript_of(transaction, uuid, by=by)
            match form["do"]:
                case "remove":
                    facts.remove_file(transaction, found, path, by=by)
                case "add":
                    key = uuids.UUID(form.text("upload"))
                    facts.add_file(
                        transaction,
                        found,
                        _of_upload(uploads.ready(transaction, key, by=by)),
                        upload_uuid=key,
                        by=by,
                    )
                case _:
                    facts.describe_file(
                        transaction,
                        found,
                        path,
                        title=form.text("title"),
                        licence=form.text("licence"),
                        lang=form.text("lang", longest=35),
                        by=by,
                    )
    except ValueError:
        raise Invalid("This is not the number of an upload.") from None
    except (Invalid, Conflict) as error:
        form.refuse(f"licence-{path}" if "licence" in error.details.values() else "", said(error))
        return _page(uuid, form, status=error.status)
    return frame.leave_for(frame.to("manuscript_files", uuid=uuid), notice="files")


def _of_upload(ready: uploads.ReadyFile) -> MediaDraft:
    folder = "images/" if ready.media_type.startswith("image/") else "files/"
    return MediaDraft(
        path=folder + ready.name.replace("/", "-"),
        name=ready.name,
        sha256=ready.sha256,
        size=ready.size,
        media_type=ready.media_type,
        width=ready.width,
        height=ready.height,
        title=ready.title,
        licence=ready.licence,
    )


def _page(uuid: uuids.UUID, form: Form, *, status: int = 200) -> Response:
    found, by, keys = standing(uuid)
    database, ui = session(), interface_language()
    shown = uses.files_shown(database, found)
    titles = {line.uuid: line.title for line in queries.contents(database, found)}
    lines = [
        FileLine(
            file.path,
            file.name.rpartition("/")[2],
            f"{short_label(file.media_type)}, {context.size(file.size, ui)}",
            media_address(found, file),
            file.media_type in _PICTURES,
            file.title or "",
            file.licence or "",
            file.lang or "",
            [
                (
                    titles.get(place.section, ""),
                    frame.to("section_write", uuid=uuid, section=place.section)
                    + f"#b-{place.block}",
                )
                for place in {p.block: p for p in shown.get(file.path, ())}.values()
            ][:10],
        )
        for file in database.scalars(
            select(ManuscriptFile)
            .where(ManuscriptFile.manuscript_id == found.id)
            .order_by(ManuscriptFile.path)
        )
    ]
    chosen = request.args.get("upload", "")
    return frame.show(
        "desk/manuscript_files.html",
        title=gettext("Files of the work"),
        nav="works",
        crumbs=crumbs(found, Crumb(gettext("Files"))),
        status=status,
        notice=notice(),
        form=form,
        files=lines,
        chosen=chosen,
        ready=[
            (str(one.upload.uuid), one.upload.title or one.upload.name)
            for one in uploads.listed(
                database, institutions=by.places(Action.UPLOAD), state="ready"
            )
        ],
        licences=LICENCES,
        may_upload=by.may(Action.UPLOAD, institutions=keys),
        **head(found, "manuscript_files"),
    )


def media_address(found: Manuscript, file: ManuscriptFile) -> str:
    return frame.to(
        "manuscript_media", uuid=found.uuid, sha256=file.sha256, name=file.name.rpartition("/")[2]
    )


@blueprint.get("/works/<uuid:uuid>/media/<sha256>/<path:name>")
def manuscript_media(uuid: uuids.UUID, sha256: str, name: str) -> Answer:
    """The bytes of a file of a manuscript, which no public page gives before it is published."""
    del name
    found, _, _ = standing(uuid)
    file = session().scalar(
        select(ManuscriptFile)
        .where(ManuscriptFile.manuscript_id == found.id, ManuscriptFile.sha256 == sha256)
        .limit(1)
    )
    if file is None:
        raise NotFound("This manuscript has no such file.")
    store = services().store
    inline = file.media_type in INLINE_TYPES or file.media_type == "image/svg+xml"
    path = store.path(sha256)
    if path is not None and path.exists():
        response = send_file(path, mimetype=file.media_type, conditional=True, etag=sha256)
    else:
        response = Response(store.open(sha256), mimetype=file.media_type, direct_passthrough=True)
        response.content_length = file.size
    response.headers["Content-Disposition"] = content_disposition(
        file.name.rpartition("/")[2], inline=inline
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    if file.media_type != "application/pdf":
        response.headers["Content-Security-Policy"] = _SANDBOX
    return response


@blueprint.post("/works/<uuid:uuid>/pictures")
def manuscript_picture(uuid: uuids.UUID) -> Answer:
    """A picture that was pasted or dropped: stored, put into the manuscript, its address told as JSON."""
    by = person.actor()
    found, _, keys = standing(uuid)
    by.require(Action.UPLOAD, institutions=keys)
    sent = request.files.get("file")
    if sent is None:
        raise Invalid("Choose a file.", field="file")
    content = sent.stream.read(LARGEST_PICTURE + 1)
    if len(content) > LARGEST_PICTURE:
        raise TooLarge("This picture is too large to be pasted; upload it as a file.", field="file")
    name = sent.filename or ""
    media_type, width, height, content = _looked_at(content, name)
    try:
        asked = request.form.get("section", "")
        section = uuids.UUID(asked) if asked else None
    except ValueError:
        raise Invalid("This is not the number of a section.", field="section") from None
    # Asked for before the bytes are stored, which nobody would come to take away again.
    editing.begin(session(), found, Action.UPLOAD, by=by)
    session().rollback()  # nobody waits for the store with us
    place = next((key for key in keys if by.may(Action.UPLOAD, institutions=[key])), None)
    stored = services().store.put(io.BytesIO(content))
    ending = extension(media_type)
    stem = name.rpartition("/")[2].rpartition(".")[0]
    if not stem or _UNNAMED.fullmatch(name):
        stem = f"picture-{stored.sha256[:8]}"
    settings = services().settings
    try:
        with writing() as transaction:
            found = manuscripts.manuscript_of(transaction, uuid, by=by)
            # What belongs to no institution is the library's own, which has no quota.
            upload = None
            if place is not None:
                (upload,) = service.keep(
                    transaction,
                    institution=place,
                    files=[
                        Kept(
                            f"{stem}{ending}", stored.sha256, stored.size, media_type, width, height
                        )
                    ],
                    limits=Limits(settings.upload_largest, settings.upload_quota or None),
                    by=by,
                )
            row = facts.add_file(
                transaction,
                found,
                MediaDraft(
                    path=f"images/{stem.replace(' ', '-')}{ending}",
                    name=f"{stem}{ending}",
                    sha256=stored.sha256,
                    size=stored.size,
                    media_type=media_type,
                    width=width,
                    height=height,
                ),
                upload_uuid=upload.uuid if upload else None,
                by=by,
            )
            told = {"path": row.path, "href": media_address(found, row)}
            if section is not None:
                folder = folder_of(transaction, found, section)
                told["address"] = relative(row.path, folder=folder)
    except LibraryError:
        with writing() as transaction:
            service.leave_over(transaction, stored.sha256)
        raise
    return jsonify(told)


def _looked_at(content: bytes, name: str) -> tuple[str, int | None, int | None, bytes]:
    """What a picture is by its content, without what its maker did not mean to show. Raises ``Invalid``."""
    from library.media import cleaning, pictures
    from library.uploads import drawings

    kind = sniff(content[:HEAD_BYTES], name).media_type
    if kind not in _PICTURES:
        raise Invalid("This file is not a picture.", field="file")
    if kind == "image/svg+xml":
        drawings.require_harmless(io.BytesIO(content))
    size = pictures.measure(io.BytesIO(content))
    formats = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/avif": "AVIF"}
    if kind in formats:
        cleaned = cleaning.clean(io.BytesIO(content), formats[kind])
        if cleaned is not None:
            content = cleaned
            size = pictures.measure(io.BytesIO(content))
    width, height = size or (None, None)
    return kind, width, height, content
