"""Keeping the bytes of a manuscript's files from being swept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.editorial.models import Manuscript, ManuscriptFile
from library.uploads import service as uploads


def hold_files(session: Session, manuscript: Manuscript) -> None:
    """Say that a manuscript needs the bytes of its files, and of no others."""
    session.flush()
    digests = session.scalars(
        select(ManuscriptFile.sha256).where(ManuscriptFile.manuscript_id == manuscript.id)
    )
    uploads.hold(
        session,
        holder=f"manuscript/{manuscript.uuid}",
        digests=set(digests),
        label=manuscript.title or manuscript.key,
    )
