"""Old addresses go on leading somewhere: noting them when they are left, following them when asked for."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from library.catalogue.models import FormerSectionAddress, FormerWorkAddress, Section, Work
from library.db import utc_now
from library.errors import Conflict, Invalid, NotFound
from library.jobs import outbox
from library.sentences import Sentence


class Address(NamedTuple):
    """Kind and key of a work, and the path of a section in it, empty for the work itself."""

    kind: str
    key: str
    path: str


def note_sections(session: Session, work: Work, left: Mapping[str, int]) -> None:
    """Keep the paths that sections are leaving: path -> id of the section."""
    if not left:
        return
    session.execute(
        delete(FormerSectionAddress).where(
            FormerSectionAddress.work_id == work.id, FormerSectionAddress.path.in_(left)
        )
    )
    session.add_all(
        FormerSectionAddress(work_id=work.id, path=path, section_id=section_id)
        for path, section_id in left.items()
    )


def rename_work(session: Session, uuid: uuids.UUID, *, key: str, by: str) -> None:
    """Give a work another key; the old one leads to it from now on.

    Raises ``NotFound``, ``Invalid`` for an empty key and ``Conflict`` where another work has it, or had it.
    """
    work = session.scalar(select(Work).where(Work.uuid == uuid))
    if work is None:
        raise NotFound(f"No work has the uuid {uuid}.")
    if not key:
        raise Invalid("A work needs a key.", field="key")
    if key == work.key:
        return
    refuse_taken(session, kind=work.kind, key=key, uuid=uuid)
    # Back to where it was once: that address is no former one any more.
    session.execute(
        delete(FormerWorkAddress).where(
            FormerWorkAddress.kind == work.kind, FormerWorkAddress.key == key
        )
    )
    session.add(FormerWorkAddress(kind=work.kind, key=work.key, work_id=work.id))
    work.key = key
    work.updated_by, work.updated_at = by, utc_now()
    session.flush()
    outbox.note(session, [outbox.Change("work", work.uuid)])


def refuse_taken(session: Session, *, kind: str, key: str, uuid: uuids.UUID | None) -> None:
    """Raises ``Conflict`` where a kind and key lead to another work than that of ``uuid``."""
    owner = session.scalar(
        select(Work.uuid).where(Work.kind == kind, Work.key == key)
    ) or session.scalar(
        select(Work.uuid)
        .join(FormerWorkAddress, FormerWorkAddress.work_id == Work.id)
        .where(FormerWorkAddress.kind == kind, FormerWorkAddress.key == key)
    )
    if owner is not None and owner != uuid:
        raise Conflict(
            Sentence("The address %(name)s leads to another work.", name=f"{kind}/{key}"),
            field="key",
        )


def follow(session: Session, *, kind: str, key: str, path: str = "") -> Address | None:
    """Where what once had this address is now; None where nothing had it, or it is gone."""
    work = session.execute(
        select(Work.id, Work.kind, Work.key).where(Work.kind == kind, Work.key == key)
    ).first()
    moved = work is None
    if work is None:
        work = session.execute(
            select(Work.id, Work.kind, Work.key)
            .join(FormerWorkAddress, FormerWorkAddress.work_id == Work.id)
            .where(FormerWorkAddress.kind == kind, FormerWorkAddress.key == key)
        ).first()
    if work is None:
        return None
    if path and not _lives(session, work.id, path):
        now = session.scalar(
            select(Section.path)
            .join(FormerSectionAddress, FormerSectionAddress.section_id == Section.id)
            .where(
                FormerSectionAddress.work_id == work.id,
                FormerSectionAddress.path == path,
                Section.removed_at.is_(None),
            )
        )
        if now is None:
            return Address(work.kind, work.key, path) if moved else None
        path, moved = now, True
    return Address(work.kind, work.key, path) if moved else None


def _lives(session: Session, work_id: int, path: str) -> bool:
    found = session.scalar(
        select(Section.id).where(
            Section.work_id == work_id, Section.path == path, Section.removed_at.is_(None)
        )
    )
    return found is not None
