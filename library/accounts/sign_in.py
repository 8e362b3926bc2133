"""Coming in: with a password, with the code of a device, by a provider that vouches for an address.

Attempts are counted in transactions of their own, which stay when the attempt fails, and nothing holds
the database while a password is hashed. Whoever fails learns nothing about whether an address is known:
the answer is the same, after the same time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import codes, letters, limits, links, passwords, service, sittings
from library.accounts.addresses import canonical
from library.accounts.models import Person, Sitting
from library.accounts.tokens import hashed
from library.db import session_scope
from library.errors import Gone, Invalid

_WRONG: Final = "The e-mail address or the password is not right."


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody comes from: what they see in the list of their sittings."""

    network: str
    device: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A sitting that has begun. ``half`` ones still need the code of a device."""

    token: str
    half: bool
    person_id: int


def with_password(
    factory: sessionmaker[Session],
    *,
    email: str,
    password: str,
    place: Place,
    now: dt.datetime,
    former: str = "",
) -> Admission:
    """Begin a sitting; ``former`` is the token of the one that the browser had, which ends.

    Raises ``Invalid`` (``reason="credentials"``) or ``TooMany``.
    """
    try:
        address = canonical(email)
    except Invalid:
        address = email.strip()[:300]
    tried = limits.for_sign_in(email=address, network=place.network)
    with session_scope(factory) as session:
        # Without the lock of a writer first: who is made to wait should cost little.
        limits.require_room(session, tried, now=now)
    with session_scope(factory, write=True) as session:
        limits.take(session, tried, now=now)
        found = session.execute(
            select(Person.id, Person.password).where(Person.email == address, Person.active)
        ).one_or_none()
    kept = found.password if found is not None else None
    if not passwords.fits(password, kept) or found is None:
        raise Invalid(_WRONG, reason="credentials")
    renewed = passwords.hashed(password) if passwords.is_worn(kept or "") else None
    with session_scope(factory, write=True) as session:
        person = session.scalar(
            select(Person).where(Person.id == found.id, Person.password == kept, Person.active)
        )
        if person is None:  # shut out, or another password chosen, while we were hashing
            raise Invalid(_WRONG, reason="credentials")
        if renewed is not None:
            person.password = renewed
        limits.forgive(session, tried, now=now)
        return _admit(session, person, way="password", place=place, now=now, former=former)


def _admit(
    session: Session,
    person: Person,
    *,
    way: str,
    place: Place,
    now: dt.datetime,
    former: str,
    whole: bool = False,
) -> Admission:
    """Begin a sitting under a new token, and forget what nobody needs any more."""
    _end_former(session, former)
    sittings.sweep(session, now=now)
    limits.sweep(session, now=now)
    links.sweep(session, now=now)
    letters.sweep(session, now=now)
    half = person.code_since is not None and not whole
    _, token = sittings.begin(
        session, person, now=now, way=way, half=half, device=place.device, network=place.network
    )
    return Admission(token, half, person.id)


def _end_former(session: Session, former: str) -> None:
    """A browser has one sitting: the one it had ends when another begins."""
    if former:
        row = session.scalar(select(Sitting).where(Sitting.token == hashed(former)))
        if row is not None:
            session.delete(row)
            session.flush()


def with_code(
    factory: sessionmaker[Session],
    *,
    half: str,
    typed: str,
    key: str,
    place: Place,
    now: dt.datetime,
) -> Admission:
    """Finish a sitting with the code of a device or one on paper; the token is a new one.

    ``half`` is the token of the unfinished sitting, ``key`` the site's secret key. Raises ``Invalid``
    with ``reason`` ``late`` (begin again) or ``code``, or ``TooMany``.
    """
    with session_scope(factory, write=True) as session:
        found = sittings.find(session, half, now=now, half=True)
        if found is None:
            raise Invalid("This took too long. Sign in again.", reason="late")
        tried = limits.for_person("code", found[1].id)
        limits.take(session, tried, now=now)
    with session_scope(factory, write=True) as session:
        again = sittings.find(session, half, now=now, half=True)
        if again is None:
            raise Invalid("This took too long. Sign in again.", reason="late")
        sitting, person = again
        good = codes.take(session, person, typed, key=key, now=now) or codes.take_paper(
            session, person, typed
        )
        if not good:
            raise Invalid(
                "This code is not right, or was used before.", field="code", reason="code"
            )
        limits.forgive(session, tried, now=now)
        way = sitting.way
        return _admit(session, person, way=way, place=place, now=now, former=half, whole=True)


def by_provider(
    factory: sessionmaker[Session],
    *,
    provider: str,
    email: str,
    name: str,
    place: Place,
    now: dt.datetime,
    former: str = "",
) -> Admission:
    """Let in somebody for whose address a provider vouches: a person, or one who is invited.

    A provider makes no people and no roles by itself. Raises ``Invalid`` (``reason="unknown"``).
    """
    unknown = Invalid("Nobody with this address has been invited.", reason="unknown")
    try:
        address = canonical(email)
    except Invalid:
        raise unknown from None
    with session_scope(factory, write=True) as session:
        person = session.scalar(select(Person).where(Person.email == address))
        if person is None:
            invitation = links.invitation_for(session, address, now=now)
            if invitation is None:
                raise unknown
            person = service.accept(
                session,
                invitation,
                name=invitation.name or name or address.partition("@")[0],
                password=None,
                now=now,
            )
        if not person.active:
            raise unknown
        return _admit(session, person, way=provider, place=place, now=now, former=former)


def by_invitation(
    session: Session, token: str, *, name: str, password: str, place: Place, now: dt.datetime
) -> Admission:
    """Accept an invitation and begin a sitting. Raises ``Gone`` or ``Invalid``."""
    link = links.find(session, token, purpose=links.INVITATION, now=now)
    person = service.accept(session, link, name=name, password=password, now=now)
    return _admit(session, person, way="link", place=place, now=now, former="")


def choose_password(
    session: Session, token: str, *, password: str, now: dt.datetime, network: str = ""
) -> Person:
    """Choose a password by a one-time link; all sittings end. Raises ``Gone`` or ``Invalid``.

    Who has failed with the old password from this network does not have to wait with the new one.
    """
    link = links.find(session, token, purpose=links.PASSWORD, now=now)
    person = session.get(Person, link.person_id)
    if person is None or not person.active:
        raise Gone("Whoever this link was for is not let in any more.", reason="withdrawn")
    passwords.require_good(password, email=person.email, name=person.name)
    links.use(session, link, now=now)
    person.password = passwords.hashed(password)
    sittings.end_all(session, person.id)
    here = limits.for_sign_in(email=person.email, network=network)[:1]
    limits.forget(session, [*here, *limits.for_person("password", person.id)])
    session.flush()
    service.note(session, person, "password chosen")
    return person


def leave(session: Session, token: str) -> None:
    """Sign out: the sitting of a cookie ends."""
    _end_former(session, token)


def change_password(
    factory: sessionmaker[Session],
    person_id: int,
    *,
    old: str,
    new: str,
    sitting: int,
    now: dt.datetime,
) -> None:
    """Change one's own password; all other sittings end.

    Raises ``Invalid`` (``field`` ``old``, or ``password`` for the new one) or ``TooMany``.
    """
    kept = require_password(factory, person_id, old, field="old", now=now)
    with session_scope(factory, write=True) as session:
        person = session.get_one(Person, person_id)
        passwords.require_good(new, email=person.email, name=person.name)
        done = session.execute(
            update(Person)
            .where(Person.id == person_id, Person.password == kept)
            .values(password=passwords.hashed(new))
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise Invalid("The old password is not right.", field="old", reason="old")
        sittings.end_all(session, person_id, but=sitting)
        links.withdraw(session, purpose=links.PASSWORD, email=person.email, now=now)
        service.note(session, person, "password changed")


def require_password(
    factory: sessionmaker[Session],
    person_id: int,
    password: str,
    *,
    field: str,
    now: dt.datetime,
) -> str:
    """That it is really the person who sits there; returns the kept hash.

    Raises ``Invalid`` (``reason="old"``) or ``TooMany``.
    """
    tried = limits.for_person("password", person_id)
    with session_scope(factory, write=True) as session:
        limits.take(session, tried, now=now)
        kept = session.scalar(select(Person.password).where(Person.id == person_id))
    if kept is None or not passwords.fits(password, kept):
        raise Invalid("The password is not right.", field=field, reason="old")
    with session_scope(factory, write=True) as session:
        limits.forgive(session, tried, now=now)
    return kept
