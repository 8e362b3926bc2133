"""Preparing media after they came in: small versions of pictures for small screens and thin lines."""

from __future__ import annotations

import io
import logging

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import BlockText, MediaFile, MediaRole, Section
from library.catalogue.models.block import Block
from library.db import session_scope, utc_now
from library.errors import LibraryError, Unavailable
from library.jobs import outbox
from library.media.port import MediaStore

# Widths of the small versions, in pixels: a phone's width, and twice that.
WIDTHS = (480, 960)
# Below this a small version saves nothing worth a second file.
SMALLEST = 40_000

_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")
_log = logging.getLogger(__name__)
_PENDING = (MediaFile.prepared_at.is_(None), MediaFile.role == MediaRole.ORIGINAL)


def is_pending(session: Session) -> bool:
    """Whether a file waits to be prepared."""
    return session.scalar(select(MediaFile.id).where(*_PENDING).limit(1)) is not None


def prepare_pending(factory: sessionmaker[Session], store: MediaStore, *, limit: int = 20) -> int:
    """Make the small versions that are still to be made; returns how many files were looked at.

    Each file is its own transaction. A file that cannot be read is marked as looked at and said in the
    log; one whose store is away stays for the next round.
    """
    with session_scope(factory) as session:
        waiting = session.execute(
            select(MediaFile.id, MediaFile.sha256, MediaFile.size, MediaFile.media_type)
            .where(*_PENDING)
            .order_by(MediaFile.id)
            .limit(limit)
        ).all()
    done = 0
    for row in waiting:
        made = []
        if row.media_type in _PICTURES and row.size > SMALLEST:
            # Here, because the web processes know this module too and do without Pillow.
            from library.media import pictures

            try:
                with store.open(row.sha256) as reading:
                    original = io.BytesIO(b"".join(reading))
                made = pictures.renditions(original, widths=WIDTHS)
            except Unavailable:
                return done
            except LibraryError as error:
                _log.warning("No small version of %s: %s", row.sha256, error)
        stored = [(r, store.put(io.BytesIO(r.content))) for r in made]
        with session_scope(factory, write=True) as session:
            file = session.get(MediaFile, row.id)
            if file is None or file.sha256 != row.sha256:
                continue
            file.prepared_at = utc_now()
            stem = file.path.rpartition(".")[0]
            for rendition, kept in stored:
                session.add(
                    MediaFile(
                        work_id=file.work_id,
                        path=f"{stem}.{rendition.width}w.webp",
                        name=f"{stem.rpartition('/')[2]}.{rendition.width}w.webp",
                        lang=file.lang,
                        role=MediaRole.RENDITION,
                        made_from_id=file.id,
                        sha256=kept.sha256,
                        size=kept.size,
                        media_type=rendition.media_type,
                        width=rendition.width,
                        height=rendition.height,
                        prepared_at=utc_now(),
                    )
                )
            if stored:
                _render_again(session, file)
                outbox.touch(session)
        done += 1
    return done


def _render_again(session: Session, file: MediaFile) -> None:
    """Texts that show the picture should offer its small versions too."""
    name = file.path.rpartition("/")[2]
    for text in session.scalars(
        select(BlockText)
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(Section.work_id == file.work_id, BlockText.source.contains(name, autoescape=True))
    ):
        text.html = text.html_version = None
