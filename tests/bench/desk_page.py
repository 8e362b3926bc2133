"""``desk-page``: pages of the editors' desk against the public list page, neither from a cache.

A copy of the library of 10,000 works with 1,000 of them on the desk, a tenth of these being written;
with a log of 20,000 entries, three months of use by 100,000 works, languages and countries, and 2,000
links that fail.
Whoever asks has every role in the whole library, so that nothing is narrowed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from itertools import cycle
from uuid import uuid4

from flask import Flask
from sqlalchemy import insert, select

from library.accounts import sittings
from library.accounts.actors import actor_of
from library.accounts.models import ROLES, LogEntry, Person, RoleGrant
from library.app import create_app, make_services
from library.catalogue import use
from library.catalogue.models import ExternalLink, LinkPlace, LinkState, Work
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
LOGGED = 20_000
USED = 100_000
FAILING = 2_000


def run() -> Iterator[Row]:
    with workspace.copy_of_big_library() as data:
        services = make_services(workspace.settings(data))
        token, uuids = _furnish(services)
        _look_back(services)
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
            "log": [f"/en/desk/log?page={n}" for n in range(1, 40)],
            "log, one verb": ["/en/desk/log?did=text"],
            "use": ["/en/desk/use"],
            "links": [f"/en/desk/links?page={n}" for n in range(1, 9)],
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


def _look_back(services: Services) -> None:
    """What years at the desk leave behind."""
    tell(f"{LOGGED:,} entries of the log, {USED:,} of use, {FAILING:,} links that fail")
    now = utc_now()
    with session_scope(services.factory, write=True) as session:
        person = session.scalars(select(Person)).one()
        ids = list(session.scalars(select(Work.id)))
        keys = list(session.execute(select(Work.kind, Work.key)))
        verbs = ("text", "publish", "approve", "upload", "comment", "sign-in")
        logged: list[dict[str, object]] = []
        for n in range(LOGGED):
            kind, key = keys[n % len(keys)]
            logged.append(
                {
                    "at": now - dt.timedelta(minutes=20 * (LOGGED - n)),
                    "by_id": person.id,
                    "by_name": person.name,
                    "did": verbs[n % len(verbs)],
                    "subject": f"{kind}/{key}",
                    "details": {"lang": "fr", "block": str(uuid4())},
                }
            )
        session.execute(insert(LogEntry), logged)
        places = [(lang, land) for lang in ("en", "fr", "zh-Hans") for land in ("TZ", "ML", "")]
        for n in range(3):
            read = {
                (ids[m % len(ids)], *places[(m // len(ids) + m) % len(places)]): 1 + m % 40
                for m in range(n, USED, 3)
            }
            use.record(session, read, day=use.month_of(now.date(), before=n))
        for n in range(FAILING):
            link = ExternalLink(
                digest=f"{n:064x}",
                url=f"https://example.org/{n}",
                host="example.org",
                state=LinkState.BROKEN,
                status=404,
                strikes=2,
                checked_at=now,
                failing_since=now.date(),
            )
            session.add(link)
            session.flush()
            session.add(LinkPlace(link_id=link.id, work_id=ids[n % len(ids)], lang="en"))


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
