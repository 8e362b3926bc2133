"""``slow-3g``: the largest paint and the layout shift on a slow line and a slow phone."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as WaitedTooLong

from tests.bench import browser, visits
from tests.bench.rows import Absent, Outcome, Row

FIRST = 1.5
REPEAT = 0.8
SHIFT = 0.02
ROUNDS = 3
_BYTES_A_SECOND = 400_000 / 8
_LATENCY_MS = 400
_SLOWER = 4
_PATIENCE_MS = 10_000
_OBSERVE = """
window.__paint = 0; window.__shift = 0;
new PerformanceObserver(list => { for (const one of list.getEntries()) window.__paint = one.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.__shift += one.value;
}).observe({type: "layout-shift", buffered: true});
"""


def run() -> Iterator[Outcome]:
    if browser.chromium() is None:
        yield Absent("slow-3g", browser.NEEDED)
        return
    with (
        tempfile.TemporaryDirectory(prefix="mortise-bench-slow-") as name,
        visits.both_sites(Path(name)) as (big, starter),
        browser.opened() as opened,
    ):
        for visit in visits.reading_visits(big, starter, "en"):
            seen = [_visit(opened, visit.url) for _ in range(ROUNDS)]
            first = statistics.median(one[0] for one in seen)
            repeat = statistics.median(one[1] for one in seen)
            shift = max(one[2] for one in seen)
            yield Row(
                "slow-3g",
                f"{visit.name}: largest paint, first visit",
                first,
                "s",
                f"<= {FIRST} s",
                first <= FIRST,
            )
            yield Row(
                "slow-3g",
                f"{visit.name}: largest paint, repeated",
                repeat,
                "s",
                f"<= {REPEAT} s",
                repeat <= REPEAT,
            )
            yield Row(
                "slow-3g",
                f"{visit.name}: layout shift",
                shift,
                "",
                f"<= {SHIFT}",
                shift <= SHIFT,
            )


def _visit(opened: Browser, url: str) -> tuple[float, float, float]:
    """Largest paint of the first and of a repeated visit in seconds, and the larger layout shift."""
    context = opened.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    context.add_init_script(_OBSERVE)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": _LATENCY_MS,
            "downloadThroughput": _BYTES_A_SECOND,
            "uploadThroughput": _BYTES_A_SECOND,
        },
    )
    wire.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    first, shift = _paint(page, url)
    page.goto("about:blank")
    repeat, again = _paint(page, url)
    context.close()
    return first, repeat, max(shift, again)


def _paint(page: Page, url: str) -> tuple[float, float]:
    page.goto(url, wait_until="networkidle")
    # The observers are told of a paint some time after the frame in which it happened.
    try:
        page.wait_for_function("window.__paint > 0", timeout=_PATIENCE_MS)
    except WaitedTooLong:
        raise RuntimeError(f"{url} painted nothing.") from None
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
    paint, shift = page.evaluate("[window.__paint, window.__shift]")
    return paint / 1000, shift
