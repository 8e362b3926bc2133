"""The page of people: who sees whom, and what may be done to them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import links, service, sittings
from library.accounts.models import OneTimeLink, Person
from library.db import utc_now
from tests.factories import make_institution
from tests.people import DeskClient, make_person, signed_in, visitor

PEOPLE = "/en/desk/people"


@pytest.fixture
def local(app: Flask, factory: sessionmaker[Session], session: Session) -> DeskClient:
    """The administrator of Mbeya College, in a browser."""
    make_institution(session)
    make_institution(session, key="dodoma-college", names={"en": "Dodoma College"})
    made = make_person(
        session,
        email="local@example.org",
        name="Local",
        roles=[("administrator", "mbeya-college")],
    )
    session.commit()
    return signed_in(app, factory, made)


@pytest.fixture
def boss(app: Flask, factory: sessionmaker[Session], session: Session) -> DeskClient:
    made = make_person(session, email="boss@example.org", name="Boss", roles=["administrator"])
    session.commit()
    return signed_in(app, factory, made)


@pytest.fixture
def author(session: Session, local: DeskClient) -> Person:
    made = make_person(session, roles=[("author", "mbeya-college")])
    session.commit()
    return made


def _roles(session: Session, person: Person) -> set[tuple[str, str, str]]:
    session.rollback()
    return {(g.role, g.institution, g.lang) for g in service.grants_of(session, person)}


def test_an_administrator_sees_the_people_of_their_college_by_name(
    local: DeskClient, author: Person, session: Session
) -> None:
    make_person(session, email="far@example.org", name="Far", roles=[("author", "dodoma-college")])
    session.commit()
    text = local.get(PEOPLE).text
    assert "Asha Mushi" in text
    assert "Mbeya College" in text
    assert "Far" not in text
    assert "姆贝亚学院" in local.get("/zh-Hans/desk/people").text


def test_one_page_of_a_person_is_seen_by_who_looks_after_them(
    local: DeskClient, author: Person, session: Session
) -> None:
    far = make_person(session, email="far@example.org", roles=[("author", "dodoma-college")])
    session.commit()
    assert local.get(f"{PEOPLE}/{author.uuid}").status_code == 200
    assert local.get(f"{PEOPLE}/{far.uuid}").status_code == 403
    assert local.get(f"{PEOPLE}/00000000-0000-0000-0000-000000000000").status_code == 404
    assert local.get(f"{PEOPLE}/x").status_code == 404


def test_roles_are_given_and_taken(local: DeskClient, author: Person, session: Session) -> None:
    page = f"{PEOPLE}/{author.uuid}"
    fields = {"role": "translator", "institution": "mbeya-college", "lang": "zh-CN"}
    assert local.send(f"{page}/roles", fields, page=page).location == f"{page}?done=given"
    assert ("translator", "mbeya-college", "zh-Hans") in _roles(session, author)
    taken = {"wish": "take", "role": "author", "institution": "mbeya-college", "lang": ""}
    assert local.send(f"{page}/roles", taken, page=page).location == f"{page}?done=taken"
    assert _roles(session, author) == {("translator", "mbeya-college", "zh-Hans")}
    last = {**fields, "wish": "take", "lang": "zh-Hans"}
    assert local.send(f"{page}/roles", last, page=page).location == f"{PEOPLE}?done=taken"


@pytest.mark.parametrize(
    ("fields", "beside", "status"),
    [
        ({"role": ""}, "e-role", 422),
        ({"role": "king"}, "e-role", 422),
        ({"role": "author", "lang": "fr"}, "e-lang", 422),
        ({"role": "translator", "lang": "not a tag!"}, "e-lang", 422),
        ({"role": "author", "institution": "nowhere"}, "e-institution", 422),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_kept(
    local: DeskClient,
    author: Person,
    session: Session,
    fields: dict[str, str],
    beside: str,
    status: int,
) -> None:
    page = f"{PEOPLE}/{author.uuid}"
    told = {"institution": "mbeya-college", **fields}
    answer = local.send(f"{page}/roles", told, page=page)
    assert answer.status_code == status
    assert f'id="{beside}"' in answer.text
    assert _roles(session, author) == {("author", "mbeya-college", "")}


@pytest.mark.parametrize("institution", ["", "dodoma-college"])
def test_a_form_that_was_changed_by_hand_gives_no_role_elsewhere(
    local: DeskClient, author: Person, session: Session, institution: str
) -> None:
    page = f"{PEOPLE}/{author.uuid}"
    fields = {"role": "administrator", "institution": institution}
    assert local.send(f"{page}/roles", fields, page=page).status_code == 403
    invited = {"email": "new@example.org", **fields}
    answer = local.send(f"{PEOPLE}/invite", invited)
    assert answer.status_code == 422
    assert 'value="new@example.org"' in answer.text
    assert 'id="e-institution"' in answer.text
    assert _roles(session, author) == {("author", "mbeya-college", "")}
    assert session.query(OneTimeLink).count() == 0


def test_the_last_administrator_is_not_locked_out(boss: DeskClient, session: Session) -> None:
    me = service.person_by_email(session, "boss@example.org")
    page = f"{PEOPLE}/{me.uuid}"
    taken = {"wish": "take", "role": "administrator", "institution": "", "lang": ""}
    for path, fields in ((f"{page}/roles", taken), (f"{page}/access", {"wish": "out"})):
        answer = boss.send(path, fields, page=page)
        assert answer.status_code == 409
        assert "last administrator" in answer.text
    assert boss.get(PEOPLE).status_code == 200


def test_who_gives_up_their_own_role_is_led_home(boss: DeskClient, session: Session) -> None:
    make_person(session, email="other@example.org", roles=["administrator"])
    session.commit()
    me = service.person_by_email(session, "boss@example.org")
    page = f"{PEOPLE}/{me.uuid}"
    taken = {"wish": "take", "role": "administrator", "institution": "", "lang": ""}
    answer = boss.send(f"{page}/roles", taken, page=page)
    assert answer.location == "/en/desk?done=taken"
    assert "The role is taken away." in boss.get(answer.location).text
    assert boss.get(PEOPLE).status_code == 403


def test_shutting_out_and_letting_in(
    app: Flask,
    factory: sessionmaker[Session],
    local: DeskClient,
    author: Person,
) -> None:
    asha = signed_in(app, factory, author)
    page = f"{PEOPLE}/{author.uuid}"
    assert local.send(f"{page}/access", {"wish": "out"}, page=page).status_code == 303
    assert asha.get("/en/desk").status_code == 303
    assert "shut out" in local.get(PEOPLE).text
    assert local.send(f"{page}/access", {"wish": "in"}, page=page).status_code == 303
    assert asha.get("/en/desk").status_code == 303


def test_a_link_for_a_lost_password_is_shown_once(
    app: Flask, local: DeskClient, author: Person
) -> None:
    page = f"{PEOPLE}/{author.uuid}"
    answer = local.send(f"{page}/access", {"wish": "password"}, page=page)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    path = answer.text.split("https://library.example.org")[1].split('"')[0]
    assert visitor(app).get(path).status_code == 200
    assert path not in local.get(page).text


def test_somebody_with_rights_elsewhere_is_out_of_reach(
    local: DeskClient, session: Session
) -> None:
    both = make_person(
        session, email="both@example.org", roles=["publisher", ("author", "mbeya-college")]
    )
    session.commit()
    page = f"{PEOPLE}/{both.uuid}"
    text = local.get(page).text
    assert 'value="password"' not in text
    for wish in ("password", "out", "codes", "in"):
        assert local.send(f"{page}/access", {"wish": wish}, page=page).status_code == 403
    taken = {"wish": "take", "role": "publisher", "institution": "", "lang": ""}
    assert local.send(f"{page}/roles", taken, page=page).status_code == 403
    assert len(_roles(session, both)) == 2


def test_invitations_are_listed_renewed_and_withdrawn(
    app: Flask, local: DeskClient, session: Session
) -> None:
    fields = {"email": "new@example.org", "role": "author", "institution": "mbeya-college"}
    first = local.send(f"{PEOPLE}/invite", fields).text
    assert "new@example.org" in local.get(PEOPLE).text
    waiting = session.query(OneTimeLink).one()
    invitations = f"{PEOPLE}/invitations"
    again = local.send(invitations, {"id": str(waiting.id), "wish": "again"}, page=PEOPLE)

    def path(text: str) -> str:
        return text.split('value="https://library.example.org')[1].split('"')[0]

    assert visitor(app).get(path(first)).status_code == 410
    assert visitor(app).get(path(again.text)).status_code == 200
    session.rollback()
    newest = session.query(OneTimeLink).order_by(OneTimeLink.id.desc()).first()
    assert newest is not None
    local.send(invitations, {"id": str(newest.id), "wish": "withdraw"}, page=PEOPLE)
    assert visitor(app).get(path(again.text)).status_code == 410
    assert "new@example.org" not in local.get(PEOPLE).text
    assert local.send(invitations, {"id": "999", "wish": "again"}, page=PEOPLE).status_code == 404


def test_somebody_known_is_not_invited_twice(local: DeskClient, author: Person) -> None:
    fields = {"email": "asha@example.org", "role": "author", "institution": "mbeya-college"}
    answer = local.send(f"{PEOPLE}/invite", fields)
    assert answer.status_code == 422
    assert 'id="e-email"' in answer.text


def test_names_cannot_break_the_page(local: DeskClient, session: Session) -> None:
    make_person(
        session,
        email="x@example.org",
        name='"><script>alert(1)</script>',
        roles=[("author", "mbeya-college")],
    )
    session.commit()
    text = local.get(PEOPLE).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_what_was_done_to_a_person_is_on_their_page(local: DeskClient, author: Person) -> None:
    page = f"{PEOPLE}/{author.uuid}"
    fields = {"role": "reviewer", "institution": "mbeya-college"}
    local.send(f"{page}/roles", fields, page=page)
    text = local.get(page).text
    assert "gave a role" in text
    assert "Local" in text


def test_the_entry_is_shown_to_administrators_only(
    app: Flask, factory: sessionmaker[Session], local: DeskClient, author: Person
) -> None:
    assert f'href="{PEOPLE}"' in local.get("/en/desk").text
    asha = signed_in(app, factory, author)
    assert f'href="{PEOPLE}"' not in asha.get("/en/desk").text


def test_an_invitation_that_has_expired_says_so(local: DeskClient, session: Session) -> None:
    fields = {"email": "new@example.org", "role": "author", "institution": "mbeya-college"}
    local.send(f"{PEOPLE}/invite", fields)
    session.query(OneTimeLink).update({"expires_at": utc_now()})
    session.commit()
    assert "expired" in local.get(PEOPLE).text
    assert links.LIFETIMES[links.INVITATION] > sittings.IDLE
