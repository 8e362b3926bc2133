"""``first-visit``: what a first visit costs over the wire: bytes, requests, third parties."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from tests.bench import browser, visits
from tests.bench.rows import Absent, Outcome, Row

MOST_BYTES = 40_000
MOST_REQUESTS = 4
LANGUAGES = ("en", "ar")


def run() -> Iterator[Outcome]:
    if browser.chromium() is None:
        yield Absent("first-visit", browser.NEEDED)
        return
    with (
        tempfile.TemporaryDirectory(prefix="mortise-bench-visit-") as name,
        visits.both_sites(Path(name)) as (big, starter),
        browser.opened() as opened,
    ):
        for lang in LANGUAGES:
            for visit in visits.reading_visits(big, starter, lang):
                size, addresses = _visit(opened, visit.url)
                host = urlsplit(visit.url).netloc
                foreign = [one for one in addresses if urlsplit(one).netloc != host]
                yield Row(
                    "first-visit",
                    f"{visit.name}, {lang}",
                    size / 1000,
                    "kB",
                    f"<= {MOST_BYTES // 1000} kB, {MOST_REQUESTS} req.",
                    size <= MOST_BYTES and len(addresses) <= MOST_REQUESTS and not foreign,
                    note=f"{len(addresses)} requests, {len(foreign)} to others",
                )


def _visit(opened: Browser, url: str) -> tuple[int, list[str]]:
    """Bytes over the wire with headers, and the addresses asked for, of a browser that kept nothing."""
    context = opened.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    size = 0
    asked: dict[str, str] = {}

    def sent(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = event["request"]["url"]

    def finished(event: dict[str, Any]) -> None:
        nonlocal size
        size += int(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", sent)
    wire.on("Network.loadingFinished", finished)
    answer = page.goto(url, wait_until="networkidle")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{url} answers {answer.status if answer else 'nothing'}")
    # Pictures further down the page are fetched when the reader comes to them: go there.
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    context.close()
    return size, [one for one in asked.values() if not one.startswith("data:")]
