from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts import links, service
from library.accounts.models import LogEntry, Person
from library.db import utc_now
from library.errors import Conflict, Gone, Invalid, NotFound
from tests.people import OPERATOR, make_person


def _person(session: Session) -> Person:
    return service.add_person(
        session, email="Asha@Example.org", name="Asha Mushi", password=None, by=OPERATOR
    )


def test_a_person_is_found_by_address_in_any_case(session: Session) -> None:
    _person(session)
    assert service.person_by_email(session, "ASHA@example.ORG").name == "Asha Mushi"


def test_no_password_is_made_up_and_a_given_one_is_hashed(session: Session) -> None:
    assert _person(session).password is None
    other = service.add_person(
        session, email="b@example.org", name="B", password="long enough here", by=OPERATOR
    )
    assert other.password is not None
    assert PasswordHasher().verify(other.password, "long enough here")


@pytest.mark.parametrize(
    ("email", "name", "password"),
    [("nobody", "A", None), ("a@example.org", " ", None), ("a@example.org", "A", "short")],
)
def test_what_breaks_a_rule_is_refused(
    session: Session, email: str, name: str, password: str | None
) -> None:
    with pytest.raises(Invalid):
        service.add_person(session, email=email, name=name, password=password, by=OPERATOR)


def test_an_address_belongs_to_one_person(session: Session) -> None:
    _person(session)
    with pytest.raises(Conflict):
        _person(session)


def test_roles_are_given_once_and_taken_away(session: Session) -> None:
    person = _person(session)
    for _ in range(2):
        service.grant_role(
            session, person, role="translator", institution="", lang="sw", by=OPERATOR
        )
    assert [(p.email, [g.lang for g in grants]) for p, grants in service.people(session)] == [
        ("asha@example.org", ["sw"])
    ]
    service.revoke_role(session, person, role="translator", institution="", lang="sw", by=OPERATOR)
    with pytest.raises(NotFound):
        service.revoke_role(
            session, person, role="translator", institution="", lang="sw", by=OPERATOR
        )


def test_only_translators_have_a_language_and_unknown_roles_are_refused(session: Session) -> None:
    person = _person(session)
    with pytest.raises(Invalid, match="translator"):
        service.grant_role(session, person, role="author", institution="", lang="sw", by=OPERATOR)
    with pytest.raises(Invalid, match="not a role"):
        service.grant_role(session, person, role="king", institution="", lang="", by=OPERATOR)


def test_a_change_of_name_is_noted_under_the_name_before(session: Session) -> None:
    asha = make_person(session)
    service.rename(session, asha, "Juma Said")
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.by_name, entry.by_id) == ("Asha Mushi", asha.id)
    assert entry.details == {"from": "Asha Mushi", "to": "Juma Said"}


def test_a_link_from_before_somebody_was_shut_out_opens_nothing_afterwards(
    session: Session,
) -> None:
    asha = make_person(session)
    token = service.password_link(session, asha, by=OPERATOR, now=utc_now())
    service.set_active(session, asha, active=False, by=OPERATOR)
    service.set_active(session, asha, active=True, by=OPERATOR)
    with pytest.raises(Gone):
        links.find(session, token, purpose=links.PASSWORD, now=utc_now())
