"""Keeping the bytes of files that manuscripts and revisions name from being swept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.drafts import WorkDraft
from library.editorial.models import Manuscript, ManuscriptFile, Revision
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


def let_go(session: Session, manuscript: Manuscript) -> None:
    """A manuscript is thrown away: it needs no bytes any more."""
    uploads.release(session, holder=f"manuscript/{manuscript.uuid}")


def hold_revision(session: Session, revision: Revision, draft: WorkDraft) -> None:
    """What a revision names can be restored as long as there is the revision."""
    uploads.hold(
        session,
        holder=f"revision/{revision.work_uuid}/{revision.number}",
        digests={file.sha256 for file in draft.media},
        label=f"{draft.kind}/{draft.key}",
    )
