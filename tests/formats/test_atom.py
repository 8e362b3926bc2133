from __future__ import annotations

import datetime as dt
import uuid as uuids

from lxml import etree

from library.formats import atom

BASE = "https://library.example.org"
NS = {"a": "http://www.w3.org/2005/Atom"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def entry(n: int = 0, **changed: object) -> atom.Entry:
    facts: dict[str, object] = {
        "uuid": uuids.UUID(int=n),
        "title": f"Work {n}",
        "summary": "About it.",
        "lang": "fr",
        "page": f"/fr/courses/work-{n}",
        "kind": "course",
        "licence": "CC-BY-4.0",
        "published_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "updated_at": dt.datetime(2026, 2, 1, tzinfo=dt.UTC) + dt.timedelta(hours=n),
    }
    return atom.Entry(**{**facts, **changed})  # type: ignore[arg-type]


def parsed(*entries: atom.Entry) -> etree._Element:
    feed = atom.Feed(
        title="Mortise: new & changed",
        title_lang="fr",
        lang="fr",
        path="/fr/feed.atom",
        page="/fr/",
        site_name="Mortise",
        entries=entries,
    )
    return etree.fromstring(atom.document(feed, base_url=BASE).encode())


def said(node: etree._Element, path: str) -> list[str]:
    return [str(found) for found in node.xpath(path, namespaces=NS)]


def test_a_feed_has_what_rfc_4287_asks_for() -> None:
    feed = parsed(entry(1), entry(2))
    for element in ("id", "title", "updated", "author"):
        assert len(feed.findall(f"a:{element}", NS)) == 1
    assert said(feed, "a:id/text()")[0].startswith("urn:uuid:")
    assert said(feed, "a:link[@rel='self']/@href") == [f"{BASE}/fr/feed.atom"]
    assert feed.get(XML_LANG) == "fr"
    for one in feed.findall("a:entry", NS):
        for element in ("id", "title", "updated"):
            assert len(one.findall(f"a:{element}", NS)) == 1
        assert len(one.findall("a:link[@rel='alternate']", NS)) == 1
        for moment in said(one, "a:updated/text() | a:published/text()"):
            assert dt.datetime.fromisoformat(moment).tzinfo is not None
    assert len(set(said(feed, "//a:id/text()"))) == 3


def test_a_feed_is_as_new_as_its_newest_entry() -> None:
    assert said(parsed(entry(1), entry(5)), "a:updated/text()") == ["2026-02-01T05:00:00+00:00"]


def test_an_empty_feed_is_still_a_feed() -> None:
    assert said(parsed(), "a:updated/text()") == ["1970-01-01T00:00:00+00:00"]


def test_characters_that_xml_refuses_are_left_out() -> None:
    feed = parsed(entry(title="A\x00B\x0b<C>&\ud800", summary="\x1bx", authors=["O'Neill & <Co>"]))
    assert said(feed, "a:entry/a:title/text()") == ["AB<C>&"]
    assert said(feed, "a:entry/a:author/a:name/text()") == ["O'Neill & <Co>"]


def test_at_most_fifty_entries() -> None:
    assert len(parsed(*(entry(n) for n in range(60))).findall("a:entry", NS)) == 50
