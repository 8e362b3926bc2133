"""Storing works: ids that last, freshness that follows from the hashes, and nothing done twice."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue import reading
from library.catalogue.drafts import BlockDraft, EditionDraft, MediaDraft, SectionDraft, WorkDraft
from library.catalogue.models import Block, BlockText, Edition, Section, Work
from library.catalogue.service import store_work, withdraw
from library.errors import Conflict, Invalid
from library.jobs import outbox
from library.markdown import split

ENGLISH = """# Earthing

Switch off first.

The resistance is below 4 Ω.

Write the value down.
"""
FRENCH = """# Mise à la terre

Coupez d'abord.

La résistance est inférieure à 4 Ω.

Notez la valeur.
"""


def blocks(text: str, *, root: bool = False) -> list[BlockDraft]:
    drafts = []
    for n, parsed in enumerate(split(text)):
        role = "title" if n == 0 else "summary" if root and n == 1 else "body"
        label = parsed.marker.id if parsed.marker else None
        drafts.append(BlockDraft(parsed=parsed, role=role, label=label))
    return drafts


def section(folder: str, **texts: str) -> SectionDraft:
    key = folder.partition("-")[2] or folder
    return SectionDraft(
        key=key,
        folder=folder,
        texts={lang.replace("_", "-"): blocks(text) for lang, text in texts.items()},
    )


def draft(*sections: SectionDraft, **facts: object) -> WorkDraft:
    root = SectionDraft(
        key="",
        folder="",
        texts={
            "en": blocks("# Course\n\nWhat it is.", root=True),
            "fr": blocks("# Cours\n\nCe que c'est.", root=True),
        },
        sections=list(sections),
    )
    values: dict[str, object] = {"source_language": "en", "licence": "CC-BY-4.0", **facts}
    return WorkDraft(kind="course", key="earthing", root=root, **values)  # type: ignore[arg-type]


def rows(
    session: Session, path: str, lang: str, beside: str | None = None
) -> list[reading.BlockRow]:
    session.expire_all()
    work = reading.work_by_key(session, kind="course", key="earthing")
    assert work is not None
    node = next(n for n in reading.contents(session, work, lang=lang) if n.path == path)
    return reading.blocks_of(session, work, node, lang=lang, beside=beside)


def ids(session: Session, path: str = "earth") -> list[uuid.UUID]:
    return [row.uuid for row in rows(session, path, "en")]


def test_a_work_is_stored_with_its_editions(session: Session) -> None:
    change = store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    assert (change.created, change.sections_added, change.blocks_added) == (True, 2, 6)
    work = session.scalars(select(Work)).one()
    editions = reading.editions_of(session, work)
    assert {lang: (e.title, e.percent, e.stale) for lang, e in editions.items()} == {
        "en": ("Course", 100, 0),
        "fr": ("Cours", 100, 0),
    }


def test_storing_the_same_again_changes_nothing(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    number = outbox.change_number(session)
    change = store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    assert change.empty
    assert outbox.change_number(session) == number


def test_ids_survive_edits_insertions_and_moves(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    before = ids(session)
    changed = (
        "# Earthing\n\nA new paragraph.\n\nWrite the value down.\n\nSwitch off first, and lock.\n\n"
        "The resistance is below 4 Ω.\n"
    )
    store_work(session, draft(section("01-earth", en=changed, fr=FRENCH)), by="test")
    after = ids(session)
    assert [after[0], after[3], after[4], after[2]] == before
    assert after[1] not in before


def test_a_paragraph_moved_to_another_section_keeps_its_id_and_translation(
    session: Session,
) -> None:
    store_work(
        session,
        draft(section("01-earth", en=ENGLISH, fr=FRENCH), section("02-end", en="# End")),
        by="test",
    )
    moved = ids(session)[3]
    shorter = ENGLISH.replace("Write the value down.\n", "")
    shorter_fr = FRENCH.replace("Notez la valeur.\n", "")
    store_work(
        session,
        draft(
            section("01-earth", en=shorter, fr=shorter_fr),
            section("02-end", en="# End\n\nWrite the value down.\n"),
        ),
        by="test",
    )
    there = rows(session, "end", "fr")
    assert there[1].uuid == moved
    assert there[1].first is not None
    assert "Notez la valeur" in there[1].first.html


def test_a_changed_source_makes_its_translation_stale_and_no_other(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    store_work(
        session, draft(section("01-earth", en=ENGLISH.replace("4 Ω", "10 Ω"), fr=FRENCH)), by="test"
    )
    stale = [row.first.stale for row in rows(session, "earth", "fr") if row.first]
    assert stale == [False, False, True, False]
    work = session.scalars(select(Work)).one()
    assert reading.editions_of(session, work)["fr"].stale == 1


def test_a_source_that_is_changed_back_makes_its_translation_fresh_again(session: Session) -> None:
    original = draft(section("01-earth", en=ENGLISH, fr=FRENCH))
    store_work(session, original, by="test")
    store_work(
        session, draft(section("01-earth", en=ENGLISH.replace("4", "9"), fr=FRENCH)), by="test"
    )
    store_work(session, original, by="test")
    assert not any(row.first.stale for row in rows(session, "earth", "fr") if row.first)


def test_a_new_translation_of_a_changed_source_is_fresh(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    store_work(
        session,
        draft(
            section("01-earth", en=ENGLISH.replace("4 Ω", "10 Ω"), fr=FRENCH.replace("4 Ω", "10 Ω"))
        ),
        by="test",
    )
    assert not any(row.first.stale for row in rows(session, "earth", "fr") if row.first)


def test_a_paragraph_that_the_source_gained_is_a_gap_in_the_translation(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    longer = ENGLISH.replace("The resistance", "Use a tester.\n\nThe resistance")
    store_work(session, draft(section("01-earth", en=longer, fr=FRENCH)), by="test")
    there = rows(session, "earth", "fr")
    assert [row.first is None for row in there] == [False, False, True, False, False]
    stand_in = there[2].stand_in
    assert stand_in is not None
    assert (stand_in.lang, stand_in.fallback) == ("en", True)
    work = session.scalars(select(Work)).one()
    assert reading.editions_of(session, work)["fr"].percent == 86


def test_languages_that_a_draft_does_not_speak_are_left_alone(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    store_work(session, draft(section("01-earth", en=ENGLISH)), by="test")
    assert all(row.first is not None for row in rows(session, "earth", "fr"))


def test_a_section_that_is_gone_keeps_its_row_and_comes_back_as_itself(session: Session) -> None:
    both = draft(section("01-earth", en=ENGLISH, fr=FRENCH), section("02-end", en="# End"))
    store_work(session, both, by="test")
    end = session.scalars(select(Section).where(Section.path == "end")).one().uuid
    change = store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    assert change.sections_removed == 1
    gone = session.scalars(select(Section).where(Section.uuid == end)).one()
    assert gone.removed_at is not None
    store_work(session, both, by="test")
    session.expire_all()
    assert session.scalars(select(Section).where(Section.uuid == end)).one().removed_at is None


def test_a_lesson_moved_to_another_unit_keeps_its_ids(session: Session) -> None:
    unit = SectionDraft(key="one", folder="01-one", texts={"en": blocks("# One")})
    unit.sections = [section("01-earth", en=ENGLISH, fr=FRENCH)]
    store_work(session, draft(unit), by="test")
    before = ids(session, "one/earth")
    two = SectionDraft(key="two", folder="02-two", texts={"en": blocks("# Two")})
    two.sections = [section("01-earth", en=ENGLISH, fr=FRENCH)]
    one = SectionDraft(key="one", folder="01-one", texts={"en": blocks("# One")})
    store_work(session, draft(one, two), by="test")
    assert ids(session, "two/earth") == before


def test_two_sections_may_swap_their_addresses(session: Session) -> None:
    a, b = section("01-a", en="# A\n\nText of a."), section("02-b", en="# B\n\nText of b.")
    first, second = uuid.uuid4(), uuid.uuid4()
    a.uuid, b.uuid = first, second
    store_work(session, draft(a, b), by="test")
    swapped = draft(
        section("01-b", en="# A\n\nText of a."), section("02-a", en="# B\n\nText of b.")
    )
    swapped.root.sections[0].uuid, swapped.root.sections[1].uuid = first, second
    store_work(session, swapped, by="test")
    paths = {s.uuid: s.path for s in session.scalars(select(Section).where(Section.depth == 1))}
    assert paths == {first: "b", second: "a"}


def test_origin_review_and_freshness_are_separate_facts(session: Session) -> None:
    work = draft(section("01-earth", en=ENGLISH, fr=FRENCH))
    work.editions["fr"] = EditionDraft(origin="machine")
    store_work(session, work, by="test")
    texts = session.scalars(select(BlockText).where(BlockText.lang == "fr")).all()
    assert {t.origin for t in texts} == {"machine"}
    edition = session.get_one(Edition, (session.scalars(select(Work.id)).one(), "fr"))
    assert (edition.machine, edition.stale, edition.reviewed) == (6, 0, 0)


def test_what_editions_count_is_what_the_hashes_say(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    store_work(
        session,
        draft(section("01-earth", en=ENGLISH.replace("4", "5") + "\nMore.\n", fr=FRENCH)),
        by="test",
    )
    hashes: dict[int, dict[str, BlockText]] = {}
    for text in session.scalars(
        select(BlockText)
        .join(Block, Block.id == BlockText.block_id)
        .where(Block.removed_at.is_(None))
    ):
        hashes.setdefault(text.block_id, {})[text.lang] = text
    sourced = [t for t in hashes.values() if "en" in t]
    translated = [t for t in sourced if "fr" in t]
    stale = [t for t in translated if t["fr"].made_from != t["en"].hash]
    edition = session.scalars(select(Edition).where(Edition.lang == "fr")).one()
    assert (edition.blocks, edition.translated, edition.stale) == (
        len(sourced),
        len(translated),
        len(stale),
    )


def test_a_dry_run_says_what_would_change_and_changes_nothing(session: Session) -> None:
    change = store_work(session, draft(section("01-earth", en=ENGLISH)), by="test", dry_run=True)
    assert change.created
    assert change.blocks_added == 6
    assert session.scalars(select(Work)).all() == []
    assert outbox.count(session) == 0


def test_a_change_is_noted_for_the_index_in_the_same_transaction(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH)), by="test")
    assert [e.subject for e in outbox.pending(session, limit=9)] == ["work"]
    session.rollback()
    assert outbox.count(session) == 0


def test_unknown_institutions_and_codes_are_refused_by_name(session: Session) -> None:
    with pytest.raises(Invalid, match="institution 'nowhere'"):
        store_work(session, draft(institutions=["nowhere"]), by="test")
    session.rollback()
    with pytest.raises(Invalid, match="code 'isced-f-2013:9999'"):
        store_work(session, draft(codes=["isced-f-2013:9999"]), by="test")


def test_the_source_language_of_a_work_cannot_be_changed(session: Session) -> None:
    store_work(session, draft(section("01-earth", en=ENGLISH, fr=FRENCH)), by="test")
    with pytest.raises(Invalid, match="cannot be changed"):
        store_work(session, draft(source_language="fr"), by="test")


def test_a_uuid_belongs_to_one_work(session: Session) -> None:
    taken = uuid.uuid4()
    store_work(session, draft(uuid=taken), by="test")
    other = draft(uuid=taken)
    other.key = "other"
    with pytest.raises(Conflict, match="belongs to course/earthing"):
        store_work(session, other, by="test")


def test_facts_that_are_left_out_stay(session: Session) -> None:
    store_work(session, draft(hours=12, countries=["TZ"]), by="test")
    store_work(session, draft(), by="test")
    work = session.scalars(select(Work)).one()
    assert work.hours == 12


def test_media_come_and_go_with_the_draft(session: Session) -> None:
    file = MediaDraft(path="a.png", name="a.png", sha256="0" * 64, size=10, media_type="image/png")
    with_file = draft(media=[file])
    assert store_work(session, with_file, by="test").media_added == 1
    assert store_work(session, with_file, by="test").empty
    assert store_work(session, draft(), by="test").media_removed == 1


def test_a_withdrawn_work_says_why(session: Session) -> None:
    store_work(session, draft(), by="test")
    work = session.scalars(select(Work)).one()
    withdraw(session, work.uuid, because="Replaced by the 2026 edition.", by="test")
    assert (work.status, work.withdrawn_because) == ("withdrawn", "Replaced by the 2026 edition.")


def test_a_label_joins_blocks_that_shape_would_not(session: Session) -> None:
    english = "# A\n\n<!-- block: first -->\nOne.\n\n<!-- block: second -->\nTwo.\n"
    french = "# A\n\n<!-- block: second -->\nDeux.\n\n<!-- block: first -->\nUn.\n"
    store_work(session, draft(section("01-a", en=english, fr=french)), by="test")
    there = rows(session, "a", "fr", "en")
    assert [(r.first.html, r.second.html) for r in there[1:] if r.first and r.second] == [
        ("<p>Un.</p>", "<p>One.</p>"),
        ("<p>Deux.</p>", "<p>Two.</p>"),
    ]


def test_what_only_a_translation_says_keeps_its_place_and_id(session: Session) -> None:
    french = FRENCH.replace("Notez", "```\nseulement en français\n```\n\nNotez")
    work = draft(section("01-earth", en=ENGLISH, fr=french))
    store_work(session, work, by="test")
    there = rows(session, "earth", "fr", "en")
    assert [row.second is None for row in there] == [False, False, False, True, False]
    assert store_work(session, work, by="test").empty
    assert [r.uuid for r in rows(session, "earth", "fr", "en")] == [r.uuid for r in there]
