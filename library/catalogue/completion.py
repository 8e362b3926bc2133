"""Titles that a reader who has begun to type may be after, with where each leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from library.catalogue import public_paths
from library.catalogue.models import Block, BlockText, Edition, Role, Section, Work
from library.catalogue.vocabulary import Vocabulary, heading
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.i18n.chains import chain, choose
from library.search.prefixes import KINDS, Begun
from library.terms.models import Concept, Term

LONGEST: Final = 100
"""Characters of what was typed that are looked at; titles are not completed beyond that."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A title: its ``lang``, and what it is that of.

    ``kind`` is a kind of work, ``section``, ``institution``, ``partnership`` or ``term``. ``url`` is the
    path of its page, beginning with ``/@/``; None where several things are called so, which searching for
    it brings together. ``within`` is the title of a section's work, in the language ``within_lang``.
    """

    text: str
    lang: str
    kind: str
    url: str | None
    within: str | None = None
    within_lang: str | None = None


def complete(
    session: Session,
    vocabulary: Vocabulary,
    text: str,
    *,
    lang: str,
    limit: int = 8,
    kinds: Collection[str] = KINDS,
) -> list[Completion]:
    """Titles with words that begin like ``text``, the reader's language first, then others.

    ``kinds`` are those of `library.search.prefixes.KINDS`. Never raises on any text. What was withdrawn
    since the vocabulary was made is left out. Raises ``Damaged`` where the vocabulary cannot be read.
    """
    text = text[:LONGEST]
    found: list[Begun] = []
    there = vocabulary.titles.languages
    for tag in dict.fromkeys((*(t for t in chain(lang) if t in there), *there)):
        if len(found) >= limit:
            break
        found += vocabulary.titles.begun(text, lang=tag, most=limit - len(found), kinds=kinds)
    return _named(session, found, lang=lang)


def _named(session: Session, found: Sequence[Begun], *, lang: str) -> list[Completion]:
    """What was found as it stands in the database now, in at most six statements."""
    keys: dict[str, list[int]] = defaultdict(list)
    for one in found:
        keys[one.kind].append(one.key)
    tags = sorted({one.lang for one in found})
    named: dict[tuple[str, int, str], Completion] = {}
    for kind, wanted in keys.items():
        if kind == "work":
            named |= _works(session, wanted, tags)
        elif kind == "section":
            named |= _sections(session, wanted, tags, lang)
        else:
            named |= _entries(session, kind, wanted, tags)
    completions = []
    for one in found:
        title = named.get((one.kind, one.key, one.lang))
        if title is not None and title.text:
            if one.things > 1:
                title = Completion(title.text, title.lang, title.kind, None)
            completions.append(title)
    return completions


_Named = dict[tuple[str, int, str], Completion]
_KEYS: Final[BindParameter[Any]] = bindparam("keys", expanding=True)
_TAGS: Final[BindParameter[Any]] = bindparam("tags", expanding=True)

# Made once: putting a statement together takes longer than the database needs to answer it.
_WORKS: Final = (
    select(Work.id, Work.kind, Work.key, Edition.lang, Edition.title)
    .join(Edition, Edition.work_id == Work.id)
    .where(
        Work.id.in_(_KEYS),
        Edition.lang.in_(_TAGS),
        Edition.offered.is_(True),
        Work.status == "published",
    )
)
_SECTIONS: Final = (
    select(
        Section.id,
        Section.path,
        Work.id.label("work"),
        Work.kind,
        Work.key,
        Work.source_language,
        BlockText.lang,
        BlockText.source,
    )
    .join(Work, Work.id == Section.work_id)
    .join(Block, Block.section_id == Section.id)
    .join(BlockText, BlockText.block_id == Block.id)
    .where(
        Section.id.in_(_KEYS),
        Section.removed_at.is_(None),
        Block.role == Role.TITLE,
        Block.removed_at.is_(None),
        BlockText.lang.in_(_TAGS),
        Work.status == "published",
    )
)
_EDITIONS: Final = select(Edition.work_id, Edition.lang, Edition.title).where(
    Edition.work_id.in_(_KEYS), Edition.offered.is_(True)
)
_TERMS: Final = (
    select(Term.id, Concept.key, Term.lang, Term.text.label("name"))
    .join(Concept, Concept.id == Term.concept_id)
    .where(Term.id.in_(_KEYS), Term.lang.in_(_TAGS))
)
_INSTITUTIONS: Final = (
    select(Institution.id, Institution.key, InstitutionText.lang, InstitutionText.name)
    .join(InstitutionText, InstitutionText.institution_id == Institution.id)
    .where(Institution.id.in_(_KEYS), InstitutionText.lang.in_(_TAGS))
)
_PARTNERSHIPS: Final = (
    select(Partnership.id, Partnership.key, PartnershipText.lang, PartnershipText.name)
    .join(PartnershipText, PartnershipText.partnership_id == Partnership.id)
    .where(Partnership.id.in_(_KEYS), PartnershipText.lang.in_(_TAGS))
)
_ENTRIES: Final = {"term": _TERMS, "institution": _INSTITUTIONS, "partnership": _PARTNERSHIPS}


def _works(session: Session, keys: list[int], tags: list[str]) -> _Named:
    return {
        ("work", row.id, row.lang): Completion(
            row.title, row.lang, row.kind, public_paths.page(row.kind, row.key)
        )
        for row in session.execute(_WORKS, {"keys": keys, "tags": tags})
    }


def _sections(session: Session, keys: list[int], tags: list[str], lang: str) -> _Named:
    rows = session.execute(_SECTIONS, {"keys": keys, "tags": tags}).all()
    titles: dict[int, dict[str, str]] = defaultdict(dict)
    for edition in session.execute(_EDITIONS, {"keys": sorted({row.work for row in rows})}):
        titles[edition.work_id][edition.lang] = edition.title
    named: _Named = {}
    for row in rows:
        there = titles[row.work]
        if row.lang not in there:
            continue
        tag = choose(lang, there, source=row.source_language) or row.lang
        named["section", row.id, row.lang] = Completion(
            heading(row.source),
            row.lang,
            "section",
            public_paths.page(row.kind, row.key, row.path),
            there[tag],
            tag,
        )
    return named


def _entries(session: Session, kind: str, keys: list[int], tags: list[str]) -> _Named:
    """Terms, institutions or partnerships."""
    return {
        (kind, row.id, row.lang): Completion(
            row.name, row.lang, kind, public_paths.page(kind, row.key)
        )
        for row in session.execute(_ENTRIES[kind], {"keys": keys, "tags": tags})
    }
