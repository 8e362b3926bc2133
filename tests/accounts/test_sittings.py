from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from library.accounts import sittings
from library.accounts.models import Sitting
from library.errors import NotFound
from tests.people import make_person

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def test_a_sitting_is_found_by_its_token_of_which_a_hash_is_kept(session: Session) -> None:
    person = make_person(session)
    sitting, token = sittings.begin(session, person, now=NOW)
    assert len(token) >= 43
    assert token not in (sitting.token, "")
    found = sittings.find(session, token, now=NOW)
    assert found is not None
    assert found[1].id == person.id
    for wrong in (sitting.token, token[:-1], token + "A", "", "\udc80"):
        assert sittings.find(session, wrong, now=NOW) is None


def test_a_sitting_ends_when_nothing_is_done(session: Session) -> None:
    sitting, token = sittings.begin(session, make_person(session), now=NOW)
    late = NOW + sittings.IDLE
    assert sittings.find(session, token, now=late - dt.timedelta(seconds=1)) is not None
    assert sittings.find(session, token, now=late) is None
    sittings.touch(session, sitting.id, now=NOW + dt.timedelta(days=1), network="192.0.2.1")
    assert sittings.find(session, token, now=late) is not None


def test_a_sitting_ends_in_any_case(session: Session) -> None:
    sitting, token = sittings.begin(session, make_person(session), now=NOW)
    end = NOW + sittings.LONGEST
    sittings.touch(session, sitting.id, now=end - dt.timedelta(hours=1), network="")
    assert sittings.find(session, token, now=end - dt.timedelta(minutes=1)) is not None
    assert sittings.find(session, token, now=end) is None


def test_who_is_shut_out_has_no_sitting(session: Session) -> None:
    person = make_person(session)
    _, token = sittings.begin(session, person, now=NOW)
    person.active = False
    session.flush()
    assert sittings.find(session, token, now=NOW) is None


def test_half_a_sitting_opens_nothing(session: Session) -> None:
    _, token = sittings.begin(session, make_person(session), now=NOW, half=True)
    assert sittings.find(session, token, now=NOW) is None
    assert sittings.find(session, token, now=NOW, half=True) is not None
    assert sittings.find(session, token, now=NOW + sittings.HALF, half=True) is None


def test_one_ends_ones_own_sittings_only(session: Session) -> None:
    person, other = make_person(session), make_person(session, email="b@example.org")
    first, _ = sittings.begin(session, person, now=NOW)
    second, _ = sittings.begin(session, person, now=NOW)
    foreign, token = sittings.begin(session, other, now=NOW)
    with pytest.raises(NotFound):
        sittings.end(session, person.id, foreign.id)
    sittings.end(session, person.id, 999_999)  # one that has ended already, in another tab
    assert sittings.end_all(session, person.id, but=second.id) == 1
    assert [one.id for one in sittings.own(session, person.id, now=NOW)] == [second.id]
    assert sittings.find(session, token, now=NOW) is not None
    assert session.get(Sitting, first.id, populate_existing=True) is None


def test_what_has_ended_is_swept(session: Session) -> None:
    person = make_person(session)
    sittings.begin(session, person, now=NOW - sittings.IDLE)
    sittings.begin(session, person, now=NOW - sittings.HALF, half=True)
    kept, _ = sittings.begin(session, person, now=NOW)
    assert sittings.sweep(session, now=NOW) == 2
    assert [one.id for one in session.query(Sitting)] == [kept.id]
