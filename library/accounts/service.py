"""Adding people and granting roles: the one way in for every entrance."""

from __future__ import annotations

import logging
import re

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts.models import ROLES, Person, RoleGrant
from library.errors import Conflict, Invalid, NotFound

SHORTEST_PASSWORD = 10
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_log = logging.getLogger(__name__)


def person_by_email(session: Session, email: str) -> Person:
    """Raises ``NotFound``; capital letters make no difference."""
    person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if person is None:
        raise NotFound(f"Nobody with the e-mail address {email} is known here.")
    return person


def people(session: Session) -> list[tuple[Person, list[RoleGrant]]]:
    """Everybody with their roles, by name."""
    grants: dict[int, list[RoleGrant]] = {}
    for grant in session.scalars(select(RoleGrant).order_by(RoleGrant.role)):
        grants.setdefault(grant.person_id, []).append(grant)
    everybody = session.scalars(select(Person).order_by(func.lower(Person.name)))
    return [(person, grants.get(person.id, [])) for person in everybody]


def add_person(session: Session, *, email: str, name: str, password: str | None, by: str) -> Person:
    """A new person without any role. Raises ``Invalid`` or, for a known address, ``Conflict``."""
    email, name = email.strip().lower(), name.strip()
    if len(email) > 254 or not _ADDRESS.fullmatch(email):
        raise Invalid(f"{email!r} is not an e-mail address.", field="email")
    if not name:
        raise Invalid("A person needs a name that others will see.", field="name")
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"A password has at least {SHORTEST_PASSWORD} characters.", field="password")
    if session.scalar(select(Person.id).where(Person.email == email)) is not None:
        raise Conflict(f"Somebody with the e-mail address {email} is known already.", field="email")
    person = Person(
        email=email, name=name, password=PasswordHasher().hash(password) if password else None
    )
    session.add(person)
    session.flush()
    _log.info("%s added the person %s", by, email)
    return person


def grant_role(
    session: Session, person: Person, *, role: str, institution: str, lang: str, by: str
) -> None:
    """Give a role; giving it again changes nothing."""
    if role not in ROLES:
        raise Invalid(f"{role!r} is not a role; roles are {', '.join(ROLES)}.", field="role")
    if lang and role != "translator":
        raise Invalid("Only a translator's role is for one language.", field="lang")
    if session.get(RoleGrant, (person.id, role, institution, lang)) is None:
        session.add(RoleGrant(person_id=person.id, role=role, institution=institution, lang=lang))
        session.flush()
        _log.info("%s made %s %s of %s", by, person.email, role, institution or "the library")


def revoke_role(
    session: Session, person: Person, *, role: str, institution: str, lang: str, by: str
) -> None:
    grant = session.get(RoleGrant, (person.id, role, institution, lang))
    if grant is None:
        raise NotFound(f"{person.email} does not have this role.")
    session.delete(grant)
    session.flush()
    _log.info("%s took the role %s from %s", by, role, person.email)


def set_active(session: Session, person: Person, *, active: bool, by: str) -> None:
    """Shut a person out, or let them in again; what they did stays theirs."""
    person.active = active
    session.flush()
    _log.info("%s made %s %s", by, person.email, "active" if active else "inactive")
