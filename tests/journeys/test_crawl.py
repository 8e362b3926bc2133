"""Every page that a reader can reach by links: it answers, has its own title, and says its languages."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from dataclasses import dataclass
from functools import cache
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from lxml import html as lxml_html

from tests.judges.site import Site

pytestmark = pytest.mark.slow

# Pages of one kind differ by filters only; a few of each are enough to see that they answer.
MOST = 220
SCRIPTS = {
    "ar": re.compile(r"[\u0620-\u064a]{3}"),
    "th": re.compile(r"[\u0e01-\u0e2e]{3}"),
    "km": re.compile(r"[\u1780-\u17b3]{3}"),
    "zh": re.compile(r"[\u4e00-\u9fff]{2}"),
    "ru": re.compile(r"[\u0430-\u044f]{4}"),
}
ALSO = {"ar": ("ar", "fa", "ur"), "zh": ("zh", "ja")}


@dataclass
class Seen:
    url: str
    status: int
    kind: str
    tree: lxml_html.HtmlElement | None


@cache
def crawl(site: str, start: str) -> list[Seen]:
    """Follow links within one language, breadth first."""
    reader = Site.__new__(Site)
    reader.url = site
    waiting, known, seen = deque([start]), {start}, []
    prefix = "/" + start.split("/")[1] + "/"
    while waiting and len(seen) < MOST:
        path = waiting.popleft()
        answer = reader.get(path)
        kind = answer.headers.get("Content-Type", "")
        tree = lxml_html.fromstring(answer.body) if kind.startswith("text/html") else None
        seen.append(Seen(path, answer.status, kind, tree))
        if tree is None:
            continue
        for link in tree.iter("a"):
            address = urldefrag(urljoin(site + path, link.get("href", "")))[0]
            parts = urlsplit(address)
            if not address.startswith(site + prefix):
                continue
            near = parts.path + (f"?{parts.query}" if parts.query else "")
            if near not in known and parts.query.count("&") < 1:
                known.add(near)
                waiting.append(near)
    return seen


@pytest.fixture(params=["en", "zh-Hans", "ar"])
def pages(request: pytest.FixtureRequest, starter: Site) -> list[Seen]:
    return crawl(starter.url, f"/{request.param}/")


def test_every_link_leads_somewhere(pages: list[Seen]) -> None:
    assert len(pages) > 60
    assert [(p.url, p.status) for p in pages if p.status not in (200, 302, 308)] == []


def test_every_page_has_its_own_title_one_heading_and_a_description(pages: list[Seen]) -> None:
    titles: dict[str, str] = {}
    for page in pages:
        if page.tree is None or page.status != 200:
            continue
        title = (page.tree.findtext(".//title") or "").strip()
        assert title, page.url
        assert len(page.tree.findall(".//h1")) == 1, page.url
        assert page.tree.find(".//meta[@name='description']") is not None, page.url
        plain = page.url.partition("?")[0]
        assert titles.setdefault(title, plain) == plain, f"{title}: {page.url}"


def test_no_id_stands_twice_on_a_page(pages: list[Seen]) -> None:
    for page in pages:
        if page.tree is not None:
            ids = Counter(page.tree.xpath("//@id"))
            assert [i for i, n in ids.items() if n > 1] == [], page.url


def test_text_of_another_script_says_its_language(pages: list[Seen]) -> None:
    wrong = []
    for page in pages:
        if page.tree is None:
            continue
        for text in page.tree.xpath("//body//text()[normalize-space()]"):
            element = text.getparent().getparent() if text.is_tail else text.getparent()
            if element.tag in ("script", "style", "code", "pre", "mtext", "mi", "mo"):
                continue
            tag = next(
                (e.get("lang") for e in [element, *element.iterancestors()] if e.get("lang")), ""
            )
            for script, pattern in SCRIPTS.items():
                allowed = ALSO.get(script, (script,))
                if pattern.search(text) and tag.split("-")[0] not in allowed:
                    wrong.append((page.url, tag, text.strip()[:40]))
    assert wrong[:8] == []


def test_right_to_left_text_says_its_direction(pages: list[Seen]) -> None:
    wrong = []
    for page in pages:
        if page.tree is None:
            continue
        for element in page.tree.xpath("//body//*[@lang]"):
            rtl = element.get("lang").split("-")[0] in ("ar", "fa", "ur")
            outer = next(
                (e.get("dir") for e in [element, *element.iterancestors()] if e.get("dir")), "ltr"
            )
            if rtl != (outer == "rtl"):
                wrong.append((page.url, element.get("lang"), outer, (element.text or "")[:30]))
    assert wrong[:8] == []


def test_linked_data_on_every_page_can_be_read(pages: list[Seen]) -> None:
    for page in pages:
        if page.tree is None or page.status != 200 or "/search" in page.url:
            continue
        data = page.tree.findall(".//script[@type='application/ld+json']")
        assert data, page.url
        for one in data:
            assert "@context" in json.dumps(json.loads(one.text or ""))


def test_pictures_have_words_and_sizes(pages: list[Seen]) -> None:
    for page in pages:
        if page.tree is not None:
            for picture in page.tree.iter("img"):
                assert (picture.get("alt") or "").strip(), page.url
                assert picture.get("width"), page.url
