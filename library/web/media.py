"""The bytes of media files: from our own folder, or by way of the object store."""

from __future__ import annotations

from flask import Response, redirect, request, send_file
from werkzeug.http import parse_range_header
from werkzeug.wrappers import Response as Answer

from library.catalogue.media_reading import MediaFacts, media_by_address
from library.errors import NotFound
from library.http import page_cache
from library.http.services import services, session
from library.media.disposition import content_disposition
from library.media.port import MediaStore, is_address
from library.media.types import INLINE_TYPES
from library.web.pages import blueprint

# How long an address at the object store works, and how much sooner a browser forgets it.
LINK_SECONDS = 3600
_FORGOTTEN_BEFORE = 600
_SUBTITLES = "text/vtt"
_FOR_EVER = "public, max-age=31536000, immutable"
# What somebody uploaded never runs: no script, no frame, no request of its own.
_SANDBOX = "default-src 'none'; sandbox"
_DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_POLICIES = {
    "image/svg+xml": _DRAWING,
    # Browsers show PDF in a viewer of their own, which a sandbox would leave blank.
    "application/pdf": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
}
# Small files that every reader of a page asks for: compressed once and kept with the pages.
_KEPT = frozenset(("image/svg+xml", _SUBTITLES))
_LARGEST_KEPT = 200_000


@blueprint.get("/media/<sha256>/<path:name>")
def media(sha256: str, name: str) -> Answer:
    """A file by the digest of its bytes; the name is for people and for saving."""
    if not is_address(sha256):
        raise NotFound("There is no media file at this address: it is not a SHA-256.")
    facts = media_by_address(session(), sha256=sha256, name=name)
    if facts is None:
        raise NotFound("There is no media file at this address.", sha256=sha256)
    inline = facts.media_type in INLINE_TYPES or facts.media_type == "image/svg+xml"
    store = services().store
    # Browsers take subtitles from the page's own origin alone.
    if facts.media_type != _SUBTITLES:
        link = store.link(
            sha256,
            name=facts.name,
            media_type=facts.media_type,
            inline=inline,
            seconds=LINK_SECONDS,
        )
        if link is not None:
            answer = redirect(link, 302)
            answer.headers["Cache-Control"] = f"private, max-age={LINK_SECONDS - _FORGOTTEN_BEFORE}"
            return answer
    path = store.path(sha256)
    if path is not None:
        try:
            response = send_file(
                path, mimetype=facts.media_type, conditional=True, etag=sha256, max_age=None
            )
        except FileNotFoundError:
            raise NotFound("The bytes of this media file are not in the store.") from None
        if request.method == "HEAD" or response.status_code == 304:
            response.close()  # nobody will read the file that was opened for the body
    else:
        response = _streamed(store, sha256, facts)
    if facts.media_type in _KEPT and facts.size <= _LARGEST_KEPT:
        page_cache.keep()
    return _marked(response, facts, inline=inline)


def _streamed(store: MediaStore, sha256: str, facts: MediaFacts) -> Response:
    """The bytes by way of us, with one range where one is asked for."""
    size = store.size(sha256)
    start, end = 0, size
    status = 200
    asked = parse_range_header(request.headers.get("Range"))
    wanted = asked.range_for_length(size) if asked is not None and asked.units == "bytes" else None
    if asked is not None and asked.units == "bytes" and wanted is None:
        refused = Response(status=416)
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    if wanted is not None:
        start, end = wanted
        status = 206
    if request.method == "HEAD":
        response = Response(status=status)
    else:
        reading = store.open(sha256, start=start, end=end)
        response = Response(reading, status, direct_passthrough=True)
    response.mimetype = facts.media_type
    response.content_length = end - start
    response.headers["Accept-Ranges"] = "bytes"
    response.set_etag(sha256)
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    elif request.if_none_match.contains(sha256):
        response.close()
        response = Response(status=304)
        response.set_etag(sha256)
    return response


def _marked(response: Response, facts: MediaFacts, *, inline: bool) -> Response:
    headers = response.headers
    headers["Content-Disposition"] = content_disposition(facts.name, inline=inline)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = _POLICIES.get(facts.media_type, _SANDBOX)
    if response.status_code in (200, 206, 304):
        headers["Cache-Control"] = _FOR_EVER
    return response
