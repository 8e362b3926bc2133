from __future__ import annotations

import dataclasses
import uuid as uuids

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.catalogue.drafting import draft_of
from library.catalogue.drafts import WorkDraft
from library.catalogue.models import Work
from library.catalogue.service import store_work
from library.editorial import facts, manuscripts
from library.editorial.models import Manuscript, State
from library.editorial.snapshot import pack, unpack
from library.errors import Conflict, Damaged, Forbidden
from tests.editorial.conftest import Hire
from tests.factories import make_institution, make_work, section_draft


def test_storing_the_draft_of_a_work_changes_nothing(session: Session, work: Work) -> None:
    draft = draft_of(session, work.uuid)
    assert store_work(session, draft, by="test").empty
    assert store_work(session, draft, by="test", whole=True).empty


def test_a_manuscript_gives_back_the_work_that_it_was_opened_from(
    session: Session, manuscript: Manuscript
) -> None:
    draft = manuscripts.draft_from(session, manuscript)
    change = store_work(session, draft, by="test", whole=True)
    assert change.empty, dataclasses.asdict(change)
    assert manuscript.state == State.PUBLISHED
    assert manuscript.title == "Measuring safely"


def test_opening_a_work_twice_gives_one_manuscript(
    session: Session, work: Work, manuscript: Manuscript, reviewer: Actor
) -> None:
    assert manuscripts.open_work(session, work.uuid, by=reviewer) is manuscript


def test_who_has_no_role_at_the_institution_opens_nothing(
    session: Session, work: Work, hire: Hire
) -> None:
    with pytest.raises(Forbidden):
        manuscripts.open_work(session, work.uuid, by=hire("author", at="other-college"))
    with pytest.raises(Forbidden):
        manuscripts.open_work(session, work.uuid, by=hire())


def test_a_new_work_keeps_the_ids_of_its_draft_until_readers_have_it(
    session: Session, author: Actor
) -> None:
    make_institution(session)
    root = section_draft(
        "",
        {"en": "# Pumps\n\nHow pumps work.\n\nA pump moves water.\n", "fr": "# Pompes\n"},
        root=True,
        sections=[section_draft("parts", {"en": "# Parts\n\nThe impeller turns.\n"})],
        folder="",
    )
    draft = WorkDraft(
        kind="course",
        key="pumps",
        source_language="en",
        licence="CC-BY-4.0",
        root=root,
        institutions=["mbeya-college"],
    )
    manuscript = manuscripts.start(session, draft, by=author)
    first = manuscripts.draft_from(session, manuscript)
    assert first.uuid == manuscript.work_uuid
    assert [s.key for s, _, _ in first.root.walk()] == ["", "parts"]
    # The French title stands in the block of the English one.
    assert first.root.texts["fr"][0].uuid == first.root.texts["en"][0].uuid
    store_work(session, first, by="test")
    stored = draft_of(session, manuscript.work_uuid)
    assert [b.uuid for b in stored.root.texts["en"]] == [b.uuid for b in first.root.texts["en"]]


def test_an_address_is_taken_by_works_and_by_manuscripts(
    session: Session, work: Work, author: Actor
) -> None:
    draft = WorkDraft(
        kind=work.kind,
        key=work.key,
        source_language="en",
        licence="CC-BY-4.0",
        root=section_draft("", {"en": "# Pumps\n"}, root=True, folder=""),
        institutions=["mbeya-college"],
    )
    with pytest.raises(Conflict):
        manuscripts.start(session, draft, by=author)
    draft.key = "pumps"
    manuscripts.start(session, draft, by=author)
    with pytest.raises(Conflict):
        manuscripts.start(session, draft, by=author)


def test_a_packed_draft_comes_back_as_it_was(session: Session, work: Work) -> None:
    draft = draft_of(session, work.uuid)
    content, digest = pack(draft)
    again = unpack(content, digest=digest)
    assert again == draft
    assert pack(again) == (content, digest)


def test_a_damaged_revision_says_so(session: Session, work: Work) -> None:
    content, digest = pack(draft_of(session, work.uuid))
    for broken in (b"", content[:-40], content[:20] + b"\x00" + content[21:], b"not zlib at all"):
        with pytest.raises(Damaged):
            unpack(broken, digest=digest)
    with pytest.raises(Damaged):
        unpack(content, digest="0" * 64)


_WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=40,
).map(lambda words: "w" + words.strip())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(paragraphs=st.lists(_WORDS, min_size=0, max_size=6), data=st.data())
def test_whatever_is_written_survives_manuscript_and_library(
    session: Session, paragraphs: list[str], data: st.DataObject
) -> None:
    text = "# Title\n\nSummary.\n\n" + "".join(f"{one}\n\n" for one in paragraphs)
    key = f"k{uuids.uuid4().hex[:12]}"
    work = make_work(session, key=key, texts={"en": text}, sections={}, languages=("en",))
    person = Actor(id=1, uuid=uuids.uuid4(), name="A", email="", grants=())
    manuscript = Manuscript(kind=work.kind, key=work.key, source_language="en", work_uuid=work.uuid)
    session.add(manuscript)
    session.flush()
    draft = draft_of(session, work.uuid)
    manuscripts.fill(session, manuscript, draft, by=person)
    again = manuscripts.draft_from(session, manuscript)
    assert store_work(session, again, by="test", whole=True).empty
    assert session.scalar(select(Manuscript.title).where(Manuscript.id == manuscript.id)) == "Title"


def test_nobody_speaks_for_an_institution_that_is_not_theirs(
    session: Session, manuscript: Manuscript, author: Actor, hire: Hire
) -> None:
    make_institution(session, key="iringa-college")
    both = ["mbeya-college", "iringa-college"]
    draft = WorkDraft(
        kind="course",
        key="pumps",
        source_language="en",
        licence="CC-BY-4.0",
        root=section_draft("", {"en": "# Pumps\n\nHow pumps work.\n"}, root=True, folder=""),
        institutions=both,
    )
    with pytest.raises(Forbidden):
        manuscripts.start(session, draft, by=author)
    with pytest.raises(Forbidden):
        facts.save_facts(session, manuscript, {"institutions": both}, by=author)
    everywhere = hire("author", at="")
    facts.save_facts(session, manuscript, {"institutions": both}, by=everywhere)
    with pytest.raises(Forbidden):
        facts.save_facts(session, manuscript, {"institutions": ["mbeya-college"]}, by=author)
    # What one answers for together, one goes on writing together, in another order too.
    facts.save_facts(
        session, manuscript, {"institutions": both[::-1], "level": "higher"}, by=author
    )
    assert manuscripts.institutions_of(session, manuscript) == both[::-1]
    assert manuscripts.start(session, draft, by=everywhere).state == State.DRAFT
