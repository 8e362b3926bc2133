"""Making what goes with a file: smaller pictures, small films and posters, pages as pictures.

Asked for by the SHA-256 of the bytes (`Making`), by whoever has such a file: an upload when it arrives, a
work when it is published. What was made once serves all of them. Films take long, so ffmpeg works
beside the worker's rounds, and a film whose worker was killed is begun again by the next.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import (
    MadeFile,
    Making,
    MakingState,
    MediaFile,
    MediaRole,
    Purpose,
)
from library.db import session_scope, utc_now
from library.errors import LibraryError, Unavailable
from library.jobs import lease
from library.media.film import FILMS, MISSING, Encoding, FilmFacts, can_encode, probe
from library.media.port import MediaStore

PICTURES: Final = frozenset(
    ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp")
)
DOCUMENTS: Final = frozenset(("application/pdf",))
KINDS: Final = PICTURES | DOCUMENTS | FILMS

#: Widths of the small versions of a picture, in pixels: a phone's width, and twice that.
WIDTHS: Final = (480, 960)
#: Below this many bytes a small version of a picture saves nothing worth a second file.
SMALLEST: Final = 40_000
#: Pages of a document that are shown as pictures.
PREVIEWED: Final = 3

_ATTEMPTS: Final = 4
# How long a film is another worker's after its last sign of life.
_CLAIM: Final = dt.timedelta(minutes=2)
_SLICE: Final = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was made and lies in a folder."""

    purpose: Purpose
    file: Path
    media_type: str
    width: int | None = None
    height: int | None = None
    position: int = 0


def ask(session: Session, *, sha256: str, media_type: str, size: int) -> Making | None:
    """Have made what goes with these bytes; None where nothing does. Asking again changes nothing."""
    if media_type not in KINDS or (media_type in PICTURES and size <= SMALLEST):
        return None
    making = session.get(Making, sha256)
    if making is None:
        making = Making(sha256=sha256, media_type=media_type, size=size)
        session.add(making)
        session.flush()
    return making


def of(session: Session, sha256: str) -> list[MadeFile]:
    """What was made from these bytes."""
    return list(
        session.scalars(
            select(MadeFile)
            .where(MadeFile.original == sha256)
            .order_by(MadeFile.purpose, MadeFile.position, MadeFile.width, MadeFile.id)
        )
    )


class MakingChore:
    """See `library.jobs.chores.Chore`. ``folder`` is where things lie while they are made."""

    name = "making"

    def __init__(self, store: MediaStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._film: _Film | None = None

    def waits(self, session: Session) -> bool:
        due = select(Making.sha256).where(Making.state == MakingState.WAITING)
        if self._film is None:
            due = due.where(_is_due())
        return session.scalar(due.limit(1)) is not None

    def run(self, factory: sessionmaker[Session]) -> int:
        if self._film is not None:
            return self._go_on(factory, self._film)
        with session_scope(factory) as session:
            # Pictures first: somebody looks at them, and they take a second each.
            waiting = list(
                session.scalars(
                    select(Making)
                    .where(Making.state == MakingState.WAITING, _is_due())
                    .order_by(Making.media_type.in_(FILMS), Making.asked_at)
                    .limit(5)
                )
            )
        done = 0
        for making in waiting:
            lease.acquire(factory, name=f"chore {self.name}")
            if making.media_type in FILMS:
                self._begin(factory, making)
                return done + 1
            make_now(factory, self._store, making, folder=self._folder)
            done += 1
        return done

    def _begin(self, factory: sessionmaker[Session], making: Making) -> None:
        if not can_encode():
            _end(factory, making, MakingState.NONE, MISSING)
            return
        try:
            film = _Film(self._store, making, self._folder)
        except Unavailable as error:
            _again(factory, making, error.message)
            return
        except LibraryError as error:
            _end(factory, making, MakingState.FAILED, error.message)
            return
        self._film = film
        _claim(factory, making, 0)

    def _go_on(self, factory: sessionmaker[Session], film: _Film) -> int:
        ended = film.encoding.wait(_SLICE)
        if ended is None:
            if not _claim(factory, film.making, film.encoding.progress()):
                self._film = None  # its file is gone, or somebody asked for it to be begun anew
                film.close()
            return 0
        self._film = None
        with contextlib.closing(film):
            if not ended:
                _again(factory, film.making, "ffmpeg could not make a small version of this film.")
                return 1
            try:
                _keep(factory, self._store, film.making, film.made())
            except Unavailable as error:
                _again(factory, film.making, error.message)
        return 1


def make_now(
    factory: sessionmaker[Session], store: MediaStore, making: Making, *, folder: Path
) -> None:
    """Make what goes with a picture or a document, in a process of its own; note how it ended."""
    from library.media import studio

    try:
        with _workshop(folder) as out, on_disk(store, making.sha256) as path:
            if making.media_type in PICTURES:
                said = studio.ask("smaller", path, out, widths=list(WIDTHS))
                purpose = Purpose.PICTURE
            else:
                said = studio.ask("document", path, out, previews=PREVIEWED)
                purpose = Purpose.PAGE
            made = [
                Made(
                    purpose,
                    out / name,
                    kind,
                    width,
                    height,
                    width if purpose == Purpose.PICTURE else number,
                )
                for number, (name, kind, width, height) in enumerate(said["made"], 1)
            ]
            _keep(factory, store, making, made)
    except Unavailable as error:
        _again(factory, making, error.message)
        raise
    except LibraryError as error:
        _log.warning("No small version of %s: %s", making.sha256, error)
        _end(factory, making, MakingState.FAILED, error.message)
    except OSError as error:
        _again(factory, making, f"{error.strerror or error}.")


@contextmanager
def on_disk(store: MediaStore, sha256: str) -> Iterator[Path]:
    """The bytes as a file of this machine: the store's own, or a copy for the time of the block."""
    path = store.path(sha256)
    if path is not None:
        yield path
        return
    with store.open(sha256) as reading, tempfile.NamedTemporaryFile(prefix="making-") as copy:
        for chunk in reading:
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


class _Film:
    """A film with the folder, the copy of its bytes and the process that belong to its encoding."""

    def __init__(self, store: MediaStore, making: Making, folder: Path) -> None:
        self.making = making
        self._held = contextlib.ExitStack()
        try:
            out = self._held.enter_context(_workshop(folder))
            path = self._held.enter_context(on_disk(store, making.sha256))
            facts = probe(path, making.media_type)
            assert facts is not None  # noqa: S101 - its type is a film's and ffmpeg is there
            self._facts: FilmFacts = facts
            self.encoding = Encoding(path, making.media_type, facts, out)
            self._held.callback(self.encoding.close)
        except BaseException:
            self._held.close()
            raise

    def made(self) -> list[Made]:
        out, facts = self.encoding.out, self._facts
        width, height = facts.width or 0, facts.height or 0
        lines = min(360, height) or 360
        columns = 2 * round(width * lines / height / 2) if height else None
        made = []
        # A small version that saves nothing is none.
        if (out / "small.mp4").stat().st_size < self.making.size * 0.8:
            made.append(Made(Purpose.FILM, out / "small.mp4", "video/mp4", columns, lines))
        if (out / "sound.m4a").is_file():
            made.append(Made(Purpose.SOUND, out / "sound.m4a", "audio/mp4"))
        if (out / "poster.jpg").is_file() and (out / "poster.jpg").stat().st_size:
            shown = min(960, width) or None
            tall = round(height * shown / width) if shown and width else None
            made.append(Made(Purpose.POSTER, out / "poster.jpg", "image/jpeg", shown, tall))
        return made

    def close(self) -> None:
        self._held.close()


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    out = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
    try:
        yield out
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _is_due() -> ColumnElement[bool]:
    return or_(Making.next_try.is_(None), Making.next_try <= utc_now())


def _keep(
    factory: sessionmaker[Session], store: MediaStore, making: Making, made: Sequence[Made]
) -> None:
    rows = []
    for one in made:
        with one.file.open("rb") as file:
            stored = store.put(file)
        rows.append(
            MadeFile(
                original=making.sha256,
                purpose=one.purpose,
                position=one.position,
                sha256=stored.sha256,
                size=stored.size,
                media_type=one.media_type,
                width=one.width,
                height=one.height,
            )
        )
    with session_scope(factory, write=True) as session:
        now = session.get(Making, making.sha256)
        if now is None:
            return  # the file was taken away meanwhile; what was made is swept
        session.execute(delete(MadeFile).where(MadeFile.original == making.sha256))
        session.add_all(rows)
        now.state, now.note, now.progress, now.next_try = MakingState.DONE, None, 100, None
        # Works that have the file take up what was made for it (`library.catalogue.preparing`).
        session.execute(
            update(MediaFile)
            .where(MediaFile.sha256 == making.sha256, MediaFile.role == MediaRole.ORIGINAL)
            .values(prepared_at=None)
        )


def _end(factory: sessionmaker[Session], making: Making, state: MakingState, note: str) -> None:
    with session_scope(factory, write=True) as session:
        now = session.get(Making, making.sha256)
        if now is not None:
            now.state, now.note, now.next_try = state, note, None
            session.execute(
                update(MediaFile)
                .where(MediaFile.sha256 == making.sha256, MediaFile.role == MediaRole.ORIGINAL)
                .values(prepared_at=None)
            )


def _again(factory: sessionmaker[Session], making: Making, note: str) -> None:
    """Later, a few times; then it has failed, and somebody may ask for it again."""
    with session_scope(factory, write=True) as session:
        now = session.get(Making, making.sha256)
        if now is None:
            return
        now.attempts += 1
        now.note = note
        if now.attempts >= _ATTEMPTS:
            now.state, now.next_try = MakingState.FAILED, None
        else:
            now.next_try = utc_now() + dt.timedelta(seconds=30 * 4 ** (now.attempts - 1))


def _claim(factory: sessionmaker[Session], making: Making, progress: int) -> bool:
    """Say how far a film has come, and that it is ours for a while longer; False where it is not."""
    with session_scope(factory, write=True) as session:
        now = session.get(Making, making.sha256)
        if now is None or now.state != MakingState.WAITING:
            return False
        now.progress, now.next_try = progress, utc_now() + _CLAIM
        return True
