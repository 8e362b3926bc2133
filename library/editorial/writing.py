"""Writing in a manuscript: the texts of paragraphs, and the paragraphs of a section.

Each function is one change by one person. Changes name what they were made against, so that of two who
write in one paragraph the second is asked, and nobody's words are lost.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.db import new_uuid, utc_now
from library.editorial import editing
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptSection,
    ManuscriptText,
)
from library.errors import Conflict, Invalid, NotFound, TooLarge
from library.i18n.tags import normalise
from library.markdown import BlockKind, ParsedBlock, plain_text, source_hash, split

# Characters of one paragraph; a page of a book has some 3,000.
LONGEST: Final = 100_000
# Paragraphs of one section; more cannot be handled in an editor, nor read on a phone.
MOST_BLOCKS: Final = 2_000
TITLE: Final = "title"
SUMMARY: Final = "summary"


def save_text(
    session: Session,
    manuscript: Manuscript,
    block_uuid: uuids.UUID,
    *,
    lang: str,
    source: str,
    version: int,
    by: Actor,
    origin: str = "human",
    confirm: bool = False,
) -> list[ManuscriptText]:
    """Write what a paragraph says in one language; returns its texts as they stand now.

    ``version`` is that of the text which was changed, 0 where there was none. In the source language,
    text with blank lines becomes several paragraphs: the first stays this one, the others follow it.
    An empty translation is taken away. ``confirm`` says that an unchanged translation holds for the
    source text as it is now. Sending the same twice, as happens over a bad line, changes it once.
    Raises ``Conflict`` (details: ``version``, ``source``, ``edited_by``) where somebody has written here
    since, ``Invalid`` for text that cannot be this paragraph.
    """
    lang = normalise(lang)
    own = lang == manuscript.source_language
    editing.begin(session, manuscript, Action.WRITE if own else Action.TRANSLATE, by=by, lang=lang)
    block = block_of(session, manuscript, block_uuid)
    parts = _read(source)
    text = session.get(ManuscriptText, (block.id, lang), with_for_update=True)
    ids = [_derived(block, version, n, part.source) for n, part in enumerate(parts[1:])]
    if ids and own and text is not None and text.source == parts[0].source:
        there = _texts(session, manuscript, ids, lang)
        if len(there) == len(ids):
            return [text, *there]
    _refuse_older(text, version, source=source)
    if not parts and not own:
        if text is not None:
            session.delete(text)
            editing.changed(session, manuscript, by=by)
        return []
    _refuse_shape(block, parts, own=own)
    first = parts[0].source if parts else ""
    made_from = None if own else _hash_of_source(session, manuscript, block)
    before = text.version if text is not None else 0
    written = [
        _put(
            session, block, lang, first, by=by, made_from=made_from, origin=origin, confirm=confirm
        )
    ]
    if len(parts) > 1:
        written += _insert(session, manuscript, block.section_id, block, parts[1:], by=by, ids=ids)
    if block.role == TITLE and own and _is_root(session, block):
        manuscript.title = plain_text(first, kind=BlockKind.HEADING).strip()
    if written[0].version != before or len(written) > 1:
        editing.changed(session, manuscript, by=by)
    return written


def _derived(block: ManuscriptBlock, version: int, place: int, source: str) -> uuids.UUID:
    """The id of a paragraph that comes of dividing one: the same for the same change sent again."""
    return uuids.uuid5(block.uuid, f"{version}/{place}/{source}")


def _texts(
    session: Session, manuscript: Manuscript, ids: Sequence[uuids.UUID], lang: str
) -> list[ManuscriptText]:
    rows = session.execute(
        select(ManuscriptBlock.uuid, ManuscriptText)
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .where(
            ManuscriptSection.manuscript_id == manuscript.id,
            ManuscriptBlock.uuid.in_(ids),
            ManuscriptText.lang == lang,
        )
    )
    found = {row[0]: row[1] for row in rows}
    return [found[uuid] for uuid in ids if uuid in found]


def _is_root(session: Session, block: ManuscriptBlock) -> bool:
    return session.get_one(ManuscriptSection, block.section_id).parent_id is None


def add_text(
    session: Session,
    manuscript: Manuscript,
    section_uuid: uuids.UUID,
    *,
    after: uuids.UUID | None,
    source: str,
    by: Actor,
    uuid: uuids.UUID | None = None,
) -> list[ManuscriptText]:
    """New paragraphs in the source language behind the paragraph ``after``, or as the first ones.

    ``uuid`` is the id that the first shall have, chosen by the page that made it, so that sending the
    same twice over a bad line adds it once. An empty ``source`` makes one paragraph to write in.
    """
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    section = section_of(session, manuscript, section_uuid)
    if uuid is not None:
        there = session.execute(
            select(ManuscriptText, ManuscriptBlock.section_id)
            .join(ManuscriptBlock, ManuscriptBlock.id == ManuscriptText.block_id)
            .where(ManuscriptBlock.uuid == uuid, ManuscriptText.lang == manuscript.source_language)
        ).first()
        if there is not None:
            if there[1] != section.id:
                raise Conflict("There is another paragraph with this id.", field="uuid")
            return [there[0]]
    parts = _read(source) or [ParsedBlock(BlockKind.PARAGRAPH, "")]
    if any(part.level == 1 for part in parts):
        raise Invalid(_SECOND_TITLE, field="source")
    anchor = None
    if after is not None:
        anchor = block_of(session, manuscript, after)
        if anchor.section_id != section.id:
            raise Conflict("The paragraph before has been moved to another section meanwhile.")
    ids = [uuid] if uuid is not None else []
    written = _insert(session, manuscript, section.id, anchor, parts, by=by, ids=ids)
    editing.changed(session, manuscript, by=by)
    return written


def remove_block(
    session: Session, manuscript: Manuscript, block_uuid: uuids.UUID, *, by: Actor
) -> None:
    """Take a paragraph out in all languages; comments on it stay with the manuscript."""
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    block = block_of(session, manuscript, block_uuid)
    if block.role == TITLE:
        raise Invalid("A section needs its title; change its words instead.", field="block")
    session.execute(delete(ManuscriptText).where(ManuscriptText.block_id == block.id))
    session.delete(block)
    editing.changed(session, manuscript, by=by)


def move_block(
    session: Session,
    manuscript: Manuscript,
    block_uuid: uuids.UUID,
    *,
    section: uuids.UUID,
    after: uuids.UUID | None,
    by: Actor,
) -> None:
    """Put a paragraph, with all its languages, behind another one or at the beginning of a section."""
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    block = block_of(session, manuscript, block_uuid)
    home = section_of(session, manuscript, section)
    if block.role != "body":
        raise Invalid("The title and the summary stay where they are.", field="block")
    if after == block_uuid:
        return
    anchor = block_of(session, manuscript, after) if after is not None else None
    if anchor is not None and anchor.section_id != home.id:
        raise Conflict("The paragraph before has been moved to another section meanwhile.")
    rows = [one for one in _blocks(session, home.id) if one.id != block.id]
    at = _place(rows, anchor)
    rows.insert(at, block)
    if block.section_id == home.id and all(row.position == n for n, row in enumerate(rows)):
        return
    block.section_id = home.id
    _number(rows)
    editing.changed(session, manuscript, by=by)


def block_of(session: Session, manuscript: Manuscript, uuid: uuids.UUID) -> ManuscriptBlock:
    """A block of this manuscript. Raises ``Conflict`` where it is gone: somebody has taken it out."""
    found = session.scalar(
        select(ManuscriptBlock)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .where(ManuscriptSection.manuscript_id == manuscript.id, ManuscriptBlock.uuid == uuid)
    )
    if found is None:
        raise Conflict("This paragraph has been taken out meanwhile.", block=str(uuid))
    return found


def section_of(session: Session, manuscript: Manuscript, uuid: uuids.UUID) -> ManuscriptSection:
    found = session.scalar(
        select(ManuscriptSection).where(
            ManuscriptSection.manuscript_id == manuscript.id, ManuscriptSection.uuid == uuid
        )
    )
    if found is None:
        raise NotFound("There is no such section in this manuscript any more.")
    return found


_SECOND_TITLE: Final = (
    "A section has one title, the first line with one “#”. Begin headings inside it with “##”."
)


def _read(source: str) -> list[ParsedBlock]:
    """The paragraphs of what was typed. Raises ``Invalid`` or ``TooLarge``."""
    if len(source) > LONGEST:
        raise TooLarge(f"A paragraph has at most {LONGEST} characters.", field="source")
    if "\x00" in source:
        raise Invalid("The text has a character that cannot be kept (NUL).", field="source")
    parts = split(source)
    # Markers are for files: here the ids are the rows' own, and a copied paragraph is a new one.
    return [ParsedBlock(part.kind, part.source, 0, part.level) for part in parts]


def _refuse_older(text: ManuscriptText | None, version: int, *, source: str) -> None:
    now = text.version if text is not None else 0
    if version == now or (text is not None and text.source == source):
        return
    raise Conflict(
        "Somebody else has changed this paragraph since you began.",
        version=now,
        source=text.source if text is not None else "",
        edited_by=text.edited_by if text is not None else None,
    )


def _refuse_shape(block: ManuscriptBlock, parts: Sequence[ParsedBlock], *, own: bool) -> None:
    first = parts[0] if parts else None
    if block.role == TITLE:
        if first is None or first.level != 1 or len(parts) > 1:
            raise Invalid("The title is one line that begins with “# ”.", field="source")
        return
    if any(part.level == 1 for part in parts):
        raise Invalid(_SECOND_TITLE, field="source")
    if block.role == SUMMARY and (len(parts) > 1 or (first and first.kind != "paragraph")):
        raise Invalid("The summary is one paragraph.", field="source")
    if not own and len(parts) > 1:
        raise Invalid(
            "A translation of one paragraph is one paragraph: take the blank lines out.",
            field="source",
        )


def _hash_of_source(session: Session, manuscript: Manuscript, block: ManuscriptBlock) -> str | None:
    return session.scalar(
        select(ManuscriptText.hash).where(
            ManuscriptText.block_id == block.id,
            ManuscriptText.lang == manuscript.source_language,
        )
    )


def _put(
    session: Session,
    block: ManuscriptBlock,
    lang: str,
    source: str,
    *,
    by: Actor,
    made_from: str | None,
    origin: str,
    confirm: bool = False,
) -> ManuscriptText:
    digest = source_hash(source)
    text = session.get(ManuscriptText, (block.id, lang))
    if text is None:
        text = ManuscriptText(block_id=block.id, lang=lang, version=0)
        session.add(text)
    elif text.source == source and not confirm:
        return text
    same = text.hash == digest
    text.source, text.hash = source, digest
    if not same or confirm:
        text.made_from = made_from
    if not same:
        # A person who changes a text takes it on; a review held for the text as it was.
        text.origin = origin
        text.reviewed_by = text.reviewed_at = None
    text.version = (text.version or 0) + 1
    text.edited_by, text.edited_at = by.id, utc_now()
    session.flush()
    return text


def _insert(
    session: Session,
    manuscript: Manuscript,
    section_id: int,
    anchor: ManuscriptBlock | None,
    parts: Sequence[ParsedBlock],
    *,
    by: Actor,
    ids: Sequence[uuids.UUID] = (),
) -> list[ManuscriptText]:
    rows = _blocks(session, section_id)
    if len(rows) + len(parts) > MOST_BLOCKS:
        raise TooLarge(
            f"A section has at most {MOST_BLOCKS} paragraphs; divide it into several.",
            field="source",
        )
    at = _place(rows, anchor)
    written: list[ManuscriptText] = []
    for n, part in enumerate(parts):
        block = ManuscriptBlock(
            uuid=ids[n] if n < len(ids) else new_uuid(),
            section_id=section_id,
            position=0,
            role="body",
        )
        session.add(block)
        session.flush()
        rows.insert(at + n, block)
        written.append(
            _put(
                session,
                block,
                manuscript.source_language,
                part.source,
                by=by,
                made_from=None,
                origin="human",
            )
        )
    _number(rows)
    session.flush()
    return written


def _blocks(session: Session, section_id: int) -> list[ManuscriptBlock]:
    return list(
        session.scalars(
            select(ManuscriptBlock)
            .where(ManuscriptBlock.section_id == section_id)
            .order_by(ManuscriptBlock.position, ManuscriptBlock.id)
        )
    )


def _place(rows: Sequence[ManuscriptBlock], anchor: ManuscriptBlock | None) -> int:
    """Where to put what follows ``anchor``: never before the title and the summary."""
    head = next((n for n, row in enumerate(rows) if row.role == "body"), len(rows))
    if anchor is None:
        return head
    return max(head, next(n for n, row in enumerate(rows) if row.id == anchor.id) + 1)


def _number(rows: Sequence[ManuscriptBlock]) -> None:
    for n, row in enumerate(rows):
        if row.position != n:
            row.position = n
