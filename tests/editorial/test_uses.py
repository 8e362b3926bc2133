"""Who would notice: works that name or link to another, places of files, and what a copy or a join keeps."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.catalogue.drafts import MediaDraft
from library.editorial import facts, joining, originals, queries, starting, uses, workflow, writing
from library.editorial.models import Manuscript
from library.editorial.section_rendering import relative
from library.errors import Conflict, Invalid
from library.uploads.models import MediaHold
from tests.factories import make_work
from tests.regex_steps import steps_over


def _section(session: Session, manuscript: Manuscript) -> queries.SectionLine:
    return queries.contents(session, manuscript)[1]


def _body(session: Session, manuscript: Manuscript) -> queries.BlockLine:
    lines = queries.blocks(session, manuscript, _section(session, manuscript).uuid)
    return next(line for line in lines if line.role == "body")


def test_works_that_name_a_work_or_link_to_it_are_found_once(
    session: Session, manuscript: Manuscript
) -> None:
    name = f"{manuscript.kind}/{manuscript.key}"
    make_work(session, key="a", related=[name], derived_from=name, languages=("en",))
    make_work(
        session,
        kind="lesson",
        key="b",
        languages=("en",),
        texts={"en": f"# B\n\nSee [there](../../course/{manuscript.key}/) and again."},
    )
    make_work(
        session,
        key="c",
        languages=("en",),
        texts={"en": f"# C\n\nNot [this](https://example.org/course/{manuscript.key}/)."},
    )
    found = uses.of_work(session, kind=manuscript.kind, key=manuscript.key)
    assert {(use.key, use.relation) for use in found} == {
        ("a", "related"),
        ("a", "derived_from"),
        ("b", "link"),
    }


def test_only_links_into_a_section_count_for_it(session: Session, manuscript: Manuscript) -> None:
    make_work(
        session,
        key="whole",
        languages=("en",),
        texts={"en": f"# W\n\nSee [it](../{manuscript.key}/)."},
    )
    make_work(
        session,
        key="part",
        languages=("en",),
        texts={"en": f"# P\n\nSee [it](../{manuscript.key}/first-steps/)."},
    )
    assert [use.key for use in uses.of_section(session, manuscript, "first-steps")] == ["part"]


def test_files_know_where_they_are_shown_and_are_held(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    for path in ("images/a.png", "images/b.png"):
        facts.add_file(
            session,
            manuscript,
            MediaDraft(path, path, sha256=path[7] * 64, size=3, media_type="image/png"),
            by=author,
        )
    block = _body(session, manuscript)
    writing.save_text(
        session,
        manuscript,
        block.uuid,
        lang="en",
        source="![A](../images/a.png)",
        version=1,
        by=author,
    )
    shown = uses.files_shown(session, manuscript)
    assert [place.block for place in shown["images/a.png"]] == [block.uuid]
    assert shown["images/b.png"] == []
    holder = f"manuscript/{manuscript.uuid}"
    held = select(func.count()).select_from(MediaHold).where(MediaHold.holder == holder)
    assert session.scalar(held) == 2
    facts.remove_file(session, manuscript, "images/b.png", by=author)
    assert session.scalar(held) == 1


@pytest.mark.parametrize(
    ("path", "folder", "address"),
    [
        ("images/a.png", "", "images/a.png"),
        ("images/a.png", "one/two", "../../images/a.png"),
        ("images/a (1).png", "one", "../images/a%20%281%29.png"),
    ],
)
def test_addresses_are_written_from_the_section(path: str, folder: str, address: str) -> None:
    assert relative(path, folder=folder) == address


def test_the_text_that_a_translation_was_made_from_is_found(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    block = _body(session, manuscript)
    before = block.texts["en"]
    writing.save_text(
        session, manuscript, block.uuid, lang="en", source="Other.", version=1, by=author
    )
    wanted = {block.uuid: before.hash}
    found = originals.texts_made_from(session, manuscript, wanted)
    assert found == {block.uuid: before.source}
    assert originals.texts_made_from(session, manuscript, {block.uuid: "0" * 32}) == {}


def test_what_is_of_different_kinds_is_not_joined_and_nobody_is_overwritten(
    session: Session, manuscript: Manuscript, author: Actor
) -> None:
    section, block = _section(session, manuscript), _body(session, manuscript)
    (after,) = writing.add_text(
        session, manuscript, section.uuid, after=block.uuid, source="```\ncode\n```", by=author
    )
    lines = queries.blocks(session, manuscript, section.uuid)
    second = lines[[line.uuid for line in lines].index(block.uuid) + 1]
    assert second.texts["en"].source == after.source
    with pytest.raises(Invalid):
        joining.join_blocks(
            session, manuscript, block.uuid, second.uuid, versions=(1, 1), by=author
        )
    with pytest.raises(Conflict):
        joining.join_blocks(
            session, manuscript, block.uuid, second.uuid, versions=(1, 7), by=author
        )


@pytest.mark.parametrize(
    ("first", "second", "lang", "whole"),
    [
        ("One.", "Two.", "en", "One. Two."),
        ("一。", "二。", "zh-Hans", "一。二。"),
        ("- a", "- b", "en", "- a\n- b"),
        ("", "Two.", "en", "Two."),
    ],
)
def test_two_runs_of_text_become_one(first: str, second: str, lang: str, whole: str) -> None:
    assert joining.joined(first, second, lang) == whole


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Measuring safely", "measuring-safely"),
        ("Réparer une pompe à œil", "reparer-une-pompe-a-oeil"),
        ("水泵的维修", ""),
        ("制冷 2 级", ""),
        ("القياس", ""),
        ("x" * 300, "x" * 80),
        ("!!!", ""),
    ],
)
def test_titles_make_keys_that_can_be_typed(title: str, key: str) -> None:
    assert starting.key_from(title) == key


def test_what_a_revision_names_is_held_when_its_manuscript_is_thrown_away(
    session: Session, author: Actor, manuscript: Manuscript
) -> None:
    digest = "c" * 64
    facts.add_file(
        session,
        manuscript,
        MediaDraft("images/c.png", "c.png", sha256=digest, size=3, media_type="image/png"),
        by=author,
    )
    workflow.discard(session, manuscript, by=author)
    holders = list(session.scalars(select(MediaHold.holder).where(MediaHold.sha256 == digest)))
    assert [holder.split("/")[0] for holder in holders] == ["revision"]


@pytest.mark.parametrize("piece", ["[\n", "[a\n", "](", "[x]:\n", "   [a\n", "\n[x]: ", "[[\n]"])
def test_addresses_are_found_in_a_hostile_text_in_steps_that_grow_no_faster_than_it(
    piece: str,
) -> None:
    once, twice = (
        steps_over(uses.ADDRESS, piece * (length // len(piece)))[0] for length in (2_000, 4_000)
    )
    assert twice < 2.1 * once


def test_addresses_of_reference_links_are_found() -> None:
    text = "See [the\nmanual][m] and ![a](b.png).\n\n   [the\nmanual]: <c.md> \n[m]: d.md"
    assert list(uses.links_in(text)) == ["b.png", "c.md", "d.md"]
