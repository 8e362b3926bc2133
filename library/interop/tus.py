"""Files through the server, in pieces over bad lines: the tus protocol 1.0.0.

https://tus.io/protocols/resumable-upload with creation, creation-with-upload, expiration, checksum,
termination and concatenation. How far a file has come is the length of a file in the spool folder, so
a killed server or a cut line costs no more than the bytes that were on their way.

``Upload-Checksum`` is of one request's bytes, which are forgotten where it is wrong, and where the line
breaks. ``Upload-Whole-Checksum``, ours, is of the file: who does not know it when the file is announced
tells it with any piece, and the worker compares.

Beside the protocol's own methods, ``GET`` on an upload says in JSON what has become of it, and ``POST`` to
``/uploads/known`` whether a file has to be sent at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request, url_for

from library.accounts.permissions import Action, Actor
from library.errors import Invalid, LibraryError, Malformed, NotFound, TooLarge
from library.http import person
from library.http.incoming import body, drain
from library.http.problem import problem
from library.http.services import services, session, writing
from library.interop import tus_headers as headers
from library.uploads import queries, service
from library.uploads.models import Upload, UploadState, Way
from library.uploads.reasons import sentence
from library.uploads.service import Limits
from library.uploads.spool import FOLDER, Full, SpoolFolder

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")

EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination,concatenation"
ENOUGH: Final = 32_000_000
"""Room on the disk, in bytes, with which it makes sense to go on: one or two pieces."""

DIGEST_MOST: Final = 500_000_000
"""Bytes that a browser hashes in its own script before it sends them: some seconds."""

_MOST_PIECES: Final = 100


class WrongChecksum(LibraryError):
    """The bytes that came are not those that were sent; they have been forgotten."""

    status = 460
    slug = "wrong-checksum"


def limits() -> Limits:
    """What the settings allow."""
    settings = services().settings
    return Limits(
        largest=settings.upload_largest,
        quota=settings.upload_quota or None,
        own=settings.upload_quotas,
    )


def spool() -> SpoolFolder:
    """Where files arrive."""
    return SpoolFolder(services().settings.data / FOLDER)


@blueprint.errorhandler(LibraryError)
def _refused(error: LibraryError) -> Response:
    drain()
    return problem(error)


@blueprint.after_request
def _resumable(response: Response) -> Response:
    response.headers["Tus-Resumable"] = headers.VERSION
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    if response.status_code == 412:
        response.headers["Tus-Version"] = headers.VERSION
    return response


@blueprint.route("", methods=["OPTIONS"])
@blueprint.route("/<uuid:key>", methods=["OPTIONS"])
def options(key: uuid.UUID | None = None) -> Response:
    """What this server speaks, and the most that it takes."""
    del key
    response = Response(status=204)
    response.headers["Tus-Version"] = headers.VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(limits().largest)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(headers.DIGESTS)
    return response


@blueprint.get("")
def told() -> Response:
    """For scripts: which way files go, how large they may be, and up to which size a script hashes them."""
    direct = services().store.direct()
    return jsonify(
        {
            "way": Way.SERVER if direct is None else Way.PARTS,
            "largest": limits().largest,
            "digest_most": DIGEST_MOST,
        }
    )


@blueprint.post("")
def create() -> Response:
    """Announce a file; with a body, its first piece comes along."""
    headers.require_version()
    by = person.actor()
    joined = request.headers.get("Upload-Concat", "").strip()
    told = headers.metadata(request.headers.get("Upload-Metadata", ""))
    if joined.startswith("final"):
        return _join(joined, told)
    if joined not in ("", "partial"):
        raise Malformed("Upload-Concat is 'partial' or 'final;' and addresses.")
    if "Upload-Defer-Length" in request.headers:
        raise Malformed("A file's length has to be known: send Upload-Length.")
    size = headers.number("Upload-Length")
    with_body = (request.content_length or 0) > 0
    if with_body:
        headers.require_piece_type()
    if size <= limits().largest:
        spool().require_room(size)
    with writing() as opened:
        upload = service.begin(
            opened,
            institution=_institution(told, by),
            name=told.get("filename") or told.get("name") or "",
            size=size,
            claimed_type=told.get("filetype") or told.get("type") or "",
            claimed_sha256=told.get("sha256"),
            piece=joined == "partial",
            limits=limits(),
            by=by,
        )
        spool().create(upload.uuid)
    response = Response(status=201)
    offset = _receive(upload, offset=0) if with_body else 0
    response.headers["Location"] = url_for("uploads.state", key=upload.uuid, _external=False)
    _say(response, upload, offset)
    return response


@blueprint.get("/<uuid:key>")
def state(key: uuid.UUID) -> Response:
    """How far a file has come (HEAD, for tus) and what has become of it (GET, for people's pages)."""
    upload = service.by_uuid(session(), key, by=person.actor())
    offset = upload.arrived
    if upload.state == UploadState.RECEIVING and upload.way == Way.SERVER:
        offset = spool().offset(key)
        may = person.actor().may(Action.UPLOAD, institutions=[upload.institution])
        if offset == upload.size and not upload.piece and may:
            # The server was killed between the last byte and its note, and no byte is left to send.
            upload = _note(upload, offset)
    said = described(upload, offset)
    if upload.state == UploadState.RECEIVING and upload.way == Way.SERVER:
        said["room"] = spool().has_room(min(upload.size - offset, ENOUGH))
    response = jsonify(said)
    response.headers["Upload-Length"] = str(upload.size)
    response.headers["Upload-Metadata"] = headers.coded(
        {"filename": upload.name, "filetype": upload.claimed_type}
    )
    _say(response, upload, offset)
    if upload.piece:
        response.headers["Upload-Concat"] = "partial"
    return response


@blueprint.patch("/<uuid:key>")
def piece(key: uuid.UUID) -> Response:
    """The next bytes of a file."""
    headers.require_version()
    headers.require_piece_type()
    offset = headers.number("Upload-Offset")
    upload = service.by_uuid(session(), key, by=person.actor(), write=False)
    service.require_upload(upload, by=person.actor())
    if upload.way != Way.SERVER:
        raise NotFound("The bytes of this file do not come this way.")
    response = Response(status=204)
    if upload.state == UploadState.RECEIVING:
        left = upload.size - offset
        if (request.content_length or 0) > left:
            raise TooLarge(f"Only {left} more bytes belong to this file.")
        offset = _receive(upload, offset=offset)
    elif offset != upload.size:
        raise service.conflict(upload.size)
    _say(response, upload, offset)
    return response


@blueprint.post("/<uuid:key>")
def overridden(key: uuid.UUID) -> Response:
    """PATCH and DELETE for clients that can only POST."""
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method == "PATCH":
        return piece(key)
    if method == "DELETE":
        return forget(key)
    raise headers.Unsupported("Send X-HTTP-Method-Override: PATCH or DELETE.")


@blueprint.delete("/<uuid:key>")
def forget(key: uuid.UUID) -> Response:
    """Give an upload up, or take a file away that nobody uses."""
    with writing() as opened:
        upload = service.by_uuid(opened, key, by=person.actor(), write=True)
        handle, way = upload.handle, upload.way
        service.remove(opened, upload, by=person.actor())
    spool().remove(key)
    direct = services().store.direct() if way == Way.PARTS else None
    if direct is not None and handle:
        direct.abandon(str(key), handle)
    return Response(status=204)


@blueprint.post("/known")
def known() -> Response:
    """Whether the library has a file with this checksum, which then need not be sent.

    JSON ``{institution, name, sha256}`` -> ``{known, upload?}``. Tells only of what the person may see.
    """
    asked = read_json()
    by = person.actor()
    institution = _institution(asked, by)
    digest = str(asked.get("sha256") or "")
    found = queries.known(session(), sha256=digest, institution=institution, by=by)
    if found is None:
        return jsonify({"known": False})
    if found.upload is not None:
        return jsonify({"known": True, "upload": described(found.upload, found.size)})
    with writing() as opened:
        upload = service.begin_known(
            opened,
            institution=institution,
            name=str(asked.get("name") or ""),
            sha256=found.sha256,
            size=found.size,
            limits=limits(),
            by=by,
        )
    return jsonify({"known": True, "upload": described(upload, upload.size)})


def described(upload: Upload, offset: int) -> dict[str, Any]:
    """An upload for scripts."""
    return {
        "uuid": str(upload.uuid),
        "name": upload.name,
        "size": upload.size,
        "offset": offset,
        "way": upload.way,
        "state": upload.state,
        "reason": upload.reason,
        "detail": sentence(upload.reason, upload.reason_facts),
        "type": upload.media_type,
        "sha256": upload.sha256,
        "expires": upload.expires.isoformat(),
    }


def read_json() -> dict[str, Any]:
    """The JSON object of this request. Raises ``Malformed``."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise Malformed("Send a JSON object.")
    return asked


def _join(joined: str, told: dict[str, str]) -> Response:
    by = person.actor()
    keys = [headers.key_in(address) for address in joined.partition(";")[2].split()]
    if not keys or len(keys) > _MOST_PIECES:
        raise Malformed(f"A file is put together from 1 to {_MOST_PIECES} pieces.")
    if len(set(keys)) < len(keys):
        raise Malformed("Each piece stands in a file once.")
    pieces = [service.by_uuid(session(), key, by=by) for key in keys]
    for one in pieces:
        if not one.piece or spool().offset(one.uuid) != one.size:
            raise Invalid("Only pieces that have arrived whole are put together.")
    if len({one.institution for one in pieces}) != 1:
        raise Invalid("The pieces belong to several institutions.")
    size = sum(one.size for one in pieces)
    spool().require_room(size)
    with writing() as opened:
        upload = service.begin(
            opened,
            institution=pieces[0].institution,
            name=told.get("filename") or told.get("name") or pieces[0].name,
            size=size,
            claimed_type=told.get("filetype") or "",
            claimed_sha256=told.get("sha256"),
            # The pieces have counted already, and go as soon as they are one: room for them once more,
            # and not for a second file that somebody makes of them at the same time.
            limits=limits().with_room(pieces[0].institution, size),
            by=by,
        )
        spool().create(upload.uuid)
    with body():
        offset = spool().join(upload.uuid, keys)
    with writing() as opened:
        for key in keys:
            service.remove(opened, service.by_uuid(opened, key, by=by), by=by)
        service.progress(service.by_uuid(opened, upload.uuid, by=by), offset)
    for key in keys:
        spool().remove(key)
    response = Response(status=201)
    response.headers["Location"] = url_for("uploads.state", key=upload.uuid)
    response.headers["Upload-Concat"] = joined
    return response


def _receive(upload: Upload, *, offset: int) -> int:
    """Take in the body of this request; returns how far the file has come."""
    algorithm, wanted = headers.checksum("Upload-Checksum")
    told, whole = headers.checksum("Upload-Whole-Checksum")
    if whole is not None and told != "sha256":
        raise Malformed("Upload-Whole-Checksum is made with sha256.")
    if whole is not None:
        service.require_claim(upload, whole.hex())
    left = upload.size - offset
    most = left if request.content_length is None else min(left, request.content_length)
    spool().require_room(most)
    try:
        with body() as source:
            received = spool().receive(
                upload.uuid,
                source,
                offset=offset,
                most=most,
                digest=algorithm,
                check=None if wanted is None else lambda digest: digest == wanted,
            )
    except Full:
        _note(upload, spool().offset(upload.uuid), whole)
        raise
    if received.digest is not None and received.digest != wanted:
        raise WrongChecksum("These bytes are not those that were sent; send them again.")
    _note(upload, received.offset, whole)
    return received.offset


def _note(upload: Upload, offset: int, whole: bytes | None = None) -> Upload:
    with writing() as opened:
        now = service.by_uuid(opened, upload.uuid, by=person.actor(), write=True)
        if whole is not None:
            service.claim(now, whole.hex())
        service.progress(now, offset)
    return now


def _say(response: Response, upload: Upload, offset: int) -> None:
    response.headers["Upload-Offset"] = str(offset)
    if upload.state == UploadState.RECEIVING:
        response.headers["Upload-Expires"] = upload.expires.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _institution(told: Mapping[str, Any], by: Actor) -> str:
    """The institution that a file is for: named, or the only one that somebody works for."""
    named = str(told.get("institution") or "")
    if named:
        return named
    places = by.places(Action.UPLOAD)
    if places is not None and len(places) == 1:
        return str(next(iter(places)))
    raise Invalid("Say which institution the file is for.", field="institution")
