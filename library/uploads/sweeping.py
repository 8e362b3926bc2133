"""Sweeping: uploads that nobody goes on with, files that nobody uses, bytes that nobody has.

Never bytes that a work, another upload, or a holder has. Bytes whose last row went wait a day, and are
then asked about again in the transaction that holds the database's write lock: whoever has taken them
up meanwhile keeps them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import shutil
import time
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import MadeFile, Making, MediaFile
from library.db import session_scope, utc_now
from library.errors import LibraryError, Unavailable
from library.media.port import MediaStore
from library.uploads import service
from library.uploads.models import Leftover, MediaHold, Upload, UploadState, Way
from library.uploads.spool import SpoolFolder

UNUSED: Final = dt.timedelta(days=90)
"""How long a file that is ready is kept while nobody uses it."""

REFUSED: Final = dt.timedelta(days=14)
"""How long it is told that a file was refused."""

GRACE: Final = dt.timedelta(days=1)
"""How long bytes stay after the last row about them is gone."""

_EVERY: Final = 3600.0
_ROUND: Final = 200
_ORPHAN: Final = 24 * 3600.0

_log = logging.getLogger(__name__)


class SweepingChore:
    """See `library.jobs.chores.Chore`."""

    name = "sweeping uploads"

    def __init__(self, store: MediaStore, spool: SpoolFolder, folder: Path) -> None:
        self._store = store
        self._spool = spool
        self._folder = folder
        self._looked = float("-inf")

    def waits(self, session: Session) -> bool:
        now = utc_now()
        for statement in (
            select(Upload.id).where(_overdue(now)),
            select(Leftover.sha256).where(Leftover.since <= now - GRACE),
        ):
            if session.scalar(statement.limit(1)) is not None:
                return True
        return False

    def run(self, factory: sessionmaker[Session]) -> int:
        done = sweep(factory, self._store, self._spool)
        if time.monotonic() - self._looked > _EVERY:
            self._looked = time.monotonic()
            done += self._orphans(factory)
        return done

    def _orphans(self, factory: sessionmaker[Session]) -> int:
        """Files in the spool folder that no upload knows, and workshops of killed workers."""
        limit = time.time() - _ORPHAN
        with session_scope(factory) as session:
            known = set(
                session.scalars(
                    select(Upload.uuid).where(
                        Upload.state.in_([UploadState.RECEIVING, UploadState.CHECKING])
                        | (Upload.state == UploadState.FAILED)
                    )
                )
            )
        done = 0
        for key in self._spool.arriving():
            with contextlib.suppress(OSError, LibraryError):
                if key not in known and self._spool.path(key).stat().st_mtime < limit:
                    self._spool.remove(key)
                    done += 1
        if self._folder.is_dir():
            for place in self._folder.iterdir():
                with contextlib.suppress(OSError):
                    if place.is_dir() and place.stat().st_mtime < limit:
                        shutil.rmtree(place, ignore_errors=True)
        return done


def sweep(
    factory: sessionmaker[Session],
    store: MediaStore,
    spool: SpoolFolder,
    *,
    now: dt.datetime | None = None,
) -> int:
    """Sweep once; returns how many uploads and how many bytes' addresses went."""
    now = now or utc_now()
    done = 0
    with session_scope(factory, write=True) as session:
        overdue = list(session.scalars(select(Upload).where(_overdue(now)).limit(_ROUND)))
        gone: list[Upload] = []
        used = service.uses(session, [u.sha256 for u in overdue if u.sha256])
        for upload in overdue:
            if upload.state == UploadState.READY and upload.sha256 in used:
                upload.touched_at = now  # asked again in another three months
                continue
            if upload.state == UploadState.RECEIVING and spool.in_use(upload.uuid):
                continue
            service.remove(session, upload, by=None)
            gone.append(upload)
    for upload in gone:
        _forget(upload, store, spool)
    done += len(gone)
    with session_scope(factory) as session:
        leftovers = list(
            session.scalars(
                select(Leftover.sha256).where(Leftover.since <= now - GRACE).limit(_ROUND)
            )
        )
    for sha256 in leftovers:
        try:
            done += _remove_bytes(factory, store, sha256)
        except Unavailable as error:
            _log.warning("Bytes that nobody has stay for now: %s", error.message)
            break
    return done


def _remove_bytes(factory: sessionmaker[Session], store: MediaStore, sha256: str) -> int:
    with session_scope(factory, write=True) as session:
        service.forget_leftover(session, sha256)
        if _somebody_has(session, sha256):
            return 0
        made = session.scalars(select(MadeFile.sha256).where(MadeFile.original == sha256)).all()
        session.execute(delete(MadeFile).where(MadeFile.original == sha256))
        session.execute(delete(Making).where(Making.sha256 == sha256))
        for one in made:
            service.leave_over(session, one)
        # Within the transaction: nobody can take them up between the question and the answer.
        store.delete(sha256)
    return 1


def _somebody_has(session: Session, sha256: str) -> bool:
    for statement in (
        select(MediaFile.id).where(MediaFile.sha256 == sha256),
        select(Upload.id).where(Upload.sha256 == sha256),
        select(Upload.id).where(
            Upload.claimed_sha256 == sha256, Upload.state == UploadState.CHECKING
        ),
        select(MediaHold.holder).where(MediaHold.sha256 == sha256),
        select(MadeFile.id).where(MadeFile.sha256 == sha256, MadeFile.original != sha256),
    ):
        if session.scalar(statement.limit(1)) is not None:
            return True
    return False


def _overdue(now: dt.datetime) -> ColumnElement[bool]:
    return (
        ((Upload.state == UploadState.RECEIVING) & (Upload.expires < now))
        | ((Upload.state == UploadState.REFUSED) & (Upload.touched_at < now - REFUSED))
        | ((Upload.state == UploadState.FAILED) & (Upload.touched_at < now - UNUSED))
        | ((Upload.state == UploadState.READY) & (Upload.touched_at < now - UNUSED))
    )


def _forget(upload: Upload, store: MediaStore, spool: SpoolFolder) -> None:
    try:
        if upload.way == Way.SERVER:
            spool.remove(upload.uuid)
        elif upload.way == Way.PARTS and (direct := store.direct()) is not None:
            direct.abandon(str(upload.uuid), upload.handle or "")
    except LibraryError as error:
        _log.warning("What had arrived of upload %s stays: %s", upload.uuid, error.message)
