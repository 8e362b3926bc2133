"""``library user``: the first administrator, invitations and lost passwords at the command line."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from library.accounts import passwords, service
from library.accounts.models import LogEntry
from library.accounts.permissions import Grant
from library.cli.people import user
from library.cli.root import Root
from library.http.services import Services
from tests.people import make_person, visitor

PASSWORD = "rain on the roof"


@pytest.fixture
def run(services: Services) -> Any:
    root = Root(
        settings=lambda: services.settings, services=lambda _: services, site=lambda **_: None
    )

    def ran(*arguments: str, typed: str | None = None, code: int = 0) -> str:
        done = CliRunner().invoke(user, arguments, obj=root, input=typed)
        assert done.exit_code == code, done.output
        return done.output

    return ran


def _path(said: str) -> str:
    line = said.strip().splitlines()[-1]
    assert line.startswith("https://library.example.org/en/desk/")
    return line.removeprefix("https://library.example.org")


def _choose(app: Flask, path: str) -> None:
    client = visitor(app)
    fields = {"name": "Amina", "password": PASSWORD, "again": PASSWORD}
    assert client.send(path, fields).status_code == 303


def test_the_first_administrator_chooses_their_password_by_a_link(
    run: Any, app: Flask, session: Session
) -> None:
    said = run("add", "amina@example.org", "--name", "Amina", "--role", "administrator")
    person = service.person_by_email(session, "amina@example.org")
    assert person.password is None
    _choose(app, _path(said))
    session.rollback()
    coming = {"email": "amina@example.org", "password": PASSWORD}
    client = visitor(app)
    assert client.send("/en/desk/sign-in", coming).status_code == 303
    assert client.get("/en/desk/people").status_code == 200


def test_a_password_that_is_typed_needs_no_link(run: Any, session: Session) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    said = run("add", "amina@example.org", "--name", "Amina", "--password", typed=typed)
    assert "https://" not in said
    assert PASSWORD not in said
    person = service.person_by_email(session, "amina@example.org")
    assert passwords.fits(PASSWORD, person.password)


def test_somebody_is_invited(run: Any, app: Flask, session: Session) -> None:
    options = ("--role", "translator", "--institution", "mbeya-college", "--lang", "sw")
    _choose(app, _path(run("invite", "baraka@example.org", *options)))
    person = service.person_by_email(session, "baraka@example.org")
    assert service.grants_of(session, person) == (Grant("translator", "mbeya-college", "sw"),)


def test_several_roles_at_once(run: Any, app: Flask, session: Session) -> None:
    options = ("--role", "author", "--role", "translator", "--lang", "sw", "--role", "author")
    wanted = {Grant("author"), Grant("translator", "", "sw")}
    run("add", "amina@example.org", "--name", "Amina", *options)
    person = service.person_by_email(session, "amina@example.org")
    assert set(service.grants_of(session, person)) == wanted
    _choose(app, _path(run("invite", "baraka@example.org", *options)))
    session.rollback()
    person = service.person_by_email(session, "baraka@example.org")
    assert set(service.grants_of(session, person)) == wanted


def test_a_lost_password_and_a_lost_device(run: Any, app: Flask, session: Session) -> None:
    person = make_person(session, password=passwords.hashed("the old one, lost"), code_salt="ab")
    session.commit()
    _choose(app, _path(run("reset", "asha@example.org", "--device")))
    session.refresh(person)
    assert passwords.fits(PASSWORD, person.password)
    assert person.code_salt is None


def test_roles_are_given_taken_and_listed(run: Any, session: Session) -> None:
    make_person(session)
    session.commit()
    run("role", "asha@example.org", "publisher", "--institution", "mbeya-college")
    assert "publisher of mbeya-college" in run("list")
    run("role", "asha@example.org", "publisher", "--institution", "mbeya-college", "--revoke")
    assert "no role" in run("list")
    run("access", "asha@example.org", "--inactive")
    assert "shut out" in run("list")
    entries = session.query(LogEntry).all()
    assert [entry.did for entry in entries] == ["role given", "role taken", "person shut out"]
    assert all(entry.by_name.endswith(" at the command line") for entry in entries)
    assert all(entry.by_id is None for entry in entries)
