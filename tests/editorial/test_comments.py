from __future__ import annotations

import uuid as uuids

import pytest
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.editorial import comments, queries, writing
from library.editorial.models import Manuscript
from library.errors import Conflict, Forbidden, Invalid
from tests.editorial.conftest import Hire


def _block(session: Session, manuscript: Manuscript) -> uuids.UUID:
    section = queries.contents(session, manuscript)[1].uuid
    return next(b.uuid for b in queries.blocks(session, manuscript, section) if b.role == "body")


def test_a_thread_is_opened_answered_settled_and_opened_again_by_an_answer(
    session: Session, manuscript: Manuscript, author: Actor, reviewer: Actor
) -> None:
    block = _block(session, manuscript)
    first = comments.comment(
        session, manuscript, text="Which switch?", block=block, lang="en", by=reviewer
    )
    answer = comments.comment(
        session, manuscript, text="The main one.", answers=first.uuid, by=author
    )
    assert (answer.block_uuid, answer.lang) == (block, "en")
    assert comments.open_comments(session, manuscript) == 1
    with pytest.raises(Invalid):
        comments.settle(session, manuscript, answer.uuid, by=reviewer)
    comments.settle(session, manuscript, first.uuid, by=reviewer)
    assert comments.open_comments(session, manuscript) == 0
    comments.comment(session, manuscript, text="And now?", answers=answer.uuid, by=author)
    assert comments.open_comments(session, manuscript) == 1
    said = [one.text for one in comments.comments_on(session, manuscript)]
    assert said == ["Which switch?", "The main one.", "And now?"]


def test_sending_a_comment_twice_says_it_once(
    session: Session, manuscript: Manuscript, reviewer: Actor, author: Actor
) -> None:
    uuid = uuids.uuid4()
    for _ in range(2):
        comments.comment(session, manuscript, text="Once.", by=reviewer, uuid=uuid)
    assert len(comments.comments_on(session, manuscript)) == 1
    with pytest.raises(Conflict):
        comments.comment(session, manuscript, text="Mine.", by=author, uuid=uuid)


def test_a_comment_outlives_its_paragraph(
    session: Session, manuscript: Manuscript, reviewer: Actor, author: Actor
) -> None:
    block = _block(session, manuscript)
    comments.comment(session, manuscript, text="Cut this?", block=block, by=reviewer)
    writing.remove_block(session, manuscript, block, by=author)
    assert [one.block_uuid for one in comments.comments_on(session, manuscript)] == [block]
    with pytest.raises(Conflict):
        comments.comment(session, manuscript, text="Late.", block=block, by=reviewer)


def test_only_ones_own_unanswered_comment_is_taken_back(
    session: Session, manuscript: Manuscript, reviewer: Actor, author: Actor, hire: Hire
) -> None:
    first = comments.comment(session, manuscript, text="Hm.", by=reviewer)
    with pytest.raises(Forbidden):
        comments.remove_comment(session, manuscript, first.uuid, by=author)
    with pytest.raises(Forbidden):
        comments.comment(session, manuscript, text="Me too.", by=hire())
    comments.comment(session, manuscript, text="What?", answers=first.uuid, by=author)
    with pytest.raises(Conflict):
        comments.remove_comment(session, manuscript, first.uuid, by=reviewer)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_comment_is_refused(
    session: Session, manuscript: Manuscript, reviewer: Actor, text: str
) -> None:
    with pytest.raises(Invalid):
        comments.comment(session, manuscript, text=text, by=reviewer)
