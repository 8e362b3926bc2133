"""The contract of the bell, kept by every adapter: a ring wakes, silence ends, nothing raises."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.errors import Misconfigured, Unavailable
from library.jobs.bell import Bell, open_bell
from tests.judges.redis import redis_server


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(params=["file", "redis", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def bells(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Bell, Bell]]:
    """Two ends of one bell, as two processes would hold them: who rings, and who listens."""
    url = "sqlite:" if request.param == "file" else request.getfixturevalue(request.param)
    listener = open_bell(url, data=tmp_path)
    listener.wait(seconds=0)  # from now on it listens
    ringer = open_bell(url, data=tmp_path)
    yield ringer, listener
    ringer.close()
    listener.close()


def test_a_ring_is_heard_at_once(bells: tuple[Bell, Bell]) -> None:
    ringer, listener = bells
    later = threading.Timer(0.3, ringer.ring)
    later.start()
    begun = time.monotonic()
    assert listener.wait(seconds=10)
    assert time.monotonic() - begun < 5
    later.join()


def test_a_ring_before_the_wait_is_heard(bells: tuple[Bell, Bell]) -> None:
    ringer, listener = bells
    ringer.ring()
    assert listener.wait(seconds=10)


def test_many_rings_are_one(bells: tuple[Bell, Bell]) -> None:
    ringer, listener = bells
    for _ in range(5):
        ringer.ring()
    assert listener.wait(seconds=10)
    listener.wait(seconds=0.2)
    assert not listener.wait(seconds=0.2)


def test_silence_ends_when_the_time_is_up(bells: tuple[Bell, Bell]) -> None:
    begun = time.monotonic()
    assert not bells[1].wait(seconds=0.3)
    assert 0.25 < time.monotonic() - begun < 5


def test_a_bell_that_can_be_heard_is_well(bells: tuple[Bell, Bell]) -> None:
    bells[0].check()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_bell_that_is_away_says_so_and_stops_nobody(url: str, tmp_path: Path) -> None:
    bell = open_bell(url, data=tmp_path)
    bell.ring()
    assert not bell.wait(seconds=0.1)
    with pytest.raises(Unavailable):
        bell.check()


def test_an_unknown_bell_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="LIBRARY_QUEUE_URL"):
        open_bell("carrier-pigeon:", data=tmp_path)
