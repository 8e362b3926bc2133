"""A served site with an institution and somebody at its desk, for scripts and browsers."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from library.accounts import sittings
from library.accounts.models import Person, RoleGrant
from library.db import make_engine, make_session_factory, session_scope, utc_now
from library.directory.models import Institution, InstitutionText
from tests.judges.site import PROGRAM, ROOT, Site, free_port

COLLEGE = "mbeya-college"


def furnish(site: Site) -> str:
    """An empty library with a college and an author; returns the cookie of the author's sitting."""
    site.run("db", "upgrade")
    with opened(site) as session:
        college = Institution(key=COLLEGE, type="college", source_language="en")
        session.add(college)
        person = Person(email="asha@example.org", name="Asha Mushi")
        session.add(person)
        session.flush()
        session.add(InstitutionText(institution_id=college.id, lang="en", name="Mbeya College"))
        for role in ("author", "publisher"):
            session.add(RoleGrant(person_id=person.id, role=role, institution=COLLEGE, lang=""))
        _, token = sittings.begin(session, person, now=utc_now())
    return f"desk={token}"


@contextmanager
def opened(site: Site) -> Iterator[Session]:
    """A write transaction in the site's database."""
    url = site.environ.get("LIBRARY_DATABASE_URL") or f"sqlite:///{site.data / 'library.sqlite'}"
    engine = make_engine(url, pool=False)
    try:
        with session_scope(make_session_factory(engine), write=True) as session:
            yield session
    finally:
        engine.dispose()


def token(site: Site, cookie: str) -> str:
    """What a page of the desk says its script has to send along."""
    page = site.get("/en/desk/files", Cookie=cookie)
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert found, page.status
    return found[1]


class Server:
    """``library serve`` at a port that stays the same, to be killed and started again."""

    def __init__(self, site: Site, *options: str) -> None:
        self.port = free_port()
        self._site = site
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        site.url = f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with (self._site.data / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "serve", "--port", str(self.port), *self._options],
                env=self._site._environ(),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 30
        while True:
            try:
                if self._site.get("/healthz").status == 200:
                    return
            except OSError:
                assert time.monotonic() < until, self.log()
                time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would: the keeper and everybody below it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        if self._process is not None:
            self._end(signal.SIGTERM)

    def log(self) -> str:
        return (self._site.data / "serve.log").read_text()

    def family(self) -> list[int]:
        """The process ids of the keeper and of everybody below it."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            except OSError:
                continue
            todo += [int(one) for one in below]
        return found

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None
        # Those below end with it, a moment later.
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                return
            time.sleep(0.05)


@contextmanager
def serving(site: Site, *options: str) -> Iterator[Server]:
    server = Server(site, *options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
