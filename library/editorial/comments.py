"""Comments: saying something about a paragraph, answering, settling."""

from __future__ import annotations

import uuid as uuids
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts import log
from library.accounts.permissions import Action, Actor
from library.db import utc_now
from library.editorial.manuscripts import institutions_of
from library.editorial.models import Comment, Manuscript
from library.editorial.writing import block_of
from library.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge

LONGEST: Final = 5_000


def comment(
    session: Session,
    manuscript: Manuscript,
    *,
    text: str,
    by: Actor,
    block: uuids.UUID | None = None,
    lang: str | None = None,
    answers: uuids.UUID | None = None,
    uuid: uuids.UUID | None = None,
) -> Comment:
    """Say something about a block, or with no ``block`` about the whole; in any state of the manuscript.

    An answer is about what the comment that it answers is about. ``uuid`` makes sending it twice harmless.
    """
    by.require(Action.COMMENT, institutions=institutions_of(session, manuscript))
    text = text.strip()
    if not text:
        raise Invalid("Write what you want to say.", field="text")
    if len(text) > LONGEST:
        raise TooLarge(f"A comment has at most {LONGEST} characters.", field="text")
    if uuid is not None:
        there = session.scalar(select(Comment).where(Comment.uuid == uuid))
        if there is not None:
            if there.person_id != by.id or there.manuscript_id != manuscript.id:
                raise Conflict("There is another comment with this id.")
            return there
    first = None
    if answers is not None:
        first = comment_of(session, manuscript, answers)
        if first.answers_id is not None:
            first = session.get_one(Comment, first.answers_id)
        block, lang = first.block_uuid, first.lang
    elif block is not None:
        block_of(session, manuscript, block)
    said = Comment(
        manuscript_id=manuscript.id,
        block_uuid=block,
        lang=lang,
        answers_id=first.id if first else None,
        text=text,
        person_id=by.id,
    )
    if uuid is not None:
        said.uuid = uuid
    if first is not None and first.settled_at is not None:
        # Who answers thinks that it is not settled.
        first.settled_at = first.settled_by = None
    session.add(said)
    session.flush()
    return said


def settle(
    session: Session, manuscript: Manuscript, comment_uuid: uuids.UUID, *, by: Actor
) -> None:
    """Say that what a comment asked for is done; it is kept and can be read further on."""
    by.require(Action.COMMENT, institutions=institutions_of(session, manuscript))
    said = comment_of(session, manuscript, comment_uuid)
    if said.answers_id is not None:
        raise Invalid("Settle the comment that this is an answer to.")
    if said.settled_at is None:
        said.settled_at, said.settled_by = utc_now(), by.id
        session.flush()


def remove_comment(
    session: Session, manuscript: Manuscript, comment_uuid: uuids.UUID, *, by: Actor
) -> None:
    """Take back one's own comment, as long as nobody has answered."""
    said = comment_of(session, manuscript, comment_uuid)
    if said.person_id != by.id:
        raise Forbidden("Only who wrote a comment can take it back.")
    answered = session.scalar(select(Comment.id).where(Comment.answers_id == said.id).limit(1))
    if answered is not None:
        raise Conflict("Somebody has answered this comment; settle it instead.")
    session.delete(said)
    log.record(
        session, by=by, did="took back a comment", subject=f"{manuscript.kind}/{manuscript.key}"
    )


def comment_of(session: Session, manuscript: Manuscript, uuid: uuids.UUID) -> Comment:
    found = session.scalar(
        select(Comment).where(Comment.manuscript_id == manuscript.id, Comment.uuid == uuid)
    )
    if found is None:
        raise NotFound("This comment is not there any more.")
    return found


def comments_on(session: Session, manuscript: Manuscript) -> list[Comment]:
    """All comments, each followed by its answers, the oldest first."""
    thread = func.coalesce(Comment.answers_id, Comment.id)
    return list(
        session.scalars(
            select(Comment)
            .where(Comment.manuscript_id == manuscript.id)
            .order_by(thread, Comment.id)
        )
    )


def open_comments(session: Session, manuscript: Manuscript) -> int:
    """How many comments nobody has settled, without answers."""
    return (
        session.scalar(
            select(func.count(Comment.id)).where(
                Comment.manuscript_id == manuscript.id,
                Comment.answers_id.is_(None),
                Comment.settled_at.is_(None),
            )
        )
        or 0
    )
