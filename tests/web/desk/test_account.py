"""One's own account: name, password, sessions, codes of a device."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import codes, passwords
from library.accounts.models import Person, Sitting
from library.config import Settings
from library.db import utc_now
from tests.people import DeskClient, make_person, signed_in, visitor

PASSWORD = "rain on the roof"
ACCOUNT = "/en/desk/account"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, password=passwords.hashed(PASSWORD))
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


def test_one_changes_ones_name(asha: DeskClient) -> None:
    answer = asha.send(f"{ACCOUNT}/name", {"name": "آشا <b>"}, page=ACCOUNT)
    assert answer.status_code == 303
    text = asha.get(answer.location).text
    assert "Your name is changed." in text
    assert "آشا &lt;b&gt;" in text
    answer = asha.send(f"{ACCOUNT}/name", {"name": "  "}, page=ACCOUNT)
    assert answer.status_code == 422
    assert "e-name" in answer.text


def _change(client: DeskClient, old: str, new: str, again: str | None = None):  # type: ignore[no-untyped-def]
    fields = {"old": old, "password": new, "again": new if again is None else again}
    return client.send(f"{ACCOUNT}/password", fields, page=ACCOUNT)


def test_one_changes_ones_password_with_the_old_one(
    app: Flask, asha: DeskClient, factory: sessionmaker[Session], person: Person
) -> None:
    elsewhere = signed_in(app, factory, person)
    assert _change(asha, "not this one", "snow on the roof").status_code == 422
    assert _change(asha, PASSWORD, "snow on the roof", "something else").status_code == 422
    answer = _change(asha, PASSWORD, "short")
    assert answer.status_code == 422
    assert "At least 10" in answer.text
    assert elsewhere.get(ACCOUNT).status_code == 200
    assert _change(asha, PASSWORD, "snow on the roof").status_code == 303
    assert asha.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 303


def test_one_sees_where_one_is_signed_in_and_ends_it(
    app: Flask, asha: DeskClient, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    phone = signed_in(app, factory, person)
    session.query(Sitting).update({"device": FIREFOX, "network": "198.51.100.7"})
    session.commit()
    text = asha.get(ACCOUNT).text
    assert text.count("Firefox on Windows") >= 2
    assert "198.51.100.7" in text
    assert text.count("this browser") == 1
    found = re.search(r'name="id" value="(\d+)"', text)
    assert found
    answer = asha.send(f"{ACCOUNT}/sessions", {"id": found[1]}, page=ACCOUNT)
    assert answer.status_code == 303
    assert phone.get(ACCOUNT).status_code == 303
    assert asha.get(ACCOUNT).status_code == 200


def test_one_signs_out_everywhere_else(
    app: Flask, asha: DeskClient, factory: sessionmaker[Session], person: Person
) -> None:
    others = [signed_in(app, factory, person) for _ in range(3)]
    asha.send(f"{ACCOUNT}/sessions", page=ACCOUNT)
    assert [other.get(ACCOUNT).status_code for other in others] == [303] * 3
    assert asha.get(ACCOUNT).status_code == 200


def test_nobody_ends_the_sessions_of_others(
    app: Flask, asha: DeskClient, factory: sessionmaker[Session], session: Session
) -> None:
    eve = make_person(session, email="eve@example.org")
    session.commit()
    client = signed_in(app, factory, eve)
    for one in session.query(Sitting).where(Sitting.person_id != eve.id):
        answer = client.send(f"{ACCOUNT}/sessions", {"id": str(one.id)}, page=ACCOUNT)
        assert answer.status_code == 404
    assert asha.get(ACCOUNT).status_code == 200


def _wish(client: DeskClient, wish: str, **fields: str):  # type: ignore[no-untyped-def]
    page = f"{ACCOUNT}/codes"
    return client.send(page, {"wish": wish, **fields})


def _begin(client: DeskClient, session: Session, settings: Settings, person: Person) -> list[str]:
    """Begin with codes; returns those on paper."""
    assert _wish(client, "begin", password=PASSWORD).status_code == 303
    page = client.get(f"{ACCOUNT}/codes").text
    assert "<svg" in page
    assert "http://" not in page.split("<svg")[1].split("</svg>")[0].replace(
        "http://www.w3.org/2000/svg", ""
    )
    session.refresh(person)
    shared = codes.secret(person, key=settings.secret_key)
    assert codes.written(shared) in page
    assert _wish(client, "confirm", code="000000").status_code == 422
    now = codes.code_at(shared, codes.step_at(utc_now()))
    answer = _wish(client, "confirm", code=now)
    assert answer.status_code == 200
    return re.findall(r"<code>([a-z0-9-]{17})</code>", answer.text)


def test_codes_of_a_device_from_beginning_to_end(
    app: Flask, asha: DeskClient, session: Session, settings: Settings, person: Person
) -> None:
    paper = _begin(asha, session, settings, person)
    assert len(paper) == codes.ON_PAPER
    assert "10 codes on paper are left" in asha.get(f"{ACCOUNT}/codes").text
    assert paper[0] not in asha.get(f"{ACCOUNT}/codes").text

    other = visitor(app)
    coming = {"email": "asha@example.org", "password": PASSWORD}
    assert "/code" in other.send("/en/desk/sign-in", coming).location
    assert other.send("/en/desk/sign-in/code", {"code": paper[3]}).status_code == 303
    assert other.get(ACCOUNT).status_code == 200
    assert "9 codes on paper are left" in asha.get(f"{ACCOUNT}/codes").text

    assert _wish(asha, "stop", password="not this one").status_code == 422
    assert _wish(asha, "stop", password=PASSWORD).status_code == 303
    assert visitor(app).send("/en/desk/sign-in", coming).location == "/en/desk"


def test_codes_cannot_be_begun_anew_to_get_round_them(
    asha: DeskClient, session: Session, settings: Settings, person: Person
) -> None:
    _begin(asha, session, settings, person)
    salt = person.code_salt
    assert _wish(asha, "begin", password=PASSWORD).status_code == 409
    said = asha.send("/ar/desk/account/codes", {"wish": "begin", "password": PASSWORD}).text
    assert "in another tab" not in said
    assert "علامة تبويب أخرى" in said
    assert _wish(asha, "confirm", code="000000").status_code == 303
    session.refresh(person)
    assert person.code_salt == salt


def test_wrong_codes_of_a_lost_device_do_not_hold_up_those_of_a_new_one(
    asha: DeskClient, session: Session, settings: Settings, person: Person
) -> None:
    _wish(asha, "begin", password=PASSWORD)
    answers = [_wish(asha, "confirm", code="000000").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    session.refresh(person)
    codes.stop(session, person)
    session.commit()
    assert len(_begin(asha, session, settings, person)) == codes.ON_PAPER


def test_the_page_with_the_codes_on_paper_loaded_again_leads_on(
    asha: DeskClient, session: Session, settings: Settings, person: Person
) -> None:
    _begin(asha, session, settings, person)
    again = _wish(asha, "confirm", code="000000")
    assert (again.status_code, again.location) == (303, f"{ACCOUNT}/codes")
    page = asha.get(again.location).text
    assert 'role="alert"' not in page
    assert "10 codes on paper are left" in page
    assert "A code is asked for at each sign-in, since" in page


def test_a_device_without_a_camera_on_it_opens_the_app_by_a_link(
    asha: DeskClient, session: Session, settings: Settings, person: Person
) -> None:
    _wish(asha, "begin", password=PASSWORD)
    session.refresh(person)
    shared = codes.secret(person, key=settings.secret_key)
    told = codes.address(shared, email=person.email, site=settings.site_name)
    assert f'href="{html.escape(told)}"' in asha.get(f"{ACCOUNT}/codes").text


def test_a_session_that_has_ended_already_is_ended_quietly(
    app: Flask, asha: DeskClient, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    signed_in(app, factory, person)
    found = re.search(r'name="id" value="(\d+)"', asha.get(ACCOUNT).text)
    assert found
    for _ in range(2):
        answer = asha.send(f"{ACCOUNT}/sessions", {"id": found[1]}, page=ACCOUNT)
        assert answer.location == f"{ACCOUNT}?done=ended"


def _focused(page: str) -> list[str]:
    return re.findall(r"<(?:div|p|input)[^>]* autofocus[ >][^>]*>?", page)


def test_the_focus_goes_to_what_is_wrong_and_to_nothing_else(asha: DeskClient) -> None:
    assert _focused(asha.get(ACCOUNT).text) == []
    (wrong,) = _focused(_change(asha, "not this one", "snow on the roof").text)
    assert 'id="f-old"' in wrong
    (done,) = _focused(asha.get(f"{ACCOUNT}?done=name").text)
    assert 'role="status"' in done
    for _ in range(6):
        waiting = _change(asha, "not this one", "snow on the roof")
    assert waiting.status_code == 429
    (told,) = _focused(waiting.text)
    assert 'role="alert"' in told


def test_whoever_finds_a_desk_left_open_cannot_shut_its_owner_out(
    asha: DeskClient, session: Session, person: Person
) -> None:
    assert _wish(asha, "begin").status_code == 422
    session.refresh(person)
    assert person.code_salt is None


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/137.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0",
            "Edge on Windows",
        ),
        ("", "An unknown device"),
        ("<script>", "An unknown device"),
    ],
)
def test_devices_are_called_by_names_that_people_know(app: Flask, agent: str, words: str) -> None:
    from library.web.desk.wording import device

    with app.test_request_context("/en/"):
        app.preprocess_request()
        assert device(agent) == words
