"""Codes and schemes through tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.content.tables import applying, codes, schemes, undoing
from library.directory.models import Code, CodeLabel, CodeScheme
from library.errors import Forbidden
from library.jobs import outbox
from tests.content.tables.conftest import Rows, as_table, handed_in, plan_of
from tests.factories import make_work

Apply = Callable[..., applying.Outcome]
SCHEME = "isced-f-2013"


def _labels(session: Session, code: str) -> dict[str, str]:
    session.expire_all()
    return {
        row.lang: row.label
        for row in session.execute(
            select(CodeLabel.lang, CodeLabel.label).join(Code).where(Code.code == code)
        )
    }


def test_tables_that_come_back_change_nothing(session: Session, juma: Actor) -> None:
    headers, rows = codes.code_table(session, scheme=SCHEME, languages=["en", "sw"])
    assert headers == [
        "scheme",
        "code",
        "parent",
        "uri",
        "label:en",
        "label:sw",
        "label:ar",
        "label:zh-Hans",
    ]
    table = as_table([dict(zip(headers, row, strict=True)) for row in rows])
    plan = codes.plan_codes(session, table, by=juma)
    assert (plan.rows, plan.faults, plan.unchanged) == ([], [], 2)
    headers, rows = schemes.scheme_table(session, languages=["en"])
    table = as_table([dict(zip(headers, row, strict=True)) for row in rows])
    plan = schemes.plan_schemes(session, table, by=juma)
    assert (plan.rows, plan.faults, plan.unchanged) == ([], [], 1)


def test_labels_are_added_changed_and_taken_away(
    session: Session, juma: Actor, apply: Apply
) -> None:
    work = make_work(session, codes=[f"{SCHEME}:0713"])
    outbox.clear(session, ids=outbox.waiting_ids(session))
    rows: Rows = [
        {
            "scheme": SCHEME,
            "code": "0713",
            "label:en": "Electricity",
            "label:sw": "Umeme",
            "label:ar": "(none)",
            "label:zh-CN": "",
        }
    ]
    change = apply(rows, by=juma, about="codes").change
    assert _labels(session, "0713") == {
        "en": "Electricity",
        "sw": "Umeme",
        "zh-Hans": "电力与能源",
    }
    assert [one.uuid for one in outbox.pending(session, limit=5)] == [work.uuid]
    undoing.undo(session, change, by=juma)
    assert _labels(session, "0713")["en"] == "Electricity and energy"
    assert _labels(session, "0713")["ar"] == "الكهرباء والطاقة"
    assert "sw" not in _labels(session, "0713")


def test_new_codes_come_with_their_parents_and_go_again_where_nothing_uses_them(
    session: Session, juma: Actor, apply: Apply
) -> None:
    rows: Rows = [
        {"scheme": SCHEME, "code": "99a", "parent": "99", "label:en": "Inner"},
        {"scheme": SCHEME, "code": "99", "label:en": "Outer"},
        {"scheme": SCHEME, "code": "98", "label:en": "Other"},
    ]
    change = apply(rows, by=juma, about="codes").change
    inner, outer = (
        session.scalars(select(Code).where(Code.code == code)).one() for code in ("99a", "99")
    )
    assert inner.parent_id == outer.id
    make_work(session, codes=[f"{SCHEME}:99a"])
    undone = undoing.undo(session, change, by=juma).change
    there = set(session.scalars(select(Code.code)))
    assert there == {"0713", "0714", "99", "99a"}
    assert {one["name"] for one in undone.left} == {f"{SCHEME}:99a", f"{SCHEME}:99"}
    assert undone.rows == 1


def test_each_fault_names_its_line(session: Session, juma: Actor) -> None:
    rows: Rows = [
        {"scheme": SCHEME, "code": "0713", "parent": "0714"},
        {"scheme": SCHEME, "code": "0714", "parent": "0713"},
        {"scheme": SCHEME, "code": "x1", "parent": "nowhere", "label:en": "a"},
        {"scheme": SCHEME, "code": "x2"},
        {"scheme": "unknown", "code": "1", "label:en": "a"},
        {"scheme": SCHEME, "code": "0713"},
        {"scheme": SCHEME, "code": "x3", "uri": "javascript:alert(1)", "label:en": "a"},
        {"scheme": SCHEME, "code": "a;b", "label:en": "a"},
        {"scheme": SCHEME, "label:en": "a"},
    ]
    plan = plan_of(session, rows, by=juma, about="codes")
    assert {(one.line, one.column) for one in plan.faults} == {
        (2, "parent"),
        (3, "parent"),
        (4, "parent"),
        (5, "label:en"),
        (6, "scheme"),
        (7, "code"),
        (8, "uri"),
        (9, "code"),
        (10, "code"),
    }


def test_a_scheme_is_added_and_renamed(session: Session, juma: Actor, apply: Apply) -> None:
    rows: Rows = [
        {"scheme": "own-majors", "version": "2026", "title:en": "Majors", "title:sw": "Fani"},
        {"scheme": SCHEME, "title:en": "Fields"},
    ]
    change = apply(rows, by=juma, about="schemes").change
    own = session.scalars(select(CodeScheme).where(CodeScheme.key == "own-majors")).one()
    assert own.titles == {"en": "Majors", "sw": "Fani"}
    undone = undoing.undo(session, change, by=juma).change
    assert [one["name"] for one in undone.left] == ["own-majors"]
    other = session.scalars(select(CodeScheme).where(CodeScheme.key == SCHEME)).one()
    assert other.titles == {"en": "ISCED-F 2013"}


def test_codes_are_for_those_who_edit_records_everywhere(session: Session, asha: Actor) -> None:
    with pytest.raises(Forbidden):
        handed_in(
            session, [{"scheme": SCHEME, "code": "0713", "label:en": "x"}], by=asha, about="codes"
        )
