from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from lxml import etree

from library.formats import sitemap
from library.formats.sitemap import Page

BASE = "https://library.example.org"
NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}

# The schema asks for the declaration of whatever else stands in a sitemap.
_DRIVER = """\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<xsd:import namespace="http://www.sitemaps.org/schemas/sitemap/0.9" schemaLocation="{sitemap}"/>
<xsd:import namespace="http://www.w3.org/1999/xhtml" schemaLocation="{xhtml}"/>
</xsd:schema>
"""
_XHTML = """\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xhtml">
<xsd:element name="link"><xsd:complexType>
<xsd:attribute name="rel" type="xsd:string" use="required"/>
<xsd:attribute name="hreflang" type="xsd:string" use="required"/>
<xsd:attribute name="href" type="xsd:anyURI" use="required"/>
</xsd:complexType></xsd:element>
</xsd:schema>
"""


@pytest.fixture
def schema(tmp_path: Path) -> etree.XMLSchema:
    """The published schema of sitemaps, with a declaration of the links beside it."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    published = Path(os.environ.get("MORTISE_SHARED", beside)) / "schemas" / "sitemap.xsd"
    if not published.exists():
        pytest.skip("set MORTISE_SHARED to the folder that has schemas/sitemap.xsd")
    (tmp_path / "xhtml.xsd").write_text(_XHTML)
    driver = tmp_path / "driver.xsd"
    driver.write_text(
        _DRIVER.format(sitemap=published.as_uri(), xhtml=(tmp_path / "xhtml.xsd").as_uri())
    )
    return etree.XMLSchema(etree.parse(str(driver)))


def page(key: str = "a") -> Page:
    paths = {"en": f"/en/courses/{key}", "zh-Hans": f"/zh-Hans/courses/{key}"}
    return Page(paths, paths["zh-Hans"], dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC))


def parsed(*pages: Page) -> etree._Element:
    return etree.fromstring("".join(sitemap.urlset(pages, base_url=BASE)).encode())


def test_a_sitemap_fits_the_published_schema(schema: etree.XMLSchema) -> None:
    schema.assertValid(parsed(page(), page("b"), Page({"en": "/en/"}, "/")))


def test_every_language_names_all_the_others_and_itself() -> None:
    urls = parsed(page()).findall("s:url", NS)
    assert [url.findtext("s:loc", namespaces=NS) for url in urls] == [
        f"{BASE}/en/courses/a",
        f"{BASE}/zh-Hans/courses/a",
    ]
    for url in urls:
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", NS)}
        assert links == {
            "en": f"{BASE}/en/courses/a",
            "zh-Hans": f"{BASE}/zh-Hans/courses/a",
            "x-default": f"{BASE}/zh-Hans/courses/a",
        }
        assert url.findtext("s:lastmod", namespaces=NS) == "2026-11-21T08:00:00+00:00"


def test_an_address_longer_than_the_protocol_allows_is_left_out() -> None:
    long = "/fr/" + "a" * sitemap.LONGEST_ADDRESS
    urls = parsed(Page({"en": "/en/a", "fr": long}, long)).findall("s:url", NS)
    assert len(urls) == 1
    assert [link.get("hreflang") for link in urls[0].findall("x:link", NS)] == ["en"]


def test_an_index_names_its_files() -> None:
    changed = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    text = "".join(sitemap.index([("/sitemap-1.xml", changed), ("/s?a&b", None)], base_url=BASE))
    read = etree.fromstring(text.encode())
    assert [loc.text for loc in read.iterfind("s:sitemap/s:loc", NS)] == [
        f"{BASE}/sitemap-1.xml",
        f"{BASE}/s?a&b",
    ]
