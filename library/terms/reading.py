"""Reads for readers: the term bank as a list in one language, and what the rows of a page say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.i18n.chains import chain
from library.terms.drafts import LanguageDraft, TermDraft
from library.terms.models import Concept, ConceptText, Term


@dataclass(frozen=True, slots=True)
class TermLine:
    """A concept in a list: its preferred term in ``lang``, the nearest language that has one.

    ``words`` holds all its terms and readings in all languages, casefolded, a line each, to look
    for a part of one; forbidden terms are among them, because whoever looks one up should find what to
    say instead.
    """

    key: str
    domain: str | None
    text: str
    lang: str
    reading: str | None
    words: str


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """A concept with everything said of it by language, the source language first."""

    row: Concept
    said: dict[str, LanguageDraft]


def term_lines(session: Session, *, lang: str) -> list[TermLine]:
    """All concepts, each with its term along the reader's chain, in the order of their keys.

    One statement that reads every term: for a list that is kept until something is published.
    """
    preferred: dict[str, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    words: dict[str, list[str]] = defaultdict(list)
    facts: dict[str, tuple[str | None, str]] = {}
    for key, domain, source, tag, text, status, reading in session.execute(
        select(
            Concept.key,
            Concept.domain,
            Concept.source_language,
            Term.lang,
            Term.text,
            Term.status,
            Term.reading,
        )
        .join(Term, Term.concept_id == Concept.id)
        .order_by(Concept.key, Term.id)
    ):
        facts[key] = (domain, source)
        if status == "preferred":
            preferred[key].setdefault(tag, (text, reading))
        words[key].append(text)
        if reading:
            words[key].append(reading)
    made = []
    for key, (domain, source) in facts.items():
        terms = preferred.get(key)
        if not terms:
            continue
        tag = next((t for t in chain(lang, source=source) if t in terms), next(iter(terms)))
        text, reading = terms[tag]
        made.append(TermLine(key, domain, text, tag, reading, "\n".join(words[key]).casefold()))
    return made


def said_of(session: Session, keys: Collection[str]) -> dict[str, dict[str, LanguageDraft]]:
    """Everything said of these concepts, by key and language, in two statements."""
    if not keys:
        return {}
    said: dict[str, dict[str, LanguageDraft]] = defaultdict(lambda: defaultdict(LanguageDraft))
    for key, tag, text, status, reading in session.execute(
        select(Concept.key, Term.lang, Term.text, Term.status, Term.reading)
        .join(Term, Term.concept_id == Concept.id)
        .where(Concept.key.in_(keys))
        .order_by(Concept.id, Term.lang, Term.position, Term.id)
    ):
        said[key][tag].terms.append(TermDraft(text, status, reading))
    for key, tag, definition in session.execute(
        select(Concept.key, ConceptText.lang, ConceptText.definition)
        .join(ConceptText, ConceptText.concept_id == Concept.id)
        .where(Concept.key.in_(keys))
    ):
        said[key][tag].definition = definition
    return {key: dict(by_lang) for key, by_lang in said.items()}


def concept_page(session: Session, *, key: str) -> ConceptPage | None:
    """A concept with all that is said of it, in three statements; None for an unknown key."""
    row = session.scalar(select(Concept).where(Concept.key == key))
    if row is None:
        return None
    said = said_of(session, [key]).get(key, {})
    ordered = sorted(said.items(), key=lambda item: (item[0] != row.source_language, item[0]))
    return ConceptPage(row, dict(ordered))


def preferred(said: LanguageDraft) -> TermDraft | None:
    """The preferred term of one language, if it has one."""
    return next((term for term in said.terms if term.status == "preferred"), None)
