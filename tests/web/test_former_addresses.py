"""Renamed works and moved sections: their old addresses lead to where they are."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.catalogue import former_addresses
from library.catalogue.drafting import draft_of
from library.catalogue.service import store_work
from tests.factories import make_work


def test_a_renamed_work_is_found_at_its_old_address(session: Session, client: FlaskClient) -> None:
    work = make_work(session, key="old")
    former_addresses.rename_work(session, work.uuid, key="new", by="test")
    session.commit()
    answer = client.get("/fr/courses/old?with=zh-Hans")
    assert (answer.status_code, answer.location) == (301, "/fr/courses/new?with=zh-Hans")
    answer = client.get("/en/courses/old/first-steps")
    assert (answer.status_code, answer.location) == (301, "/en/courses/new/first-steps")
    assert client.get("/en/courses/new").status_code == 200
    assert client.get("/en/courses/never").status_code == 404


def test_a_moved_section_is_found_at_its_old_address_until_another_lives_there(
    session: Session, client: FlaskClient
) -> None:
    work = make_work(session, sections={"one": {"en": "# One"}, "two": {"en": "# Two"}})
    draft = draft_of(session, work.uuid)
    first, second = draft.root.sections
    second.sections, draft.root.sections = [first], [second]
    store_work(session, draft, by="test", whole=True)
    session.commit()
    base = f"/en/courses/{work.key}"
    answer = client.get(f"{base}/one")
    assert (answer.status_code, answer.location) == (301, f"{base}/two/one")
    # Back where it was: no loop.
    draft = draft_of(session, work.uuid)
    inner = draft.root.sections[0].sections.pop()
    draft.root.sections.append(inner)
    store_work(session, draft, by="test", whole=True)
    session.commit()
    assert client.get(f"{base}/one").status_code == 200
    assert client.get(f"{base}/two/one").location == f"{base}/one"


def test_sections_that_swap_their_names_lead_to_themselves(
    session: Session, client: FlaskClient
) -> None:
    work = make_work(session, sections={"one": {"en": "# One"}, "two": {"en": "# Two"}})
    draft = draft_of(session, work.uuid)
    first, second = draft.root.sections
    first.key, second.key = "two", "one"
    first.folder, second.folder = "two", "one"
    store_work(session, draft, by="test", whole=True)
    session.commit()
    assert b"Two" in client.get(f"/en/courses/{work.key}/one").data


def test_an_address_that_was_given_up_can_be_taken_back_by_its_own_work(session: Session) -> None:
    work = make_work(session, key="old")
    for key in ("new", "old", "new"):
        former_addresses.rename_work(session, work.uuid, key=key, by="test")
    follow = former_addresses.follow(session, kind="course", key="old")
    assert follow == ("course", "new", "")
    assert former_addresses.follow(session, kind="course", key="new") is None
