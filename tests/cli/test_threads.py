"""A web worker's threads: as many for readers as ever, however many wait for slow lines."""

from __future__ import annotations

import threading

import pytest

from library.cli.threads import Threads
from library.errors import Unavailable


def test_jobs_are_done_and_their_faults_are_told() -> None:
    pool = Threads(2)
    assert [pool.submit(lambda n=n: n * n).result(5) for n in range(20)] == [
        n * n for n in range(20)
    ]
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 / 0).result(5)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(print)


def test_who_is_away_keeps_nobody_from_being_answered() -> None:
    pool = Threads(2)
    back = threading.Event()
    gone = threading.Semaphore(0)

    def wait_for_a_slow_line() -> str:
        with pool.away():
            gone.release()
            assert back.wait(10)
        return "done"

    slow = [pool.submit(wait_for_a_slow_line) for _ in range(20)]
    for _ in range(20):
        assert gone.acquire(timeout=5)
    # More of them than threads, and still two answer.
    both = threading.Barrier(2)
    answers = [pool.submit(both.wait, 5) for _ in range(2)]
    assert sorted(one.result(5) for one in answers) == [0, 1]
    back.set()
    assert {one.result(5) for one in slow} == {"done"}
    for _ in range(200):
        if pool._taking <= 2:
            break
        pool.submit(int).result(5)
    assert pool._taking <= 2
    pool.shutdown()


def test_there_is_an_end_to_those_who_are_away() -> None:
    pool = Threads(1, most_away=1)
    back = threading.Event()
    gone = threading.Event()

    def first() -> None:
        with pool.away():
            gone.set()
            back.wait(10)

    waiting = pool.submit(first)
    assert gone.wait(5)

    def second() -> None:
        with pool.away():
            raise AssertionError("too many")

    with pytest.raises(Unavailable):
        pool.submit(second).result(5)
    back.set()
    waiting.result(5)
    pool.shutdown()


def test_elsewhere_being_away_means_nothing() -> None:
    with Threads(1, most_away=0).away():
        pass
