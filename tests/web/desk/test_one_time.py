"""Invitations, links to choose a password, and asking for one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import links, passwords
from library.accounts.letters import Postman
from library.accounts.models import Attempts, Letter, Person
from library.accounts.permissions import Grant
from library.config import Settings
from library.db import Base, utc_now
from tests.factories import make_institution
from tests.judges.smtp import Mailbox, mail_server, part
from tests.people import OPERATOR, DeskClient, make_person, signed_in, visitor

PASSWORD = "rain on the roof"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    return dataclasses.replace(
        settings, mail_url=f"smtp://127.0.0.1:{mailbox.port}", mail_from="library@example.org"
    )


@pytest.fixture
def postman(settings: Settings) -> Postman:
    return Postman(url=settings.mail_url, sender=settings.mail_from, key=settings.secret_key)


@pytest.fixture
def boss(app: Flask, factory: sessionmaker[Session], session: Session) -> DeskClient:
    made = make_person(session, email="boss@example.org", name="Boss", roles=["administrator"])
    session.commit()
    return signed_in(app, factory, made)


def _path(text: str) -> str:
    return "/en/desk/" + text.split("https://library.example.org/en/desk/")[1].split()[0]


def test_an_invitation_goes_by_mail_and_leads_to_the_desk(
    app: Flask,
    boss: DeskClient,
    session: Session,
    factory: sessionmaker[Session],
    mailbox: Mailbox,
    postman: Postman,
) -> None:
    make_institution(session)
    session.commit()
    fields = {
        "email": "Baraka@example.org",
        "name": "Baraka",
        "role": "translator",
        "lang": "fr",
        "institution": "mbeya-college",
    }
    shown = boss.send("/en/desk/people/invite", fields)
    assert shown.status_code == 200
    assert postman.run(factory) == 1
    (message,) = mailbox.messages
    assert message["To"] == "baraka@example.org"
    path = _path(part(message, "plain"))
    assert path in shown.text

    baraka = visitor(app)
    page = baraka.get(path)
    assert page.status_code == 200
    assert 'value="Baraka"' in page.text
    # What one is invited to: the role, its language, and where.
    for told_of in ("Translator", "Français", "Mbeya College"):
        assert told_of in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    told = {"name": "Baraka Said", "password": PASSWORD, "again": "something else"}
    answer = baraka.send(path, told)
    assert answer.status_code == 422
    assert 'value="Baraka Said"' in answer.text
    assert PASSWORD not in answer.text
    answer = baraka.send(path, {**told, "again": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/en/desk")
    assert "Baraka Said" in baraka.get("/en/desk").text
    assert visitor(app).get(path).status_code == 410


def test_without_a_mail_server_the_link_is_passed_on_by_hand(
    app: Flask, boss: DeskClient, services: object, session: Session
) -> None:
    services.settings = dataclasses.replace(services.settings, mail_url="")  # type: ignore[attr-defined]
    fields = {"email": "b@example.org", "role": "author"}
    shown = boss.send("/en/desk/people/invite", fields)
    assert "https://library.example.org/en/desk/invitation/" in shown.text
    assert session.query(Letter).count() == 0
    text = visitor(app).get("/en/desk/forgotten").text
    assert "administrator" in text
    assert "<form" not in text.split("<main")[1]


def test_who_has_forgotten_gets_a_link_that_works_once(
    stranger: DeskClient,
    session: Session,
    factory: sessionmaker[Session],
    mailbox: Mailbox,
    postman: Postman,
) -> None:
    make_person(session, password=passwords.hashed("the old password"))
    session.commit()
    answer = stranger.send("/en/desk/forgotten", {"email": "ASHA@example.org"})
    assert answer.location == "/en/desk/forgotten?done=sent"
    postman.run(factory)
    path = _path(mailbox.texts[0])
    assert stranger.get(path).status_code == 200
    told = {"password": PASSWORD, "again": PASSWORD}
    assert stranger.send(path, told).location == "/en/desk/sign-in?done=password"
    assert stranger.get(path).status_code == 410
    coming = {"email": "asha@example.org", "password": PASSWORD}
    assert stranger.send("/en/desk/sign-in", coming).status_code == 303


def test_who_failed_with_the_old_password_comes_in_with_the_new_one(
    app: Flask, stranger: DeskClient, session: Session
) -> None:
    made = make_person(session, password=passwords.hashed("the old password"))
    session.commit()
    wrong = {"email": "asha@example.org", "password": "not this one"}
    answers = [stranger.send("/en/desk/sign-in", wrong).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    token = links.make_password_link(session, made, by=OPERATOR, now=utc_now())
    session.commit()
    told = {"password": PASSWORD, "again": PASSWORD}
    assert stranger.send(f"/en/desk/password/{token}", told).status_code == 303
    coming = {"email": "asha@example.org", "password": PASSWORD}
    assert stranger.send("/en/desk/sign-in", coming).status_code == 303


def test_asking_tells_nobody_who_works_here(
    stranger: DeskClient,
    session: Session,
    factory: sessionmaker[Session],
    mailbox: Mailbox,
    postman: Postman,
) -> None:
    make_person(session)
    session.commit()
    answers = [
        stranger.send("/en/desk/forgotten", {"email": email})
        for email in ("asha@example.org", "nobody@example.org")
    ]
    assert answers[0].text == answers[1].text
    assert answers[0].location == answers[1].location
    # Even the work is the same: which of the two gets a mail is found out by the worker.
    assert session.query(Letter).count() == 2
    session.rollback()
    postman.run(factory)
    assert [message["To"] for message in mailbox.messages] == ["asha@example.org"]


def test_nobody_is_buried_under_mails(stranger: DeskClient, session: Session) -> None:
    told = [
        stranger.send("/en/desk/forgotten", {"email": "asha@example.org"}).status_code
        for _ in range(5)
    ]
    assert told == [303, 303, 303, 429, 429]
    assert session.query(Letter).count() == 3


@pytest.mark.parametrize(
    "email", ["asha@example.org\r\nBcc: all@example.org", "a@example.org,b@example.org", "", "x"]
)
def test_what_is_no_address_gets_no_mail(
    stranger: DeskClient, session: Session, email: str
) -> None:
    answer = stranger.send("/en/desk/forgotten", {"email": email})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert session.query(Letter).count() == 0


def test_the_address_in_a_mail_is_the_sites_whatever_the_browser_says(
    app: Flask, session: Session, factory: sessionmaker[Session], mailbox: Mailbox, postman: Postman
) -> None:
    make_person(session)
    session.commit()
    client = visitor(app)
    client.get("/en/desk/forgotten", base_url="https://evil.example.org")
    page = client.get("/en/desk/forgotten").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post(
        "/en/desk/forgotten",
        data={"email": "asha@example.org", "csrf_token": token},
        headers={"X-Forwarded-Host": "evil.example.org"},
    )
    postman.run(factory)
    assert "evil" not in mailbox.texts[0]


@pytest.mark.parametrize("kind", ["invitation", "password"])
def test_a_link_that_was_never_given_is_useless_and_guessing_is_slowed_down(
    stranger: DeskClient, session: Session, kind: str
) -> None:
    told = [stranger.get(f"/en/desk/{kind}/{'x' * n}").status_code for n in range(1, 23)]
    assert told == [410] * 20 + [429] * 2
    assert session.query(Attempts).count() == 1


def test_a_page_of_a_link_does_not_use_it_up(stranger: DeskClient, session: Session) -> None:
    """Mail programs open links to look at them."""
    token = links.make_invitation(
        session, email="b@example.org", name="", roles=[Grant("author")], by=OPERATOR, now=utc_now()
    )
    session.commit()
    for method in (stranger.get, stranger.head, stranger.get):
        assert method(f"/en/desk/invitation/{token}").status_code == 200


def test_a_link_of_one_kind_is_none_of_the_other(stranger: DeskClient, session: Session) -> None:
    person: Person = make_person(session)
    token = links.make_password_link(session, person, by=OPERATOR, now=utc_now())
    session.commit()
    assert stranger.get(f"/en/desk/invitation/{token}").status_code == 410
    assert stranger.get(f"/en/desk/password/{token}").status_code == 200


def test_who_reads_the_database_cannot_accept_an_invitation_that_waits_to_be_mailed(
    boss: DeskClient, session: Session
) -> None:
    fields = {"email": "baraka@example.org", "name": "Baraka", "role": "administrator"}
    shown = boss.send("/en/desk/people/invite", fields).text
    token = _path(shown.replace('"', " ").replace("<", " ")).rpartition("/")[2]
    assert len(token) == 43
    kept = [
        str(value)
        for table in Base.metadata.sorted_tables
        for row in session.execute(select(table)).all()
        for value in row
    ]
    assert any("/en/desk/invitation/{sealed:" in value for value in kept)
    assert not any(token in value for value in kept)


def test_somebody_is_invited_in_a_language_of_theirs(
    app: Flask,
    boss: DeskClient,
    factory: sessionmaker[Session],
    mailbox: Mailbox,
    postman: Postman,
) -> None:
    page = boss.get("/en/desk/people/invite").text
    assert '<option value="en" selected>' in page
    fields = {"email": "salma@example.org", "role": "author", "language": "ar"}
    shown = boss.send("/en/desk/people/invite", fields)
    assert "on its way to salma@example.org" in shown.text
    assert 'lang="en" dir="ltr"' in shown.text
    postman.run(factory)
    (message,) = mailbox.messages
    assert "دعوة" in message["Subject"]
    assert message["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in part(message, "html")
    address = re.search(r'href="https://library.example.org([^"]+)"', part(message, "html"))
    assert address
    assert address[1].startswith("/ar/desk/invitation/")
    assert visitor(app).get(address[1]).status_code == 200
    # What is not a language of the site changes nothing.
    fields = {"email": "other@example.org", "role": "author", "language": "../xx"}
    assert "/en/desk/invitation/" in boss.send("/en/desk/people/invite", fields).text


def test_a_mail_that_was_given_up_is_said_beside_the_invitation(
    boss: DeskClient, session: Session
) -> None:
    fields = {"email": "salma@example.org", "role": "author"}
    boss.send("/en/desk/people/invite", fields)
    told = "could not be sent"
    assert told not in boss.get("/en/desk/people").text
    session.query(Letter).update({"given_up": True})
    session.commit()
    page = boss.get("/en/desk/people").text
    assert told in page
    number = re.search(r'name="id" value="(\d+)"', page)
    assert number
    again = {"id": number[1], "wish": "again"}
    assert (
        boss.send("/en/desk/people/invitations", again, page="/en/desk/people").status_code == 200
    )
    assert told not in boss.get("/en/desk/people").text
