"""Media over HTTP, and what the site does with requests that nobody meant well."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.app import create_app, make_services
from library.catalogue.rendering import render_pending
from library.config import load
from library.content.importing import import_paths
from library.db import migrate, session_scope
from tests.journeys.hostile_strings import ABSENT, OWN, naughty
from tests.judges.site import ROOT

# Seconds of work that any one answer may take.
LONGEST = 2.0
LESSON = "/en/lessons/encoder-signal"
_COURSE = "electrical-equipment"

ADDRESSES = (
    "/{}",
    "/en/{}",
    "/en/courses/{}",
    "/en/courses/x/{}",
    f"/en/courses/{_COURSE}/{{}}",
    "/en/institutions/{}",
    "/en/partnerships/{}",
    "/en/terms/{}",
    "/{}/courses",
    "/{}/feed.atom",
    "/id/{}",
    "/media/{}/{}",
    f"/media/{'0' * 64}/{{}}",
    "/api/v1/works/{}",
    "/sitemap-{}.xml",
    "/static/{}",
)
_FACETS = ("subject", "level", "language", "institution", "country", "kind")
QUERIES = (
    *(f"/en/courses?{name}={{}}" for name in (*_FACETS, "page", "sort", "with", "saver", "q")),
    "/en/search?q={}",
    *(f"/en/search?q=voltage&{name}={{}}" for name in (*_FACETS, "page", "saver")),
    f"/en/courses/{_COURSE}?with={{}}",
    f"/en/courses/{_COURSE}/measuring-safely/ohms-law?with={{}}&saver={{}}",
    "/en/institutions?country={}&type={}&q={}&page={}",
    "/en/partnerships?brand={}&country={}&q={}&page={}",
    "/en/terms?letter={}&q={}&page={}&with={}",
    "/api/v1/search?q={}",
    *(f"/api/v1/search?q=voltage&{n}={{}}" for n in ("lang", "offset", "limit", "format")),
    *(f"/api/v1/search?q=voltage&{name}={{}}" for name in _FACETS),
    *(f"/api/v1/works?{name}={{}}" for name in ("kind", "language", "offset", "limit", "include")),
    "/api/v1/works?updated_since={}&status={}&{}=1",
    "/?{}={}",
)
# Everything at once, for the long shared list.
_ALL = "&".join(f"{name}={{}}" for name in (*_FACETS, "page", "sort", "with", "saver", "letter"))
TOGETHER = (f"/en/courses?q={{}}&{_ALL}", f"/ar/search?q={{}}&{_ALL}", f"/en/terms?q={{}}&{_ALL}")
HEADERS = (
    "Accept-Language",
    "Accept",
    "Accept-Encoding",
    "If-None-Match",
    "If-Modified-Since",
    "If-Range",
    "Range",
    "Host",
    "Save-Data",
    "Cookie",
    "Origin",
    "Referer",
    "User-Agent",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "X-HTTP-Method-Override",
    "Content-Type",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The starter library, served by one process that does not fail silently."""
    parts = make_services(load({"LIBRARY_DATA": str(tmp_path_factory.mktemp("data"))}))
    migrate.upgrade(parts.engine)
    report = import_paths(parts.factory, parts.store, [ROOT / "content"], by="a test")
    assert report.ok
    with session_scope(parts.factory, write=True) as session:
        render_pending(session, limit=100_000)
    parts.search.rebuild([])
    app = create_app(services=parts)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    parts.engine.dispose()


@pytest.fixture
def client(site: Flask) -> FlaskClient:
    return site.test_client()


def _escaped(string: str) -> str:
    return quote(string.encode("utf-8", "surrogatepass"), safe="")


def _ask(client: FlaskClient, address: str, **headers: str) -> list[str]:
    """What is wrong with the answer."""
    began = time.process_time()
    answer = client.get(address, headers=headers, buffered=True)
    took = time.process_time() - began
    wrong = []
    if answer.status_code >= 500:
        wrong.append(f"{answer.status_code} at {address[:200]} {headers}")
    if took > LONGEST:
        wrong.append(f"{took:.1f} s at {address[:200]} {headers}")
    place = answer.headers.get("Location", "/")
    if not re.match(r"(?:http://localhost)?/(?![/\\])", place):
        wrong.append(f"leads to {place[:200]} at {address[:200]}")
    if "pwned" in str(answer.headers.get("Set-Cookie", "")):
        wrong.append(f"sets a cookie at {address[:200]}")
    if b"<script>window" in answer.data and "html" in (answer.content_type or ""):
        wrong.append(f"echoes at {address[:200]}")
    return wrong


def _fail_with(wrong: list[str]) -> None:
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} wrong:", *(one[:500] for one in wrong[:30])]))


@pytest.mark.parametrize("address", [*ADDRESSES, *QUERIES])
def test_no_string_in_an_address_breaks_a_page(client: FlaskClient, address: str) -> None:
    wrong: list[str] = []
    for string in OWN:
        wrong += _ask(client, address.replace("{}", _escaped(string[:4000])))
    wrong += _ask(client, address.replace("{}", "%ff%fe%00%c0%af%ed%a0%80"))
    _fail_with(wrong)


@pytest.mark.slow
def test_no_string_of_the_shared_list_breaks_a_page(client: FlaskClient) -> None:
    strings = naughty()
    if strings is None:
        pytest.skip(ABSENT)
    wrong: list[str] = []
    for string in strings:
        for address in (*ADDRESSES, *TOGETHER):
            wrong += _ask(client, address.replace("{}", _escaped(string)))
    _fail_with(wrong)


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_breaks_a_page(client: FlaskClient, header: str) -> None:
    wrong: list[str] = []
    odd = ("*", "*/*;q=nan", "bytes=0-0,1-1,2-2", "bytes=-0", "bytes=9-1", "bytes=" + "9" * 400)
    more = (
        "a;q=" + "9" * 400,
        ",;=" * 900,
        '"' * 500,
        'W/"' * 300,
        "gzip;q=x, br;q=-1",
        "en-" * 900,
    )
    for value in (*OWN, *odd, *more):
        clean = re.sub(r"[\r\n\x00]", " ", value)[:8000].encode().decode("latin-1")
        for address in ("/", "/en/", f"/en/courses/{_COURSE}", "/api/v1/works", "/en/nowhere"):
            wrong += _ask(client, address, **{header: clean})
    _fail_with(wrong)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "OPTIONS"])
def test_other_methods_change_nothing_and_break_nothing(client: FlaskClient, method: str) -> None:
    for address in ("/", "/en/", "/en/search", "/api/v1/works", "/healthz", "/en/nowhere"):
        answer = client.open(address, method=method, data=b"x=1", content_type="text/html")
        assert answer.status_code in (200, 204, 404, 405), address


def test_a_body_that_is_too_large_is_refused_or_not_read(client: FlaskClient) -> None:
    answer = client.post("/en/search", data=b"x" * 2_000_000)
    assert answer.status_code in (405, 413)


def test_an_address_never_leads_to_another_site(client: FlaskClient) -> None:
    for address in (
        "//evil.invalid/",
        "//evil.invalid/en/..",
        "/\\evil.invalid",
        "/en//evil.invalid",
    ):
        answer = client.get(f"http://localhost{address}")
        place = answer.headers.get("Location", "/")
        assert not place.startswith(("//", "/\\", "http://evil", "https://")), address
    answer = client.get("/en", headers={"Host": "evil.invalid"})
    assert "evil.invalid" not in client.get("/en/", headers={"Host": "evil.invalid"}).text
    assert answer.status_code < 400


def _media(client: FlaskClient, ending: str) -> str:
    page = client.get(LESSON).text
    found = re.search(rf'"(/media/[0-9a-f]{{64}}/[^"]*\.{ending})"', page)
    assert found is not None, page
    return found[1]


def test_a_film_can_be_had_in_parts(client: FlaskClient) -> None:
    address = _media(client, "mp4")
    whole = client.get(address, buffered=True)
    assert whole.status_code == 200
    assert whole.headers["Accept-Ranges"] == "bytes"
    size = len(whole.data)
    part = client.get(address, headers={"Range": "bytes=10-19"}, buffered=True)
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{size}"
    last = client.get(address, headers={"Range": "bytes=-5"}, buffered=True)
    assert (last.status_code, last.data) == (206, whole.data[-5:])
    beyond = client.get(address, headers={"Range": f"bytes={size}-"}, buffered=True)
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "asked", ["lines=1-2", "bytes=a-b", "bytes=5-1", "x", "bytes=--1", "bytes="]
)
def test_a_range_that_is_none_is_overlooked_or_refused(client: FlaskClient, asked: str) -> None:
    answer = client.get(_media(client, "mp4"), headers={"Range": asked}, buffered=True)
    assert answer.status_code in (200, 416)


def test_what_a_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    for ending in ("mp4", "vtt"):
        address = _media(client, ending)
        first = client.get(address, buffered=True)
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
        assert (again.status_code, again.data) == (304, b"")
        assert "immutable" in first.headers["Cache-Control"]
        changed = {"Range": "bytes=0-3", "If-Range": '"another"'}
        assert client.get(address, headers=changed, buffered=True).status_code == 200


def test_head_says_what_get_would(client: FlaskClient) -> None:
    for address in (_media(client, "mp4"), _media(client, "vtt"), "/en/", "/api/v1/works"):
        get, head = client.get(address, buffered=True), client.head(address, buffered=True)
        assert head.data == b""
        for name in ("Content-Length", "Content-Type", "ETag"):
            assert head.headers.get(name) == get.headers.get(name), (address, name)


def test_media_never_run_as_pages(client: FlaskClient) -> None:
    for ending in ("mp4", "vtt"):
        answer = client.get(_media(client, ending), buffered=True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith(("inline", "attachment"))


def test_bytes_are_had_only_under_names_that_the_library_gave(client: FlaskClient) -> None:
    address = _media(client, "mp4")
    digest = address.split("/")[2]
    for wrong in (f"/media/{digest.upper()}/film.mp4", f"/media/{'0' * 64}/film.mp4", "/media/x/y"):
        assert client.get(wrong, buffered=True).status_code == 404
    film = client.get(address, buffered=True).data
    for name in ("../../secret.key", "..%2f..%2f..%2fsecret.key", "%2fetc%2fpasswd"):
        answer = client.get(f"/media/{digest}/{name}", buffered=True)
        assert answer.status_code in (308, 404) or answer.data == film
        assert "/" not in answer.headers.get("Content-Disposition", "")


def test_media_whose_bytes_are_gone_are_said_to_be(site: Flask, client: FlaskClient) -> None:
    address = _media(client, "mp4")
    store = site.extensions["library"].store
    place: Path = store.path(address.split("/")[2])
    kept = place.with_name("kept")
    place.rename(kept)
    try:
        answer = client.get(address, buffered=True)
        assert answer.status_code == 404
        assert "<h1" in answer.text
    finally:
        kept.rename(place)


def test_nobody_gets_a_compressed_page_who_cannot_read_it(client: FlaskClient) -> None:
    for accepted in (
        "",
        "identity",
        "br",
        "gzip;q=0",
        "gzip; q=0.000, identity",
        "deflate, gzip;q=0",
    ):
        answer = client.get("/en/", headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in answer.headers, accepted
    for accepted in ("gzip", "br, gzip;q=0.1", "gzip;q=1.0"):
        answer = client.get("/en/", headers={"Accept-Encoding": accepted})
        assert answer.headers["Content-Encoding"] == "gzip", accepted
