"""Storing concepts and their terms. Nothing here commits; storing a draft twice changes nothing."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from library.db import new_uuid, utc_now
from library.errors import Conflict, Invalid
from library.jobs import outbox
from library.sentences import Sentence
from library.terms.drafts import ConceptChange, ConceptDraft, LanguageDraft
from library.terms.models import TERM_STATUSES, Concept, ConceptText, Term
from library.terms.queries import languages_of


def store_concept(session: Session, draft: ConceptDraft) -> ConceptChange:
    """Store a concept and say what that changed.

    Raises ``Invalid`` where the source language has no preferred term or was another one before, where
    a language has two preferred terms, the same term twice or an unknown status; ``Conflict`` where
    the uuid belongs to another concept.
    """
    _check(draft)
    change = ConceptChange(key=draft.key)
    row = _find(session, draft)
    there: dict[str, LanguageDraft] = {}
    if row is None:
        row = Concept(
            uuid=draft.uuid or new_uuid(),
            key=draft.key,
            source_language=draft.source_language,
            domain=draft.domain,
            source=draft.source,
        )
        session.add(row)
        session.flush()
        change.created = True
    else:
        for name in ("domain", "source"):
            value = getattr(draft, name)
            if value is not None and getattr(row, name) != value:
                setattr(row, name, value)
                change.facts.append(name)
        there = languages_of(session, concept_id=row.id)
    nothing = LanguageDraft()
    for lang, said in draft.languages.items():
        before = there.get(lang, nothing)
        # Preferred, allowed and forbidden terms are read in this order; it is no fact of its own.
        if said.definition == before.definition and _in_order(said) == _in_order(before):
            continue
        _replace(session, row, lang, said)
        if not change.created:
            change.facts.append(Sentence("terms %(lang)s", lang=lang))
    if not change.empty:
        row.updated_at = utc_now()
        session.flush()
        outbox.note(session, [outbox.Change("term", row.uuid)])
    return change


def _in_order(said: LanguageDraft) -> list[tuple[str, str, str | None]]:
    ordered = sorted(said.terms, key=lambda term: TERM_STATUSES.index(term.status))
    return [(term.text, term.status, term.reading) for term in ordered]


def _check(draft: ConceptDraft) -> None:
    name = f"term/{draft.key}"
    for lang, said in draft.languages.items():
        for term in said.terms:
            if term.status not in TERM_STATUSES:
                raise Invalid(
                    Sentence(
                        "%(name)s: the status %(value)s is not one of %(allowed)s.",
                        name=name,
                        value=repr(term.status),
                        allowed=tuple(TERM_STATUSES),
                    ),
                    field=f"terms.{lang}",
                )
        if sum(term.status == "preferred" for term in said.terms) > 1:
            raise Invalid(
                Sentence("%(name)s has two preferred terms in %(lang)s.", name=name, lang=lang),
                field=f"terms.{lang}",
            )
        text, times = (
            Counter(term.text for term in said.terms).most_common(1)[0] if (said.terms) else ("", 0)
        )
        if times > 1:
            raise Invalid(
                Sentence(
                    "%(name)s has %(term)s twice in %(lang)s.",
                    name=name,
                    term=repr(text),
                    lang=lang,
                ),
                field=f"terms.{lang}",
            )


def _find(session: Session, draft: ConceptDraft) -> Concept | None:
    row = session.scalar(select(Concept).where(Concept.key == draft.key))
    source = draft.languages.get(draft.source_language)
    has_source = source is not None and any(t.status == "preferred" for t in source.terms)
    if (row is None or source is not None) and not has_source:
        raise Invalid(
            Sentence(
                "%(name)s has no preferred term in its source language %(lang)s.",
                name=f"term/{draft.key}",
                lang=draft.source_language,
            ),
            field="source_language",
        )
    if row is not None and row.source_language != draft.source_language:
        raise Invalid(
            Sentence(
                "%(name)s was stored with the source language %(lang)s; "
                "the source language cannot be changed.",
                name=f"term/{draft.key}",
                lang=row.source_language,
            ),
            field="source_language",
        )
    if draft.uuid is not None:
        named = session.scalar(select(Concept).where(Concept.uuid == draft.uuid))
        if named is not None and named is not row:
            raise Conflict(
                Sentence(
                    "%(name)s carries the uuid %(uuid)s, which belongs to %(other)s.",
                    name=f"term/{draft.key}",
                    uuid=str(draft.uuid),
                    other=f"term/{named.key}",
                ),
                field="uuid",
            )
        if row is not None and row.uuid != draft.uuid:
            raise Conflict(
                Sentence(
                    "%(name)s is in the library with the uuid %(uuid)s, not %(other)s.",
                    name=f"term/{draft.key}",
                    uuid=str(row.uuid),
                    other=str(draft.uuid),
                ),
                field="uuid",
            )
    return row


def _replace(session: Session, row: Concept, lang: str, said: LanguageDraft) -> None:
    session.execute(delete(Term).where(Term.concept_id == row.id, Term.lang == lang))
    session.execute(
        delete(ConceptText).where(ConceptText.concept_id == row.id, ConceptText.lang == lang)
    )
    if said.definition:
        session.execute(
            insert(ConceptText),
            [{"concept_id": row.id, "lang": lang, "definition": said.definition}],
        )
    terms = sorted(said.terms, key=lambda term: TERM_STATUSES.index(term.status))
    if terms:
        session.execute(
            insert(Term),
            [
                {
                    "concept_id": row.id,
                    "lang": lang,
                    "text": term.text,
                    "status": term.status,
                    "reading": term.reading,
                    "position": position,
                }
                for position, term in enumerate(terms)
            ],
        )
