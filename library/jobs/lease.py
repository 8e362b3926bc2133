"""Leases: a row says which process does what only one may do.

A lease ends by itself, so a dead machine holds nobody up for longer than ``LEASE_SECONDS``; a dead
process on this machine is noticed at once.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from library.db import session_scope, utc_now
from library.jobs.models import Lease

LEASE_SECONDS = 30


def holder_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def acquire(factory: sessionmaker[Session], *, name: str) -> bool:
    """Take or renew a lease; False while another living process has it."""
    me = holder_name()
    until = utc_now() + dt.timedelta(seconds=LEASE_SECONDS)
    try:
        with session_scope(factory, write=True) as session:
            lease = session.scalar(select(Lease).where(Lease.name == name).with_for_update())
            if lease is None:
                session.add(Lease(name=name, holder=me, until=until))
                return True
            if lease.holder != me and lease.until > utc_now() and _may_live(lease.holder):
                return False
            lease.holder, lease.until = me, until
            return True
    except IntegrityError:  # another process wrote the first row between our look and our insert
        return False


def release(factory: sessionmaker[Session], *, name: str) -> None:
    with session_scope(factory, write=True) as session:
        lease = session.get(Lease, name)
        if lease is not None and lease.holder == holder_name():
            session.delete(lease)


@contextmanager
def held(factory: sessionmaker[Session], *, name: str) -> Iterator[bool]:
    """The lease for the time of the block; yields whether it was got."""
    got = acquire(factory, name=name)
    try:
        yield got
    finally:
        if got:
            release(factory, name=name)


def _may_live(holder: str) -> bool:
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
