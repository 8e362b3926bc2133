"""Storing what media a work has. The bytes are in the store already; here are their rows."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from library.catalogue.drafts import MediaDraft, WorkChange
from library.catalogue.models import MediaFile, MediaRole, MediaText, TextState, Work
from library.sentences import Sentence

_FACTS = ("name", "lang", "role", "sha256", "size", "media_type", "width", "height")

_FILES = select(MediaFile).where(
    MediaFile.work_id == bindparam("work"), MediaFile.role != MediaRole.RENDITION
)


def store_media(
    session: Session, work: Work, drafts: list[MediaDraft], *, change: WorkChange, created: bool
) -> None:
    """Make the work's media files those of the draft; renditions of what stays are kept."""
    old: dict[str, MediaFile] = {}
    if not created:
        old = {m.path: m for m in session.scalars(_FILES, {"work": work.id})}
    for draft in drafts:
        row = old.pop(draft.path, None)
        if row is None:
            session.add(
                MediaFile(
                    work_id=work.id,
                    path=draft.path,
                    title=draft.title,
                    licence=draft.licence,
                    **{name: getattr(draft, name) for name in _FACTS},
                )
            )
            change.media_added += 1
            continue
        facts = [name for name in _FACTS if getattr(row, name) != getattr(draft, name)]
        facts += [
            name
            for name in ("title", "licence")
            if getattr(draft, name) is not None and getattr(row, name) != getattr(draft, name)
        ]
        if not facts:
            continue
        if "sha256" in facts:
            session.execute(delete(MediaFile).where(MediaFile.made_from_id == row.id))
            session.execute(delete(MediaText).where(MediaText.media_id == row.id))
            row.prepared_at = None
            row.text_version, row.text_state, row.text_note = 0, TextState.WAITING, None
            change.media_added += 1
        else:
            change.facts.append(Sentence("media %(path)s", path=draft.path))
        for name in facts:
            setattr(row, name, getattr(draft, name))
    if old:
        ids = [m.id for m in old.values()]
        session.execute(delete(MediaFile).where(MediaFile.made_from_id.in_(ids)))
        session.execute(delete(MediaFile).where(MediaFile.id.in_(ids)))
        change.media_removed += len(old)
