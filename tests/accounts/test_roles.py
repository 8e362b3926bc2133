"""Who may invite, give, take and shut out, where; that it is logged, and nobody is locked out."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts import links, service, sittings
from library.accounts.actors import actor_of
from library.accounts.models import LogEntry, Person
from library.accounts.permissions import Actor, Grant
from library.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from tests.people import OPERATOR, make_actor, make_person

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def local(session: Session) -> Actor:
    """The administrator of one college."""
    roles = [("administrator", "mbeya-college")]
    return make_actor(session, email="local@example.org", name="Local", roles=roles)


def _roles(session: Session, person: Person) -> set[tuple[str, str, str]]:
    return {(g.role, g.institution, g.lang) for g in service.grants_of(session, person)}


def test_an_administrator_of_one_college_gives_roles_there_and_nowhere_else(
    session: Session, local: Actor
) -> None:
    person = make_person(session)
    service.grant_role(
        session, person, role="author", institution="mbeya-college", lang="", by=local
    )
    for elsewhere in ("", "dodoma-college"):
        with pytest.raises(Forbidden):
            service.grant_role(
                session, person, role="author", institution=elsewhere, lang="", by=local
            )
        with pytest.raises(Forbidden):
            service.revoke_role(
                session, person, role="author", institution=elsewhere, lang="", by=local
            )
    assert _roles(session, person) == {("author", "mbeya-college", "")}


@pytest.mark.parametrize("role", ["author", "translator", "reviewer", "publisher"])
def test_nobody_but_administrators_manages_people(session: Session, role: str) -> None:
    by = make_actor(session, email="x@example.org", roles=[role])
    person = make_person(session)
    with pytest.raises(Forbidden):
        service.grant_role(
            session, person, role="author", institution="mbeya-college", lang="", by=by
        )
    with pytest.raises(Forbidden):
        service.invite(
            session,
            email="b@example.org",
            name="",
            roles=[Grant("author", "mbeya-college")],
            by=by,
            now=NOW,
        )
    with pytest.raises(Forbidden):
        service.set_active(session, person, active=False, by=by)
    with pytest.raises(Forbidden):
        service.password_link(session, person, by=by, now=NOW)
    with pytest.raises(Forbidden):
        service.add_person(session, email="b@example.org", name="B", password=None, by=by)
    with pytest.raises(Forbidden):
        service.people_for(session, by=by)


def test_a_local_administrator_has_no_power_over_who_works_elsewhere_too(
    session: Session, local: Actor
) -> None:
    """Else they could choose the password of somebody with more rights, and have those."""
    boss = make_person(
        session,
        email="boss@example.org",
        roles=["administrator", ("author", "mbeya-college")],
    )
    nobody = make_person(session, email="nobody@example.org")
    for person in (boss, nobody):
        with pytest.raises(Forbidden):
            service.password_link(session, person, by=local, now=NOW)
        with pytest.raises(Forbidden):
            service.set_active(session, person, active=False, by=local)
        with pytest.raises(Forbidden):
            service.stop_codes(session, person, by=local)
    own = make_person(session, roles=[("author", "mbeya-college")])
    assert service.password_link(session, own, by=local, now=NOW)


def test_one_sees_the_people_of_ones_own_institutions(session: Session, local: Actor) -> None:
    make_person(session, email="here@example.org", name="Here", roles=[("author", "mbeya-college")])
    make_person(session, email="there@example.org", name="There", roles=["author"])
    assert [p.name for p, _ in service.people_for(session, by=local)] == ["Here", "Local"]
    assert len(service.people_for(session, by=OPERATOR)) == 3


def test_the_last_administrator_stays(session: Session) -> None:
    person = make_person(session, roles=["administrator"])
    me = actor_of(session, person)
    for by in (me, OPERATOR):
        with pytest.raises(Conflict) as refused:
            service.revoke_role(
                session, person, role="administrator", institution="", lang="", by=by
            )
        assert refused.value.details["reason"] == "last administrator"
        with pytest.raises(Conflict):
            service.set_active(session, person, active=False, by=by)
    shut_out = make_person(session, email="b@example.org", roles=["administrator"], active=False)
    with pytest.raises(Conflict):
        service.set_active(session, person, active=False, by=OPERATOR)
    service.set_active(session, shut_out, active=True, by=OPERATOR)
    service.set_active(session, person, active=False, by=OPERATOR)
    with pytest.raises(Conflict):
        service.set_active(session, shut_out, active=False, by=OPERATOR)


def test_who_is_shut_out_is_signed_out_and_keeps_what_they_had(session: Session) -> None:
    person = make_person(session, roles=["author"])
    _, token = sittings.begin(session, person, now=NOW)
    service.set_active(session, person, active=False, by=OPERATOR)
    assert sittings.find(session, token, now=NOW) is None
    assert actor_of(session, person).grants == ()
    with pytest.raises(Conflict):
        service.password_link(session, person, by=OPERATOR, now=NOW)
    service.set_active(session, person, active=True, by=OPERATOR)
    assert sittings.find(session, token, now=NOW) is None
    assert actor_of(session, person).grants == (Grant("author"),)


def _invite(session: Session, by: Actor, *roles: Grant, email: str = "b@example.org") -> str:
    given = list(roles) or [Grant("author", "mbeya-college")]
    return service.invite(session, email=email, name="", roles=given, by=by, now=NOW)


def _accept(session: Session, token: str, now: dt.datetime = NOW) -> Person:
    link = links.find(session, token, purpose=links.INVITATION, now=now)
    return service.accept(session, link, name="Baraka", password="rain on the roof", now=now)


def test_an_invitation_makes_a_person_with_its_roles_when_it_is_accepted(
    session: Session, local: Actor
) -> None:
    token = _invite(
        session, local, Grant("translator", "mbeya-college", "sw"), email="B@example.org"
    )
    with pytest.raises(NotFound):
        service.person_by_email(session, "b@example.org")
    person = _accept(session, token)
    assert (person.email, person.name) == ("b@example.org", "Baraka")
    assert _roles(session, person) == {("translator", "mbeya-college", "sw")}
    with pytest.raises(Gone):
        _accept(session, token)


def test_nobody_is_invited_to_more_than_the_inviter_may_give(
    session: Session, local: Actor
) -> None:
    for role in (Grant("author"), Grant("administrator", "dodoma-college")):
        with pytest.raises(Forbidden):
            _invite(session, local, Grant("author", "mbeya-college"), role)
    with pytest.raises(Invalid):
        service.invite(session, email="b@example.org", name="", roles=[], by=local, now=NOW)


def test_an_invitation_is_worth_nothing_once_its_sender_may_not_invite(
    session: Session, local: Actor
) -> None:
    token = _invite(session, local)
    sender = service.person_by_uuid(session, local.uuid)
    service.set_active(session, sender, active=False, by=OPERATOR)
    with pytest.raises(Gone):
        _accept(session, token)
    with pytest.raises(NotFound):
        service.person_by_email(session, "b@example.org")


def test_an_invitation_from_the_command_line_holds(session: Session) -> None:
    assert _roles(session, _accept(session, _invite(session, OPERATOR, Grant("publisher")))) == {
        ("publisher", "", "")
    }


def test_a_sender_who_calls_themselves_like_the_command_line_gains_nothing(
    session: Session,
) -> None:
    by = make_actor(
        session,
        email="eve@example.org",
        name="root at the command line",
        roles=[("administrator", "mbeya-college")],
    )
    token = _invite(session, by)
    eve = service.person_by_uuid(session, by.uuid)
    session.delete(eve)
    session.flush()
    session.expire_all()
    with pytest.raises(Gone):
        _accept(session, token)


def test_expired_withdrawn_and_replaced_invitations_are_refused(
    session: Session, local: Actor
) -> None:
    first = _invite(session, local)
    second = _invite(session, local)
    with pytest.raises(Gone) as refused:
        _accept(session, first)
    assert refused.value.details["reason"] == "used"
    with pytest.raises(Gone) as refused:
        _accept(session, second, NOW + links.LIFETIMES[links.INVITATION])
    assert refused.value.details["reason"] == "expired"
    (waiting,) = service.invitations_for(session, by=local)
    link, third = service.invite_again(session, waiting.id, by=local, now=NOW)
    assert link.id == waiting.id
    (waiting,) = service.invitations_for(session, by=local)
    service.withdraw_invitation(session, waiting.id, by=local, now=NOW)
    with pytest.raises(Gone):
        _accept(session, third)
    with pytest.raises(Gone) as refused:
        _accept(session, "a token that was never given")
    assert refused.value.details["reason"] == "unknown"


def test_others_invitations_are_neither_seen_nor_taken_over(session: Session, local: Actor) -> None:
    _invite(session, OPERATOR, Grant("publisher"))
    assert service.invitations_for(session, by=local) == []
    (waiting,) = service.invitations_for(session, by=OPERATOR)
    with pytest.raises(NotFound):
        service.withdraw_invitation(session, waiting.id, by=local, now=NOW)
    with pytest.raises(Conflict):
        _invite(session, local)


def test_somebody_who_is_known_is_not_invited(session: Session, local: Actor) -> None:
    make_person(session, email="b@example.org")
    with pytest.raises(Conflict) as refused:
        _invite(session, local)
    assert refused.value.details["reason"] == "known"


def test_every_change_is_in_the_log(session: Session, local: Actor) -> None:
    person = _accept(session, _invite(session, local))
    service.grant_role(
        session, person, role="reviewer", institution="mbeya-college", lang="", by=local
    )
    service.revoke_role(
        session, person, role="reviewer", institution="mbeya-college", lang="", by=local
    )
    service.password_link(session, person, by=local, now=NOW)
    service.set_active(session, person, active=False, by=local)
    service.set_active(session, person, active=True, by=OPERATOR)
    service.rename(session, person, "  Baraka\u202e   Said ")
    assert person.name == "Baraka Said"
    entries = list(session.scalars(select(LogEntry).order_by(LogEntry.id)))
    assert [(e.by_name, e.did) for e in entries] == [
        ("Local", "invited"),
        ("Baraka", "invitation accepted"),
        ("Local", "role given"),
        ("Local", "role given"),
        ("Local", "role taken"),
        ("Local", "password link made"),
        ("Local", "person shut out"),
        ("the tests", "person let in"),
        ("Baraka", "name changed"),
    ]
    assert entries[3].details == {"role": "reviewer", "institution": "mbeya-college", "lang": ""}
    assert entries[3].subject == f"person/{person.uuid}"
    assert entries[7].by_id is None
    assert all("rain on" not in str(e.details) for e in entries)
