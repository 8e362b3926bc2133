"""Links that work once: to accept an invitation, and to choose a password.

The link itself is known to who was given it; the database keeps a hash. A new one for the same purpose
makes the older ones useless.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from library.accounts.models import OneTimeLink, Person
from library.accounts.permissions import Actor, Grant
from library.accounts.tokens import hashed, new_token
from library.errors import Gone

INVITATION: Final = "invitation"
PASSWORD: Final = "password"  # noqa: S105  # the name of a purpose
LIFETIMES: Final = {INVITATION: dt.timedelta(days=14), PASSWORD: dt.timedelta(days=1)}
#: Used and expired links are kept this long, to be able to say so.
REMEMBERED: Final = dt.timedelta(days=60)


def make_password_link(
    session: Session, person: Person, *, by: Actor | None, now: dt.datetime
) -> str:
    """The token of a link with which a person chooses a password. ``by`` is None where they asked."""
    withdraw(session, purpose=PASSWORD, email=person.email, now=now)
    return _make(
        session,
        OneTimeLink(purpose=PASSWORD, person_id=person.id, email=person.email, name=person.name),
        by=by,
        now=now,
    )


def make_invitation(
    session: Session,
    *,
    email: str,
    name: str,
    roles: Sequence[Grant],
    by: Actor,
    now: dt.datetime,
) -> str:
    """The token of an invitation; ``roles`` are given when it is accepted."""
    withdraw(session, purpose=INVITATION, email=email, now=now)
    told = [
        {"role": role.role, "institution": role.institution, "lang": role.lang} for role in roles
    ]
    link = OneTimeLink(purpose=INVITATION, email=email, name=name, roles=told)
    return _make(session, link, by=by, now=now)


def _make(session: Session, link: OneTimeLink, *, by: Actor | None, now: dt.datetime) -> str:
    token = new_token()
    link.token = hashed(token)
    link.by_id = by.id or None if by else None
    link.by_name = by.name if by else ""
    link.by_operator = by is not None and by.id == 0
    link.made_at, link.expires_at = now, now + LIFETIMES[link.purpose]
    session.add(link)
    session.flush()
    return token


def roles_of(link: OneTimeLink) -> list[Grant]:
    return [Grant(r["role"], r["institution"], r["lang"]) for r in link.roles]


def find(session: Session, token: str, *, purpose: str, now: dt.datetime) -> OneTimeLink:
    """A link that can be used. Raises ``Gone`` with ``reason`` ``unknown``, ``used`` or ``expired``."""
    link = session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token == hashed(token), OneTimeLink.purpose == purpose
        )
    )
    if link is None:
        raise Gone("This link was never given to anybody, or is forgotten.", reason="unknown")
    if link.used_at is not None:
        raise Gone("This link has been used already, or a newer one took its place.", reason="used")
    if link.expires_at <= now:
        raise Gone("This link was not used in time.", reason="expired")
    return link


def use(session: Session, link: OneTimeLink, *, now: dt.datetime) -> None:
    """Use a link up. Raises ``Gone`` where another request was first."""
    done = session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Gone("This link has been used already.", reason="used")
    link.used_at = now


def withdraw(session: Session, *, purpose: str, email: str, now: dt.datetime) -> int:
    """Make the open links of a purpose useless; returns how many there were."""
    done = session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.purpose == purpose,
            OneTimeLink.email == email,
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def open_invitations(session: Session) -> list[OneTimeLink]:
    """Invitations that wait to be accepted, the newest first; expired ones are among them."""
    rows = session.scalars(
        select(OneTimeLink)
        .where(OneTimeLink.purpose == INVITATION, OneTimeLink.used_at.is_(None))
        .order_by(OneTimeLink.made_at.desc(), OneTimeLink.id.desc())
    )
    return list(rows)


def invitation_for(session: Session, email: str, *, now: dt.datetime) -> OneTimeLink | None:
    """The open invitation of an address in its canonical form."""
    return session.scalar(
        select(OneTimeLink)
        .where(
            OneTimeLink.purpose == INVITATION,
            OneTimeLink.email == email,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
        .order_by(OneTimeLink.id.desc())
        .limit(1)
    )


def sweep(session: Session, *, now: dt.datetime) -> None:
    """Forget links of long ago."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= now - REMEMBERED))
