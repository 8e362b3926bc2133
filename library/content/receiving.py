"""Content that editors send as a ZIP: looked through in the background, then stored when they agree."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import shutil
import time
import uuid as uuids
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import log
from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.accounts.permissions import Action, Actor
from library.db import session_scope, utc_now
from library.editorial.models import ContentImport
from library.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LibraryError,
    NotFound,
    TooLarge,
    Unavailable,
)
from library.media.port import MediaStore
from library.sentences import Sentence, kept

# What reads content is imported where it is needed: every process of a site has the chores.
if TYPE_CHECKING:
    from library.content.report import Progress, Report

#: Bytes of the file as it is sent; said before anything is sent.
LARGEST: Final = 1_000_000_000

WAITING: Final = "waiting"
LOOKED: Final = "looked"
AGREED: Final = "agreed"
DONE: Final = "done"
FAILED: Final = "failed"

_KEPT: Final = dt.timedelta(days=3)
_PATIENCE: Final = dt.timedelta(hours=1)
_TURN: Final = 3.0
_PIECE: Final = 1 << 20
# What stores and databases say of themselves names places on machines.
_AWAY: Final = Sentence(
    "A part of the library that this needs does not work now; whoever runs the library can see why."
)
_log = logging.getLogger(__name__)


def require(*, by: Actor) -> None:
    """Raises ``Forbidden`` for who may publish nowhere."""
    if not by.may_somewhere(Action.PUBLISH):
        by.require(Action.PUBLISH)


def receive(
    session: Session,
    folder: Path,
    *,
    file: IO[bytes] | None,
    name: str,
    sha256: str | None = None,
    size: int = 0,
    by: Actor,
) -> ContentImport:
    """Take a file in, to be looked through by the worker. ``sha256`` names one that is in the store.

    Raises ``Forbidden``, ``TooLarge``, and ``Unavailable`` where the disk is full.
    """
    require(by=by)
    row = ContentImport(
        uuid=uuids.uuid4(), person_id=by.id, by_name=by.name, name=name[:300], size=size
    )
    if file is None:
        row.sha256 = sha256
        if size > LARGEST:
            raise TooLarge(_too_large())
    else:
        row.size = _spool(file, folder / str(row.uuid))
    session.add(row)
    session.flush()
    return row


def _spool(file: IO[bytes], place: Path) -> int:
    size = 0
    try:
        place.mkdir(parents=True, exist_ok=True)
        with (place / "sent.zip").open("wb") as spool:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > LARGEST:
                    raise TooLarge(_too_large())
                spool.write(piece)
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise Unavailable(
            Sentence("The file cannot be kept: %(why)s.", why=str(error.strerror))
        ) from error
    except TooLarge:
        shutil.rmtree(place, ignore_errors=True)
        raise
    if not size:
        shutil.rmtree(place, ignore_errors=True)
        raise Invalid(Sentence("This file is empty."), field="file")
    return size


def _too_large() -> Sentence:
    return Sentence("The file is larger than %(number)s megabytes.", number=LARGEST // 1_000_000)


def import_of(session: Session, uuid: uuids.UUID, *, by: Actor) -> ContentImport:
    """What this person has sent. Raises ``NotFound``."""
    row = session.scalar(select(ContentImport).where(ContentImport.uuid == uuid))
    if row is None or row.person_id != by.id:
        raise NotFound("This is not kept any more; send the file again.")
    return row


def imports(session: Session, *, by: Actor, limit: int = 20) -> list[ContentImport]:
    """What this person has sent lately, the latest first."""
    return list(
        session.scalars(
            select(ContentImport)
            .where(ContentImport.person_id == by.id)
            .order_by(ContentImport.id.desc())
            .limit(limit)
        )
    )


def agree(session: Session, row: ContentImport, *, by: Actor) -> None:
    """Have stored what was looked through. Raises ``Conflict`` where that is not so."""
    require(by=by)
    if row.state != LOOKED:
        raise Conflict("This is being looked through, or is stored already.", reason="state")
    row.state, row.done, row.total, row.touched_at = AGREED, 0, 0, utc_now()
    log.record(
        session,
        by=by,
        did="imported content",
        subject="content",
        details={"file": row.name[:200], "import": str(row.uuid)},
    )


def forget(session: Session, row: ContentImport) -> None:
    """Throw away what was sent, while it is not being stored."""
    if row.state == AGREED:
        raise Conflict("This is being stored now.", reason="state")
    session.delete(row)
    session.flush()


@dataclass(slots=True)
class _Run:
    """An import that this worker is in the middle of."""

    state: str
    steps: Generator[Progress, None, Report]
    folder: Path


class Receiving:
    """`library.jobs.chores.Chore`: looks through what was sent and stores what was agreed to.

    A few folders at a turn, so that nothing else waits. Who is killed begins again, which changes nothing
    twice.
    """

    name = "receiving content"

    def __init__(self, store: MediaStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._runs: dict[uuids.UUID, _Run] = {}

    def waits(self, session: Session) -> bool:
        query = select(ContentImport.id).where(
            or_(
                ContentImport.state.in_((WAITING, AGREED)),
                ContentImport.touched_at <= utc_now() - _KEPT,
            )
        )
        return session.scalar(query.limit(1)) is not None

    def run(self, factory: sessionmaker[Session]) -> int:
        self._sweep(factory)
        with session_scope(factory) as session:
            row = session.scalar(
                select(ContentImport)
                .where(ContentImport.state.in_((WAITING, AGREED)))
                .order_by(ContentImport.touched_at, ContentImport.id)
                .limit(1)
            )
            if row is None:
                return 0
            person = session.get(Person, row.person_id)
            by = actor_of(session, person) if person is not None and person.active else None
        try:
            if by is None:
                raise Conflict(Sentence("Who had sent this has no account any more."))
            return self._turn(factory, row, by)
        except Unavailable as error:
            # The store or the disk may be back in a minute; what is stored already stays.
            if row.touched_at > utc_now() - _PATIENCE:
                self._drop(row.uuid, keep=True)
                self._note(factory, row, error.message)
                return 0
            self._end(factory, row, state=FAILED, trouble=error.message)
        except LibraryError as error:
            self._end(factory, row, state=FAILED, trouble=error.message)
        except Exception as error:
            _log.exception("An import of content has failed.")
            trouble = Sentence("%(error)s while reading it.", error=type(error).__name__)
            self._end(factory, row, state=FAILED, trouble=trouble)
        return 1

    def _turn(self, factory: sessionmaker[Session], row: ContentImport, by: Actor) -> int:
        run = self._runs.get(row.uuid)
        if run is None or run.state != row.state:
            run = self._begin(factory, row, by)
        until = time.monotonic() + _TURN
        count = 0
        while True:
            try:
                step = next(run.steps)
            except StopIteration as end:
                report: Report = end.value
                break
            count += 1
            if time.monotonic() > until:
                with session_scope(factory, write=True) as session:
                    there = session.get(ContentImport, row.id)
                    if there is None:
                        self._drop(row.uuid)
                        return count
                    there.done, there.total, there.at_work = step.done, step.total, step.name
                    there.touched_at = utc_now()
                return count
        from library.content.report import as_data

        state = LOOKED if row.state == WAITING else DONE
        self._end(factory, row, state=state, report=as_data(report, run.folder))
        return count + 1

    def _begin(self, factory: sessionmaker[Session], row: ContentImport, by: Actor) -> _Run:
        from library.content.guard import Guard
        from library.content.importing import import_steps
        from library.content.unpacking import unpack

        if not by.may_somewhere(Action.PUBLISH):
            raise Forbidden(Sentence("You may not publish any more."))
        place = self._folder / str(row.uuid)
        folder = place / "content"
        if not (place / "unpacked").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            if row.sha256 is not None and not (place / "sent.zip").exists():
                with self._store.open(row.sha256) as sent, (place / "part").open("wb") as spool:
                    for piece in sent:
                        spool.write(piece)
                (place / "part").rename(place / "sent.zip")
            with (place / "sent.zip").open("rb") as file:
                unpack(file, folder)
            (place / "unpacked").touch()
        steps = import_steps(
            factory,
            self._store,
            [folder],
            by=by.name,
            dry_run=row.state == WAITING,
            guard=Guard(factory, by, storing=row.state == AGREED),
        )
        run = self._runs[row.uuid] = _Run(row.state, steps, folder)
        return run

    def _end(
        self,
        factory: sessionmaker[Session],
        row: ContentImport,
        *,
        state: str,
        report: dict[str, Any] | None = None,
        trouble: str = "",
    ) -> None:
        self._drop(row.uuid, keep=state == LOOKED)
        with session_scope(factory, write=True) as session:
            there = session.get(ContentImport, row.id)
            if there is not None:
                there.state, there.touched_at = state, utc_now()
                there.done, there.at_work = there.total, ""
                if report is not None:
                    there.report = report
                _keep_trouble(there, trouble)

    def _note(self, factory: sessionmaker[Session], row: ContentImport, trouble: str) -> None:
        with session_scope(factory, write=True) as session:
            there = session.get(ContentImport, row.id)
            if there is not None:
                _keep_trouble(there, trouble)

    def _drop(self, uuid: uuids.UUID, *, keep: bool = False) -> None:
        run = self._runs.pop(uuid, None)
        if run is not None:
            run.steps.close()
        if not keep:
            shutil.rmtree(self._folder / str(uuid), ignore_errors=True)

    def _sweep(self, factory: sessionmaker[Session]) -> None:
        """Forget what nobody has agreed to, and folders that no row knows."""
        limit = utc_now() - _KEPT
        with session_scope(factory, write=True) as session:
            session.execute(
                delete(ContentImport).where(
                    ContentImport.touched_at <= limit, ContentImport.state != AGREED
                )
            )
            known = {str(uuid) for uuid in session.scalars(select(ContentImport.uuid))}
        with contextlib.suppress(OSError):
            for place in self._folder.iterdir():
                if place.name not in known and place.stat().st_mtime < time.time() - 3600:
                    shutil.rmtree(place, ignore_errors=True)


def _keep_trouble(row: ContentImport, trouble: str) -> None:
    """``trouble`` of the row is for whoever runs the library, that of the report for its sender."""
    row.trouble = str(trouble)
    told = trouble if isinstance(trouble, Sentence) else _AWAY
    row.report = {**row.report, "trouble": kept(told) if trouble else ""}
