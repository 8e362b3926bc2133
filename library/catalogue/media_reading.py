"""Reads of media files: by address, and how large those of a page are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.models import MediaFile, Work


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a download needs to be told; ``size`` in bytes."""

    name: str
    media_type: str
    size: int


def media_by_address(session: Session, *, sha256: str, name: str) -> MediaFacts | None:
    """The file with these bytes: the one of this name, else any, since bytes make the address.

    Files of withdrawn works are not found, unless another work that is published has the same bytes.
    """
    rows = session.execute(
        select(MediaFile.name, MediaFile.media_type, MediaFile.size)
        .join(Work, Work.id == MediaFile.work_id)
        .where(MediaFile.sha256 == sha256, Work.status == "published")
        .order_by(MediaFile.id)
    ).all()
    if not rows:
        return None
    row = next((r for r in rows if r.name.rpartition("/")[2] == name), rows[0])
    return MediaFacts(row.name.rpartition("/")[2], row.media_type, row.size)


def media_facts(session: Session, work: Work, *, digests: Collection[str]) -> dict[str, MediaFacts]:
    """Facts of a work's files by digest, renditions among them; unknown digests are left out."""
    if not digests:
        return {}
    rows = session.execute(
        select(MediaFile.sha256, MediaFile.name, MediaFile.media_type, MediaFile.size).where(
            MediaFile.work_id == work.id, MediaFile.sha256.in_(digests)
        )
    )
    return {sha256: MediaFacts(name, media_type, size) for sha256, name, media_type, size in rows}
