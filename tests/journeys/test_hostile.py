"""Hostile strings in every text of the library: imported, served, and looked at in a real browser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from lxml import etree, html
from playwright.sync_api import Browser, Error

from tests.journeys.hostile_shelf import (
    PIXEL,
    Shelf,
    bundles,
    every_case,
    put_course,
    put_files,
    put_records,
    squeezed,
)
from tests.journeys.hostile_strings import ABSENT, OWN, naughty
from tests.journeys.watching import fail_with, harmful, visit, watched
from tests.judges.site import Site


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A library of nothing else than hostile strings, served."""
    folder = tmp_path_factory.mktemp("hostile")
    site = Site(folder / "data")
    site.data.mkdir()
    site.run("db", "upgrade")
    cases = every_case()
    own, shared = cases[: len(OWN)], cases[len(OWN) :]
    courses = {case.key: [case] for case in own} | bundles(shared)
    records = bundles(cases)
    for key, some in courses.items():
        put_course(folder / "content", key, some)
    for key, some in records.items():
        put_records(folder / "content", key, some)
    said = site.run("import", folder / "content")
    count = len(courses) + 4 * len(records)
    assert [line for line in said.splitlines() if line.startswith("fault:")] == []
    assert f"{count} folders read: {count} stored" in said
    assert "Traceback" not in said
    with site.served("--workers", "1"):
        yield Shelf(site, courses, records)


def test_every_page_is_served_whole(shelf: Shelf) -> None:
    """No page fails, each is closed properly, its structured data parse, its media can be had."""
    wrong = []
    for path in shelf.paths:
        answer = shelf.site.get(path)
        if answer.status != 200:
            wrong.append((path, answer.status))
            continue
        page = html.document_fromstring(answer.text.replace("\x00", ""))
        if not answer.text.rstrip().endswith("</html>"):
            wrong.append((path, "cut short"))
        for script in page.iterfind('.//script[@type="application/ld+json"]'):
            json.loads(script.text_content())
        for address in {*page.xpath("//img/@src"), *page.xpath("//a/@href")}:
            if not address.startswith("/media/"):
                continue
            file = shelf.site.get(address)
            disposition = file.headers["Content-Disposition"]
            if file.status != 200 or file.body != PIXEL or "filename" not in disposition:
                wrong.append((address, file.status))
            elif "sandbox" not in file.headers["Content-Security-Policy"]:
                wrong.append((address, "no sandbox"))
    fail_with(wrong)


def test_feeds_sitemaps_and_json_stay_well_formed(shelf: Shelf) -> None:
    feed = etree.fromstring(shelf.site.get("/en/feed.atom").body)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    index = etree.fromstring(shelf.site.get("/sitemap.xml").body)
    for address in index.itertext("{*}loc"):
        parts = urlsplit(address)
        if parts.path.endswith(".xml"):
            etree.fromstring(shelf.site.get(parts.path).body)
    seen: set[str] = set()
    while True:
        page = json.loads(shelf.site.get(f"/api/v1/works?limit=100&offset={len(seen)}").body)
        for work in page["works"]:
            seen.add(work["id"])
            json.loads(shelf.site.get(f"/api/v1/works/{work['id']}").body)
        if not page["works"]:
            break
    assert len(seen) == len(shelf.courses) + len(shelf.records)


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_runs_and_every_text_is_shown_as_typed(shelf: Shelf, browser: Browser) -> None:
    page, achieved = watched(browser, shelf.site)
    wrong: list[tuple[str, object]] = []
    for key, cases in shelf.courses.items():
        address = f"{shelf.site.url}/en/courses/{key}"
        found = visit(page, address)
        wrong += [(key, harm) for harm in harmful(found, address)]
        if squeezed(found["h1"]) != squeezed(cases[0].line):
            wrong.append((cases[0].line[:80], f"title shown as {found['h1'][:200]!r}"))
        main = squeezed(found["main"])
        for case in cases:
            # As paragraph, in code, in the head and the body of a table, as a section's title.
            if main.count(squeezed(case.line[:5000])) < 5:
                wrong.append((case.line[:80], "not shown as typed"))
    fail_with([*wrong, *achieved])


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["institutions", "partnerships", "terms", "equipment"])
def test_facts_are_only_text(shelf: Shelf, browser: Browser, kind: str) -> None:
    page, achieved = watched(browser, shelf.site)
    wrong: list[tuple[str, object]] = []
    for key, cases in shelf.records.items():
        address = f"{shelf.site.url}/en/{kind}/{key}"
        found = visit(page, address)
        wrong += [(key, harm) for harm in harmful(found, address)]
        main = squeezed(found["main"])
        for case in cases:
            # An institution's facts are only the first string's; its texts are all of them.
            if squeezed(case.line[:200]) not in main:
                wrong.append((case.line[:80], "not shown as typed"))
    fail_with([*wrong, *achieved])


@pytest.mark.browser
@pytest.mark.slow
def test_lists_and_results_are_only_text(shelf: Shelf, browser: Browser) -> None:
    page, achieved = watched(browser, shelf.site)
    wrong: list[tuple[str, object]] = []
    paths = [f"/en/courses?page={n}" for n in range(1, len(shelf.courses) // 20 + 2)]
    paths += ["/en/", "/ar/institutions", "/en/partnerships", "/en/terms", "/en/equipment"]
    for query in [*OWN, "alert", "script"]:
        paths.append(f"/en/search?q={quote(query[:400])}")
    for path in paths:
        address = shelf.site.url + path
        found = visit(page, address)
        wrong += [(path[:80], harm) for harm in harmful(found, urljoin(address, found["at"]))]
    fail_with([*wrong, *achieved])


_RUN = "<script>window.pwned=1;alert(1);new Image().src='https://evil.invalid/'</script>"
_DRAWING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{_RUN}<a href="#">x</a></svg>'
)
_EMPTY = '<svg xmlns="http://www.w3.org/2000/svg"><!--{}--></svg>'
_HARMLESS = _EMPTY.format("x" * (len(_DRAWING) - len(_EMPTY) + 2))


def _put_in_place(data: Path, stored: bytes, other: bytes) -> None:
    """Have a file of the store hold other bytes, as many as it has."""
    assert len(stored) == len(other)
    [file] = [
        file
        for file in data.rglob("*")
        if file.is_file() and file.stat().st_size == len(stored) and file.read_bytes() == stored
    ]
    file.chmod(0o600)
    file.write_bytes(other)


@pytest.mark.browser
def test_what_somebody_uploaded_never_runs(site: Site, tmp_path: Path, browser: Browser) -> None:
    """Opened by their own addresses, where a page's own rules would not protect the site."""
    files = {
        "plan.svg": _DRAWING,
        "page.html": f"<!doctype html><title>x</title>{_RUN}",
        "page.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{_RUN}</body></html>',
        "style.xml": f'<?xml version="1.0"?><a xmlns="http://www.w3.org/1999/xhtml">{_RUN}</a>',
        "words.txt": f"<html>{_RUN}",
        "photo.png": f"<!-- \x89PNG -->{_RUN}",
        "data.json": '{"a": "</script>' + _RUN + '"}',
    }
    links = "\n".join(f"- [{name}]({name}) ![{name}]({name})" for name in files)
    folder = tmp_path / "content" / "course" / "odd"
    meta = 'source_language = "en"\nlicence = "CC0-1.0"\n'
    put_files(folder, meta_toml=meta, en_md=f"# Odd\n\nText.\n\n{links}\n")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    refused = site.run("import", tmp_path / "content", fails=True)
    assert "plan.svg: The drawing holds something that could run" in refused
    # Versions before took such drawings: it lies in the store of a library that has grown with them.
    (folder / "plan.svg").write_text(_HARMLESS, encoding="utf-8")
    site.run("import", tmp_path / "content")
    _put_in_place(site.data, _HARMLESS.encode(), _DRAWING.encode())
    with site.served("--workers", "1"):
        page, achieved = watched(browser, site)
        address = f"{site.url}/en/courses/odd"
        assert harmful(visit(page, address), address) == []
        addresses = page.evaluate(
            '[...document.querySelectorAll(\'a[href*="/media/"], img[src*="/media/"]\')]'
            ".map((element) => element.href || element.src)"
        )
        assert len(set(addresses)) == len(files)
        for media in set(addresses):
            with contextlib.suppress(Error):  # a download is no page
                page.goto(media, wait_until="load")
            if page.url == media:
                assert not page.evaluate("'pwned' in window"), media
            page.goto(address)
        fail_with([one for one in achieved if not one.startswith("script ")])


def test_the_shared_list_is_part_of_this() -> None:
    if naughty() is None:
        pytest.skip(ABSENT)
    assert len(every_case()) > 500


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\uffff"])
def test_what_no_page_can_carry_is_refused_with_file_and_line(
    site: Site, tmp_path: Path, character: str
) -> None:
    folder = tmp_path / "content" / "course" / "odd"
    meta = 'source_language = "en"\nlicence = "CC0-1.0"\n'
    put_files(folder, meta_toml=meta, en_md=f"# Odd\n\nBefore {character} after.\n")
    said = site.run("import", tmp_path / "content", fails=True)
    assert "course/odd/en.md:3: " in said
    assert f"U+{ord(character):04X}" in said
    put_files(
        folder, meta_toml=f'{meta}version = "\\u{ord(character):04x}"\n', en_md="# Odd\n\nText.\n"
    )
    said = site.run("import", tmp_path / "content", fails=True)
    assert "course/odd/meta.toml:3: version: " in said


def test_half_a_character_is_refused_with_its_place(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "content" / "course" / "odd"
    put_files(folder, meta_toml='source_language = "en"\nlicence = "CC0-1.0"\n')
    (folder / "en.md").write_bytes(b"# Odd\n\nA lone \xed\xa0\x80 surrogate.\n")
    said = site.run("import", tmp_path / "content", fails=True)
    assert "course/odd/en.md:3: The text is not UTF-8" in said
