"""Preparing media after they came in: works take up what was made from the bytes of their files.

Small versions of pictures, small films with their sound and poster: they are made once for the same
bytes (`library.catalogue.making`) and stand as rows of their own beside each work's file.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import making
from library.catalogue.models import (
    BlockText,
    MadeFile,
    Making,
    MakingState,
    MediaFile,
    MediaRole,
    Purpose,
    Section,
)
from library.catalogue.models.block import Block
from library.db import session_scope, utc_now
from library.errors import Unavailable
from library.jobs import outbox
from library.media.film import FILMS
from library.media.port import MediaStore

WIDTHS = making.WIDTHS
SMALLEST = making.SMALLEST
#: Below this many bytes a film needs no smaller version.
SMALLEST_FILM = 2_000_000

_PENDING = (MediaFile.prepared_at.is_(None), MediaFile.role == MediaRole.ORIGINAL)
_TAKEN_UP = (Purpose.PICTURE, Purpose.FILM, Purpose.SOUND, Purpose.POSTER)
_ENDINGS = {
    "image/webp": "webp",
    "image/avif": "avif",
    "image/jpeg": "jpg",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
}


def is_pending(session: Session) -> bool:
    """Whether a file waits to be prepared."""
    return session.scalar(select(MediaFile.id).where(*_PENDING).limit(1)) is not None


def prepare_pending(
    factory: sessionmaker[Session],
    store: MediaStore,
    *,
    limit: int = 20,
    folder: Path | None = None,
) -> int:
    """Prepare files that wait; returns how many were looked at.

    Small versions of pictures are made here; for films they are asked for, and taken up when they are
    there. Each file is its own transaction. A file that cannot be read is marked as looked at and said in
    the log; one whose store is away stays for the next round.
    """
    folder = folder or Path(tempfile.gettempdir())
    with session_scope(factory) as session:
        waiting = session.execute(
            select(MediaFile.id, MediaFile.sha256, MediaFile.size, MediaFile.media_type)
            .where(*_PENDING)
            .order_by(MediaFile.id)
            .limit(limit)
        ).all()
    done = 0
    for row in waiting:
        with session_scope(factory, write=True) as session:
            asked = session.get(Making, row.sha256)
            if asked is None and _is_worth_it(row.media_type, row.size):
                asked = making.ask(
                    session, sha256=row.sha256, media_type=row.media_type, size=row.size
                )
        if (
            asked is not None
            and asked.state == MakingState.WAITING
            and row.media_type in making.PICTURES
        ):
            try:
                making.make_now(factory, store, asked, folder=folder)
            except Unavailable:
                return done
        with session_scope(factory, write=True) as session:
            file = session.get(MediaFile, row.id)
            if file is None or file.sha256 != row.sha256:
                continue
            file.prepared_at = utc_now()
            _take_up(session, file, making.of(session, row.sha256))
        done += 1
    return done


def _is_worth_it(media_type: str, size: int) -> bool:
    """Of documents readers see no pages, and a film that is small already stays as it is."""
    return media_type in making.PICTURES or (media_type in FILMS and size > SMALLEST_FILM)


def _take_up(session: Session, file: MediaFile, made: list[MadeFile]) -> None:
    wanted = {_path(file, one): one for one in made if one.purpose in _TAKEN_UP}
    there = {
        row.path: row
        for row in session.scalars(
            select(MediaFile).where(
                MediaFile.work_id == file.work_id,
                (MediaFile.made_from_id == file.id) | MediaFile.path.in_(wanted),
            )
        )
    }
    changed = False
    for path, row in there.items():
        mine = row.made_from_id == file.id
        if mine and (path not in wanted or wanted[path].sha256 != row.sha256):
            session.execute(delete(MediaFile).where(MediaFile.id == row.id))
            changed = True
        else:
            # Taken up already, or an author's own file has this name: it stays.
            wanted.pop(path, None)
    for path, one in wanted.items():
        session.add(
            MediaFile(
                work_id=file.work_id,
                path=path,
                name=path.rpartition("/")[2],
                lang=file.lang,
                role=MediaRole.RENDITION,
                made_from_id=file.id,
                sha256=one.sha256,
                size=one.size,
                media_type=one.media_type,
                width=one.width,
                height=one.height,
                prepared_at=utc_now(),
            )
        )
        changed = True
    if changed:
        session.flush()
        _render_again(session, file)
        outbox.touch(session)


def _path(file: MediaFile, made: MadeFile) -> str:
    stem = file.path.rpartition(".")[0]
    what = {
        Purpose.PICTURE: f"{made.width}w",
        Purpose.FILM: f"{made.height}p",
        Purpose.SOUND: "sound",
        Purpose.POSTER: "poster",
    }[Purpose(made.purpose)]
    return f"{stem}.{what}.{_ENDINGS[made.media_type]}"


def _render_again(session: Session, file: MediaFile) -> None:
    """Texts that show the file should offer its small versions too."""
    name = file.path.rpartition("/")[2]
    for text in session.scalars(
        select(BlockText)
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(Section.work_id == file.work_id, BlockText.source.contains(name, autoescape=True))
    ):
        text.html = text.html_version = None
