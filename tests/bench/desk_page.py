"""``desk-page``: pages of the editors' desk against the public list page, neither from a cache.

A copy of the library of 10,000 works with 1,000 of them on the desk, a tenth of these being written.
Whoever asks has every role in the whole library, so that nothing is narrowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import cycle

from flask import Flask
from sqlalchemy import select

from library.accounts import sittings
from library.accounts.actors import actor_of
from library.accounts.models import ROLES, Person, RoleGrant
from library.app import create_app, make_services
from library.catalogue.models import Work
from library.db import session_scope, utc_now
from library.editorial import manuscripts, queries, writing
from library.http.services import Services
from tests.bench import workspace
from tests.bench.pages_in_process import visitor
from tests.bench.rounds import interleaved
from tests.bench.rows import Row, tell

OPENED = 1_000
WRITTEN = 100
ROUNDS = 9
CALLS = 4
AT_MOST = 3.0


def run() -> Iterator[Row]:
    with workspace.copy_of_big_library() as data:
        services = make_services(workspace.settings(data))
        token, uuids = _furnish(services)
        site = create_app(services=services)
        pages = {
            "home": ["/en/desk"],
            "manuscripts": [f"/en/desk/works?page={n}" for n in range(1, 40)],
            "manuscripts being written": ["/en/desk/works?state=draft"],
            "manuscripts with a word in their title": [
                f"/en/desk/works?q={word}" for word in ("motor", "valve", "pump", "circuit")
            ],
            "works to take onto the desk": [f"/en/desk/works/library?page={n}" for n in range(40)],
            "one manuscript": [f"/en/desk/works/{uuid}" for uuid in uuids],
            "its review": [f"/en/desk/works/{uuid}/review" for uuid in uuids],
            "files": ["/en/desk/files"],
            "log": ["/en/desk/log"],
            "use": ["/en/desk/use"],
            "links": ["/en/desk/links"],
            "jobs": ["/en/desk/jobs"],
        }
        segments = ("courses", "textbooks", "lessons", "resources")
        lists = [f"/en/{segment}?page={n}" for n in range(1, 51) for segment in segments]
        asked = {name: _editor(site, token, some) for name, some in pages.items()}
        seconds = interleaved({"list": visitor(site, lists), **asked}, rounds=ROUNDS, calls=CALLS)
        for name in pages:
            ratio = seconds[name] / seconds["list"]
            yield Row(
                "desk-page",
                f"the desk: {name}",
                seconds[name] * 1000,
                "ms",
                f"<= {AT_MOST:.0f} x a list",
                ratio <= AT_MOST,
                seconds["list"] * 1000,
                "public list page",
                f"10,000 works, {OPENED:,} of them on the desk",
            )
        services.search.close()
        services.engine.dispose()


def _furnish(services: Services) -> tuple[str, list[str]]:
    """The token of somebody's sitting, and the uuids of manuscripts that are being written."""
    tell(f"opening {OPENED:,} works on the desk")
    uuids: list[str] = []
    with session_scope(services.factory, write=True) as session:
        person = Person(email="asha@example.org", name="Asha Mushi")
        session.add(person)
        session.flush()
        for role in ROLES:
            session.add(RoleGrant(person_id=person.id, role=role, institution="", lang=""))
        session.flush()
        _, token = sittings.begin(session, person, now=utc_now())
        by = actor_of(session, person)
        for n, uuid in enumerate(session.scalars(select(Work.uuid).limit(OPENED))):
            made = manuscripts.open_work(session, uuid, by=by)
            if n >= WRITTEN:
                continue
            uuids.append(str(made.uuid))
            section = queries.contents(session, made)[-1].uuid
            block = queries.blocks(session, made, section)[-1]
            text = block.texts[made.source_language]
            writing.save_text(
                session,
                made,
                block.uuid,
                lang=made.source_language,
                source=re.sub(r"\w+$", "otherwise", text.source) + " And more.",
                version=text.version,
                by=by,
            )
    return token, uuids


def _editor(site: Flask, token: str, addresses: list[str]) -> Callable[[], bytes]:
    client = site.test_client()
    client.set_cookie("desk", token)
    waiting = cycle(addresses)

    def ask() -> bytes:
        address = next(waiting)
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status}")
        return answer.data

    return ask
