from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import limits
from library.accounts.models import Attempts
from library.db import session_scope
from library.errors import TooMany

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def test_waits_grow_slowly_and_not_for_ever() -> None:
    waits = [limits.wait(n, 5).total_seconds() for n in range(4, 16)]
    assert waits == [0, 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert limits.wait(10_000, 5) == limits.LONGEST


def _try(session: Session, email: str, network: str, now: dt.datetime) -> bool:
    try:
        limits.take(session, limits.for_sign_in(email=email, network=network), now=now)
    except TooMany:
        return False
    return True


def test_after_some_failures_one_has_to_wait(session: Session) -> None:
    assert [_try(session, "a@x.org", "192.0.2.1", NOW) for _ in range(7)] == [True] * 5 + [
        False
    ] * 2
    later = NOW + dt.timedelta(seconds=15)
    assert _try(session, "a@x.org", "192.0.2.1", later)
    assert not _try(session, "a@x.org", "192.0.2.1", later + dt.timedelta(seconds=29))
    with pytest.raises(TooMany) as refused:
        limits.require_room(
            session, limits.for_sign_in(email="a@x.org", network="192.0.2.1"), now=later
        )
    assert refused.value.details["seconds"] == 30


def test_a_stranger_does_not_shut_the_owner_out(session: Session) -> None:
    for _ in range(20):
        _try(session, "a@x.org", "192.0.2.66", NOW)
    assert _try(session, "a@x.org", "198.51.100.1", NOW)


def test_many_networks_together_have_to_wait_for_one_address(session: Session) -> None:
    let = [_try(session, "a@x.org", f"192.0.2.{n}", NOW) for n in range(40)]
    assert let == [True] * 30 + [False] * 10


def test_one_network_has_to_wait_for_many_addresses(session: Session) -> None:
    let = [_try(session, f"{n}@x.org", "192.0.2.1", NOW) for n in range(70)]
    assert let == [True] * 60 + [False] * 10


def test_a_good_account_does_not_wash_a_network_clean(session: Session) -> None:
    for n in range(59):
        _try(session, f"{n}@x.org", "192.0.2.1", NOW)
    own = limits.for_sign_in(email="me@x.org", network="192.0.2.1")
    limits.take(session, own, now=NOW)
    limits.forgive(session, own, now=NOW)
    assert _try(session, "60@x.org", "192.0.2.1", NOW)
    assert not _try(session, "61@x.org", "192.0.2.1", NOW)


def test_failures_are_forgotten_after_a_day(session: Session) -> None:
    for _ in range(5):
        _try(session, "a@x.org", "192.0.2.1", NOW)
    tomorrow = NOW + limits.MEMORY
    assert [_try(session, "a@x.org", "192.0.2.1", tomorrow) for _ in range(6)] == [True] * 5 + [
        False
    ]
    limits.sweep(session, now=tomorrow + limits.MEMORY)
    assert session.query(Attempts).count() == 0


def test_the_table_tells_nobody_who_tried(session: Session) -> None:
    _try(session, "a@x.org", "192.0.2.1", NOW)
    keys = [row.key for row in session.query(Attempts)]
    assert len(keys) == 3
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)


def test_many_at_once_get_no_more_tries_than_one_after_the_other(
    factory: sessionmaker[Session],
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def attempt(_n: int) -> bool:
        with session_scope(factory, write=True) as session:
            return _try(session, "a@x.org", "192.0.2.1", NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 5
