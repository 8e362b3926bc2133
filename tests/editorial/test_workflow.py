from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.models import LogEntry, Person
from library.accounts.permissions import ROLE_ACTIONS, Action, Actor
from library.catalogue import former_addresses
from library.catalogue.drafting import draft_of
from library.catalogue.models import Edition, Work
from library.catalogue.service import store_work
from library.db import utc_now
from library.editorial import (
    comments,
    facts,
    manuscripts,
    queries,
    revisions,
    structure,
    workflow,
    writing,
)
from library.editorial.falling_behind import behind
from library.editorial.models import Manuscript, State
from library.editorial.scheduling import Publishing
from library.editorial.steps import STEPS, Step, steps
from library.errors import Conflict, Forbidden, Invalid, LibraryError
from tests.editorial.conftest import Hire
from tests.factories import make_institution, make_work


def _write(session: Session, manuscript: Manuscript, source: str, by: Actor) -> None:
    section = queries.contents(session, manuscript)[1].uuid
    block = next(b for b in queries.blocks(session, manuscript, section) if b.role == "body")
    writing.save_text(
        session,
        manuscript,
        block.uuid,
        lang="en",
        source=source,
        version=block.texts["en"].version,
        by=by,
    )


def _readers_have(session: Session, work: Work) -> str:
    root = draft_of(session, work.uuid).root
    return next(b.parsed.source for b in root.sections[0].texts["en"] if b.role == "body")


@pytest.fixture
def written(session: Session, manuscript: Manuscript, author: Actor) -> Manuscript:
    _write(session, manuscript, "Switch it off first.", author)
    return manuscript


def _approve(session: Session, manuscript: Manuscript, author: Actor, reviewer: Actor) -> None:
    workflow.submit(session, manuscript, by=author)
    workflow.approve(session, manuscript, by=reviewer)


def test_readers_get_what_was_approved_and_not_before(
    session: Session,
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    before = _readers_have(session, work)
    _approve(session, written, author, reviewer)
    assert _readers_have(session, work) == before
    # Somebody reaches into the rows themselves: readers still get what the reviewer saw.
    approved = revisions.draft_in(revisions.revisions(session, work.uuid)[0])
    written.facts = {**written.facts, "hours": 99.0}
    session.flush()
    workflow.publish(session, written, by=publisher)
    assert written.state == State.PUBLISHED
    assert _readers_have(session, work) == "Switch it off first."
    assert work.hours != 99.0
    assert draft_of(session, work.uuid).root == approved.root
    edition = session.get_one(Edition, (work.id, "fr"))
    assert edition.stale == 1


def test_ids_last_through_writing_and_publishing(
    session: Session,
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    before = [b.uuid for s, _, _ in draft_of(session, work.uuid).root.walk() for b in s.texts["en"]]
    _approve(session, written, author, reviewer)
    workflow.publish(session, written, by=publisher)
    after = [b.uuid for s, _, _ in draft_of(session, work.uuid).root.walk() for b in s.texts["en"]]
    assert after == before


def test_every_step_is_refused_to_every_role_and_state_that_the_table_does_not_name(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    """Role x step x state: only what the table allows gets past the first line of each step."""
    calls = {
        Step.SUBMIT: lambda by: workflow.submit(session, manuscript, by=by),
        Step.TAKE_BACK: lambda by: workflow.take_back(session, manuscript, by=by),
        Step.SEND_BACK: lambda by: workflow.send_back(session, manuscript, why="x", by=by),
        Step.APPROVE: lambda by: workflow.approve(session, manuscript, by=by),
        Step.PUBLISH: lambda by: workflow.publish(session, manuscript, by=by),
        Step.SCHEDULE: lambda by: workflow.schedule(
            session, manuscript, at=utc_now() + dt.timedelta(days=1), by=by
        ),
        Step.UNSCHEDULE: lambda by: workflow.unschedule(session, manuscript, by=by),
        Step.RETIRE: lambda by: workflow.retire(session, manuscript, because="x", by=by),
        Step.RESTORE: lambda by: workflow.restore(session, manuscript, number=1, by=by),
        Step.DISCARD: lambda by: workflow.discard(session, manuscript, by=by),
    }
    assert calls.keys() == set(Step)
    people = {
        (role, here): hire(role, at="mbeya-college" if here else "other-college")
        for role in ROLE_ACTIONS
        for here in (True, False)
    }
    session.commit()
    for (role, here), person in people.items():
        for step, call in calls.items():
            action, states = STEPS[step]
            for state in State:
                manuscript.state = state
                session.flush()
                trial = session.begin_nested()
                error: LibraryError | None = None
                try:
                    call(person)
                except LibraryError as refused:
                    error = refused
                trial.rollback()
                session.refresh(manuscript)
                allowed = here and action in ROLE_ACTIONS[role]
                case = (role, here, step, state)
                assert isinstance(error, Forbidden) == (not allowed), (case, error)
                if allowed and state not in states:
                    assert isinstance(error, Conflict), case
                assert (step in steps(session, manuscript, by=person)) == (
                    allowed and manuscript.state in states
                ), case


def test_nobody_approves_their_own_words_while_another_could(
    session: Session, written: Manuscript, author: Actor, hire: Hire
) -> None:
    both = hire("author", "reviewer")
    workflow.submit(session, written, by=author)
    workflow.approve(session, written, by=both)
    workflow.take_back(session, written, by=author)
    _write(session, written, "Both wrote.", both)
    workflow.submit(session, written, by=author)
    other = hire("reviewer")
    with pytest.raises(Forbidden):
        workflow.approve(session, written, by=both)
    session.get_one(Person, other.id).active = False
    session.flush()
    workflow.approve(session, written, by=both)
    entry = session.scalars(
        select(LogEntry).where(LogEntry.did == "approved").order_by(LogEntry.id.desc())
    ).first()
    assert entry is not None
    assert entry.details["alone"] is True


def test_what_stops_a_manuscript_is_named(
    session: Session, written: Manuscript, author: Actor
) -> None:
    _write(session, written, "![](wiring.svg)", author)
    facts.save_facts(session, written, {"licence": ""}, by=author)
    with pytest.raises(Invalid) as refused:
        workflow.submit(session, written, by=author)
    found = refused.value.details["findings"]
    assert isinstance(found, list)
    assert {one.kind for one in found} == {"no-licence", "no-alternative-text"}
    assert written.state == State.DRAFT


def test_a_work_that_an_import_changed_is_not_overwritten_unasked(
    session: Session,
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    _approve(session, written, author, reviewer)
    draft = draft_of(session, work.uuid)
    draft.hours = 12.0
    store_work(session, draft, by="the import")
    with pytest.raises(Conflict) as refused:
        workflow.publish(session, written, by=publisher)
    assert refused.value.details["revision"] == work.revision
    workflow.publish(session, written, by=publisher, over=work.revision)
    assert work.hours is None


def test_a_time_that_was_set_is_kept_by_the_worker(
    session: Session,
    factory: sessionmaker[Session],
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    _approve(session, written, author, reviewer)
    with pytest.raises(Invalid):
        workflow.schedule(session, written, at=utc_now() - dt.timedelta(hours=1), by=publisher)
    soon = utc_now() + dt.timedelta(hours=1)
    workflow.schedule(session, written, at=soon, by=publisher)
    session.commit()
    chore = Publishing()
    assert not chore.waits(session)
    written.publish_at = utc_now() - dt.timedelta(seconds=1)
    session.commit()
    assert chore.waits(session)
    session.commit()
    assert chore.run(factory) == 1
    session.expire_all()
    assert written.state == State.PUBLISHED
    assert _readers_have(session, work) == "Switch it off first."
    session.commit()
    assert chore.run(factory) == 0


def test_a_work_that_cannot_be_published_at_its_time_holds_no_other_up(
    session: Session,
    factory: sessionmaker[Session],
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = make_work(session, key="other", institutions=["mbeya-college"], languages=("en",))
    second = manuscripts.open_work(session, other.uuid, by=author)
    _write(session, second, "Second.", author)
    for n, one in enumerate((written, second)):
        _approve(session, one, author, reviewer)
        workflow.schedule(session, one, at=utc_now() + dt.timedelta(hours=1), by=publisher)
        one.publish_at = utc_now() - dt.timedelta(seconds=10 - n)
    session.commit()
    publish, hostile = workflow.publish, written.id

    def stumbling(session: Session, manuscript: Manuscript, **more: Any) -> Any:
        if manuscript.id == hostile:
            raise RecursionError("too deep")
        return publish(session, manuscript, **more)

    monkeypatch.setattr(workflow, "publish", stumbling)
    assert Publishing().run(factory) == 2
    session.expire_all()
    assert (written.state, written.publish_at) == (State.APPROVED, None)
    assert "RecursionError" in (written.publish_fault or "")
    assert second.state == State.PUBLISHED
    session.commit()
    assert not Publishing().waits(session)


def test_a_publisher_who_was_shut_out_meanwhile_publishes_nothing(
    session: Session,
    factory: sessionmaker[Session],
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    _approve(session, written, author, reviewer)
    workflow.schedule(session, written, at=utc_now() + dt.timedelta(hours=1), by=publisher)
    written.publish_at = utc_now() - dt.timedelta(seconds=1)
    session.get_one(Person, publisher.id).active = False
    session.commit()
    Publishing().run(factory)
    session.expire_all()
    assert written.state == State.APPROVED
    assert written.publish_fault
    assert written.publish_at is None


def test_a_retired_work_says_why_and_leads_on_and_comes_back(
    session: Session,
    work: Work,
    manuscript: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    other = make_work(session, key="newer")
    with pytest.raises(Invalid):
        workflow.retire(session, manuscript, because="Old.", forward_to="course/none", by=publisher)
    workflow.retire(session, manuscript, because="Old.", forward_to="course/newer", by=publisher)
    assert (work.status, work.withdrawn_because) == ("withdrawn", "Old.")
    assert work.replaced_by == f"course/{other.key}"
    _write(session, manuscript, "Back again.", author)
    _approve(session, manuscript, author, reviewer)
    workflow.publish(session, manuscript, by=publisher)
    assert (work.status, work.withdrawn_because, work.replaced_by) == ("published", None, None)
    assert _readers_have(session, work) == "Back again."


def test_any_revision_can_be_restored_also_what_an_import_brought(
    session: Session,
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    first = _readers_have(session, work)
    _approve(session, written, author, reviewer)
    workflow.publish(session, written, by=publisher)
    _write(session, written, "Half written.", author)
    numbers = [one.number for one in revisions.revisions(session, work.uuid)]
    workflow.restore(session, written, number=numbers[-1], by=author)
    # What was being written is kept too.
    kept = revisions.revisions(session, work.uuid)[0]
    assert kept.note == "before restoring"
    _approve(session, written, author, reviewer)
    workflow.publish(session, written, by=publisher)
    assert _readers_have(session, work) == first
    workflow.restore(session, written, number=kept.number, by=author)
    draft = manuscripts.draft_from(session, written)
    assert any(b.parsed.source == "Half written." for b in draft.root.sections[0].texts["en"])


def test_old_addresses_lead_to_where_things_are(
    session: Session,
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    section = queries.contents(session, written)[1]
    structure.rename_section(session, written, section.uuid, key="begin here", by=author)
    facts.rename(session, written, key="safe-measuring", by=author)
    _approve(session, written, author, reviewer)
    old = (work.kind, work.key)
    workflow.publish(session, written, by=publisher)
    assert work.key == "safe-measuring"
    follow = former_addresses.follow
    assert follow(session, kind=old[0], key=old[1]) == (work.kind, "safe-measuring", "")
    assert follow(session, kind=old[0], key=old[1], path="first-steps") == (
        work.kind,
        "safe-measuring",
        "begin-here",
    )
    assert follow(session, kind=work.kind, key=work.key, path="begin-here") is None
    with pytest.raises(Conflict):
        make_work(session, key=old[1])


def test_discarding_a_draft_goes_back_to_what_readers_have(
    session: Session, work: Work, written: Manuscript, author: Actor
) -> None:
    before = _readers_have(session, work)
    block = queries.blocks(session, written, queries.contents(session, written)[1].uuid)[1].uuid
    said = comments.comment(session, written, text="Which wire?", block=block, by=author)
    assert workflow.discard(session, written, by=author) is False
    again = manuscripts.open_work(session, work.uuid, by=author)
    # The same one, so that its address and what was said about it lead somewhere.
    assert again.uuid == written.uuid
    assert [one.said.uuid for one in comments.threads(session, again)] == [said.uuid]
    assert again.state == State.PUBLISHED
    draft = manuscripts.draft_from(session, again)
    assert any(b.parsed.source == before for b in draft.root.sections[0].texts["en"])
    # Nothing that was written is lost.
    assert revisions.revisions(session, work.uuid)[0].note == "discarded"


def test_what_waits_for_whom(
    session: Session,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
    hire: Hire,
) -> None:
    workflow.submit(session, written, by=author)
    waiting = queries.waiting_for
    assert [line.uuid for line in waiting(session, by=reviewer)] == [written.uuid]
    assert waiting(session, by=publisher) == []
    assert waiting(session, by=hire("reviewer", at="other-college")) == []
    workflow.approve(session, written, by=reviewer)
    assert [line.uuid for line in waiting(session, by=publisher)] == [written.uuid]
    stale = behind(session, by=hire("translator", lang="fr"))
    assert [(one.lang, one.texts) for one in stale] == [("fr", 1)]
    total, lines = queries.manuscripts(
        session, queries.Filters(text="measuring", states=["approved"]), by=author
    )
    assert (total, lines[0].title) == (1, "Measuring safely")
    assert Action.REVIEW in ROLE_ACTIONS["reviewer"]


def test_what_was_taken_back_and_changed_since_it_was_looked_at_is_not_approved(
    session: Session, written: Manuscript, author: Actor, reviewer: Actor
) -> None:
    workflow.submit(session, written, by=author)
    looked_at = written.version
    workflow.take_back(session, written, by=author)
    _write(session, written, "Leave it on.", author)
    workflow.submit(session, written, by=author)
    with pytest.raises(Conflict):
        workflow.approve(session, written, version=looked_at, by=reviewer)
    assert written.state == State.IN_REVIEW
    assert workflow.approve(session, written, version=written.version, by=reviewer)


def test_what_was_approved_anew_since_it_was_looked_at_is_not_published(
    session: Session,
    work: Work,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
    publisher: Actor,
) -> None:
    before = _readers_have(session, work)
    _approve(session, written, author, reviewer)
    looked_at = written.version
    workflow.take_back(session, written, by=author)
    _write(session, written, "Leave it on.", author)
    _approve(session, written, author, reviewer)
    with pytest.raises(Conflict):
        workflow.publish(session, written, version=looked_at, by=publisher)
    at = utc_now() + dt.timedelta(days=1)
    with pytest.raises(Conflict):
        workflow.schedule(session, written, at=at, version=looked_at, by=publisher)
    assert _readers_have(session, work) == before
    assert (written.state, written.publish_at) == (State.APPROVED, None)


def test_a_change_that_began_before_a_step_does_not_slip_in_behind_it(
    factory: sessionmaker[Session],
    session: Session,
    written: Manuscript,
    author: Actor,
    reviewer: Actor,
) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("Here one transaction writes at a time.")
    session.commit()
    with factory() as first, factory() as second:
        mine = first.scalars(select(Manuscript).where(Manuscript.id == written.id)).one()
        assert mine.state == State.DRAFT
        theirs = second.scalars(select(Manuscript).where(Manuscript.id == written.id)).one()
        workflow.submit(second, theirs, by=author)
        workflow.approve(second, theirs, by=reviewer)
        second.commit()
        with pytest.raises(Conflict):
            _write(first, mine, "Slipped in.", author)


def test_restoring_gives_a_work_to_no_institution_that_is_not_ones_own(
    session: Session, work: Work, manuscript: Manuscript, author: Actor, hire: Hire
) -> None:
    make_institution(session, key="iringa-college")
    everywhere = hire("author", at="")
    facts.save_facts(
        session, manuscript, {"institutions": ["mbeya-college", "iringa-college"]}, by=everywhere
    )
    draft = manuscripts.draft_from(session, manuscript)
    kept = revisions.keep(
        session, work.uuid, draft, written_by="Juma", approved_by=None, note="shared"
    )
    facts.save_facts(session, manuscript, {"institutions": ["mbeya-college"]}, by=everywhere)
    workflow.restore(session, manuscript, number=kept.number, by=author)
    assert manuscripts.institutions_of(session, manuscript) == ["mbeya-college"]
    workflow.restore(session, manuscript, number=kept.number, by=everywhere)
    assert manuscripts.institutions_of(session, manuscript) == ["mbeya-college", "iringa-college"]
