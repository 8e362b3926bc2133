"""Comments: saying something about a paragraph, answering, settling."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts import log
from library.accounts.models import Person
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
        raise Invalid("Write what you want to say.", field="text", reason="empty-comment")
    if len(text) > LONGEST:
        raise TooLarge(
            f"A comment has at most {LONGEST} characters.", field="text", reason="long-comment"
        )
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
        raise Conflict("Somebody has answered this comment; settle it instead.", reason="answered")
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


@dataclass(frozen=True, slots=True)
class Said:
    """A comment or an answer with the names of people."""

    uuid: uuids.UUID
    text: str
    by: str
    by_id: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers. ``settled_by`` is empty while it is open."""

    said: Said
    block: uuids.UUID | None
    lang: str | None
    settled_by: str
    settled_at: dt.datetime | None
    answers: Sequence[Said] = field(default=())

    @property
    def open(self) -> bool:
        return self.settled_at is None

    def may_be_taken_back(self, by: Actor) -> bool:
        """Whether this is their own and nobody has answered."""
        return self.said.by_id == by.id and not self.answers


def threads(session: Session, manuscript: Manuscript) -> list[Thread]:
    """All comments on a manuscript with their answers, the oldest first."""
    rows = comments_on(session, manuscript)
    ids = {row.person_id for row in rows} | {row.settled_by for row in rows if row.settled_by}
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    names: dict[int, str] = {row.id: row.name for row in found}

    def said(row: Comment) -> Said:
        return Said(row.uuid, row.text, names.get(row.person_id, ""), row.person_id, row.written_at)

    answers: dict[int, list[Said]] = {}
    for row in rows:
        if row.answers_id is not None:
            answers.setdefault(row.answers_id, []).append(said(row))
    return [
        Thread(
            said(row),
            row.block_uuid,
            row.lang,
            names.get(row.settled_by, "") if row.settled_by else "",
            row.settled_at,
            tuple(answers.get(row.id, ())),
        )
        for row in rows
        if row.answers_id is None
    ]


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
