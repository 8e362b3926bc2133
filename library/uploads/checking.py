"""The worker's part of an upload: what has arrived is counted, looked at, and put into the media store."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import making
from library.db import session_scope, utc_now
from library.errors import LibraryError, NotFound, Unavailable
from library.extraction.formats import READABLE
from library.extraction.reader import TextReader
from library.jobs import lease
from library.media.port import MediaStore
from library.uploads import service
from library.uploads.models import TextFound, Upload, UploadState, Way
from library.uploads.reasons import Reason, Refused
from library.uploads.spool import Full, SpoolFolder

if TYPE_CHECKING:
    from library.uploads.inspection import Found

_ATTEMPTS: Final = 6
_CHUNK: Final = 1 << 20
# Larger ones are not read for their text when they come in; what is so large is pictures.
_LARGEST_READ: Final = 300_000_000
_ROUND: Final = 5
# Seconds after which the lease is taken again while a file takes long.
_RENEW: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A whole file on this machine, for as long as it is looked at. ``moves`` where it may be moved away."""

    path: Path
    sha256: str
    size: int
    moves: bool


class CheckingChore:
    """See `library.jobs.chores.Chore`. ``folder`` is where files lie while they are looked at."""

    name = "uploads"

    def __init__(self, store: MediaStore, spool: SpoolFolder, folder: Path) -> None:
        self._store = store
        self._spool = spool
        self._folder = folder

    def waits(self, session: Session) -> bool:
        return session.scalar(select(Upload.id).where(_due()).limit(1)) is not None

    def run(self, factory: sessionmaker[Session]) -> int:
        with session_scope(factory) as session:
            waiting = list(
                session.scalars(select(Upload).where(_due()).order_by(Upload.id).limit(_ROUND))
            )

        renewed = time.monotonic()

        def tick() -> None:
            nonlocal renewed
            if time.monotonic() - renewed > _RENEW:
                lease.acquire(factory, name=f"chore {self.name}")
                renewed = time.monotonic()

        for upload in waiting:
            tick()
            self._check(factory, upload, tick)
        return len(waiting)

    def _check(
        self, factory: sessionmaker[Session], upload: Upload, tick: Callable[[], None]
    ) -> None:
        # Whoever serves pages looks whether something waits, and needs nothing of this.
        from library.uploads.inspection import inspect

        try:
            with _workshop(self._folder) as out:
                with self._whole(upload, out, tick) as arrived:
                    if upload.claimed_sha256 and upload.claimed_sha256 != arrived.sha256:
                        raise Refused(Reason.CHECKSUM)
                    _note_digest(factory, upload, arrived.sha256)
                    found = inspect(arrived.path, name=upload.name, out=out)
                    text = _text_of(arrived, found, tick)
                    sha256, size = self._store_it(upload, arrived, found)
                _ready(factory, upload, arrived.sha256, sha256, size, found, text)
        except Refused as error:
            _log.info("Upload %s was refused: %s", upload.uuid, error.message)
            self._let_go(upload)
            _refuse(factory, upload, error.reason, error.facts)
        except NotFound:
            _refuse(factory, upload, Reason.LOST, {})
        except Full:
            _again(factory, upload, Reason.DISK_FULL)
        except Unavailable as error:
            _log.warning("Upload %s waits: %s", upload.uuid, error.message)
            _again(factory, upload, Reason.STORE_AWAY)
        except (LibraryError, OSError) as error:
            _log.warning("Upload %s could not be looked at: %s", upload.uuid, error)
            _again(factory, upload, Reason.OURS)
        except Exception:
            # One file must not hold up all others, whatever it makes us stumble over.
            _log.exception("Upload %s made the worker stumble.", upload.uuid)
            _again(factory, upload, Reason.OURS)

    @contextlib.contextmanager
    def _whole(self, upload: Upload, out: Path, tick: Callable[[], None]) -> Iterator[_Arrived]:
        """All bytes of an upload on this machine, with their digest. Raises ``NotFound``."""
        if upload.way == Way.SERVER:
            path = self._spool.path(upload.uuid)
            if not path.is_file():
                # Killed between the move and the note: the bytes have their address already.
                known = upload.sent_sha256
                if known and self._store.exists(known):
                    with making.on_disk(self._store, known) as kept:
                        yield _Arrived(kept, known, kept.stat().st_size, moves=False)
                    return
                raise NotFound("What had arrived of this file is no longer there.")
            with path.open("rb") as source:
                sha256, size = _digest(iter(lambda: source.read(_CHUNK), b""), None, tick)
            yield _Arrived(path, sha256, size, moves=True)
            return
        if upload.way == Way.KNOWN:
            known = upload.claimed_sha256 or ""
            with making.on_disk(self._store, known) as path:
                yield _Arrived(path, known, path.stat().st_size, moves=False)
            return
        direct = self._store.direct()
        if direct is None:
            raise Unavailable("The object store that this file was sent to is no longer set.")
        self._spool.require_room(upload.size)
        copy = out / "copy"
        try:
            reading = direct.open(str(upload.uuid))
        except NotFound:
            # Killed between the copy to its address and the note: there it is.
            if not (upload.sent_sha256 and self._store.exists(upload.sent_sha256)):
                raise
            reading = self._store.open(upload.sent_sha256)
        with reading, copy.open("wb") as target:
            sha256, size = _digest(reading, target.write, tick)
        yield _Arrived(copy, sha256, size, moves=False)

    def _store_it(self, upload: Upload, arrived: _Arrived, found: Found) -> tuple[str, int]:
        if found.cleaned is not None:
            with found.cleaned.open("rb") as file:
                stored = self._store.put(file)
            self._let_go(upload)
            return stored.sha256, stored.size
        if upload.way == Way.KNOWN or (upload.way == Way.SERVER and not arrived.moves):
            return arrived.sha256, arrived.size
        if arrived.moves:
            stored = self._store.take(arrived.path, sha256=arrived.sha256)
            return stored.sha256, stored.size
        if self._store.exists(arrived.sha256):
            self._let_go(upload)
            return arrived.sha256, arrived.size
        direct = self._store.direct()
        if direct is None:
            raise Unavailable("The object store that this file was sent to is no longer set.")
        stored = direct.adopt(str(upload.uuid), sha256=arrived.sha256, size=arrived.size)
        return stored.sha256, stored.size

    def _let_go(self, upload: Upload) -> None:
        """Remove what came in: it was refused, or something else has taken its place."""
        with contextlib.suppress(LibraryError):
            if upload.way == Way.SERVER:
                self._spool.remove(upload.uuid)
            elif upload.way == Way.PARTS and (direct := self._store.direct()) is not None:
                direct.abandon(str(upload.uuid), upload.handle or "")


def _digest(
    chunks: Iterator[bytes], keep: Callable[[bytes], object] | None, tick: Callable[[], None]
) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = ticked = 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if keep is not None:
            keep(chunk)
        if size - ticked > 1 << 30:
            ticked = size
            tick()
    return digest.hexdigest(), size


def _note_digest(factory: sessionmaker[Session], upload: Upload, sha256: str) -> None:
    """Before the bytes move to their address: who is killed in between finds them there."""
    with session_scope(factory, write=True) as session:
        now = session.get(Upload, upload.id)
        if now is not None:
            now.sent_sha256 = sha256


def _text_of(
    arrived: _Arrived, found: Found, tick: Callable[[], None]
) -> tuple[TextFound | None, str]:
    """Whether there is text in it that can be searched; a scanned document has none."""
    if found.media_type not in READABLE or arrived.size > _LARGEST_READ:
        return None, ""
    try:
        with TextReader(meanwhile=tick) as reader:
            outcome = reader.read(arrived.path, media_type=found.media_type)
    except OSError:
        return None, ""
    if outcome.error:
        return TextFound.FAILED, outcome.error
    if outcome.cut:
        return TextFound.CUT, outcome.cut
    return (TextFound.DONE if outcome.extracts else TextFound.EMPTY), ""


def _ready(
    factory: sessionmaker[Session],
    upload: Upload,
    sent: str,
    sha256: str,
    size: int,
    found: Found,
    text: tuple[TextFound | None, str],
) -> None:
    with session_scope(factory, write=True) as session:
        # Somebody has the bytes again, if nobody had.
        service.forget_leftover(session, sha256)
        now = session.get(Upload, upload.id)
        if now is None:
            service.leave_over(session, sha256)  # it was given up while it was looked at
            return
        now.state, now.reason, now.reason_facts = UploadState.READY, None, {}
        now.sent_sha256, now.sha256, now.size, now.arrived = sent, sha256, size, size
        now.media_type, now.name = found.media_type, found.name
        now.width, now.height = found.width, found.height
        now.seconds, now.pages = found.seconds, found.pages
        now.cleaned = found.cleaned is not None
        now.title = now.title or found.title or None
        now.author = now.author or found.author or None
        now.licence = now.licence or found.licence or None
        now.text_state, now.text_note = text[0], text[1] or None
        now.touched_at, now.next_try, now.attempts = utc_now(), None, 0
        making.ask(session, sha256=sha256, media_type=found.media_type, size=size)


def _refuse(
    factory: sessionmaker[Session], upload: Upload, reason: Reason, facts: dict[str, object]
) -> None:
    with session_scope(factory, write=True) as session:
        now = session.get(Upload, upload.id)
        if now is not None:
            now.state, now.reason, now.reason_facts = UploadState.REFUSED, reason, facts
            now.touched_at, now.next_try = utc_now(), None


def _again(factory: sessionmaker[Session], upload: Upload, reason: Reason) -> None:
    """Later; after some times it has failed, and somebody may have it tried again."""
    with session_scope(factory, write=True) as session:
        now = session.get(Upload, upload.id)
        if now is None:
            return
        now.attempts += 1
        now.reason, now.reason_facts = reason, {}
        if now.attempts >= _ATTEMPTS:
            now.state, now.next_try = UploadState.FAILED, None
        else:
            now.next_try = utc_now() + dt.timedelta(seconds=5 * 3 ** (now.attempts - 1))


def _due() -> ColumnElement[bool]:
    return (Upload.state == UploadState.CHECKING) & or_(
        Upload.next_try.is_(None), Upload.next_try <= utc_now()
    )


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    out = Path(tempfile.mkdtemp(prefix="checking-", dir=folder))
    try:
        yield out
    finally:
        shutil.rmtree(out, ignore_errors=True)
