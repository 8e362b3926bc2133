"""``axe``: violations on every kind of page, in three languages, two widths, light and dark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from tests.bench import browser, served, visits
from tests.bench.rows import Absent, Outcome, Row, tell

LANGUAGES = ("en", "zh-Hans", "ar")
WIDTHS = (390, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Every kind of page, after the language. The status is 200 unless named.
PAGES = {
    "home": "",
    "list": "courses",
    "filtered list": "works?level=secondary&sort=title",
    "empty list": "courses?country=XX",
    "work": visits.WORK,
    "work, two languages": f"{visits.WORK}?with=fr",
    "equipment": "equipment/servo-training-bench",
    "standard": "standards/mechatronics",
    "section": visits.SECTION,
    "section, two languages": f"{visits.SECTION}?with=fr",
    "section, data saver": f"{visits.SECTION}?saver=on",
    "search": "search?q=motor",
    "search, nothing found": "search?q=xqzvw",
    "search, start": "search",
    "institutions": "institutions",
    "institution": "institutions/sample-college",
    "partnerships": "partnerships",
    "partnership": "partnerships/tanzania-luban-workshop",
    "terms": "terms",
    "term": "terms/servo-motor",
    "about": "about",
    "for partners": "about/partners",
    "accessibility": "about/accessibility",
    "languages": "about/languages",
    "nothing here": "no-such-page",
}


def run() -> Iterator[Outcome]:
    if browser.chromium() is None:
        yield Absent("axe", browser.NEEDED)
        return
    axe = Axe()
    with (
        tempfile.TemporaryDirectory(prefix="mortise-bench-axe-") as name,
        served.site(visits.starter_library(Path(name)), workers=1) as site,
        browser.opened() as opened,
    ):
        for lang in LANGUAGES:
            found: list[str] = []
            for page, path in PAGES.items():
                found += _violations(opened, axe, page, f"{site.base}/{lang}/{path}")
            for one in found:
                tell(f"{lang}: {one}")
            yield Row(
                "axe",
                f"violations in {lang}, {len(PAGES)} kinds of page",
                float(len(found)),
                "",
                "0",
                not found,
                note=f"{len(WIDTHS)} widths, light and dark: {len(PAGES) * 4} runs",
            )


def _violations(opened: Browser, axe: Axe, name: str, url: str) -> list[str]:
    found: list[str] = []
    context = opened.new_context()
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            told = axe.run(page).response
            if not told["passes"]:
                raise RuntimeError(f"axe looked at nothing on {url}.")
            for one in told["violations"]:
                where = one["nodes"][0]["target"]
                found.append(f"{name} at {width} px, {scheme}: {one['id']} at {where}")
    context.close()
    return found
