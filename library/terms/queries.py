"""Reads of the term bank."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.terms.drafts import LanguageDraft, TermDraft
from library.terms.models import Concept, ConceptText, Term


def concept_keys(session: Session) -> set[str]:
    return set(session.scalars(select(Concept.key)))


def languages_of(session: Session, *, concept_id: int) -> dict[str, LanguageDraft]:
    """Everything that is said of a concept, by language: its terms in order, and its definition."""
    said: dict[str, LanguageDraft] = defaultdict(LanguageDraft)
    for text in session.execute(
        select(ConceptText.lang, ConceptText.definition).where(ConceptText.concept_id == concept_id)
    ):
        said[text.lang].definition = text.definition
    for term in session.execute(
        select(Term.lang, Term.text, Term.status, Term.reading)
        .where(Term.concept_id == concept_id)
        .order_by(Term.lang, Term.position, Term.id)
    ):
        said[term.lang].terms.append(TermDraft(term.text, term.status, term.reading))
    return dict(said)
