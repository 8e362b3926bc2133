from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.errors import Conflict, Invalid
from library.jobs.models import OutboxEntry
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.models import Concept, ConceptText, Term
from library.terms.queries import concept_keys, languages_of
from library.terms.service import store_concept


def encoder(
    languages: dict[str, LanguageDraft] | None = None,
    *,
    key: str = "encoder",
    source_language: str = "zh-Hans",
    domain: str | None = None,
    own: uuid.UUID | None = None,
) -> ConceptDraft:
    return ConceptDraft(
        key=key,
        source_language=source_language,
        uuid=own,
        domain=domain,
        languages=languages
        if languages is not None
        else {
            "zh-Hans": LanguageDraft(
                [TermDraft("编码器", "preferred", "biān mǎ qì")], "测量转角。"
            ),
            "en": LanguageDraft(
                [
                    TermDraft("coder", "forbidden"),
                    TermDraft("encoder"),
                    TermDraft("rotary encoder", "allowed"),
                ]
            ),
        },
    )


def entries(session: Session) -> int:
    return len(session.scalars(select(OutboxEntry.id)).all())


def test_a_concept_is_stored_with_terms_in_order_of_their_status(session: Session) -> None:
    change = store_concept(session, encoder(domain="isced-f-2013:0714"))
    assert (change.created, change.facts) == (True, [])
    row = session.scalars(select(Concept)).one()
    terms = session.execute(
        select(Term.text, Term.status).where(Term.lang == "en").order_by(Term.position)
    )
    assert [tuple(term) for term in terms] == [
        ("encoder", "preferred"),
        ("rotary encoder", "allowed"),
        ("coder", "forbidden"),
    ]
    assert session.scalars(select(ConceptText.definition)).all() == ["测量转角。"]
    entry = session.scalars(select(OutboxEntry)).one()
    assert (entry.subject, entry.uuid) == ("term", row.uuid)
    assert concept_keys(session) == {"encoder"}


def test_storing_the_same_again_changes_nothing(session: Session) -> None:
    store_concept(session, encoder())
    assert store_concept(session, encoder()).empty
    assert entries(session) == 1


def test_a_language_that_is_there_speaks_for_all_its_terms_and_no_other(session: Session) -> None:
    store_concept(session, encoder())
    change = store_concept(session, encoder({"en": LanguageDraft([TermDraft("shaft encoder")])}))
    assert change.facts == ["terms en"]
    row = session.scalars(select(Concept)).one()
    said = languages_of(session, concept_id=row.id)
    assert [term.text for term in said["en"].terms] == ["shaft encoder"]
    assert said["zh-Hans"].definition == "测量转角。"
    assert store_concept(session, encoder({"en": LanguageDraft()})).facts == ["terms en"]
    assert set(languages_of(session, concept_id=row.id)) == {"zh-Hans"}


def test_a_domain_is_kept_until_another_is_named(session: Session) -> None:
    store_concept(session, encoder(domain="isced-f-2013:0714"))
    assert store_concept(session, encoder()).empty
    assert store_concept(session, encoder(domain="isced-f-2013:0713")).facts == ["domain"]


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        ({}, "has no preferred term in its source language zh-Hans"),
        ({"zh-Hans": LanguageDraft([TermDraft("码", "allowed")])}, "has no preferred term in its"),
        ({"zh-Hans": LanguageDraft([TermDraft("甲"), TermDraft("乙")])}, "two preferred terms in zh-Hans"),
        ({"zh-Hans": LanguageDraft([TermDraft("甲"), TermDraft("甲", "allowed")])}, "'甲' twice in zh-Hans"),
        ({"zh-Hans": LanguageDraft([TermDraft("甲", "best")])}, "the status 'best' is not one of"),
    ],
)  # fmt: skip
def test_a_concept_that_breaks_a_rule_is_refused(
    session: Session, languages: dict[str, LanguageDraft], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        store_concept(session, encoder(languages))


def test_the_source_language_and_the_uuid_do_not_change(session: Session) -> None:
    mine = uuid.uuid4()
    store_concept(session, encoder(own=mine))
    with pytest.raises(Invalid, match="source language cannot be changed"):
        store_concept(session, encoder(source_language="en"))
    with pytest.raises(Invalid, match="no preferred term"):
        store_concept(session, encoder({"zh-Hans": LanguageDraft()}))
    with pytest.raises(Conflict, match=r"belongs to term/encoder"):
        store_concept(session, encoder(key="other", own=mine))
    with pytest.raises(Conflict, match=f"with the uuid {mine}, not"):
        store_concept(session, encoder(own=uuid.uuid4()))
