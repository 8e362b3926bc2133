"""What tests of tables share: an editor, and tables as they would write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.content.tables import applying
from library.content.tables.applying import Outcome
from library.content.tables.plan import Plan
from library.content.tables.reading import read
from library.content.tables.table import Table
from tests.factories import make_codes, make_institution
from tests.people import make_actor

Rows = list[dict[str, str]]


def as_table(rows: Rows) -> Table:
    """Rows as somebody would hand them in."""
    headers = list(dict.fromkeys(name for row in rows for name in row))
    room = io.StringIO()
    writer = csv.DictWriter(room, headers)
    writer.writeheader()
    writer.writerows(rows)
    return read(io.BytesIO(room.getvalue().encode()))


def handed_in(session: Session, rows: Rows, *, by: Actor, about: str = "works") -> Any:
    """A table that is kept."""
    headers = list(dict.fromkeys(name for row in rows for name in row))
    room = io.StringIO()
    writer = csv.DictWriter(room, headers)
    writer.writeheader()
    writer.writerows(rows)
    file = io.BytesIO(room.getvalue().encode())
    return applying.keep(session, file, about=about, name="works.csv", by=by)


@pytest.fixture
def apply(session: Session) -> Callable[..., Outcome]:
    """Hand a table in and apply what is shown."""

    def done(
        rows: Rows, *, by: Actor, about: str = "works", only_good: bool = False, then: str = "draft"
    ) -> Outcome:
        kept = handed_in(session, rows, by=by, about=about)
        shown = applying.plan(session, about, as_table(rows), by=by)
        outcome = applying.apply(
            session, kept, shown=shown.digest, only_good=only_good, then=then, by=by
        )
        outcome.troubles += applying.go_on(
            session, outcome.change, outcome.onward, then=then, by=by
        )
        return outcome

    return done


@pytest.fixture
def asha(session: Session) -> Actor:
    """Writes at one college."""
    make_institution(session)
    make_codes(session)
    return make_actor(session, roles=[("author", "mbeya-college")])


@pytest.fixture
def juma(session: Session, asha: Actor) -> Actor:
    """Writes, reviews and publishes everywhere."""
    return make_actor(
        session,
        email="juma@example.org",
        name="Juma Said",
        roles=["author", "reviewer", "publisher"],
    )


def plan_of(session: Session, rows: Rows, *, by: Actor, about: str = "works") -> Plan:
    return applying.plan(session, about, as_table(rows), by=by)
