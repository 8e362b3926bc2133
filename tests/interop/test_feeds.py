from __future__ import annotations

import datetime as dt

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from library.catalogue.models import WORK_KINDS
from library.catalogue.public_paths import SEGMENTS
from library.catalogue.service import withdraw
from library.formats import atom
from library.interop.feeds import newest
from tests.factories import make_codes, make_work, root_texts

NS = {"a": "http://www.w3.org/2005/Atom"}


def titles(client: FlaskClient, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/atom+xml"
    read = etree.fromstring(response.data)
    return [str(title.text) for title in read.iterfind("a:entry/a:title", NS)]


def test_a_feed_has_what_can_be_read_in_its_language(client: FlaskClient, session: Session) -> None:
    make_work(session, key="both", languages=("en", "fr"))
    make_work(session, key="english", languages=("en",))
    session.commit()
    assert titles(client, "/fr/feed.atom") == ["Mesurer sans danger"]
    assert len(titles(client, "/en/feed.atom")) == 2
    assert titles(client, "/sw/feed.atom") == []


def test_each_kind_has_its_feed(client: FlaskClient, session: Session) -> None:
    make_work(session, kind="textbook")
    session.commit()
    for kind in WORK_KINDS:
        found = titles(client, f"/en/{SEGMENTS[kind]}/feed.atom")
        assert len(found) == (1 if kind == "textbook" else 0)


def test_the_newest_change_comes_first_and_the_list_ends(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for n in range(3):
        make_work(session, key=f"work-{n}").updated_at = start + dt.timedelta(days=(n * 2) % 3)
    session.flush()
    monkeypatch.setattr(atom, "LONGEST", 2)
    assert [e.page.rpartition("/")[2] for e in newest(session, lang="en")] == ["work-1", "work-2"]


def test_an_entry_says_what_the_work_is_about(client: FlaskClient, session: Session) -> None:
    make_codes(session)
    work = make_work(
        session,
        codes=["isced-f-2013:0713"],
        contributors=[{"name": "A. Mushi", "role": "author"}],
    )
    session.commit()
    read = etree.fromstring(client.get("/zh-Hans/courses/feed.atom").data)
    terms = [c.get("term") for c in read.iterfind("a:entry/a:category", NS)]
    assert terms == ["course", "isced-f-2013:0713"]
    assert read.findtext("a:entry/a:author/a:name", namespaces=NS) == "A. Mushi"
    assert read.findtext("a:entry/a:id", namespaces=NS) == f"urn:uuid:{work.uuid}"
    link = read.find("a:entry/a:link[@rel='alternate']", NS)
    assert link is not None
    assert link.get("href", "").endswith("/zh-Hans/courses/measuring-safely")


def test_control_characters_in_a_title_do_not_break_the_feed(
    client: FlaskClient, session: Session
) -> None:
    texts = root_texts(["en"])
    work = make_work(session, languages=("en",), texts=texts)
    session.flush()
    from library.catalogue.models import Edition

    session.get_one(Edition, (work.id, "en")).title = "Safe\x0bty \x1b& <more>"
    session.commit()
    assert titles(client, "/en/feed.atom") == ["Safety & <more>"]


def test_a_withdrawn_work_leaves_the_feed(client: FlaskClient, session: Session) -> None:
    work = make_work(session)
    withdraw(session, work.uuid, because="", by="tests")
    session.commit()
    assert titles(client, "/en/feed.atom") == []


def test_a_language_in_another_spelling_leads_to_the_feed(client: FlaskClient) -> None:
    response = client.get("/zh-CN/courses/feed.atom")
    assert response.status_code == 308
    assert response.headers["Location"] == "/zh-Hans/courses/feed.atom"


def test_a_feed_can_be_read_from_anywhere_and_is_not_sent_again_unchanged(
    client: FlaskClient,
) -> None:
    first = client.get("/en/feed.atom")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/en/feed.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
