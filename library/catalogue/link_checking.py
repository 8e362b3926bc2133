"""Whether links to elsewhere still lead somewhere: a chore of the worker, slow and polite.

A link that fails is doubtful; one that fails on another day too is broken. So the bad day of a server far
away marks nothing, and neither does one of our own line: where nothing at all answers, not even what was
well before, nothing is held against a link. A host is asked one thing at a time with a pause between, first
with HEAD.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import link_places
from library.catalogue.models import (
    Edition,
    ExternalLink,
    LinkPlace,
    LinkState,
    Work,
    WorkInstitution,
)
from library.db import session_scope, utc_now
from library.directory.models import Institution
from library.errors import NotFound
from library.untrusted.outgoing import Answer, Bounds, Refused, Trouble, fetch

#: Seconds between two questions to one host.
PAUSE: Final = 5
#: Links that are asked at once, of as many hosts.
AT_ONCE: Final = 4
# Answers that say that somebody is there who does not let machines in.
_ALIVE = frozenset((401, 402, 403, 405, 406, 407, 418, 425, 428, 429, 451, 999))
# Answers to HEAD on which GET has the last word.
_SURE = frozenset((200, 203, 204, 206))
_BOUNDS: Final = Bounds(seconds=10.0, step_seconds=5.0, body=2_048)
# Troubles that may be our own: a school's line that is down, a machine that was never on the Internet.
_OURS_PERHAPS: Final = frozenset((Trouble.NAME, Trouble.CONNECTION, Trouble.TIME))
_WAIT_FOR_LINE: Final = dt.timedelta(hours=6)
# Seconds for which it is not asked again whether a work has changed.
_PATIENCE = 60.0

_log = logging.getLogger(__name__)
Fetch = Callable[[str, str], Answer]


class Found(NamedTuple):
    """What came of asking: an HTTP status, or why there was none."""

    status: int | None
    trouble: Trouble | None
    moved_to: str | None

    @property
    def well(self) -> bool:
        return self.status is not None and (self.status < 400 or self.status in _ALIVE)


def ask(url: str, *, fetch: Fetch) -> Found:
    """Look whether an address leads somewhere. Never raises."""
    found = _ask(url, "HEAD", fetch)
    if found.status in _SURE or found.trouble in (Trouble.PRIVATE, Trouble.ADDRESS, Trouble.NAME):
        return found
    return _ask(url, "GET", fetch)


def _ask(url: str, method: str, fetch: Fetch) -> Found:
    try:
        answer = fetch(url, method)
    except Refused as error:
        return Found(None, error.trouble, None)
    except (OSError, ValueError) as error:  # a fault of ours must not stop the others
        _log.warning("Asking %s failed: %s", url, error)
        return Found(None, Trouble.CONNECTION, None)
    moved = answer.url if answer.permanent and answer.url != url else None
    return Found(answer.status, None, moved)


def note(link: ExternalLink, found: Found, *, now: dt.datetime, days: int) -> None:
    """Write down what came of asking."""
    link.checked_at = now
    link.status, link.trouble, link.moved_to = found.status, found.trouble, found.moved_to
    if found.well:
        link.state, link.strikes, link.failing_since = LinkState.WELL, 0, None
        link.next_check = now + dt.timedelta(days=days)
        return
    today = now.date()
    if link.failing_since is None:
        link.failing_since, link.strikes = today, 1
    elif link.state == LinkState.BROKEN or today > link.failing_since:
        link.strikes += 1
    link.state = LinkState.BROKEN if link.strikes > 1 else LinkState.DOUBTFUL
    # A second look is due soon, on another day; what is broken can wait.
    wait = dt.timedelta(days=days) if link.state == LinkState.BROKEN else dt.timedelta(hours=25)
    link.next_check = now + wait


class LinkChecking:
    """`library.jobs.chores.Chore`: looks through works that changed, and asks links that are due."""

    name = "links"

    def __init__(
        self,
        *,
        days: int,
        own: str,
        fetch: Fetch | None = None,
        patience: float = _PATIENCE,
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        """``days`` between two looks, 0 for none at all; ``own`` is the address of this site."""
        self._days = days
        self._own = own
        self._fetch = fetch or self._asking
        self._patience = patience
        self._clock = clock
        self._looked = float("-inf")

    def _asking(self, url: str, method: str) -> Answer:
        return fetch(url, method=method, about=self._own, bounds=_BOUNDS)

    def waits(self, session: Session) -> bool:
        if not self._days:
            return False
        due = session.scalar(
            select(ExternalLink.id).where(ExternalLink.next_check <= self._clock()).limit(1)
        )
        return due is not None or self._changed(session)

    def _changed(self, session: Session) -> bool:
        """Whether a work waits; comparing all of them is not done every few seconds."""
        if time.monotonic() - self._looked < self._patience:
            return False
        if link_places.changed_works(session, limit=1):
            return True
        self._looked = time.monotonic()
        return False

    def run(self, factory: sessionmaker[Session]) -> int:
        done = 0
        with session_scope(factory) as session:
            works = link_places.changed_works(session) if self._changed(session) else []
        for work_id in works:
            with session_scope(factory, write=True) as session:
                link_places.scan(session, work_id, own=self._own)
            done += 1
        return done + self._ask_some(factory)

    def _ask_some(self, factory: sessionmaker[Session]) -> int:
        now = self._clock()
        with session_scope(factory, write=True) as session:
            some = _due(session, now=now)
            # Whatever happens now, even an end of the world: each host has its pause.
            session.execute(
                update(ExternalLink)
                .where(
                    ExternalLink.host.in_([host for _, _, host in some]),
                    ExternalLink.next_check < now + dt.timedelta(seconds=PAUSE),
                )
                .values(next_check=now + dt.timedelta(seconds=PAUSE))
            )
        if not some:
            return 0
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda one: ask(one[1], fetch=self._fetch), some))
        online = any(what.status is not None for what in found) or self._online(factory, some)
        with session_scope(factory, write=True) as session:
            for (id_, _, _), what in zip(some, found, strict=True):
                link = session.get(ExternalLink, id_)
                if link is None:
                    continue
                if not online and what.trouble in _OURS_PERHAPS:
                    link.next_check = self._clock() + _WAIT_FOR_LINE
                    continue
                note(link, what, now=self._clock(), days=self._days)
        return len(some)

    def _online(self, factory: sessionmaker[Session], some: list[tuple[int, str, str]]) -> bool:
        """Whether anything answers: what was well when it was last asked, at other hosts."""
        with session_scope(factory) as session:
            controls = list(
                session.scalars(
                    select(ExternalLink.url)
                    .where(
                        ExternalLink.state == LinkState.WELL,
                        ExternalLink.host.not_in([host for _, _, host in some]),
                    )
                    .order_by(ExternalLink.checked_at.desc())
                    .limit(2)
                )
            )
        return any(_ask(url, "HEAD", self._fetch).status is not None for url in controls)


def _due(session: Session, *, now: dt.datetime) -> list[tuple[int, str, str]]:
    """Links that are due, of different hosts, those that wait longest first: (id, address, host)."""
    first = (
        select(func.min(ExternalLink.id))
        .where(ExternalLink.next_check <= now)
        .group_by(ExternalLink.host)
        .order_by(func.min(ExternalLink.next_check))
        .limit(AT_ONCE)
    )
    ids = list(session.scalars(first))
    rows = session.execute(
        select(ExternalLink.id, ExternalLink.url, ExternalLink.host).where(ExternalLink.id.in_(ids))
    )
    return [(row.id, row.url, row.host) for row in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """A place of a link: the work and, in it, the paragraph."""

    kind: str
    key: str
    title: str
    title_lang: str
    block: str | None
    lang: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A link in a list with some of its places; ``places`` counts all."""

    link: ExternalLink
    places: int
    some: list[Standing]


def failing(
    session: Session,
    *,
    institutions: frozenset[str] | None,
    states: tuple[str, ...] = (LinkState.BROKEN,),
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[Listed]]:
    """How many links are in these states, in works of these institutions (None: all), and a page of them."""
    query = select(ExternalLink).where(
        ExternalLink.state.in_(states), ExternalLink.id.in_(_links_of(institutions))
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    worst_first = case((ExternalLink.state == LinkState.BROKEN, 0), else_=1)
    links = list(
        session.scalars(
            query.order_by(worst_first, ExternalLink.failing_since, ExternalLink.id)
            .offset(offset)
            .limit(limit)
        )
    )
    places: dict[int, list[Standing]] = {}
    for row in session.execute(
        select(
            LinkPlace.link_id,
            Work.kind,
            Work.key,
            Work.source_language,
            Edition.title,
            LinkPlace.block_uuid,
            LinkPlace.lang,
        )
        .join(Work, Work.id == LinkPlace.work_id)
        .outerjoin(Edition, (Edition.work_id == Work.id) & (Edition.lang == Work.source_language))
        .where(LinkPlace.link_id.in_([link.id for link in links]))
        .order_by(LinkPlace.id)
    ):
        places.setdefault(row.link_id, []).append(
            Standing(
                row.kind,
                row.key,
                row.title or row.key,
                row.source_language,
                str(row.block_uuid) if row.block_uuid else None,
                row.lang,
            )
        )
    return total, [
        Listed(link, len(places.get(link.id, [])), places.get(link.id, [])[:5]) for link in links
    ]


def _links_of(institutions: frozenset[str] | None) -> Select[Any]:
    """Ids of the links in works of these institutions (None: all)."""
    narrowed = select(LinkPlace.link_id).distinct()
    if institutions is not None:
        narrowed = narrowed.join(WorkInstitution, WorkInstitution.work_id == LinkPlace.work_id)
        narrowed = narrowed.join(Institution, Institution.id == WorkInstitution.institution_id)
        narrowed = narrowed.where(Institution.key.in_(sorted(institutions)))
    return narrowed


def check_again(
    session: Session, link_id: int, *, institutions: frozenset[str] | None, now: dt.datetime
) -> None:
    """Have a link in works of these institutions (None: all) looked at as soon as its host may be asked.

    Raises ``NotFound``.
    """
    link = session.scalar(
        select(ExternalLink).where(
            ExternalLink.id == link_id, ExternalLink.id.in_(_links_of(institutions))
        )
    )
    if link is None:
        raise NotFound("This link is not in any published work any more.")
    link.next_check = now
    session.flush()
