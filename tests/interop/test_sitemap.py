from __future__ import annotations

from flask.testing import FlaskClient
from lxml import etree, html
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.catalogue.models import Section
from library.catalogue.service import withdraw
from library.db import utc_now
from library.interop import sitemap
from library.interop.sitemap import pages_of, plan
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_institution, make_partnership, make_work

BASE = "https://library.example.org"
NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
LANGUAGES = ("en", "fr")


def addresses(client: FlaskClient, path: str = "/sitemap.xml") -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/xml"
    read = etree.fromstring(response.data)
    return [(loc.text or "").removeprefix(BASE) for loc in read.iterfind("s:url/s:loc", NS)]


def test_an_empty_library_still_has_its_front_door(client: FlaskClient) -> None:
    there = addresses(client)
    assert "/en/" in there
    assert "/en/courses" not in there


def test_every_edition_and_section_that_exists_is_there_and_no_other(
    client: FlaskClient, session: Session
) -> None:
    make_work(
        session,
        languages=("en", "fr", "ar"),
        sections={
            "both": {"en": "# Both\n\nText.\n", "fr": "# Les deux\n\nTexte.\n"},
            "english": {"en": "# English\n\nText.\n"},
        },
        editions={"ar": EditionDraft(offered=False)},
    )
    session.commit()
    works = [path for path in addresses(client) if "measuring-safely" in path]
    assert sorted(works) == [
        "/en/courses/measuring-safely",
        "/en/courses/measuring-safely/both",
        "/en/courses/measuring-safely/english",
        "/fr/courses/measuring-safely",
        "/fr/courses/measuring-safely/both",
    ]


def test_lists_that_have_something_in_them_are_there(client: FlaskClient, session: Session) -> None:
    make_work(session)
    make_institution(session)
    session.commit()
    there = addresses(client)
    for path in ("/ar/courses", "/ar/works", "/ar/institutions"):
        assert path in there
    for path in ("/ar/textbooks", "/ar/terms", "/ar/partnerships"):
        assert path not in there


def test_institutions_and_partnerships_stand_in_the_languages_they_are_named_in(
    client: FlaskClient, session: Session
) -> None:
    make_institution(session, names={"en": "A", "sw": "B"})
    make_partnership(session)
    session.commit()
    there = addresses(client)
    assert {"/en/institutions/mbeya-college", "/sw/institutions/mbeya-college"} <= set(there)
    assert "/fr/institutions/mbeya-college" not in there
    assert "/zh-Hans/partnerships/mbeya-workshop" in there


def test_every_alternate_is_a_page_of_the_sitemap(client: FlaskClient, session: Session) -> None:
    make_work(session, languages=("zh-Hans", "en", "ur"))
    make_institution(session)
    session.commit()
    read = etree.fromstring(client.get("/sitemap.xml").data)
    there: dict[str, dict[str, str]] = {}
    for url in read.findall("s:url", NS):
        links = {str(x.get("hreflang")): str(x.get("href")) for x in url.findall("x:link", NS)}
        there[url.findtext("s:loc", "", NS)] = links
    for address, links in there.items():
        default = links.pop("x-default")
        assert default in there or default == f"{BASE}/"
        assert address in links.values()
        for other in links.values():
            assert address in there[other].values()


def test_what_was_withdrawn_or_taken_out_is_not_there(
    client: FlaskClient, session: Session
) -> None:
    work = make_work(session, key="kept", sections={"gone": {"en": "# G\n\nT.\n"}})
    gone = make_work(session, key="gone-too")
    section = session.scalars(select(Section).where(Section.path == "gone")).one()
    section.removed_at = utc_now()
    withdraw(session, gone.uuid, because="", by="tests")
    session.commit()
    there = addresses(client)
    assert f"/en/courses/{work.key}" in there
    assert not [path for path in there if "gone" in path]


def test_what_is_published_is_in_the_sitemap_at_once(client: FlaskClient, session: Session) -> None:
    assert "/en/courses/measuring-safely" not in addresses(client)
    make_work(session)
    session.commit()
    assert "/en/courses/measuring-safely" in addresses(client)


def test_a_large_library_has_an_index_of_files_that_hold_everything_once(
    client: FlaskClient, session: Session, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    for n in range(7):
        make_work(session, key=f"work-{n}", languages=("en", "fr"))
    session.commit()
    whole = addresses(client)
    session.execute(select(1))
    monkeypatch.setattr(sitemap, "FILE_SIZE", 10)
    monkeypatch.setattr(plan, "__kwdefaults__", {"size": 10})
    make_work(session, key="work-7", languages=("en", "fr"))
    session.commit()
    index = etree.fromstring(client.get("/sitemap.xml").data)
    files = [(loc.text or "").removeprefix(BASE) for loc in index.iterfind("s:sitemap/s:loc", NS)]
    assert files == [f"/sitemap-{n}.xml" for n in range(1, len(files) + 1)]
    parts = [addresses(client, path) for path in files]
    together = [path for part in parts for path in part]
    assert len(together) == len(set(together))
    assert set(together) - set(whole) == {
        f"/{lang}/courses/work-7{rest}" for lang in ("en", "fr") for rest in ("", "/first-steps")
    }
    assert all(len(part) <= 10 for part in parts[1:])


def test_a_work_too_large_for_a_file_is_cut_by_its_sections(session: Session, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    sections = {f"s{n:02}": {"en": f"# S {n}\n\nText.\n"} for n in range(25)}
    make_work(session, languages=("en",), sections=sections)
    monkeypatch.setattr(sitemap, "LONGEST_FILE", 20)
    made = plan(session, languages=LANGUAGES, size=10)
    stretches = [stretch for file in made.files for stretch in file]
    assert [s.positions for s in stretches if s.positions] == [(0, 9), (10, 19), (20, 25)]
    paths = [
        path
        for stretch in stretches
        for page in pages_of(session, stretch, languages=LANGUAGES)
        for path in page.paths.values()
    ]
    assert len([p for p in paths if "measuring-safely" in p]) == 26


def test_every_page_of_the_sitemap_is_one_that_search_engines_may_keep(
    client: FlaskClient, session: Session
) -> None:
    make_institution(session)
    make_partnership(session)
    make_concept(session)
    make_work(
        session,
        languages=("zh-Hans", "en", "ur"),
        sections={
            "all": dict.fromkeys(("zh-Hans", "en", "ur"), "# A\n\nB.\n"),
            "some": dict.fromkeys(("zh-Hans", "ur"), "# A\n\nB.\n"),
        },
    )
    session.commit()
    read = etree.fromstring(client.get("/sitemap.xml").data)
    urls = read.findall("s:url", NS)
    # Of pages that all languages have, one is enough.
    chosen = [u for u in urls if len(u.findall("x:link", NS)) < 8 or "/ar/" in loc(u)]
    assert len(chosen) > 15
    for url in chosen:
        response = client.get(loc(url).removeprefix(BASE))
        assert response.status_code == 200, loc(url)
        head = html.fromstring(response.data).find("head")
        assert head is not None
        assert not head.xpath("meta[@name='robots'][contains(@content, 'noindex')]"), loc(url)
        assert head.xpath("link[@rel='canonical']/@href") == [loc(url)]
        shown = {x.get("hreflang"): x.get("href") for x in head.xpath("link[@hreflang]")}
        told = {x.get("hreflang"): x.get("href") for x in url.findall("x:link", NS)}
        assert shown == told, loc(url)


def loc(url: etree._Element) -> str:
    return url.findtext("s:loc", "", NS)


def make_concept(session: Session) -> None:
    store_concept(
        session,
        ConceptDraft(
            key="encoder",
            source_language="zh-Hans",
            languages={
                "zh-Hans": LanguageDraft([TermDraft("编码器")], "测量转角的装置。"),
                "en": LanguageDraft([TermDraft("encoder")]),
            },
        ),
    )


def test_a_number_that_is_no_file_is_not_found(client: FlaskClient) -> None:
    for path in ("/sitemap-0.xml", "/sitemap-2.xml", "/sitemap-99999999999999999999.xml"):
        assert client.get(path).status_code == 404
