"""The tree of a manuscript: adding, moving, renaming and removing sections."""

from __future__ import annotations

import uuid as uuids
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.addresses import section_key
from library.catalogue.section_tree import DEEPEST
from library.db import new_uuid
from library.editorial import editing
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptSection,
    ManuscriptText,
)
from library.editorial.writing import section_of
from library.errors import Conflict, Invalid
from library.markdown import source_hash

LONGEST_KEY: Final = 200
LONGEST_TITLE: Final = 500


def add_section(
    session: Session,
    manuscript: Manuscript,
    *,
    parent: uuids.UUID,
    after: uuids.UUID | None,
    title: str,
    by: Actor,
    uuid: uuids.UUID | None = None,
) -> ManuscriptSection:
    """A new section with a title in the source language, behind a sibling or as the first one.

    Its name in addresses is made from the title and stays when the title changes. ``uuid`` makes sending
    the same twice harmless.
    """
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    above = section_of(session, manuscript, parent)
    title = " ".join(title.split())
    if not title:
        raise Invalid("A section needs a title.", field="title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"A title has at most {LONGEST_TITLE} characters.", field="title")
    if uuid is not None:
        there = session.scalar(
            select(ManuscriptSection).where(
                ManuscriptSection.manuscript_id == manuscript.id, ManuscriptSection.uuid == uuid
            )
        )
        if there is not None:
            return there
    if _depth(session, above) + 1 > DEEPEST:
        raise Invalid(f"Sections are at most {DEEPEST} deep.", field="parent")
    siblings = _children(session, manuscript, above.id)
    key = _free_key(section_key(title) or "section", {one.key for one in siblings})
    section = ManuscriptSection(
        uuid=uuid or new_uuid(),
        manuscript_id=manuscript.id,
        parent_id=above.id,
        position=0,
        key=key,
        folder=key,
    )
    session.add(section)
    session.flush()
    siblings.insert(_place(siblings, after), section)
    _number(siblings)
    block = ManuscriptBlock(uuid=new_uuid(), section_id=section.id, position=0, role="title")
    session.add(block)
    session.flush()
    source = f"# {title}"
    session.add(
        ManuscriptText(
            block_id=block.id,
            lang=manuscript.source_language,
            source=source,
            hash=source_hash(source),
            edited_by=by.id,
        )
    )
    editing.changed(session, manuscript, by=by)
    return section


def move_section(
    session: Session,
    manuscript: Manuscript,
    section_uuid: uuids.UUID,
    *,
    parent: uuids.UUID,
    after: uuids.UUID | None,
    by: Actor,
) -> None:
    """Put a section with all inside it behind a sibling, or as the first one inside ``parent``.

    Its address changes with the sections above it; the old one leads to the new one from publishing on.
    """
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    section = section_of(session, manuscript, section_uuid)
    above = section_of(session, manuscript, parent)
    if section.parent_id is None:
        raise Invalid("The work itself cannot be moved into a section.", field="section")
    inside = _all_inside(session, manuscript, section)
    if above.id in {one.id for one in inside}:
        raise Invalid("A section cannot be moved into itself.", field="parent")
    height = max(_depth(session, one) for one in inside) - _depth(session, section)
    if _depth(session, above) + 1 + height > DEEPEST:
        raise Invalid(f"Sections are at most {DEEPEST} deep.", field="parent")
    siblings = [one for one in _children(session, manuscript, above.id) if one.id != section.id]
    if after == section_uuid:
        return
    place = _place(siblings, after)
    section.key = _free_key(section.key, {one.key for one in siblings})
    section.parent_id = above.id
    siblings.insert(place, section)
    _number(siblings)
    editing.changed(session, manuscript, by=by)


def rename_section(
    session: Session, manuscript: Manuscript, section_uuid: uuids.UUID, *, key: str, by: Actor
) -> None:
    """Give a section another name in addresses; the old address leads to it from publishing on."""
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    section = section_of(session, manuscript, section_uuid)
    if section.parent_id is None:
        raise Invalid("The work's own address is changed with its other facts.", field="key")
    wanted = section_key(key.strip())
    if not wanted or len(wanted) > LONGEST_KEY:
        raise Invalid("An address is made of letters, digits and hyphens.", field="key")
    siblings = _children(session, manuscript, section.parent_id)
    if any(one.key == wanted and one.id != section.id for one in siblings):
        raise Conflict("Another section here has this address.", field="key")
    if wanted != section.key:
        section.key = section.folder = wanted
        editing.changed(session, manuscript, by=by)


def remove_section(
    session: Session, manuscript: Manuscript, section_uuid: uuids.UUID, *, by: Actor
) -> int:
    """Take a section out with all inside it; returns how many sections that were.

    Their lasting addresses answer with a tombstone from publishing on.
    """
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    section = section_of(session, manuscript, section_uuid)
    if section.parent_id is None:
        raise Invalid("A work is removed as a whole, not by its sections.", field="section")
    inside = _all_inside(session, manuscript, section)
    parent_id = section.parent_id
    # Deepest first, for databases that look at each row.
    for one in sorted(inside, key=lambda s: -_depth(session, s)):
        blocks = select(ManuscriptBlock.id).where(ManuscriptBlock.section_id == one.id)
        session.execute(delete(ManuscriptText).where(ManuscriptText.block_id.in_(blocks)))
        session.execute(delete(ManuscriptBlock).where(ManuscriptBlock.section_id == one.id))
        session.delete(one)
        session.flush()
    _number(_children(session, manuscript, parent_id))
    editing.changed(session, manuscript, by=by)
    return len(inside)


def _children(session: Session, manuscript: Manuscript, parent_id: int) -> list[ManuscriptSection]:
    return list(
        session.scalars(
            select(ManuscriptSection)
            .where(
                ManuscriptSection.manuscript_id == manuscript.id,
                ManuscriptSection.parent_id == parent_id,
            )
            .order_by(ManuscriptSection.position, ManuscriptSection.id)
        )
    )


def _all_inside(
    session: Session, manuscript: Manuscript, section: ManuscriptSection
) -> list[ManuscriptSection]:
    """A section and all below it."""
    found = [section]
    for one in found:
        found += _children(session, manuscript, one.id)
    return found


def _depth(session: Session, section: ManuscriptSection) -> int:
    depth, parent_id = 0, section.parent_id
    while parent_id is not None:
        depth += 1
        parent_id = session.scalar(
            select(ManuscriptSection.parent_id).where(ManuscriptSection.id == parent_id)
        )
    return depth


def _place(siblings: list[ManuscriptSection], after: uuids.UUID | None) -> int:
    if after is None:
        return 0
    for n, one in enumerate(siblings):
        if one.uuid == after:
            return n + 1
    raise Conflict("The section before has been moved or removed meanwhile.", field="after")


def _free_key(key: str, taken: set[str]) -> str:
    key = key[: LONGEST_KEY - 4].strip("-") or "section"
    if key not in taken:
        return key
    return next(one for n in range(2, len(taken) + 3) if (one := f"{key}-{n}") not in taken)


def _number(rows: list[ManuscriptSection]) -> None:
    for n, row in enumerate(rows):
        if row.position != n:
            row.position = n


def count_sections(session: Session, manuscript: Manuscript) -> int:
    """How many sections there are below the work itself."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ManuscriptSection)
            .where(
                ManuscriptSection.manuscript_id == manuscript.id,
                ManuscriptSection.parent_id.is_not(None),
            )
        )
        or 0
    )
