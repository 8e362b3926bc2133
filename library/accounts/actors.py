"""People as those who do something: with the roles that they have at this moment."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.models import ROLES, Person, RoleGrant
from library.accounts.permissions import Actor, Grant


def actor_of(session: Session, person: Person) -> Actor:
    """A person with their roles; somebody who is shut out has none."""
    grants: tuple[Grant, ...] = ()
    if person.active:
        rows = session.scalars(
            select(RoleGrant)
            .where(RoleGrant.person_id == person.id)
            .order_by(RoleGrant.role, RoleGrant.institution, RoleGrant.lang)
        )
        grants = tuple(Grant(row.role, row.institution, row.lang) for row in rows)
    return Actor(
        id=person.id, uuid=person.uuid, name=person.name, email=person.email, grants=grants
    )


def operator(name: str) -> Actor:
    """Whoever runs the library: may do everything, and is nobody in the database."""
    return Actor(
        id=0, uuid=uuid.UUID(int=0), name=name, email="", grants=tuple(Grant(r) for r in ROLES)
    )
