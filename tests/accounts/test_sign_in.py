"""Coming in with a password and with a code: what is let in, what is refused, and how."""

from __future__ import annotations

import datetime as dt

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import codes, links, passwords, sign_in, sittings
from library.accounts.models import Person, Sitting
from library.accounts.sign_in import Admission, Place
from library.db import session_scope
from library.errors import Gone, Invalid, TooMany
from tests.people import OPERATOR, make_person

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
HERE = Place(network="192.0.2.1", device="a browser")
KEY = "the site's key"
PASSWORD = "rain on the roof"


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, password=passwords.hashed(PASSWORD))
    session.commit()
    return made


def _come(
    factory: sessionmaker[Session],
    password: str = PASSWORD,
    *,
    email: str = "asha@example.org",
    now: dt.datetime = NOW,
    former: str = "",
) -> Admission:
    return sign_in.with_password(
        factory, email=email, password=password, place=HERE, now=now, former=former
    )


def test_the_right_password_begins_a_sitting(
    factory: sessionmaker[Session], person: Person
) -> None:
    admission = _come(factory, email=" ASHA@example.org ")
    assert not admission.half
    with session_scope(factory) as session:
        found = sittings.find(session, admission.token, now=NOW)
        assert found is not None
        assert (found[0].network, found[0].device) == ("192.0.2.1", "a browser")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("asha@example.org", "rain on the Roof"),
        ("asha@example.org", ""),
        ("nobody@example.org", PASSWORD),
        ("without@example.org", ""),
        ("without@example.org", "the password of nobody"),
        ("out@example.org", PASSWORD),
        ("a\u017fha@example.org", PASSWORD),
        ("not an address", PASSWORD),
    ],
)
def test_all_else_gets_one_and_the_same_answer(
    factory: sessionmaker[Session], session: Session, person: Person, email: str, password: str
) -> None:
    make_person(session, email="without@example.org")
    hashed = passwords.hashed(PASSWORD)
    make_person(session, email="out@example.org", password=hashed, active=False)
    session.commit()
    with pytest.raises(Invalid) as refused:
        _come(factory, password, email=email)
    assert refused.value.message == "The e-mail address or the password is not right."
    assert refused.value.details == {"reason": "credentials"}
    with session_scope(factory) as looking:
        assert looking.query(Sitting).count() == 0


@pytest.mark.parametrize("email", ["asha@example.org", "nobody@example.org"])
def test_guessing_is_slowed_down_alike_for_known_and_unknown_addresses(
    factory: sessionmaker[Session], person: Person, email: str
) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            _come(factory, "wrong wrong wrong", email=email)
    with pytest.raises(TooMany) as refused:
        _come(factory, email=email)
    assert refused.value.details["seconds"] == 15


def test_a_right_password_after_the_wait_is_let_in_and_starts_the_count_again(
    factory: sessionmaker[Session], person: Person
) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            _come(factory, "wrong wrong wrong")
    later = NOW + dt.timedelta(seconds=15)
    _come(factory, now=later)
    for _ in range(5):
        with pytest.raises(Invalid):
            _come(factory, "wrong wrong wrong", now=later)


def test_each_sign_in_has_a_new_token_and_ends_what_the_browser_had(
    factory: sessionmaker[Session], person: Person
) -> None:
    first = _come(factory)
    second = _come(factory, former=first.token)
    assert first.token != second.token
    with session_scope(factory) as session:
        assert sittings.find(session, first.token, now=NOW) is None
        assert sittings.find(session, second.token, now=NOW) is not None


def test_a_token_made_up_by_somebody_else_is_never_taken_over(
    factory: sessionmaker[Session], person: Person
) -> None:
    planted = "a token that an attacker has put into the browser"
    assert _come(factory, former=planted).token != planted
    with session_scope(factory) as session:
        assert sittings.find(session, planted, now=NOW) is None


def test_an_old_hash_is_made_anew_at_sign_in(
    factory: sessionmaker[Session], session: Session
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    person = make_person(session, password=weak)
    session.commit()
    _come(factory)
    session.refresh(person)
    assert person.password is not None
    assert person.password != weak
    assert not passwords.is_worn(person.password)
    _come(factory)


def _with_codes(session: Session, person: Person) -> list[str]:
    codes.prepare(session, person)
    before = NOW - dt.timedelta(hours=1)
    code = codes.code_at(codes.secret(person, key=KEY), codes.step_at(before))
    paper = codes.confirm(session, person, code, key=KEY, now=before)
    assert paper is not None
    session.commit()
    return paper


def _finish(
    factory: sessionmaker[Session], half: str, typed: str, now: dt.datetime = NOW
) -> Admission:
    return sign_in.with_code(factory, half=half, typed=typed, key=KEY, place=HERE, now=now)


def _code(person: Person, now: dt.datetime = NOW) -> str:
    return codes.code_at(codes.secret(person, key=KEY), codes.step_at(now))


def test_with_codes_a_password_alone_opens_nothing(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    _with_codes(session, person)
    half = _come(factory)
    assert half.half
    with session_scope(factory) as looking:
        assert sittings.find(looking, half.token, now=NOW) is None
    whole = _finish(factory, half.token, _code(person))
    assert not whole.half
    assert whole.token != half.token
    with session_scope(factory) as looking:
        assert sittings.find(looking, whole.token, now=NOW) is not None
        assert sittings.find(looking, half.token, now=NOW, half=True) is None


def test_a_code_that_was_seen_over_the_shoulder_is_refused(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    _with_codes(session, person)
    code = _code(person)
    _finish(factory, _come(factory).token, code)
    with pytest.raises(Invalid) as refused:
        _finish(factory, _come(factory).token, code)
    assert refused.value.details["reason"] == "code"


def test_a_code_on_paper_stands_in_once(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    paper = _with_codes(session, person)
    _finish(factory, _come(factory).token, paper[0])
    with pytest.raises(Invalid):
        _finish(factory, _come(factory).token, paper[0])


def test_codes_cannot_be_guessed_by_beginning_again_and_again(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    _with_codes(session, person)
    for _ in range(5):
        with pytest.raises(Invalid):
            _finish(factory, _come(factory).token, "000000")
    with pytest.raises(TooMany):
        _finish(factory, _come(factory).token, _code(person))


def test_half_a_sitting_does_not_wait_for_ever(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    _with_codes(session, person)
    half = _come(factory)
    late = NOW + sittings.HALF
    with pytest.raises(Invalid) as refused:
        _finish(factory, half.token, _code(person, late), late)
    assert refused.value.details["reason"] == "late"


def test_a_changed_password_ends_every_other_sitting(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    here, there = _come(factory), _come(factory)
    with session_scope(factory) as looking:
        found = sittings.find(looking, here.token, now=NOW)
        assert found is not None
    for old, new, field in (
        ("not the old one", "snow on the roof", "old"),
        (PASSWORD, "short", "password"),
    ):
        with pytest.raises(Invalid) as refused:
            sign_in.change_password(
                factory, person.id, old=old, new=new, sitting=found[0].id, now=NOW
            )
        assert refused.value.details["field"] == field
    sign_in.change_password(
        factory, person.id, old=PASSWORD, new="snow on the roof", sitting=found[0].id, now=NOW
    )
    with session_scope(factory) as looking:
        assert sittings.find(looking, here.token, now=NOW) is not None
        assert sittings.find(looking, there.token, now=NOW) is None
    _come(factory, "snow on the roof")
    with pytest.raises(Invalid):
        _come(factory)


def test_the_old_password_cannot_be_guessed_at_a_desk_left_open(
    factory: sessionmaker[Session], person: Person
) -> None:
    def change(old: str) -> None:
        sign_in.change_password(
            factory, person.id, old=old, new="snow on the roof", sitting=0, now=NOW
        )

    for _ in range(5):
        with pytest.raises(Invalid):
            change("a guess of somebody")
    with pytest.raises(TooMany):
        change(PASSWORD)


def test_a_link_chooses_a_password_once_and_signs_out_everywhere(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    there = _come(factory)
    token = links.make_password_link(session, person, by=OPERATOR, now=NOW)
    sign_in.choose_password(session, token, password="snow on the roof", now=NOW)
    session.commit()
    assert sittings.find(session, there.token, now=NOW) is None
    with pytest.raises(Gone) as refused:
        sign_in.choose_password(session, token, password="hail on the roof", now=NOW)
    assert refused.value.details["reason"] == "used"
    _come(factory, "snow on the roof")


def test_a_weak_password_does_not_use_the_link_up(session: Session, person: Person) -> None:
    token = links.make_password_link(session, person, by=OPERATOR, now=NOW)
    with pytest.raises(Invalid):
        sign_in.choose_password(session, token, password="short", now=NOW)
    sign_in.choose_password(session, token, password="snow on the roof", now=NOW)


@pytest.mark.parametrize("what", ["expired", "newer", "shut out", "other purpose"])
def test_a_link_that_is_not_good_any_more_is_refused(
    session: Session, person: Person, what: str
) -> None:
    token, now = links.make_password_link(session, person, by=OPERATOR, now=NOW), NOW
    if what == "expired":
        now += links.LIFETIMES[links.PASSWORD]
    elif what == "newer":
        links.make_password_link(session, person, by=None, now=NOW)
    elif what == "shut out":
        person.active = False
    else:
        token = links.make_invitation(
            session, email="b@example.org", name="", roles=[], by=OPERATOR, now=NOW
        )
    with pytest.raises(Gone):
        sign_in.choose_password(session, token, password="snow on the roof", now=now)


def test_a_used_link_stays_used_when_two_come_at_once(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    token = links.make_password_link(session, person, by=OPERATOR, now=NOW)
    session.commit()
    with factory() as one:
        link = links.find(one, token, purpose=links.PASSWORD, now=NOW)
        with session_scope(factory, write=True) as other:
            if other.get_bind().dialect.name == "sqlite":
                one.rollback()
            sign_in.choose_password(other, token, password="snow on the roof", now=NOW)
        with pytest.raises(Gone):
            links.use(one, link, now=NOW)


def test_a_provider_lets_in_who_is_known_or_invited_and_nobody_else(
    factory: sessionmaker[Session], session: Session, person: Person
) -> None:
    def come(email: str) -> Admission:
        return sign_in.by_provider(
            factory, provider="college", email=email, name="From There", place=HERE, now=NOW
        )

    assert come("ASHA@example.org").person_id == person.id
    for stranger in ("eve@example.org", "not an address", "\u212aofi@example.org"):
        with pytest.raises(Invalid) as refused:
            come(stranger)
        assert refused.value.details["reason"] == "unknown"
    person.active = False
    session.commit()
    with pytest.raises(Invalid):
        come("asha@example.org")
