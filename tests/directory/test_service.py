from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.directory import queries
from library.directory.drafts import InstitutionDraft, MemberDraft, NameText, PartnershipDraft
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipMember,
)
from library.directory.service import store_institution, store_partnership
from library.errors import Conflict, Invalid
from library.jobs.models import OutboxEntry


def college(key: str = "mbeya", **facts: Any) -> InstitutionDraft:
    texts = facts.pop("texts", {"en": NameText("Mbeya College", "A college.", "More.")})
    return InstitutionDraft(key=key, type="college", source_language="en", texts=texts, **facts)


def site(**facts: Any) -> PartnershipDraft:
    texts = facts.pop("texts", {"en": NameText("The site")})
    return PartnershipDraft(
        key="site", **{"type": "site", "source_language": "en", "texts": texts, **facts}
    )


def noted(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEntry.subject).order_by(OutboxEntry.id)))


def test_an_institution_is_stored_and_noted_for_the_index(session: Session) -> None:
    change = store_institution(session, college(country="TZ", sample=True))
    assert (change.created, change.facts) == (True, [])
    row = session.scalars(select(Institution)).one()
    assert (row.key, row.country, row.sample) == ("mbeya", "TZ", True)
    text = session.scalars(select(InstitutionText)).one()
    assert (text.name, text.summary, text.body) == ("Mbeya College", "A college.", "More.")
    assert noted(session) == ["institution"]
    entry = session.scalars(select(OutboxEntry)).one()
    assert entry.uuid == row.uuid == queries.institution_uuid(session, key="mbeya")


def test_storing_the_same_again_changes_and_notes_nothing(session: Session) -> None:
    store_institution(session, college(country="TZ"))
    store_partnership(session, site(members=[MemberDraft("mbeya", "host")], founded="2023"))
    for change in (
        store_institution(session, college(country="TZ")),
        store_partnership(session, site(members=[MemberDraft("mbeya", "host")], founded="2023")),
    ):
        assert change.empty
    assert noted(session) == ["institution", "partnership"]


def test_what_is_not_said_stays(session: Session) -> None:
    store_institution(session, college(country="TZ", city="Mbeya", sample=True))
    change = store_institution(session, college(texts={"fr": NameText("Collège")}))
    assert change.facts == ["text fr"]
    row = session.scalars(select(Institution)).one()
    assert (row.country, row.city, row.sample) == ("TZ", "Mbeya", True)
    assert set(session.scalars(select(InstitutionText.lang))) == {"en", "fr"}


def test_changed_facts_are_told_by_name(session: Session) -> None:
    store_institution(session, college(country="TZ"))
    change = store_institution(
        session, college(country="KE", sample=False, texts={"en": NameText("Other")})
    )
    assert change.facts == ["country", "text en"]
    assert noted(session) == ["institution", "institution"]


def test_a_language_is_taken_out_where_the_draft_says_so(session: Session) -> None:
    store_institution(
        session, college(texts={"en": NameText("A"), "fr": NameText("B"), "ar": NameText("C")})
    )
    change = store_institution(session, college(texts={"fr": None, "th": None}))
    assert change.facts == ["text fr"]
    assert set(session.scalars(select(InstitutionText.lang))) == {"en", "ar"}


def test_members_keep_their_order_and_are_replaced_whole(session: Session) -> None:
    for key in ("a", "b", "c"):
        store_institution(session, college(key))
    store_partnership(session, site(members=[MemberDraft("b", "lead"), MemberDraft("a", "host")]))
    assert store_partnership(session, site()).empty
    others = [MemberDraft("a", "lead"), MemberDraft("c", "host")]
    change = store_partnership(session, site(members=others))
    assert change.facts == ["members"]
    rows = session.execute(
        select(Institution.key, PartnershipMember.role)
        .join(PartnershipMember, PartnershipMember.institution_id == Institution.id)
        .order_by(PartnershipMember.position)
    )
    assert [tuple(row) for row in rows] == [("a", "lead"), ("c", "host")]
    assert store_partnership(session, site(members=[])).facts == ["members"]
    assert session.scalar(select(func.count()).select_from(PartnershipMember)) == 0


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"type": "island"}, "the type 'island' is not one of site"),
        ({"brand": "luban"}, "the brand 'luban' is not one of luban-workshop"),
        ({"members": [MemberDraft("mbeya", "boss")]}, "the role 'boss' is not one of lead"),
        ({"members": [MemberDraft("gone", "lead")]}, "the institution 'gone', which the library does"),
        ({"members": [MemberDraft("mbeya", "lead"), MemberDraft("mbeya", "host")]}, "'mbeya' twice"),
        ({"founded": "yesterday"}, "'yesterday' is not a year, a month or a day"),
        ({"founded": "2023-13"}, "'2023-13' is not a year"),
        ({"latitude": 1.0}, "needs latitude and longitude, or neither"),
        ({"latitude": 91.0, "longitude": 0.0}, "a latitude is between"),
        ({"latitude": 0.0, "longitude": 181.0}, "a longitude is between"),
        ({"texts": {}}, "has no name in its source language en"),
        ({"texts": {"en": None}}, "has no name in its source language en"),
    ],
)  # fmt: skip
def test_a_partnership_that_breaks_a_rule_is_refused(
    session: Session, facts: dict[str, Any], message: str
) -> None:
    store_institution(session, college())
    with pytest.raises(Invalid, match=message):
        store_partnership(session, site(**facts))


def test_an_institution_that_breaks_a_rule_is_refused(session: Session) -> None:
    store_institution(session, college())
    with pytest.raises(Invalid, match="the type 'shed' is not one of"):
        store_institution(session, dataclasses.replace(college(), type="shed"))
    with pytest.raises(Invalid, match="source language cannot be changed"):
        store_institution(session, dataclasses.replace(college(), source_language="fr"))
    with pytest.raises(Invalid, match="cannot be taken out"):
        store_institution(session, college(texts={"en": None}))


def test_a_uuid_belongs_to_one_row_only(session: Session) -> None:
    mine = uuid.uuid4()
    store_institution(session, college(uuid=mine))
    with pytest.raises(Conflict, match="belongs to institution/mbeya"):
        store_institution(session, college("other", uuid=mine))
    with pytest.raises(Conflict, match=f"with the uuid {mine}, not"):
        store_institution(session, college(uuid=uuid.uuid4()))


def test_keys_are_looked_up_however_many_there_are(session: Session) -> None:
    store_institution(session, college())
    store_partnership(session, site())
    many = [f"k{n}" for n in range(2_500)]
    assert list(queries.institution_ids(session, [*many, "mbeya"])) == ["mbeya"]
    assert list(queries.partnership_ids(session, ["site", *many])) == ["site"]
    assert queries.institution_keys(session) == {"mbeya"}
    assert queries.partnership_keys(session) == {"site"}
    row = session.scalars(select(Partnership)).one()
    assert queries.partnership_uuid(session, key="site") == row.uuid
    assert queries.partnership_uuid(session, key="gone") is None
