"""People and their roles: the one way in for every entrance.

Each function asks whether ``by`` may do it, does it, and notes it in the log.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts import codes, links, log, passwords, sittings
from library.accounts.actors import actor_of, operator
from library.accounts.addresses import canonical
from library.accounts.models import ROLES, OneTimeLink, Person, RoleGrant
from library.accounts.permissions import Action, Actor, Grant
from library.db import utc_now
from library.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from library.i18n.tags import normalise

LONGEST_NAME = 200
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x200B])


def person_by_email(session: Session, email: str) -> Person:
    """Raises ``NotFound``; capital letters make no difference."""
    try:
        kept = canonical(email)
    except Invalid:
        kept = ""
    person = session.scalar(select(Person).where(Person.email == kept))
    if person is None:
        raise NotFound(f"Nobody with the e-mail address {email} is known here.")
    return person


def person_by_uuid(session: Session, name: uuid.UUID) -> Person:
    """Raises ``NotFound``."""
    person = session.scalar(select(Person).where(Person.uuid == name))
    if person is None:
        raise NotFound("There is no such person.")
    return person


def people(session: Session) -> list[tuple[Person, list[RoleGrant]]]:
    """Everybody with their roles, by name."""
    grants: dict[int, list[RoleGrant]] = {}
    ordered = select(RoleGrant).order_by(RoleGrant.role, RoleGrant.institution, RoleGrant.lang)
    for grant in session.scalars(ordered):
        grants.setdefault(grant.person_id, []).append(grant)
    everybody = session.scalars(select(Person).order_by(func.lower(Person.name), Person.id))
    return [(person, grants.get(person.id, [])) for person in everybody]


def people_for(session: Session, *, by: Actor) -> list[tuple[Person, list[RoleGrant]]]:
    """The people that ``by`` looks after: everybody, or those with a role at their institutions."""
    if not by.may_somewhere(Action.MANAGE_PEOPLE):
        raise Forbidden(f"{by.name} has no role that allows to manage people.")
    places = by.places(Action.MANAGE_PEOPLE)
    return [
        (person, grants)
        for person, grants in people(session)
        if places is None or any(grant.institution in places for grant in grants)
    ]


def grants_of(session: Session, person: Person) -> tuple[Grant, ...]:
    """All roles of a person, also of one who is shut out and cannot use them now."""
    rows = session.scalars(
        select(RoleGrant)
        .where(RoleGrant.person_id == person.id)
        .order_by(RoleGrant.role, RoleGrant.institution, RoleGrant.lang)
    )
    return tuple(Grant(row.role, row.institution, row.lang) for row in rows)


def may_manage(session: Session, person: Person, *, by: Actor) -> bool:
    """Whether ``by`` may shut a person out or have them choose a new password: an administrator of the
    library, or of every institution where the person has a role."""
    places = by.places(Action.MANAGE_PEOPLE)
    if places is None:
        return True
    grants = grants_of(session, person)
    return bool(grants) and all(grant.institution in places for grant in grants)


def _require_manager(session: Session, person: Person, by: Actor) -> None:
    if not may_manage(session, person, by=by):
        raise Forbidden(
            f"{by.name} is not administrator of every institution where {person.name} has a role."
        )


def subject(person: Person) -> str:
    """As the log names a person."""
    return f"person/{person.uuid}"


def checked_name(name: str) -> str:
    """A name on one line. Raises ``Invalid`` for none, or one that is too long."""
    # Marks that turn the direction of what follows would make one name look like another.
    name = " ".join(name.translate(_TURNING).split())
    if not name:
        raise Invalid("A person needs a name that others will see.", field="name", reason="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"A name has at most {LONGEST_NAME} characters.", field="name", reason="long name"
        )
    return name


def add_person(
    session: Session, *, email: str, name: str, password: str | None, by: Actor
) -> Person:
    """A new person without any role. Raises ``Invalid`` or, for a known address, ``Conflict``."""
    by.require(Action.MANAGE_PEOPLE)
    person = _new_person(session, email=email, name=name, password=password)
    log.record(
        session, by=by, did="person added", subject=subject(person), details={"name": person.name}
    )
    return person


def _new_person(session: Session, *, email: str, name: str, password: str | None) -> Person:
    email, name = canonical(email), checked_name(name)
    if password is not None:
        passwords.require_good(password, email=email, name=name)
    _require_unknown(session, email)
    person = Person(
        email=email, name=name, password=passwords.hashed(password) if password else None
    )
    session.add(person)
    session.flush()
    return person


def _require_unknown(session: Session, email: str) -> None:
    if session.scalar(select(Person.id).where(Person.email == email)) is not None:
        raise Conflict(
            f"Somebody with the e-mail address {email} is known already.",
            field="email",
            reason="known",
        )


def checked_role(*, role: str, institution: str, lang: str) -> Grant:
    """A role that can be given. Raises ``Invalid``."""
    if role not in ROLES:
        raise Invalid(
            f"{role!r} is not a role; roles are {', '.join(ROLES)}.", field="role", reason="role"
        )
    if lang and role != "translator":
        raise Invalid(
            "Only a translator's role is for one language.", field="lang", reason="role lang"
        )
    return Grant(role, institution, normalise(lang) if lang else "")


def _require_at(by: Actor, institution: str) -> None:
    by.require(Action.MANAGE_PEOPLE, institutions=(institution,) if institution else ())


def grant_role(
    session: Session, person: Person, *, role: str, institution: str, lang: str, by: Actor
) -> None:
    """Give a role; giving it again changes nothing."""
    _require_at(by, institution)
    _give(session, person, checked_role(role=role, institution=institution, lang=lang), by=by)


def _give(session: Session, person: Person, grant: Grant, *, by: Actor) -> None:
    key = (person.id, grant.role, grant.institution, grant.lang)
    if session.get(RoleGrant, key) is not None:
        return
    session.add(
        RoleGrant(
            person_id=person.id, role=grant.role, institution=grant.institution, lang=grant.lang
        )
    )
    session.flush()
    log.record(session, by=by, did="role given", subject=subject(person), details=_told(grant))


def _told(grant: Grant) -> dict[str, str]:
    return {"role": grant.role, "institution": grant.institution, "lang": grant.lang}


def revoke_role(
    session: Session, person: Person, *, role: str, institution: str, lang: str, by: Actor
) -> None:
    """Take a role away. Raises ``NotFound``, or ``Conflict`` for the library's last administrator."""
    _require_at(by, institution)
    grant = session.get(RoleGrant, (person.id, role, institution, lang))
    if grant is None:
        raise NotFound(f"{person.email} does not have this role.")
    if role == "administrator" and not institution:
        _require_another_administrator(session, person)
    session.delete(grant)
    session.flush()
    log.record(
        session,
        by=by,
        did="role taken",
        subject=subject(person),
        details=_told(Grant(role, institution, lang)),
    )


def _require_another_administrator(session: Session, person: Person) -> None:
    """Somebody has to be able to let the others in."""
    # Locked, so that two administrators cannot take the role from each other at once.
    rows = session.scalars(
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == "administrator", RoleGrant.institution == "", Person.active)
        .order_by(Person.id)
        .with_for_update(of=RoleGrant)
    ).all()
    if [row.id for row in rows] == [person.id]:
        raise Conflict(
            f"{person.name} is the last administrator of the library; make somebody else one first.",
            reason="last administrator",
        )


def set_active(session: Session, person: Person, *, active: bool, by: Actor) -> None:
    """Shut a person out, or let them in again; what they did stays theirs, and so do their roles."""
    _require_manager(session, person, by)
    if person.active == active:
        return
    if not active:
        if Grant("administrator") in grants_of(session, person):
            _require_another_administrator(session, person)
        sittings.end_all(session, person.id)
        # Who is let in again comes with what they know, and not with a link from before.
        links.withdraw(session, purpose=links.PASSWORD, email=person.email, now=utc_now())
    person.active = active
    session.flush()
    did = "person let in" if active else "person shut out"
    log.record(session, by=by, did=did, subject=subject(person), details={"name": person.name})


def password_link(session: Session, person: Person, *, by: Actor, now: dt.datetime) -> str:
    """The token of a one-time link for somebody who has no password, or lost it."""
    _require_manager(session, person, by)
    if not person.active:
        raise Conflict(f"{person.name} is shut out.", reason="shut out")
    token = links.make_password_link(session, person, by=by, now=now)
    log.record(session, by=by, did="password link made", subject=subject(person))
    return token


def stop_codes(session: Session, person: Person, *, by: Actor) -> None:
    """Let somebody in without the device that they have lost."""
    _require_manager(session, person, by)
    codes.stop(session, person)
    log.record(session, by=by, did="codes stopped", subject=subject(person))


def invite(
    session: Session,
    *,
    email: str,
    name: str,
    roles: Sequence[Grant],
    by: Actor,
    now: dt.datetime,
) -> str:
    """Invite somebody who is not known yet; returns the token of the one-time link.

    Raises ``Conflict`` (``reason="known"``) for an address that belongs to a person, who can be given
    roles at once, and for one that somebody with rights elsewhere has invited.
    """
    email = canonical(email)
    if not roles:
        raise Invalid("An invitation gives at least one role.", field="role", reason="no role")
    given = [checked_role(role=r.role, institution=r.institution, lang=r.lang) for r in roles]
    for grant in given:
        _require_at(by, grant.institution)
    _require_unknown(session, email)
    before = links.invitation_for(session, email, now=now)
    if before is not None and not may_withdraw(before, by=by):
        raise Conflict(
            f"{email} has been invited by somebody else already.", field="email", reason="invited"
        )
    name = " ".join(name.split())[:LONGEST_NAME]
    token = links.make_invitation(session, email=email, name=name, roles=given, by=by, now=now)
    log.record(
        session,
        by=by,
        did="invited",
        subject=f"invitation/{email}",
        details={"roles": [_told(grant) for grant in given]},
    )
    return token


def may_withdraw(link: OneTimeLink, *, by: Actor) -> bool:
    """Whether ``by`` looks after all the roles that an invitation gives."""
    return all(
        by.may(Action.MANAGE_PEOPLE, institutions=(g.institution,) if g.institution else ())
        for g in links.roles_of(link)
    )


def invitations_for(session: Session, *, by: Actor) -> list[OneTimeLink]:
    """The open invitations that ``by`` looks after."""
    return [link for link in links.open_invitations(session) if may_withdraw(link, by=by)]


def withdraw_invitation(
    session: Session, invitation_id: int, *, by: Actor, now: dt.datetime
) -> None:
    """Make an invitation useless. Raises ``NotFound``."""
    link = _own_invitation(session, invitation_id, by)
    links.use(session, link, now=now)
    log.record(session, by=by, did="invitation withdrawn", subject=f"invitation/{link.email}")


def invite_again(
    session: Session, invitation_id: int, *, by: Actor, now: dt.datetime
) -> tuple[OneTimeLink, str]:
    """A new link for an invitation, for the old one is lost or expired; returns its token as well."""
    link = _own_invitation(session, invitation_id, by)
    roles = links.roles_of(link)
    return link, invite(session, email=link.email, name=link.name, roles=roles, by=by, now=now)


def _own_invitation(session: Session, invitation_id: int, by: Actor) -> OneTimeLink:
    link = session.get(OneTimeLink, invitation_id)
    open_ = link is not None and link.purpose == links.INVITATION and link.used_at is None
    if link is None or not open_ or not may_withdraw(link, by=by):
        raise NotFound("There is no such invitation.")
    return link


def accept(
    session: Session,
    link: OneTimeLink,
    *,
    name: str,
    password: str | None,
    now: dt.datetime,
) -> Person:
    """Make a person of who was invited, with the roles that whoever invited may still give.

    Raises ``Invalid``, or ``Gone`` where the link was used or none of the roles can be given any more.
    """
    giver = _giver(session, link)
    roles = [
        grant
        for grant in links.roles_of(link)
        if giver.may(
            Action.MANAGE_PEOPLE, institutions=(grant.institution,) if grant.institution else ()
        )
    ]
    if not roles:
        raise Gone("Whoever sent this invitation may not invite any more.", reason="withdrawn")
    person = _new_person(session, email=link.email, name=name, password=password)
    links.use(session, link, now=now)
    note(session, person, "invitation accepted")
    for grant in roles:
        _give(session, person, grant, by=giver)
    return person


def _giver(session: Session, link: OneTimeLink) -> Actor:
    """Who invited, with the roles that they have now."""
    if link.by_operator:
        return operator(link.by_name)
    person = None if link.by_id is None else session.get(Person, link.by_id)
    return _NOBODY if person is None else actor_of(session, person)


_NOBODY = Actor(id=0, uuid=uuid.UUID(int=0), name="nobody", email="")


def note(session: Session, person: Person, did: str) -> None:
    """Something that a person did for themselves."""
    log.record(session, by=actor_of(session, person), did=did, subject=subject(person))


def rename(session: Session, person: Person, name: str) -> None:
    """Change one's own name, as others see it."""
    before, after = person.name, checked_name(name)
    if before == after:
        return
    # Noted under the name that they had: the new one may be that of somebody else.
    by = actor_of(session, person)
    person.name = after
    session.flush()
    details = {"from": before, "to": after}
    log.record(session, by=by, did="name changed", subject=subject(person), details=details)


def open_places(by: Actor, keys: Iterable[str]) -> list[str]:
    """Of these institutions, where ``by`` may give roles; begins with ``""`` for the whole library."""
    places = by.places(Action.MANAGE_PEOPLE)
    return ["", *keys] if places is None else [key for key in keys if key in places]
