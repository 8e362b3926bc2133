"""People with roles for tests, and browsers in which they are signed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from library.accounts import sittings
from library.accounts.actors import actor_of, operator
from library.accounts.models import Person, RoleGrant
from library.accounts.permissions import Actor
from library.db import session_scope, utc_now

#: May do everything, and is nobody in the database.
OPERATOR: Actor = operator("the tests")
ORIGIN = "https://library.example.org"


def make_person(
    session: Session,
    *,
    email: str = "asha@example.org",
    name: str = "Asha Mushi",
    roles: Iterable[str | tuple[str, str] | tuple[str, str, str]] = (),
    **facts: Any,
) -> Person:
    """A person without password; commits nothing.

    A role is ``"author"`` (in the whole library), ``("author", "mbeya-college")`` or
    ``("translator", "mbeya-college", "sw")``.
    """
    person = Person(email=email, name=name, **facts)
    session.add(person)
    session.flush()
    for told in roles:
        role, institution, lang = (*((told,) if isinstance(told, str) else told), "", "")[:3]
        session.add(RoleGrant(person_id=person.id, role=role, institution=institution, lang=lang))
    session.flush()
    return person


def make_actor(session: Session, **facts: Any) -> Actor:
    """`make_person`, as somebody who does something."""
    return actor_of(session, make_person(session, **facts))


class DeskClient(FlaskClient):
    """A browser at the desk: sends forms as a page of the site would."""

    def send(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST a form with the token of the page that it stands on (by default ``path`` itself)."""
        page = self.get(options.pop("page", path))
        found = re.search(r'name="csrf(?:_|-)token" (?:value|content)="([^"]+)"', page.text)
        assert found, f"{path}: no form with a token here ({page.status})"
        return self.post(
            path, data={**(data or {}), "csrf_token": found[1]}, base_url=ORIGIN, **options
        )

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", ORIGIN)
        # What is sent piece by piece is read to its end, as a browser does: it holds the database open.
        kwargs.setdefault("buffered", True)
        return super().open(*args, **kwargs)


def visitor(app: Flask) -> DeskClient:
    """A browser in which nobody is signed in."""
    return DeskClient(app, app.response_class, use_cookies=True)


def signed_in(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    """A browser in which a person, who is committed, is signed in."""
    client = visitor(app)
    with session_scope(factory, write=True) as session:
        _, token = sittings.begin(session, person, now=utc_now())
    client.set_cookie(
        "__Host-desk", token, domain="library.example.org", secure=True, httponly=True
    )
    return client
