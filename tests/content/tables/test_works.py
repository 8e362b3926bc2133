"""Facts of works through tables: out and in without a change, changes, faults, and the way back."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.catalogue import former_addresses
from library.catalogue.drafting import draft_of
from library.catalogue.models import Work
from library.content.tables import (
    applying,
    csv_file,
    undoing,
    work_rows,
    works,
    xlsx_file,
)
from library.content.tables.reading import read
from library.content.tables.table import Unreadable
from library.editorial import facts, manuscripts, queries, revisions, workflow, writing
from library.editorial.models import BulkTable, Manuscript, State
from library.errors import Conflict, Forbidden, NotFound
from tests.content.tables.conftest import Rows, as_table, handed_in, plan_of
from tests.factories import make_institution, make_work
from tests.people import OPERATOR

Apply = Callable[..., applying.Outcome]


@pytest.fixture
def work(session: Session, asha: Actor) -> Work:
    return make_work(
        session,
        institutions=["mbeya-college"],
        codes=["isced-f-2013:0713"],
        hours=12.5,
        contributors=[{"name": "Li | Wei", "role": "author"}, {"name": "-"}],
        links=[{"url": "https://example.org/a;b", "title": "=SUM(1)"}],
        countries=["TZ", "KH"],
        version="1.10",
    )


def _row(work: Work, **cells: str) -> dict[str, str]:
    return {"uuid": str(work.uuid), **cells}


def _manuscript(session: Session) -> Manuscript:
    session.flush()
    session.expire_all()
    return session.scalars(select(Manuscript)).one()


def _round_trips(session: Session, by: Actor) -> None:
    rows = list(work_rows.rows(session, by=by))
    text = "".join(csv_file.lines(work_rows.COLUMNS, rows)).encode()
    file = io.BytesIO()
    xlsx_file.write(file, work_rows.COLUMNS, rows, name="works")
    for content in (text, file.getvalue()):
        plan = works.plan(session, read(io.BytesIO(content)), by=by)
        assert (plan.rows, plan.faults, plan.notes) == ([], [], [])
        assert plan.unchanged == len(rows)


def test_a_table_that_comes_back_changes_nothing(session: Session, work: Work, asha: Actor) -> None:
    make_work(session, key="other", institutions=["mbeya-college"], sample=True)
    manuscript = manuscripts.open_work(session, work.uuid, by=asha)
    facts.save_facts(session, manuscript, {"level": "training", "hours": 3}, by=asha)
    _round_trips(session, asha)
    assert session.scalar(select(func.count()).select_from(Manuscript)) == 1


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    people=st.lists(st.tuples(TEXT, TEXT), max_size=4),
    version=TEXT,
    hours=st.none() | st.floats(0, 100_000, allow_nan=False),
)
def test_whatever_the_facts_are_a_table_that_comes_back_changes_nothing(
    session: Session, work: Work, asha: Actor, people: Any, version: str, hours: float | None
) -> None:
    manuscript = manuscripts.open_work(session, work.uuid, by=asha)
    facts.save_facts(
        session,
        manuscript,
        {
            "contributors": [{"name": name, "role": role} for name, role in people if name.split()],
            "version": version,
            "hours": "" if hours is None else hours,
        },
        by=asha,
    )
    _round_trips(session, asha)


def test_a_changed_cell_becomes_a_draft_and_an_empty_one_deletes_nothing(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    outcome = apply(
        [_row(work, level="training", hours="", credits="2,5", countries="tz; LA", version="-")],
        by=asha,
    )
    manuscript = _manuscript(session)
    assert manuscript.state == State.DRAFT
    assert manuscript.facts["level"] == "training"
    assert manuscript.facts["hours"] == 12.5
    assert manuscript.facts["credits"] == 2.5
    assert manuscript.facts["countries"] == ["TZ", "LA"]
    assert "version" not in manuscript.facts
    session.refresh(work)
    assert work.level is None, "readers have it as it was"
    assert (outcome.change.rows, outcome.change.cells) == (1, 4)


def test_each_fault_names_its_line_and_column_and_nothing_is_written(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    make_work(session, key="second", institutions=["mbeya-college"])
    make_work(session, key="elsewhere", institutions=[])
    rows: Rows = [
        _row(work, level="hard", hours="many", codes="isced-f-2013:9999", licence="-"),
        {"kind": "course", "key": "second", "level": "training"},
        {"kind": "course", "key": "nowhere", "level": "training"},
        {"kind": "course", "key": "elsewhere", "level": "training"},
        {"uuid": str(uuid.uuid4())},
        {"uuid": "7"},
        {"kind": "course", "key": "second"},
        {"level": "training"},
        _row(work, kind="lesson"),
    ]
    plan = plan_of(session, rows, by=asha)
    assert {(one.line, one.column) for one in plan.faults} == {
        (2, "level"),
        (2, "hours"),
        (2, "codes"),
        (2, "licence"),
        (4, "key"),
        (5, "key"),
        (6, "uuid"),
        (7, "uuid"),
        (8, "key"),
        (9, "kind"),
        (10, "kind"),
    }
    with pytest.raises(applying.Faulty):
        apply(rows, by=asha)
    assert session.scalar(select(func.count()).select_from(Manuscript)) == 0
    apply(rows, by=asha, only_good=True)
    assert _manuscript(session).key == "second"


def test_unknown_columns_are_refused_with_the_one_that_was_meant(
    session: Session, work: Work, asha: Actor
) -> None:
    with pytest.raises(Unreadable, match="Did you mean “licence”"):
        handed_in(session, [_row(work, license="CC0-1.0")], by=asha)
    with pytest.raises(Unreadable, match="use one of these"):
        handed_in(session, [_row(work, zzzz="1")], by=asha)
    with pytest.raises(Unreadable, match="no column “kind”"):
        handed_in(session, [{"key": "a", "level": "training"}], by=asha)


def test_what_is_only_to_be_read_is_told_and_not_taken_over(
    session: Session, work: Work, asha: Actor
) -> None:
    plan = plan_of(session, [_row(work, title="Another", state="draft")], by=asha)
    assert [(one.line, one.column) for one in plan.notes] == [(2, "title"), (2, "state")]
    assert (plan.rows, plan.unchanged) == ([], 1)


def test_a_renamed_key_leads_on_once_it_is_published(
    session: Session, work: Work, juma: Actor, apply: Apply
) -> None:
    make_work(session, key="taken", institutions=["mbeya-college"])
    plan = plan_of(session, [_row(work, key="taken")], by=juma)
    assert [(one.line, one.column) for one in plan.faults] == [(2, "key")]
    outcome = apply([_row(work, key="measuring")], by=juma, then="publish")
    session.refresh(work)
    assert (work.key, outcome.change.published) == ("measuring", 1)
    led = former_addresses.follow(session, kind="course", key="measuring-safely")
    assert led is not None
    assert led.key == "measuring"


def test_two_rows_cannot_take_one_address(session: Session, work: Work, juma: Actor) -> None:
    other = make_work(session, key="other", institutions=["mbeya-college"])
    plan = plan_of(session, [_row(work, key="new"), _row(other, key="new")], by=juma)
    assert [(one.line, one.column) for one in plan.faults] == [(3, "key")]


def test_who_may_not_write_there_is_told_so(
    session: Session, work: Work, asha: Actor, juma: Actor
) -> None:
    make_institution(session, key="iringa-college")
    make_work(session, key="shared", institutions=["iringa-college", "mbeya-college"])
    plan = plan_of(session, [_row(work, institutions="iringa-college")], by=asha)
    assert [(one.line, one.column) for one in plan.faults] == [(2, "institutions")]
    assert plan_of(session, [_row(work, institutions="iringa-college")], by=juma).faults == []
    manuscript = manuscripts.open_work(session, work.uuid, by=asha)
    facts.save_facts(session, manuscript, {"level": "training"}, by=asha)
    workflow.submit(session, manuscript, by=asha)
    plan = plan_of(session, [_row(work, level="higher")], by=asha)
    assert "being reviewed" in str(plan.faults[0])


def test_a_reviewer_hands_no_table_in(session: Session, work: Work) -> None:
    from tests.people import make_actor

    reviewer = make_actor(session, email="r@example.org", roles=["reviewer"])
    with pytest.raises(Forbidden):
        handed_in(session, [_row(work, level="training")], by=reviewer)


def test_what_has_changed_since_it_was_shown_is_shown_again_first(
    session: Session, work: Work, asha: Actor
) -> None:
    rows = [_row(work, level="training")]
    kept = handed_in(session, rows, by=asha)
    shown = applying.plan(session, "works", as_table(rows), by=asha).digest
    manuscript = manuscripts.open_work(session, work.uuid, by=asha)
    facts.save_facts(session, manuscript, {"level": "higher"}, by=asha)
    with pytest.raises(applying.ChangedMeanwhile):
        applying.apply(session, kept, shown=shown, by=asha)
    assert _manuscript(session).facts["level"] == "higher"


def test_a_table_is_its_senders_and_is_forgotten(
    session: Session, work: Work, asha: Actor, juma: Actor
) -> None:
    kept = handed_in(session, [_row(work, level="training")], by=asha)
    with pytest.raises(NotFound):
        applying.kept_table(session, kept.uuid, by=juma)
    kept.expires_at = kept.made_at
    session.flush()
    with pytest.raises(NotFound):
        applying.kept_table(session, kept.uuid, by=asha)
    for _ in range(8):
        handed_in(session, [_row(work, level="training")], by=asha)
    assert session.scalar(select(func.count()).select_from(BulkTable)) == 5


def test_published_at_once_only_where_nothing_else_waits(
    session: Session, work: Work, juma: Actor, apply: Apply
) -> None:
    other = make_work(session, key="other", institutions=["mbeya-college"])
    manuscript = manuscripts.open_work(session, other.uuid, by=juma)
    facts.save_facts(session, manuscript, {"version": "3"}, by=juma)
    outcome = apply(
        [_row(work, level="training"), _row(other, level="training")], by=juma, then="publish"
    )
    session.refresh(work)
    session.refresh(other)
    assert (work.level, other.level) == ("training", None)
    assert outcome.change.published == 1
    assert [one.name for one in outcome.troubles] == ["course/other"]
    kept = revisions.published_revision(session, work.uuid)
    assert kept is not None
    assert kept.approved_by == "Juma Said"


def test_what_somebody_writes_meanwhile_is_not_published_at_once(
    session: Session, work: Work, asha: Actor, juma: Actor
) -> None:
    rows = [_row(work, level="training")]
    kept = handed_in(session, rows, by=juma)
    shown = applying.plan(session, "works", as_table(rows), by=juma).digest
    outcome = applying.apply(session, kept, shown=shown, then="publish", by=juma)
    # The works are published some at a time, each batch in a transaction of its own.
    manuscript = _manuscript(session)
    root = queries.contents(session, manuscript)[1].uuid
    block = next(b for b in queries.blocks(session, manuscript, root) if b.role == "body")
    writing.save_text(
        session,
        manuscript,
        block.uuid,
        lang="en",
        source="Nobody has approved this.",
        version=block.texts["en"].version,
        by=asha,
    )
    troubles = applying.go_on(session, outcome.change, outcome.onward, then="publish", by=juma)
    texts = draft_of(session, work.uuid).root.sections[0].texts["en"]
    assert "Nobody has approved this." not in [one.parsed.source for one in texts]
    assert [one.name for one in troubles] == ["course/measuring-safely"]
    assert outcome.change.published == 0
    assert _manuscript(session).state == State.DRAFT


def test_a_table_puts_works_into_nobody_elses_name(
    session: Session, work: Work, asha: Actor
) -> None:
    make_institution(session, key="iringa-college")
    shared = make_work(session, key="shared", institutions=["mbeya-college", "iringa-college"])
    plan = plan_of(
        session,
        [
            _row(work, institutions="mbeya-college; iringa-college"),
            _row(shared, institutions="mbeya-college"),
        ],
        by=asha,
    )
    assert [(one.line, one.column) for one in plan.faults] == [
        (2, "institutions"),
        (3, "institutions"),
    ]


def test_who_may_not_publish_publishes_nothing(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    outcome = apply([_row(work, level="training")], by=asha, then="publish")
    session.refresh(work)
    assert (work.level, outcome.change.published, len(outcome.troubles)) == (None, 0, 1)
    assert _manuscript(session).state == State.DRAFT


def test_handed_in_for_review_in_one_go(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    outcome = apply([_row(work, level="training")], by=asha, then="hand in")
    assert outcome.change.handed_in == 1
    assert _manuscript(session).state == State.IN_REVIEW


def test_taken_back_where_nothing_has_changed_since(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    change = apply(
        [_row(work, level="training", version="-", hours="4", countries="LA")], by=asha
    ).change
    manuscript = _manuscript(session)
    facts.save_facts(session, manuscript, {"hours": 99}, by=asha)
    undone = undoing.undo(session, change, by=asha).change
    told = _manuscript(session).facts
    assert "level" not in told
    assert (told["version"], told["hours"], told["countries"]) == ("1.10", 99, ["TZ", "KH"]) or (
        told["countries"] == ["KH", "TZ"]
    )
    assert [(one["name"], one["column"]) for one in undone.left] == [
        ("course/measuring-safely", "hours")
    ]
    with pytest.raises(Conflict):
        undoing.undo(session, change, by=asha)
    undoing.undo(session, undone, by=asha)
    assert _manuscript(session).facts["level"] == "training"


def test_nothing_is_left_to_take_back(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    change = apply([_row(work, level="training")], by=asha).change
    facts.save_facts(session, _manuscript(session), {"level": "higher"}, by=asha)
    with pytest.raises(Conflict):
        undoing.undo(session, change, by=asha)
    assert change.undone_at is None


def test_a_work_that_an_import_has_changed_is_taken_as_it_is_now(
    session: Session, work: Work, asha: Actor, apply: Apply
) -> None:
    manuscripts.open_work(session, work.uuid, by=asha)
    make_work(
        session,
        institutions=["mbeya-college"],
        hours=77.0,
        texts={"en": "# New words\n\nSummary.\n"},
        languages=("en",),
    )
    apply([_row(work, level="training")], by=asha)
    manuscript = _manuscript(session)
    assert (manuscript.title, manuscript.facts["hours"]) == ("New words", 77.0)
    assert manuscript.based_on == session.scalar(select(Work.revision))


def test_a_thousand_works_at_most_change_in_one_go(
    session: Session, asha: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(works, "MOST_CHANGED", 2)
    rows = [
        _row(make_work(session, key=f"w{n}", institutions=["mbeya-college"]), level="training")
        for n in range(4)
    ]
    plan = plan_of(session, rows, by=asha)
    assert (len(plan.rows), [one.line for one in plan.faults]) == (2, [4])


def test_the_operator_sees_works_of_no_institution(session: Session) -> None:
    make_work(session)
    assert [row[2] for row in work_rows.rows(session, by=OPERATOR)] == ["measuring-safely"]
