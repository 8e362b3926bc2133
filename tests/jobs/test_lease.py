"""Leases: one holder at a time, and a dead one holds nobody up."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys

from sqlalchemy.orm import Session, sessionmaker

from library.db import session_scope, utc_now
from library.jobs import lease
from library.jobs.models import Lease


def _given_to(factory: sessionmaker[Session], holder: str, seconds: int) -> None:
    until = utc_now() + dt.timedelta(seconds=seconds)
    with session_scope(factory, write=True) as session:
        session.add(Lease(name="indexer", holder=holder, until=until))


def _dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_lease_is_taken_renewed_and_given_back(factory: sessionmaker[Session]) -> None:
    assert lease.acquire(factory, name="indexer")
    assert lease.acquire(factory, name="indexer")
    lease.release(factory, name="indexer")
    with factory() as session:
        assert session.get(Lease, "indexer") is None


def test_a_living_process_keeps_its_lease(factory: sessionmaker[Session]) -> None:
    _given_to(factory, f"{socket.gethostname()}:{os.getppid()}", 60)
    with lease.held(factory, name="indexer") as mine:
        assert not mine


def test_a_dead_process_of_this_machine_loses_its_lease_at_once(
    factory: sessionmaker[Session],
) -> None:
    _given_to(factory, f"{socket.gethostname()}:{_dead_process()}", 60)
    assert lease.acquire(factory, name="indexer")


def test_another_machine_keeps_its_lease_until_it_runs_out(factory: sessionmaker[Session]) -> None:
    _given_to(factory, "elsewhere:1", 60)
    assert not lease.acquire(factory, name="indexer")
    with session_scope(factory, write=True) as session:
        session.get_one(Lease, "indexer").until = utc_now() - dt.timedelta(seconds=1)
    assert lease.acquire(factory, name="indexer")
