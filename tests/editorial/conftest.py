"""People of one college, one of each role, and a work to write in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from library.accounts.actors import actor_of
from library.accounts.models import Person, RoleGrant
from library.accounts.permissions import Actor
from library.catalogue.models import Work
from library.editorial import manuscripts
from library.editorial.models import Manuscript
from tests.factories import make_institution, make_work

Hire = Callable[..., Actor]


@pytest.fixture
def hire(session: Session) -> Hire:
    """``hire("author", "reviewer", at="mbeya-college", lang="")`` gives somebody with these roles."""

    def _hire(*roles: str, at: str = "mbeya-college", lang: str = "") -> Actor:
        number = session.query(Person).count() + 1
        person = Person(email=f"p{number}@example.org", name=f"Person {number}")
        session.add(person)
        session.flush()
        for role in roles:
            narrow = lang if role == "translator" else ""
            session.add(RoleGrant(person_id=person.id, role=role, institution=at, lang=narrow))
        session.flush()
        return actor_of(session, person)

    return _hire


@pytest.fixture
def author(hire: Hire) -> Actor:
    return hire("author")


@pytest.fixture
def reviewer(hire: Hire) -> Actor:
    return hire("reviewer")


@pytest.fixture
def publisher(hire: Hire) -> Actor:
    return hire("publisher")


@pytest.fixture
def work(session: Session) -> Work:
    make_institution(session)
    made = make_work(session, institutions=["mbeya-college"], languages=("en", "zh-Hans", "fr"))
    session.commit()
    return made


@pytest.fixture
def manuscript(session: Session, work: Work, author: Actor) -> Manuscript:
    return manuscripts.open_work(session, work.uuid, by=author)
