"""Hostile strings in every text of the library: imported, served, and looked at in a real browser."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from lxml import etree, html
from playwright.sync_api import Browser, Error, Page, Route

from tests.journeys.hostile_strings import ABSENT, OWN, naughty
from tests.judges.site import Site

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# A grey picture of one pixel, which is all that these works have of media.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
# What the browser must not find: handlers, addresses that run, elements that load or post elsewhere.
_AUDIT = """() => {
  const bad = [];
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (['iframe', 'object', 'embed', 'base', 'frame', 'applet', 'portal'].includes(name)) bad.push(name);
    if (name === 'script' && element.type !== 'application/ld+json'
        && new URL(element.src || 'x:', location).origin !== location.origin) bad.push(element.outerHTML);
    if (name === 'meta' && element.httpEquiv) bad.push(element.outerHTML);
    for (const {name: key, value} of element.attributes) {
      if (key.startsWith('on') || key === 'srcdoc' || key === 'style') bad.push(`${name} ${key}=${value}`);
      if (['href', 'src', 'action', 'formaction', 'xlink:href', 'poster', 'data'].includes(key)) {
        let scheme = 'broken:';
        try { scheme = new URL(value, location).protocol; } catch { continue; }
        if (!['http:', 'https:', 'mailto:', 'tel:'].includes(scheme)) bad.push(`${name} ${key}=${value}`);
      }
    }
  }
  return bad;
}"""
_WATCH = """window.violations = [];
addEventListener('securitypolicyviolation', (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


# Strings of the shared list that share one work: as many pages as needed, not as many as strings.
BUNDLE = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One string; ``text`` is what an importer may store of it."""

    key: str
    string: str
    text: str

    @property
    def line(self) -> str:
        return " ".join(self.text.split())


@dataclass(slots=True)
class Shelf:
    """The site, and the strings on the pages of each key: of courses, and of everything else."""

    site: Site
    courses: dict[str, list[Case]]
    records: dict[str, list[Case]]

    @property
    def paths(self) -> list[str]:
        """The address of every page about something."""
        found = [f"/{lang}/courses/{key}" for key in self.courses for lang in ("en", "ar")]
        for key, cases in self.courses.items():
            found += [f"/en/courses/{key}/{case.key}" for case in cases]
        kinds = ("institutions", "partnerships", "terms", "equipment")
        return found + [f"/en/{kind}/{key}" for key in self.records for kind in kinds]


def _cases() -> list[Case]:
    made = []
    for number, string in enumerate([*OWN, *(naughty() or [])]):
        text = _REFUSED.sub("", string)
        if squeezed(text):
            made.append(Case(f"case-{number}", string, text))
    return made


def typed(text: str) -> str:
    """Markdown that means just these characters."""
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[1])};", text)


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def squeezed(text: str) -> str:
    """Text without its spaces, which pages may break and join, and the one character nobody sees."""
    return "".join(text.replace("\x7f", " ").split())


def file_name(case: Case) -> str:
    """A name for a picture as close to the string as a file system and the importer allow."""
    kept = "".join(c for c in case.line.replace("/", "∕").replace("\\", "∖") if c.isprintable())
    return f"{case.key} " + kept.encode()[:180].decode(errors="ignore") + ".png"


def _write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(text, encoding="utf-8")


def _texts(case: Case) -> str:
    """The string in every sort of text: typed so that it means itself, and raw."""
    line = case.line
    fence = "~" * (3 + max(map(len, re.findall("~+", case.text)), default=0))
    code = "\n".join(case.text.splitlines())
    return f"""{typed(line)}

{fence}
{code}
{fence}

{line}

| {typed(line[:5000])} | `x` |
|---|---|
| {line[:5000]} | {typed(line[:5000])} |

- {line}

> {line}

[{typed(line[:2000])}]({line[:2000]})

[{line[:2000]}](<{line[:2000]}> "{line[:2000]}")

![{typed(line[:2000])}]({quote(file_name(case))} "{typed(line[:2000])}")

<a href="{line[:2000]}" title='{line[:2000]}'>{line}</a>

!!! note "{line[:2000]}"

    {line}
"""


def _course(root: Path, key: str, cases: list[Case]) -> None:
    folder = root / "course" / key
    first = cases[0].line
    shorts = [quoted(case.line[:200].strip()) for case in cases]
    contributors = [f"{{name = {short}, role = {short}}}" for short in shorts]
    links = [
        f'{{url = "https://example.org/?q={quote(case.line[:100])}", title = {quoted(case.line[:2000])}}}'
        for case in cases
    ]
    titles = [
        f"[media.{quoted(file_name(case))}]\ntitle = {quoted(case.line[:2000])}" for case in cases
    ]
    _write(
        folder,
        meta_toml=f"""source_language = "en"
licence = "CC-BY-4.0"
version = {quoted(first[:40].strip())}
contributors = [{", ".join(contributors)}]
links = [{", ".join(links)}]
[editions.en]
answered_by = {shorts[0]}
{chr(10).join(titles)}
""",
        en_md=f"# {typed(first)}\n\n{typed(first)}\n\n" + "\n".join(map(_texts, cases)),
    )
    for number, case in enumerate(cases):
        (folder / file_name(case)).write_bytes(_PIXEL)
        _write(
            folder / f"{number:03}-{case.key}",
            en_md=f"# {typed(case.line)}\n\n## {case.line}\n\n{case.line}\n\n[^1]: {case.line}\n",
        )


def _records(root: Path, key: str, cases: list[Case]) -> None:
    """An institution, a partnership, a concept and a machine whose facts are the strings."""
    longs = [quoted(case.line[:1990]) for case in cases]
    shorts = [quoted(case.line[:200].strip()) for case in cases]
    first = cases[0].line
    text = "\n\n".join([f"# {typed(first)}", *(typed(case.line) for case in cases)])
    _write(
        root / "institution" / key,
        meta_toml=f"""source_language = "en"
type = "college"
country = "KH"
city = {shorts[0]}
source = {longs[0]}
website = "https://example.org/{quote(first[:100])}"
""",
        en_md=text,
    )
    _write(
        root / "partnership" / key,
        meta_toml=f"""source_language = "en"
type = "site"
brand = "luban-workshop"
country = "KH"
city = {shorts[0]}
source = {longs[0]}
members = [{{institution = {quoted(key)}, role = "lead"}}]
programmes = [{", ".join(f"{{en = {long}}}" for long in longs)}]
""",
        en_md=text,
    )
    allowed = [
        f"{quoted(f'{n}. {case.line[:1990]}')}, {{text = {quoted(f'{n}: {case.line[:1990]}')}, "
        f"reading = {long}}}"
        for n, (case, long) in enumerate(zip(cases, longs, strict=True))
    ]
    _write(
        root / "term" / key,
        meta_toml=f"""source_language = "en"
[terms.en]
reading = {longs[0]}
allowed = [{", ".join(allowed)}]
forbidden = [{", ".join(quoted(f"{n}; {case.line[:1990]}") for n, case in enumerate(cases))}]
""",
        en_md=text,
    )
    parameters = [
        f"{{name = {{en = {long}}}, value = {quoted(case.line[:500].strip())}, unit = {short}}}"
        for case, long, short in zip(cases, longs, shorts, strict=True)
    ]
    _write(
        root / "equipment" / key,
        meta_toml=f"""source_language = "en"
licence = "CC-BY-4.0"
parameters = [{", ".join(parameters)}]
""",
        en_md=text,
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A library of nothing else than hostile strings, served."""
    folder = tmp_path_factory.mktemp("hostile")
    site = Site(folder / "data")
    site.data.mkdir()
    site.run("db", "upgrade")
    cases = _cases()
    own, shared = cases[: len(OWN)], cases[len(OWN) :]
    courses = {case.key: [case] for case in own} | _bundles(shared)
    records = _bundles(cases)
    for key, some in courses.items():
        _course(folder / "content", key, some)
    for key, some in records.items():
        _records(folder / "content", key, some)
    said = site.run("import", folder / "content")
    count = len(courses) + 4 * len(records)
    assert [line for line in said.splitlines() if line.startswith("fault:")] == []
    assert f"{count} folders read: {count} stored" in said
    assert "Traceback" not in said
    with site.served("--workers", "1"):
        yield Shelf(site, courses, records)


def _bundles(cases: list[Case]) -> dict[str, list[Case]]:
    return {f"bundle-{cases[n].key}": cases[n : n + BUNDLE] for n in range(0, len(cases), BUNDLE)}


def _fail_with(wrong: Sequence[object]) -> None:
    """Fail with the first things that are wrong: comparing long hostile lists would take for ever."""
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} wrong:", *(str(one)[:400] for one in wrong[:30])]))


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
            if file.status != 200 or file.body != _PIXEL or "filename" not in disposition:
                wrong.append((address, file.status))
            elif "sandbox" not in file.headers["Content-Security-Policy"]:
                wrong.append((address, "no sandbox"))
    _fail_with(wrong)


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


def _watched(browser: Browser, site: Site) -> tuple[Page, list[str]]:
    """A page of a browser that notes all that hostile text could achieve."""
    achieved: list[str] = []
    context = browser.new_context(service_workers="block")

    def judge(route: Route) -> None:
        if route.request.url.startswith(site.url):
            route.continue_()
        else:
            achieved.append(f"request {route.request.url[:200]}")
            route.abort()

    context.route("**/*", judge)
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.on(
        "dialog", lambda dialog: (achieved.append(f"dialog {dialog.message}"), dialog.dismiss())
    )
    page.on("pageerror", lambda error: achieved.append(f"script {error.message}"))
    page.on("popup", lambda popup: achieved.append(f"popup {popup.url}"))
    return page, achieved


def _visit(page: Page, address: str) -> dict[str, Any]:
    page.goto(address, wait_until="load")
    found: dict[str, Any] = page.evaluate(
        f"""() => ({{bad: ({_AUDIT})(), violations, pwned: 'pwned' in window,
        title: document.title, at: location.href, main: document.querySelector('main').innerText,
        h1: document.querySelector('h1').innerText}})"""
    )
    return found


def _harmful(found: dict[str, Any], address: str) -> list[str]:
    harm = [*found["bad"], *found["violations"]]
    if found["pwned"]:
        harm.append("a script ran")
    if found["at"].split("#")[0] != address:
        harm.append(f"led to {found['at']}")
    return harm


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_runs_and_every_text_is_shown_as_typed(shelf: Shelf, browser: Browser) -> None:
    page, achieved = _watched(browser, shelf.site)
    wrong: list[tuple[str, object]] = []
    for key, cases in shelf.courses.items():
        address = f"{shelf.site.url}/en/courses/{key}"
        found = _visit(page, address)
        wrong += [(key, harm) for harm in _harmful(found, address)]
        if squeezed(found["h1"]) != squeezed(cases[0].line):
            wrong.append((cases[0].line[:80], f"title shown as {found['h1'][:200]!r}"))
        main = squeezed(found["main"])
        for case in cases:
            # As paragraph, in code, in the head and the body of a table, as a section's title.
            if main.count(squeezed(case.line[:5000])) < 5:
                wrong.append((case.line[:80], "not shown as typed"))
    _fail_with([*wrong, *achieved])


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["institutions", "partnerships", "terms", "equipment"])
def test_facts_are_only_text(shelf: Shelf, browser: Browser, kind: str) -> None:
    page, achieved = _watched(browser, shelf.site)
    wrong: list[tuple[str, object]] = []
    for key, cases in shelf.records.items():
        address = f"{shelf.site.url}/en/{kind}/{key}"
        found = _visit(page, address)
        wrong += [(key, harm) for harm in _harmful(found, address)]
        main = squeezed(found["main"])
        for case in cases:
            # An institution's facts are only the first string's; its texts are all of them.
            if squeezed(case.line[:200]) not in main:
                wrong.append((case.line[:80], "not shown as typed"))
    _fail_with([*wrong, *achieved])


@pytest.mark.browser
@pytest.mark.slow
def test_lists_and_results_are_only_text(shelf: Shelf, browser: Browser) -> None:
    page, achieved = _watched(browser, shelf.site)
    wrong: list[tuple[str, object]] = []
    paths = [f"/en/courses?page={n}" for n in range(1, len(shelf.courses) // 20 + 2)]
    paths += ["/en/", "/ar/institutions", "/en/partnerships", "/en/terms", "/en/equipment"]
    for query in [*OWN, "alert", "script"]:
        paths.append(f"/en/search?q={quote(query[:400])}")
    for path in paths:
        address = shelf.site.url + path
        found = _visit(page, address)
        wrong += [(path[:80], harm) for harm in _harmful(found, urljoin(address, found["at"]))]
    _fail_with([*wrong, *achieved])


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
    _write(folder, meta_toml=meta, en_md=f"# Odd\n\nText.\n\n{links}\n")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    refused = site.run("import", tmp_path / "content", fails=True)
    assert "plan.svg: The drawing holds something that could run" in refused
    # Versions before took such drawings: it lies in the store of a library that has grown with them.
    (folder / "plan.svg").write_text(_HARMLESS, encoding="utf-8")
    site.run("import", tmp_path / "content")
    _put_in_place(site.data, _HARMLESS.encode(), _DRAWING.encode())
    with site.served("--workers", "1"):
        page, achieved = _watched(browser, site)
        address = f"{site.url}/en/courses/odd"
        assert _harmful(_visit(page, address), address) == []
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
        _fail_with([one for one in achieved if not one.startswith("script ")])


def _raw(site: Site, request: bytes) -> bytes:
    """The first bytes of the answer to a request that no client would send."""
    parts = urlsplit(site.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        try:
            return connection.recv(4096)
        except ConnectionResetError:
            return b""


def test_requests_that_are_none_are_refused_and_others_served(starter: Site) -> None:
    host = b"Host: x\r\nConnection: close\r\n"
    hostile = [
        b"\x16\x03\x01\x02\x00" + bytes(range(256)),
        b"GET\r\n\r\n",
        b"GET /en/ HTTP/9.9\r\n" + host + b"\r\n",
        b"GET /en/\xff\xfe\x00 HTTP/1.1\r\n" + host + b"\r\n",
        b"GET http://evil.invalid/en/ HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: evil.invalid/<script>\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /en/ HTTP/1.1\r\n" + host + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\n" + host + b"X: a\r\n" * 500 + b"\r\n",
        b"GET /en/ HTTP/1.1\r\n" + host + b"Accept-Language: \x00\xff\x80\r\n\r\n",
        b"POST /en/ HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n",
        b"POST /en/ HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\nx",
        b"POST /en/ HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /en/ HTTP/1.1\r\n"
        + host
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    ]
    for request in hostile:
        answer = _raw(starter, request)
        status = answer.split(b" ", 2)[1:2]
        assert not status or status[0][:1] in b"234", (request[:80], answer[:200])
        assert starter.get("/en/").status == 200


@pytest.mark.parametrize("header", ["Accept-Language", "Host", "Cookie", "Range", "If-None-Match"])
def test_headers_of_any_bytes_are_survived(starter: Site, header: str) -> None:
    for string in OWN:
        value = string.replace("\r", " ").replace("\n", " ").replace("\0", " ")[:4000].encode()
        answer = _raw(
            starter,
            b"GET / HTTP/1.0\r\n" + header.encode() + b": " + value + b"\r\n\r\n",
        )
        assert not answer or answer.split(b" ", 2)[1][:1] in b"234", (string[:80], answer[:200])
        assert b"evil.invalid" not in answer.partition(b"\r\n\r\n")[0]


def test_the_shared_list_is_part_of_this() -> None:
    if naughty() is None:
        pytest.skip(ABSENT)
    assert len(_cases()) > 500


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\uffff"])
def test_what_no_page_can_carry_is_refused_with_file_and_line(
    site: Site, tmp_path: Path, character: str
) -> None:
    folder = tmp_path / "content" / "course" / "odd"
    meta = 'source_language = "en"\nlicence = "CC0-1.0"\n'
    _write(folder, meta_toml=meta, en_md=f"# Odd\n\nBefore {character} after.\n")
    said = site.run("import", tmp_path / "content", fails=True)
    assert "course/odd/en.md:3: " in said
    assert f"U+{ord(character):04X}" in said
    _write(
        folder, meta_toml=f'{meta}version = "\\u{ord(character):04x}"\n', en_md="# Odd\n\nText.\n"
    )
    said = site.run("import", tmp_path / "content", fails=True)
    assert "course/odd/meta.toml:3: version: " in said


def test_half_a_character_is_refused_with_its_place(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "content" / "course" / "odd"
    _write(folder, meta_toml='source_language = "en"\nlicence = "CC0-1.0"\n')
    (folder / "en.md").write_bytes(b"# Odd\n\nA lone \xed\xa0\x80 surrogate.\n")
    said = site.run("import", tmp_path / "content", fails=True)
    assert "course/odd/en.md:3: The text is not UTF-8" in said
