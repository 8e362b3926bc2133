"""The page cache: pages that are the same for everybody, kept until something is published.

A WSGI layer outside of Flask, because a page that is kept should cost as little as a page can. It keeps
what a view has marked with ``keep()``; adds a strong ETag, answers ``If-None-Match``, and compresses
once. The change number is asked for at each request, so what is published is seen at once.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import request

from library.errors import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MARK = "library.keep"
_READ = "library.read"
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")
# Memory for kept pages in each worker, in bytes, and the largest single page that is kept.
BUDGET = 6_000_000
LARGEST = 1_000_000
# Below this many bytes compressing costs more than it saves.
SMALLEST_COMPRESSED = 600
_COMPRESSED = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/xml",
    "application/atom",
    "image/svg",
)


def keep() -> None:
    """Mark the response of this request as the same for everybody at this address."""
    request.environ[_MARK] = True


def drop() -> None:
    """Take the mark back: this response is for one person."""
    request.environ.pop(_MARK, None)


def reading(work_id: int, lang: str) -> None:
    """Say that the response of this request is a page of a work in a language: it will be counted."""
    request.environ[_READ] = (work_id, lang)


@dataclass(slots=True)
class _Page:
    """A page to answer with. ``plain`` is missing where only ``packed`` is kept: nearly every reader
    takes that, and it is a fifth of the size."""

    number: int
    status: str
    headers: list[tuple[str, str]]
    plain: bytes | None
    packed: bytes | None
    etag: str
    read: tuple[int, str] | None = None

    @property
    def size(self) -> int:
        return len(self.plain or b"") + len(self.packed or b"") + 1000

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.packed or b"") if self.plain is None else self.plain


class PageCache:
    """Wraps the application. ``number`` returns the change number or raises ``Unavailable``.

    ``seen`` is called for each GET that is answered with a page of a work, kept or not: with the work's
    id and the language, and the request. It MUST NOT raise, and MUST be cheap.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        number: Callable[[], int],
        budget: int = BUDGET,
        seen: Callable[[tuple[int, str], WSGIEnvironment], None] | None = None,
    ) -> None:
        self._app = app
        self._number = number
        self._seen = seen
        self._budget = budget
        self._pages: OrderedDict[tuple[str, ...], _Page] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        key = _key(environ)
        page = self._pages.get(key)
        if page is not None:
            try:
                fresh = page.number == self._number()
            except Unavailable:
                fresh = True  # an old page is better than none while the database is away
            if fresh:
                if page.plain is None and not _reads_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
                    # Who asks for it unpacked, a proxy say, asks again.
                    page = replace(page, plain=page.body)
                    self._store(key, page)
                if page.read is not None and self._seen is not None and method == "GET":
                    self._seen(page.read, environ)
                return _answer(page, environ, start_response)
        return self._make(key, environ, start_response)

    def _make(
        self, key: tuple[str, ...], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            number = self._number()
        except Unavailable:
            number = -1
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def note(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            del exc_info
            started[:] = [(status, headers)]
            return lambda _data: None

        # HEAD promises the headers of GET, and only GET has the body that length and ETag come from.
        asked = environ
        if environ["REQUEST_METHOD"] == "HEAD" and not environ["PATH_INFO"].startswith("/media/"):
            asked = {**environ, "REQUEST_METHOD": "GET"}
        chunks = self._app(asked, note)
        status, headers = started[0] if started else ("", [])
        names = {name.lower(): value for name, value in headers}
        # What sets a cookie is for one person, whatever a view has marked.
        kept = asked.get(_MARK) and status.startswith("200") and "set-cookie" not in names
        textual = names.get("content-type", "").startswith(_COMPRESSED)
        if not started or not (kept or (textual and status[:3] in ("200", "404", "410"))):
            if started:
                start_response(status, headers)
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        page = _page(number, status, headers, names, body)
        if status.startswith("200"):
            page.read = asked.get(_READ)
            if page.read is not None and self._seen is not None and asked is environ:
                self._seen(page.read, environ)
        if kept and number >= 0 and asked["REQUEST_METHOD"] == "GET" and page.size < LARGEST:
            wanted = _reads_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
            self._store(key, replace(page, plain=None) if wanted and page.packed else page)
        return _answer(page, environ, start_response)

    def _store(self, key: tuple[str, ...], page: _Page) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            if old is not None:
                self._size -= old.size
            self._pages[key] = page
            self._size += page.size
            while self._size > self._budget:
                _, gone = self._pages.popitem(last=False)
                self._size -= gone.size


def _key(environ: WSGIEnvironment) -> tuple[str, ...]:
    path = environ.get("PATH_INFO", "")
    saver = environ.get("HTTP_SAVE_DATA", "").lower() == "on"
    # Only the front door looks at the reader's languages, and lasting addresses (/id/ and a uuid, not the
    # pages in Indonesian) at what is accepted.
    language = environ.get("HTTP_ACCEPT_LANGUAGE", "") if path in ("", "/") else ""
    accept = environ.get("HTTP_ACCEPT", "") if path.startswith("/id/") and len(path) == 40 else ""
    return (path, environ.get("QUERY_STRING", ""), "saver" if saver else "", language, accept)


def _page(
    number: int, status: str, headers: list[tuple[str, str]], names: dict[str, str], body: bytes
) -> _Page:
    etag = names.get("etag") or f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    own = [
        (name, value) for name, value in headers if name.lower() not in ("content-length", "etag")
    ]
    if "cache-control" not in names:
        own.append(("Cache-Control", "public, no-cache"))
    packed = None
    if (
        len(body) >= SMALLEST_COMPRESSED
        and names.get("content-type", "").startswith(_COMPRESSED)
        and "content-encoding" not in names
    ):
        packed = gzip.compress(body, compresslevel=5, mtime=0)
        vary = next((value for name, value in own if name.lower() == "vary"), "")
        own = [(name, value) for name, value in own if name.lower() != "vary"]
        own.append(("Vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"))
    return _Page(number, status, own, body, packed, etag)


def _reads_gzip(accepted: str) -> bool:
    return "gzip" in accepted and _NO_GZIP.search(accepted) is None


def _answer(
    page: _Page, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    packed = page.packed is not None and _reads_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    # Two encodings are two representations: each has its own strong ETag.
    etag = f'{page.etag[:-1]}-gz"' if packed else page.etag
    if wanted and page.status.startswith("200") and (etag in wanted or wanted.strip() == "*"):
        headers = [
            (name, value)
            for name, value in page.headers
            if name.lower() not in ("content-type", "content-encoding")
        ]
        start_response("304 Not Modified", [*headers, ("ETag", etag)])
        return []
    body = page.packed if packed and page.packed is not None else page.body
    headers = [*page.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    start_response(page.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
