"""The log of changes: what changed between two numbers of the counter."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.db import new_uuid
from library.jobs import outbox
from library.jobs.models import LoggedChange
from library.jobs.outbox import Change


def test_what_changed_after_a_number_is_told_by_subject(session: Session) -> None:
    first, second, third, college = (new_uuid() for _ in range(4))
    outbox.note(session, [Change("work", first)])
    since = outbox.change_number(session)
    outbox.note(session, [Change("work", second), Change("work", second)])
    outbox.touch(session)
    outbox.note(session, [Change("institution", college)])
    until = outbox.change_number(session)
    outbox.note(session, [Change("work", third)])
    assert until == since + 3
    assert outbox.changed(session, subject="work", since=since, until=until) == {second}
    assert outbox.changed(session, subject="work", since=until, until=until) == set()
    assert outbox.changed(session, subject="institution", since=since, until=until) == {college}


def test_the_log_reaches_back_so_far_and_no_farther(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "REMEMBERED", 150)
    every = [new_uuid() for _ in range(400)]
    for one in every:
        outbox.note(session, [Change("work", one)])
    assert outbox.changed(session, subject="work", since=250, until=400) == set(every[250:])
    assert outbox.changed(session, subject="work", since=249, until=400) is None
    assert session.scalar(select(func.count()).select_from(LoggedChange)) == 150
