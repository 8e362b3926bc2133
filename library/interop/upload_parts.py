"""Files straight to the object store: where to put each part, and which have arrived.

The browser sends nothing through the server but these few requests. JSON both ways:

``POST /uploads/parts`` ``{institution, name, size, type?, sha256?}`` -> 201, as below;
``GET /uploads/<uuid>/parts?sign=3,4`` -> ``{uuid, size, part_size, parts: [[number, size]], addresses:
{number: address}}``; ``POST /uploads/<uuid>/parts`` ``{sha256?}`` when all parts are there -> the upload.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response, jsonify, request

from library.errors import Invalid, NotFound, Unavailable
from library.http import person
from library.http.services import services, session, writing
from library.interop import tus
from library.interop.tus import blueprint
from library.media.port import DirectUploads
from library.uploads import service
from library.uploads.models import Upload, UploadState, Way

SIGNED_FOR: Final = 6 * 3600
"""Seconds that the address of a part holds: a part of 8 MiB takes half an hour at 40 kbit/s."""

MOST_SIGNED: Final = 100
"""Addresses in one answer."""


@blueprint.post("/parts")
def begin_parts() -> Response:
    """Announce a file."""
    direct = _direct()
    asked = tus.read_json()
    by = person.actor()
    size = asked.get("size")
    if not isinstance(size, int) or isinstance(size, bool):
        raise Invalid("The size of a file is a number of bytes.", field="size")
    part_size = direct.part_size(size)
    digest = asked.get("sha256")
    with writing() as opened:
        upload = service.begin(
            opened,
            institution=str(asked.get("institution") or ""),
            name=str(asked.get("name") or ""),
            size=size,
            claimed_type=str(asked.get("type") or ""),
            claimed_sha256=str(digest) if digest else None,
            way=Way.PARTS,
            limits=tus.limits(),
            by=by,
        )
        upload.handle = direct.begin(str(upload.uuid))
    first = range(1, min(_count(size, part_size), 4) + 1)
    response = _answer(upload, direct, sign=list(first), arrived=[])
    response.status_code = 201
    return response


@blueprint.get("/<uuid:key>/parts")
def parts(key: uuid.UUID) -> Response:
    """Which parts are there, and addresses for those that ``sign`` names."""
    upload, direct = _upload(key)
    sign = request.args.get("sign", "")
    numbers = [int(n) for n in sign.split(",") if n.isascii() and n.isdigit() and len(n) < 6]
    there: list[tuple[int, int]] | None = None
    if upload.state == UploadState.RECEIVING and not (numbers and "quick" in request.args):
        found = direct.parts(str(key), upload.handle or "")
        there = [(part.number, part.size) for part in found]
    return _answer(upload, direct, sign=numbers[:MOST_SIGNED], arrived=there)


@blueprint.post("/<uuid:key>/parts")
def complete(key: uuid.UUID) -> Response:
    """All parts have been sent: they become one file, which the worker then looks at."""
    upload, direct = _upload(key)
    service.require_upload(upload, by=person.actor())
    asked = tus.read_json() if request.content_length else {}
    digest = str(asked.get("sha256") or "")
    if upload.state == UploadState.RECEIVING:
        if digest:
            service.require_claim(upload, digest)
        direct.complete(str(key), upload.handle or "", size=upload.size)
        with writing() as opened:
            upload = service.by_uuid(opened, key, by=person.actor(), write=True)
            if digest:
                service.claim(upload, digest)
            service.arrive(upload, upload.size)
    return jsonify(tus.described(upload, upload.arrived))


def _answer(
    upload: Upload,
    direct: DirectUploads,
    *,
    sign: list[int],
    arrived: list[tuple[int, int]] | None,
) -> Response:
    part_size = direct.part_size(upload.size)
    count = _count(upload.size, part_size)
    addresses = {
        number: direct.address(
            str(upload.uuid),
            upload.handle or "",
            number=number,
            size=part_size if number < count else upload.size - (count - 1) * part_size,
            seconds=SIGNED_FOR,
        )
        for number in sign
        if 1 <= number <= count
    }
    said: dict[str, Any] = tus.described(upload, upload.arrived)
    said |= {"part_size": part_size, "count": count, "addresses": addresses}
    if arrived is not None:
        said["parts"] = arrived
        if upload.state == UploadState.RECEIVING:
            said["offset"] = sum(size for _, size in arrived)
    return jsonify(said)


def _count(size: int, part_size: int) -> int:
    return -(-size // part_size)


def _upload(key: uuid.UUID) -> tuple[Upload, DirectUploads]:
    upload = service.by_uuid(session(), key, by=person.actor())
    if upload.way != Way.PARTS:
        raise NotFound("The bytes of this file do not come this way.")
    service.require_upload(upload, by=person.actor())
    return upload, _direct()


def _direct() -> DirectUploads:
    direct = services().store.direct()
    if direct is None:
        raise Unavailable("Files cannot be sent straight to this media store.", reason="no-direct")
    return direct
