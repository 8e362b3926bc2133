"""The log: who did what to what, when. Written in the transaction of the change itself."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.models import LogEntry, Person
from library.accounts.permissions import Actor
from library.db import utc_now


def record(
    session: Session,
    *,
    by: Actor,
    did: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> LogEntry:
    """Note a change. ``details`` must be what JSON can say, and hold no secret.

    ``did`` is at most 60 characters, ``subject`` (``course/measuring-safely``) is cut at 300. Who acts
    from the command line has the id 0 and is kept by name alone.
    """
    entry = LogEntry(
        at=at or utc_now(),
        by_id=by.id or None,
        by_name=by.name,
        did=did,
        subject=subject[:300],
        details=dict(details or {}),
    )
    session.add(entry)
    session.flush()
    return entry


def people_in(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    """The names of the people among some subjects of entries, by subject; who is gone has none."""
    uuids = []
    for one in subjects:
        kind, _, told = one.partition("/")
        if kind == "person":
            with suppress(ValueError):
                uuids.append(uuid.UUID(told))
    if not uuids:
        return {}
    rows = session.execute(select(Person.uuid, Person.name).where(Person.uuid.in_(uuids)))
    return {f"person/{one}": name for one, name in rows}
