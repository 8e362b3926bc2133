from __future__ import annotations

import uuid as uuids

import pytest
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.editorial import queries, structure, workflow, writing
from library.editorial.models import Manuscript, State
from library.errors import Conflict, Forbidden, Invalid, TooLarge
from tests.editorial.conftest import Hire


def _section(session: Session, manuscript: Manuscript, at: int = 1) -> uuids.UUID:
    return queries.contents(session, manuscript)[at].uuid


def _blocks(session: Session, manuscript: Manuscript, at: int = 1) -> list[queries.BlockLine]:
    return queries.blocks(session, manuscript, _section(session, manuscript, at))


def _body(session: Session, manuscript: Manuscript) -> queries.BlockLine:
    return next(b for b in _blocks(session, manuscript) if b.role == "body")


def test_a_changed_source_leaves_its_translations_behind_until_they_are_done(
    session: Session, manuscript: Manuscript, author: Actor, hire: Hire
) -> None:
    block = _body(session, manuscript)
    writing.save_text(
        session, manuscript, block.uuid, lang="en", source="Switch it off.", version=1, by=author
    )
    after = _body(session, manuscript)
    assert after.texts["fr"].stale
    assert after.texts["zh-Hans"].stale
    assert manuscript.state == State.DRAFT
    translator = hire("translator", lang="fr")
    writing.save_text(
        session, manuscript, block.uuid, lang="fr", source="Coupez.", version=1, by=translator
    )
    after = _body(session, manuscript)
    assert not after.texts["fr"].stale
    assert after.texts["zh-Hans"].stale
    # A translation that holds as it is is confirmed without a change.
    other = hire("translator", lang="zh-Hans")
    same = after.texts["zh-Hans"]
    writing.save_text(
        session,
        manuscript,
        block.uuid,
        lang="zh-Hans",
        source=same.source,
        version=same.version,
        by=other,
        confirm=True,
    )
    assert not _body(session, manuscript).texts["zh-Hans"].stale


def test_a_translator_writes_in_their_language_only(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    translator = hire("translator", lang="fr")
    block = _body(session, manuscript)
    for lang in ("en", "zh-Hans"):
        with pytest.raises(Forbidden):
            writing.save_text(
                session, manuscript, block.uuid, lang=lang, source="x", version=1, by=translator
            )


def test_of_two_who_write_one_paragraph_the_second_is_asked(
    session: Session, manuscript: Manuscript, author: Actor, hire: Hire
) -> None:
    block = _body(session, manuscript)
    writing.save_text(
        session, manuscript, block.uuid, lang="en", source="First.", version=1, by=author
    )
    with pytest.raises(Conflict) as refused:
        writing.save_text(
            session,
            manuscript,
            block.uuid,
            lang="en",
            source="Second.",
            version=1,
            by=hire("author"),
        )
    assert refused.value.details["source"] == "First."
    assert refused.value.details["version"] == 2
    # The same words sent twice over a bad line are no conflict.
    writing.save_text(
        session, manuscript, block.uuid, lang="en", source="First.", version=1, by=author
    )


def test_blank_lines_make_paragraphs_and_the_first_keeps_its_id(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    block = _body(session, manuscript)
    written = writing.save_text(
        session,
        manuscript,
        block.uuid,
        lang="en",
        source="One.\n\n- two\n- three\n\n```\nfour\n\nfive\n```\n",
        version=1,
        by=author,
    )
    assert [text.source for text in written] == ["One.", "- two\n- three", "```\nfour\n\nfive\n```"]
    body = [b for b in _blocks(session, manuscript) if b.role == "body"]
    assert body[0].uuid == block.uuid
    assert [b.texts["en"].source for b in body[:3]] == [text.source for text in written]


@pytest.mark.parametrize(
    ("lang", "source", "error"),
    [
        ("en", "# A second title", Invalid),
        ("fr", "Un.\n\nDeux.", Invalid),
        ("en", "x" * (writing.LONGEST + 1), TooLarge),
        ("en", "a\x00b", Invalid),
    ],
)
def test_what_cannot_be_a_paragraph_is_refused_with_a_reason(
    session: Session,
    manuscript: Manuscript,
    author: Actor,
    lang: str,
    source: str,
    error: type[Exception],
) -> None:
    block = _body(session, manuscript)
    with pytest.raises(error):
        writing.save_text(
            session, manuscript, block.uuid, lang=lang, source=source, version=1, by=author
        )


def test_a_title_stays_one_line_with_a_mark(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    title = next(b for b in _blocks(session, manuscript, 0) if b.role == "title")
    for source in ("No mark", "# One\n\nTwo", ""):
        with pytest.raises(Invalid):
            writing.save_text(
                session, manuscript, title.uuid, lang="en", source=source, version=1, by=author
            )
    writing.save_text(
        session, manuscript, title.uuid, lang="en", source="# Better", version=1, by=author
    )
    assert manuscript.title == "Better"
    with pytest.raises(Invalid):
        writing.remove_block(session, manuscript, title.uuid, by=author)


def test_paragraphs_are_added_once_moved_and_taken_out(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    section = _section(session, manuscript)
    body = _body(session, manuscript)
    new = uuids.uuid4()
    for _ in range(2):
        writing.add_text(
            session, manuscript, section, after=body.uuid, source="New.", by=author, uuid=new
        )
    order = [b.uuid for b in _blocks(session, manuscript)]
    assert order.count(new) == 1
    assert order.index(new) == order.index(body.uuid) + 1
    writing.move_block(session, manuscript, new, section=section, after=None, by=author)
    order = [b.uuid for b in _blocks(session, manuscript) if b.role == "body"]
    assert order[0] == new
    writing.remove_block(session, manuscript, body.uuid, by=author)
    assert body.uuid not in [b.uuid for b in _blocks(session, manuscript)]
    with pytest.raises(Conflict):
        writing.save_text(
            session, manuscript, body.uuid, lang="en", source="Late.", version=1, by=author
        )


def test_sections_are_added_moved_renamed_and_removed(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    root = queries.contents(session, manuscript)[0]
    first = queries.contents(session, manuscript)[1]
    unit = structure.add_section(
        session, manuscript, parent=root.uuid, after=first.uuid, title="安全 Safety", by=author
    )
    twin = structure.add_section(
        session, manuscript, parent=root.uuid, after=None, title="安全 Safety", by=author
    )
    assert unit.key != twin.key
    structure.move_section(session, manuscript, first.uuid, parent=unit.uuid, after=None, by=author)
    lines = queries.contents(session, manuscript)
    assert [(line.depth, line.uuid) for line in lines[1:]] == [
        (1, twin.uuid),
        (1, unit.uuid),
        (2, first.uuid),
    ]
    with pytest.raises(Invalid):
        structure.move_section(
            session, manuscript, unit.uuid, parent=first.uuid, after=None, by=author
        )
    structure.rename_section(session, manuscript, first.uuid, key="the very first", by=author)
    assert queries.contents(session, manuscript)[3].key == "the-very-first"
    assert structure.remove_section(session, manuscript, unit.uuid, by=author) == 2
    assert [line.uuid for line in queries.contents(session, manuscript)] == [root.uuid, twin.uuid]


def test_nothing_is_written_while_it_is_reviewed(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    block = _body(session, manuscript)
    writing.save_text(
        session, manuscript, block.uuid, lang="en", source="Now.", version=1, by=author
    )
    workflow.submit(session, manuscript, by=author)
    with pytest.raises(Conflict):
        writing.save_text(
            session, manuscript, block.uuid, lang="en", source="Later.", version=2, by=author
        )
    with pytest.raises(Conflict):
        writing.remove_block(session, manuscript, block.uuid, by=author)
