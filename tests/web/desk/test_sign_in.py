"""The door of the desk: signing in and out in a browser, and what hostile pages try."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import codes, passwords, sittings
from library.accounts.models import Person, Sitting
from library.config import Settings
from library.db import utc_now
from tests.people import ORIGIN, DeskClient, make_person, signed_in, visitor

PASSWORD = "rain on the roof"
DOOR = "/en/desk/sign-in"


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, password=passwords.hashed(PASSWORD), roles=["author"])
    session.commit()
    return made


def _come(client: DeskClient, password: str = PASSWORD, **fields: str):  # type: ignore[no-untyped-def]
    return client.send(DOOR, {"email": "asha@example.org", "password": password, **fields})


def test_somebody_comes_in_and_goes_out(stranger: DeskClient, person: Person) -> None:
    answer = _come(stranger)
    assert (answer.status_code, answer.location) == (303, "/en/desk")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-desk="))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "Asha Mushi" in stranger.get("/en/desk").text
    assert stranger.send("/en/desk/sign-out", page="/en/desk").status_code == 303
    assert stranger.get("/en/desk").status_code == 303


def test_signing_out_ends_the_sitting_and_not_only_the_cookie(
    app: Flask, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    client = signed_in(app, factory, person)
    stolen = client.get_cookie("__Host-desk", domain="library.example.org")
    assert stolen is not None
    client.send("/en/desk/sign-out", page="/en/desk")
    thief = visitor(app)
    thief.set_cookie("__Host-desk", stolen.value, domain="library.example.org", secure=True)
    assert thief.get("/en/desk").status_code == 303
    assert session.query(Sitting).count() == 0


def test_a_wrong_password_keeps_what_was_typed_but_the_password(
    stranger: DeskClient, person: Person
) -> None:
    answer = _come(stranger, "typed <b>by mistake</b>")
    assert answer.status_code == 422
    assert 'value="asha@example.org"' in answer.text
    assert "by mistake" not in answer.text
    assert 'role="alert"' in answer.text
    assert not any("desk=" in c for c in answer.headers.getlist("Set-Cookie"))


def test_known_and_unknown_addresses_are_answered_letter_by_letter_alike(
    app: Flask, person: Person
) -> None:
    def answers(email: str) -> list[tuple[int, str]]:
        client, told = visitor(app), []
        for _ in range(7):
            answer = client.send(DOOR, {"email": email, "password": "wrong wrong wrong"})
            text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
            # How long there is to wait grows less from one second to the next.
            text = re.sub(r"\b\d+ seconds?\b", "some seconds", text)
            told.append((answer.status_code, text.replace(email, "")))
        return told

    known, unknown = answers("asha@example.org"), answers("nobody@example.org")
    assert [status for status, _ in known] == [422] * 5 + [429] * 2
    assert known == unknown


def test_a_wait_is_said_to_people_and_to_programs(stranger: DeskClient, person: Person) -> None:
    for _ in range(5):
        _come(stranger, "wrong wrong wrong")
    answer = _come(stranger)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15
    assert "too many attempts" in answer.text


def test_a_sitting_planted_before_sign_in_is_not_the_one_after_it(
    stranger: DeskClient, person: Person
) -> None:
    stranger.set_cookie("__Host-desk", "planted", domain="library.example.org", secure=True)
    _come(stranger)
    cookie = stranger.get_cookie("__Host-desk", domain="library.example.org")
    assert cookie is not None
    assert cookie.value != "planted"
    assert len(cookie.value) == 43


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.org/en/desk",
        "//evil.example.org/en/desk",
        "/\\evil.example.org/en/desk",
        "/en/desk\\..\\..\\evil",
        "\\/evil.example.org",
        "/en/desk/\r\nSet-Cookie: x=y",
        "javascript:alert(1)//en/desk",
        "/en/desk@evil.example.org",
        "/en/deskevil",
        "/en/",
        "/media/x",
        " /en/desk",
    ],
)
def test_next_leads_to_the_desk_and_nowhere_else(
    stranger: DeskClient, person: Person, wanted: str
) -> None:
    assert _come(stranger, next=wanted).location == "/en/desk"
    assert stranger.get(DOOR, query_string={"next": wanted}).location == "/en/desk"


@pytest.mark.parametrize(
    "wanted", ["/en/desk", "/zh-Hans/desk/people?x=1&y=%2F", "/fr/desk/works/course/a"]
)
def test_next_leads_back_to_where_one_was(
    stranger: DeskClient, person: Person, wanted: str
) -> None:
    assert _come(stranger, next=wanted).location == wanted


def _token(client: DeskClient, page: str = DOOR) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


FIELDS = {"email": "asha@example.org", "password": PASSWORD}


@pytest.mark.parametrize(
    "token", [None, "", "x", "x.y", "\u00e9.\u00e9", "0" * 16 + "." + "0" * 64]
)
def test_a_form_without_its_token_does_nothing(
    stranger: DeskClient, person: Person, session: Session, token: str | None
) -> None:
    _token(stranger)
    data = dict(FIELDS) if token is None else {**FIELDS, "csrf_token": token}
    answer = stranger.post(DOOR, data=data)
    assert answer.status_code == 403
    assert session.query(Sitting).count() == 0


def test_a_token_of_another_browser_does_nothing(
    app: Flask, stranger: DeskClient, person: Person
) -> None:
    foreign = _token(visitor(app))
    _token(stranger)
    assert stranger.post(DOOR, data={**FIELDS, "csrf_token": foreign}).status_code == 403


def test_a_token_from_before_sign_in_does_nothing_after_it(
    stranger: DeskClient, person: Person
) -> None:
    before = _token(stranger)
    _come(stranger)
    answer = stranger.post("/en/desk/account/name", data={"name": "Eve", "csrf_token": before})
    assert answer.status_code == 403
    assert "load the page again" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Origin": "http://library.example.org"},
        {"Origin": "https://library.example.org.evil.org"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_form_on_another_site_does_nothing_even_with_the_token(
    stranger: DeskClient, person: Person, headers: dict[str, str]
) -> None:
    data = {**FIELDS, "csrf_token": _token(stranger)}
    assert stranger.post(DOOR, data=data, headers=headers).status_code == 403
    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    data["csrf_token"] = _token(stranger)
    assert stranger.post(DOOR, data=data, headers=own).status_code == 303


def test_tokens_differ_from_page_to_page(stranger: DeskClient) -> None:
    """So that compression does not give them away."""
    assert _token(stranger) != _token(stranger)


def test_a_script_may_send_the_token_as_a_header(
    app: Flask, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    client = signed_in(app, factory, person)
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/en/desk").text)
    assert found
    headers = {"X-CSRF-Token": found[1]}
    answer = client.post("/en/desk/account/name", data={"name": "Asha M."}, headers=headers)
    assert answer.status_code == 303
    answer = client.post(
        "/en/desk/account/name", data={"name": "Eve"}, headers={"X-CSRF-Token": "no"}
    )
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    session.refresh(person)
    assert person.name == "Asha M."


def test_what_was_typed_is_not_thrown_away_when_the_sitting_has_ended(
    app: Flask, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    client = signed_in(app, factory, person)
    token = _token(client, "/en/desk/account")
    session.query(Sitting).delete()
    session.commit()
    answer = client.post("/en/desk/account/name", data={"name": "Asha M.", "csrf_token": token})
    assert answer.status_code == 401
    assert "another tab" in answer.text
    assert 'href="/en/desk/sign-in" target="_blank"' in answer.text
    assert "Location" not in answer.headers


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_nothing_is_changed_by_looking(
    app: Flask, factory: sessionmaker[Session], session: Session, person: Person, method: str
) -> None:
    client = signed_in(app, factory, person)
    for path in ("sign-out", "account/name", "account/password", "account/sessions"):
        assert getattr(client, method)(f"/en/desk/{path}").status_code in (200, 404, 405)
    assert client.get("/en/desk").status_code == 200


def test_shutting_out_takes_effect_at_once(
    app: Flask, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    client = signed_in(app, factory, person)
    assert client.get("/en/desk").status_code == 200
    person.active = False
    session.commit()
    assert client.get("/en/desk").status_code == 303


def test_a_sitting_lasts_while_somebody_is_there(
    app: Flask, factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    client = signed_in(app, factory, person)
    sitting = session.query(Sitting).one()
    sitting.seen_at = utc_now() - sittings.GLIMPSE - dt.timedelta(minutes=1)
    session.commit()
    client.get("/en/desk", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    session.refresh(sitting)
    assert utc_now() - sitting.seen_at < dt.timedelta(minutes=1)
    assert sitting.network == "198.51.100.7"


@pytest.mark.parametrize(
    ("near", "told", "network"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("203.0.113.7", "198.51.100.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "spoofed, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "spoofed", "127.0.0.1"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_the_network_is_that_of_the_person_and_not_what_they_say(
    app: Flask, near: str, told: str | None, network: str
) -> None:
    from library.http import person as people

    # 192.0.2.0/24 and 203.0.113.0/24 count as private where they are for documents only.
    if near.startswith(("192.0.2.", "203.0.113.")):
        near = network = near.replace("192.0.2.1", "9.9.9.9").replace("203.0.113.7", "8.8.8.8")
    headers = {"X-Forwarded-For": told} if told else {}
    with app.test_request_context(
        "/", base_url=ORIGIN, headers=headers, environ_base={"REMOTE_ADDR": near}
    ):
        assert people.network() == network


def test_with_codes_there_is_a_second_step(
    stranger: DeskClient, session: Session, settings: Settings, person: Person
) -> None:
    codes.prepare(session, person)
    person.code_since = utc_now()
    session.commit()
    answer = _come(stranger, next="/en/desk/account")
    assert answer.location == "/en/desk/sign-in/code?next=/en/desk/account"
    assert stranger.get("/en/desk").status_code == 303
    step = "/en/desk/sign-in/code"
    assert stranger.send(step, {"code": "000000", "next": "/en/desk/account"}).status_code == 422
    shared = codes.secret(person, key=settings.secret_key)
    code = codes.code_at(shared, codes.step_at(utc_now()))
    answer = stranger.send(step, {"code": code, "next": "/en/desk/account"})
    assert (answer.status_code, answer.location) == (303, "/en/desk/account")
    assert stranger.get("/en/desk").status_code == 200


def test_a_second_step_without_the_first_leads_to_nothing(
    stranger: DeskClient, person: Person
) -> None:
    assert stranger.send("/en/desk/sign-in/code", {"code": "000000"}).status_code == 422
    assert stranger.get("/en/desk").status_code == 303


def test_a_site_without_encryption_has_cookies_that_browsers_keep(
    app: Flask, services: object, person: Person
) -> None:
    import dataclasses
    from typing import Any, cast

    parts = cast(Any, services)
    parts.settings = dataclasses.replace(parts.settings, base_url="http://127.0.0.1:8000")
    client = visitor(app)
    page = client.get(DOOR, base_url="http://127.0.0.1:8000")
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    answer = client.post(
        DOOR, data={**FIELDS, "csrf_token": found[1]}, base_url="http://127.0.0.1:8000"
    )
    assert answer.status_code == 303
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("desk="))
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
