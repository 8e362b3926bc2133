"""Taking the text out of media files, so that what is inside a PDF or said in a film is found.

What is still to be read is a state of the file (`MediaFile.text_version`), so a worker that is killed
loses nothing: it is read by the next one. One process at a time reads, by a lease. A file that cannot be
read is read once for each version of the readers; `library check` says which, and why.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.making import on_disk
from library.catalogue.models import MediaFile, MediaRole, MediaText, TextState, Work
from library.db import session_scope
from library.errors import LibraryError, Unavailable
from library.extraction.formats import READABLE, VERSION
from library.extraction.reader import Outcome, Stopped, TextReader
from library.jobs import lease, outbox
from library.media.port import MediaStore

LEASE = "reader"
# Larger files are not read, in bytes: what is so large is pictures.
LARGEST = 300_000_000
# Files read in one round of a worker, which has other things to do.
ROUND = 20
# Seconds after which the lease is taken again while there is more to read.
_RENEW = 5.0

_log = logging.getLogger(__name__)
_PENDING = or_(MediaFile.text_version < VERSION, MediaFile.text_version > VERSION)


def waiting(session: Session) -> bool:
    """Whether a file waits to be read; one look into an index."""
    return session.scalar(select(MediaFile.id).where(_PENDING).limit(1)) is not None


def count_waiting(session: Session) -> int:
    """How many files wait to be read."""
    found = session.scalar(
        select(func.count()).select_from(MediaFile).where(_PENDING, _is_readable())
    )
    return found or 0


def extract_pending(
    factory: sessionmaker[Session],
    store: MediaStore,
    *,
    limit: int | None = ROUND,
    meanwhile: Callable[[], object] | None = None,
    stop: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Read files that wait, at most ``limit``; returns how many were looked at.

    Each file is a transaction of its own. Does nothing while another process reads. ``meanwhile`` is
    called now and then while a file is read, ``stop()`` ends the reading of files, ``progress`` gets
    (done, waiting). Files whose store is away go on waiting.
    """
    with session_scope(factory) as session:
        if not waiting(session):
            return 0
    with lease.held(factory, name=LEASE) as mine:
        if not mine:
            return 0
        with session_scope(factory, write=True) as session:
            _set_aside(session)

        renewed = time.monotonic()

        def tick() -> None:
            nonlocal renewed
            if stop is not None and stop():
                raise Stopped
            if time.monotonic() - renewed > _RENEW:
                lease.acquire(factory, name=LEASE)
                renewed = time.monotonic()
            if meanwhile is not None:
                meanwhile()

        done = 0
        with TextReader(meanwhile=tick) as reader:
            while limit is None or done < limit:
                with session_scope(factory) as session:
                    file = session.scalar(
                        select(MediaFile)
                        .where(_PENDING)
                        .order_by(MediaFile.work_id, MediaFile.id)
                        .limit(1)
                    )
                if file is None or (stop is not None and stop()):
                    break
                try:
                    if not _is_copied(factory, file):
                        _keep(factory, file, _read(reader, store, file))
                    done += 1
                    tick()
                except Stopped:
                    break
                except Unavailable as error:
                    _log.warning("No file can be read now: %s", error.message)
                    break
                if progress is not None:
                    with session_scope(factory) as session:
                        progress(done, count_waiting(session))
        return done


def retry_failed(session: Session) -> None:
    """Have files read again that could not be read: the store may have lost them, and found them."""
    session.execute(
        update(MediaFile)
        .where(MediaFile.text_state == TextState.FAILED)
        .values(text_version=0, text_state=TextState.WAITING, text_note=None)
    )


def unread(session: Session) -> list[str]:
    """A sentence for each file of a published work that could not be read."""
    return [
        f"{work}: the text of {path} cannot be found by searching. {note}"
        for work, path, note in _in_state(session, TextState.FAILED)
    ]


def partly_read(session: Session) -> list[str]:
    """A sentence for each file of a published work of which only the beginning was read."""
    return [
        f"{work}: not all of {path} can be found by searching. {note}"
        for work, path, note in _in_state(session, TextState.CUT)
    ]


def _in_state(session: Session, state: TextState) -> Iterator[tuple[str, str, str]]:
    for row in session.execute(
        select(Work.kind, Work.key, MediaFile.path, MediaFile.text_note)
        .join(Work, Work.id == MediaFile.work_id)
        .where(MediaFile.text_state == state, Work.status == "published")
        .order_by(Work.kind, Work.key, MediaFile.path)
    ):
        yield f"{row.kind}/{row.key}", row.path, row.text_note or ""


def _is_readable() -> ColumnElement[bool]:
    return and_(MediaFile.media_type.in_(READABLE), MediaFile.role != MediaRole.RENDITION)


def _set_aside(session: Session) -> None:
    """Files that no text is taken out of wait for nothing."""
    session.execute(
        update(MediaFile)
        .where(_PENDING, ~_is_readable())
        .values(text_version=VERSION, text_state=TextState.NONE, text_note=None)
        .execution_options(synchronize_session=False)
    )


def _read(reader: TextReader, store: MediaStore, file: MediaFile) -> Outcome:
    if file.size > LARGEST:
        return Outcome(error="It is larger than the files that are read.")
    try:
        with on_disk(store, file.sha256) as path:
            return reader.read(path, media_type=file.media_type, lang=file.lang)
    except Unavailable:
        raise
    except LibraryError as error:
        return Outcome(error=error.message)


def _keep(factory: sessionmaker[Session], file: MediaFile, outcome: Outcome) -> None:
    with session_scope(factory, write=True) as session:
        now = session.get(MediaFile, file.id)
        if now is None or now.sha256 != file.sha256:
            return  # it was replaced meanwhile, and waits again
        session.execute(delete(MediaText).where(MediaText.media_id == now.id))
        rows = [
            {
                "media_id": now.id,
                "position": position,
                "place": one.place,
                "lang": one.lang,
                "text": one.text,
            }
            for position, one in enumerate(outcome.extracts)
        ]
        for start in range(0, len(rows), 500):
            session.execute(insert(MediaText), rows[start : start + 500])
        now.text_note = outcome.error or outcome.cut or None
        if outcome.error:
            now.text_state = TextState.FAILED
            _log.warning("No text of %s: %s", now.path, outcome.error)
        elif outcome.cut:
            now.text_state = TextState.CUT
        else:
            now.text_state = TextState.DONE if rows else TextState.EMPTY
        _note(session, now)


def _is_copied(factory: sessionmaker[Session], file: MediaFile) -> bool:
    """Take over what was read from the same bytes in another work, if it was; whether it was."""
    with session_scope(factory, write=True) as session:
        twin = session.scalar(
            select(MediaFile)
            .where(
                MediaFile.sha256 == file.sha256,
                MediaFile.media_type == file.media_type,
                MediaFile.lang.is_(None) if file.lang is None else MediaFile.lang == file.lang,
                MediaFile.text_version == VERSION,
                MediaFile.text_state.in_([TextState.DONE, TextState.CUT, TextState.EMPTY]),
            )
            .limit(1)
        )
        now = session.get(MediaFile, file.id) if twin is not None else None
        if twin is None or now is None or now.sha256 != file.sha256:
            return False
        session.execute(delete(MediaText).where(MediaText.media_id == now.id))
        columns = ("position", "place", "lang", "text")
        session.execute(
            insert(MediaText).from_select(
                ["media_id", *columns],
                select(literal(now.id), *(getattr(MediaText, name) for name in columns)).where(
                    MediaText.media_id == twin.id
                ),
            )
        )
        now.text_state, now.text_note = twin.text_state, twin.text_note
        _note(session, now)
    return True


def _note(session: Session, file: MediaFile) -> None:
    """Mark a file as read; have its work indexed with the last file that waited."""
    file.text_version = VERSION
    session.flush()
    more = session.scalar(
        select(MediaFile.id).where(MediaFile.work_id == file.work_id, _PENDING).limit(1)
    )
    if more is None:
        uuid = session.scalar(select(Work.uuid).where(Work.id == file.work_id))
        if uuid is not None:
            outbox.note(session, [outbox.Change("work", uuid)])
