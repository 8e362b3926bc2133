"""The page of files in Chromium: by keyboard, past a cut line and a closed tab, and straight to S3."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from library.media import s3
from tests.contracts.conftest import bucket
from tests.journeys.cut_line import line
from tests.journeys.desk_site import Server, furnish, serving
from tests.judges.s3 import BUCKET, Radosgw, radosgw
from tests.judges.site import Site

__all__ = ["bucket", "radosgw"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MB = 1024 * 1024


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path / "data")
    made.data.mkdir()
    return made


@pytest.fixture
def desk(site: Site, browser: Browser) -> Iterator[tuple[Server, BrowserContext]]:
    cookie = furnish(site)
    with serving(site) as server:
        context = signed_in(browser, cookie)
        yield server, context
        context.close()


def signed_in(browser: Browser, cookie: str, **options: object) -> BrowserContext:
    context = browser.new_context(service_workers="block", locale="en", **options)  # type: ignore[arg-type]
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])
    return context


def opened(context: BrowserContext, port: int, path: str = "/en/desk/files") -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"http://127.0.0.1:{port}{path}")
    return page


def files(tmp_path: Path, **sizes: int) -> list[Path]:
    made = []
    for name, size in sizes.items():
        path = tmp_path / f"{name}.bin"
        path.write_bytes(os.urandom(size))
        made.append(path)
    return made


def test_several_files_go_in_at_once_and_are_looked_at(
    desk: tuple[Server, BrowserContext], tmp_path: Path
) -> None:
    server, context = desk
    page = opened(context, server.port)
    text = tmp_path / "notes.txt"
    text.write_text("Measure twice, cut once.")
    liar = tmp_path / "paper.pdf"
    liar.write_text("<!doctype html><p>no paper</p>")
    empty = tmp_path / "empty.txt"
    empty.touch()
    page.set_input_files("#f-file", [text, liar, empty, *files(tmp_path, one=3 * MB)])
    expect(page.locator("#sending li")).to_have_count(4)
    expect(page.locator("#sending")).to_contain_text("The file is empty.")
    expect(page.locator("#sending [data-state=sent]")).to_have_count(3, timeout=30_000)
    expect(page.locator("#said")).to_have_text("3 of 4 files sent, 1 failed")
    expect(page.locator("#files .state-ready")).to_have_count(2, timeout=30_000)
    expect(page.locator("#files .state-refused")).to_have_count(1)
    expect(page.locator("#files")).to_contain_text("The name promises PDF")
    # The same file once more is known before a byte of it is sent.
    page.set_input_files("#f-file", [text])
    expect(page.locator("#sending [data-state=known]")).to_have_count(1, timeout=10_000)
    expect(page.locator("#files .files > li")).to_have_count(3)


def test_a_cut_line_and_a_closed_tab_lose_nothing(
    desk: tuple[Server, BrowserContext], tmp_path: Path
) -> None:
    server, context = desk
    (file,) = files(tmp_path, film=40 * MB)
    with line(server.port, rate=12 * MB) as cable:
        page = opened(context, cable.port)
        page.set_input_files("#f-file", [file])
        cable.wait_for(5 * MB)
        expect(page.locator("#sending")).to_contain_text("left")
        cable.cut(refuse=True)
        expect(page.locator("#sending [data-state=interrupted]")).to_be_visible(timeout=10_000)
        expect(page.locator("#sending")).to_contain_text("The line is cut")
        cable.mend()
        cable.wait_for(20 * MB)
        page.close()
        page = opened(context, cable.port)
        expect(page.locator("#unfinished")).to_contain_text("film.bin")
        page.set_input_files("#f-file", [file])
        expect(page.locator("#unfinished")).to_be_hidden()
        expect(page.locator("#sending [data-state=sent]")).to_be_visible(timeout=60_000)
        # Lost is what was still inside the two lines that broke.
        assert cable.passed < 40 * MB + 2 * 8 * MB
        expect(page.locator("#files .state-ready")).to_have_count(1, timeout=30_000)


def test_a_slow_line_gets_small_pieces_and_the_last_tells_the_checksum(
    desk: tuple[Server, BrowserContext], tmp_path: Path
) -> None:
    server, context = desk
    (file,) = files(tmp_path, film=2 * MB)
    pieces: list[dict[str, str]] = []

    with line(server.port, rate=MB / 4) as cable:
        page = opened(context, cable.port)
        page.route("**/uploads", unhashed, times=1)
        page.on("request", lambda asked: _note(pieces, asked))
        page.set_input_files("#f-file", [file])
        expect(page.locator("#sending [data-state=sent]")).to_be_visible(timeout=60_000)
        expect(page.locator("#files .state-ready")).to_have_count(1, timeout=30_000)
    offsets = [int(one["upload-offset"]) for one in pieces]
    assert offsets[0] == 0
    assert offsets == sorted(offsets)
    sizes = [after - before for before, after in pairwise([*offsets, file.stat().st_size])]
    # Eight seconds of a quarter of a megabyte, or a little more where the line is still empty.
    assert max(sizes) <= 8 * MB / 4 * 1.5
    assert len(sizes) > 1
    whole = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
    told = [one.get("upload-whole-checksum") for one in pieces]
    assert told == [None] * (len(pieces) - 1) + [f"sha256 {whole}"]


def unhashed(route: Route) -> None:
    """As if every file were too large to be hashed before it is sent."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "digest_most": 0})


def _note(pieces: list[dict[str, str]], asked: Request) -> None:
    if asked.method == "PATCH":
        pieces.append(asked.headers)


def test_a_proxy_that_takes_only_small_bodies_gets_small_pieces(
    desk: tuple[Server, BrowserContext], tmp_path: Path
) -> None:
    server, context = desk
    (file,) = files(tmp_path, film=400_000)
    page = opened(context, server.port)
    refused: list[int] = []

    def small(route: Route) -> None:
        size = len(route.request.post_data_buffer or b"")
        if route.request.method == "PATCH" and size > 100_000:
            refused.append(size)
            route.fulfill(status=413, content_type="text/html", body="<h1>Too large</h1>")
        else:
            route.continue_()

    page.route("**/uploads/*", small)
    page.set_input_files("#f-file", [file])
    expect(page.locator("#sending [data-state=sent]")).to_be_visible(timeout=60_000)
    assert refused


def test_a_file_that_is_changed_meanwhile_is_told_from_a_cut_line(
    desk: tuple[Server, BrowserContext], tmp_path: Path
) -> None:
    server, context = desk
    (file,) = files(tmp_path, film=20 * MB)
    with line(server.port, rate=2 * MB) as cable:
        page = opened(context, cable.port)
        page.set_input_files("#f-file", [file])
        cable.wait_for(2 * MB)
        file.write_bytes(b"another film")
        row = page.locator("#sending li")
        expect(row).to_contain_text("Choose it again", timeout=60_000)
        expect(row).to_have_attribute("data-state", "failed")


def test_everything_is_done_with_the_keyboard_alone(
    desk: tuple[Server, BrowserContext], tmp_path: Path
) -> None:
    server, context = desk
    (file,) = files(tmp_path, film=30 * MB)
    with line(server.port, rate=4 * MB) as cable:
        page = opened(context, cable.port)
        page.focus("#f-file")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(file)
        row = page.locator("#sending li")
        pause = row.get_by_role("button", name="Pause film.bin")
        expect(pause).to_be_visible(timeout=10_000)
        pause.focus()
        page.keyboard.press("Enter")
        go_on = row.get_by_role("button", name="Go on with film.bin")
        expect(go_on).to_be_focused()
        expect(row).to_contain_text("Paused at")
        page.keyboard.press("Enter")
        expect(row.get_by_role("button", name="Pause film.bin")).to_be_focused()
        page.keyboard.press("Tab")
        expect(row.get_by_role("button", name="Give up film.bin")).to_be_focused()
        page.keyboard.press("Enter")
        expect(row).to_have_count(0)
        expect(page.locator("#f-file")).to_be_focused()
    page.goto(f"http://127.0.0.1:{server.port}/en/desk/files")
    expect(page.locator("#files")).to_contain_text("No files here yet")


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_it_fits_a_phone(site: Site, browser: Browser, tmp_path: Path, lang: str) -> None:
    cookie = furnish(site)
    with serving(site) as server:
        context = signed_in(browser, cookie, viewport={"width": 390, "height": 844})
        page = opened(context, server.port, f"/{lang}/desk/files")
        name = "a-very-long-name-without-any-place-to-break-it-" * 3
        page.set_input_files("#f-file", files(tmp_path, **{name: 40_000}))
        expect(page.locator("#files .state-ready")).to_have_count(1, timeout=30_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#files a").first.click()
        expect(page.locator("h1")).to_contain_text(name[:20])
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        context.close()


@pytest.mark.s3
def test_files_go_straight_to_the_bucket_and_survive_its_absence(
    site: Site, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store: Radosgw = request.getfixturevalue("bucket")
    site.environ |= {
        "LIBRARY_MEDIA_URL": f"s3://{BUCKET}/browser?endpoint={store.http}",
        "AWS_ACCESS_KEY_ID": store.access_key,
        "AWS_SECRET_ACCESS_KEY": store.secret_key,
    }
    cookie = furnish(site)
    (file,) = files(tmp_path, film=40 * MB)
    with serving(site) as server:
        s3.connect(BUCKET, endpoint=store.http)._client().put_bucket_cors(
            Bucket=BUCKET,
            CORSConfiguration={
                "CORSRules": [
                    {
                        "AllowedOrigins": [f"http://127.0.0.1:{server.port}"],
                        "AllowedMethods": ["PUT"],
                        "AllowedHeaders": ["content-type"],
                        "MaxAgeSeconds": 3600,
                    }
                ]
            },
        )
        context = signed_in(browser, cookie)
        page = opened(context, server.port)
        through_us: list[int] = []
        to_the_bucket: list[str] = []
        told: list[str] = []

        def note(asked: object) -> None:
            sent = asked  # a playwright request
            if sent.url.startswith(store.http):  # type: ignore[attr-defined]
                to_the_bucket.append(sent.method)  # type: ignore[attr-defined]
            else:
                through_us.append(len(sent.post_data_buffer or b""))  # type: ignore[attr-defined]
                told.append(sent.post_data or "")  # type: ignore[attr-defined]

        page.on("request", note)
        page.route("**/uploads", unhashed, times=1)
        policy = page.request.get(page.url).headers["content-security-policy"]
        assert f"connect-src 'self' {store.http}" in policy
        store.crash()
        page.set_input_files("#f-file", [file])
        expect(page.locator("#sending [data-state=interrupted]")).to_be_visible(timeout=90_000)
        store.resume()
        expect(page.locator("#sending [data-state=sent]")).to_be_visible(timeout=150_000)
        expect(page.locator("#files .state-ready")).to_have_count(1, timeout=120_000)
        assert to_the_bucket.count("PUT") >= 5
        assert max(through_us) < 10_000
        whole = hashlib.sha256(file.read_bytes()).hexdigest()
        assert [one for one in told if whole in one] == [f'{{"sha256":"{whole}"}}']
        href = page.locator("#files a").first.get_attribute("href") or ""
        assert re.fullmatch(r"/en/desk/files/[0-9a-f-]{36}", href)
        answer = page.request.get(f"http://127.0.0.1:{server.port}{href}/bytes")
        assert answer.body() == file.read_bytes()
        context.close()
