"""Hits: what the search engine found, as readers see it: titles, places and marked passages.

The engine answers with ids; what they are called and say is read from the database, in a fixed number of
statements however many hits there are.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from library.catalogue import public_paths
from library.catalogue.editions import SILENT_KINDS
from library.catalogue.listing import Badge, cards
from library.catalogue.models import Block, BlockText, Role, Section, Work
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.i18n.chains import chain
from library.markdown import BlockKind, plain_text
from library.search.highlight import snippet
from library.search.port import Hit, Results
from library.terms.models import Concept, ConceptText, Term

# Blocks after a passage's first in which its text is looked for.
NEARBY = 8
# Passages shown of one work.
SHOWN = 2


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A paragraph that was found: where it is, and its text in pieces, True where it is marked."""

    section: uuids.UUID
    title: str
    lang: str
    url: str
    pieces: list[tuple[str, bool]]
    score: float


@dataclass(frozen=True, slots=True)
class FoundWork:
    """A work, institution, partnership or concept that was found. Links begin with ``/@/``."""

    uuid: uuids.UUID
    kind: str
    key: str
    title: str
    lang: str
    other: str | None
    other_lang: str | None
    url: str
    score: float
    badges: list[Badge] = field(default_factory=list)
    passages: list[FoundPassage] = field(default_factory=list)


def found_works(
    session: Session, results: Results, *, lang: str, passages: int = SHOWN
) -> list[FoundWork]:
    """The hits in their order. What was withdrawn since the index last looked is left out."""
    hits = [hit for found in results.hits for hit in found.passages[:passages]]
    works = [h for h in hits if h.kind not in ("institution", "partnership", "term")]
    placed = _places(session, works, words=results.words)
    rows = {
        row.uuid: row.id
        for row in session.execute(
            select(Work.uuid, Work.id).where(
                Work.uuid.in_({uuids.UUID(h.work) for h in works}), Work.status == "published"
            )
        )
    }
    shown = {card.uuid: card for card in cards(session, list(rows.values()), lang=lang)}
    others = _entries(session, [h for h in hits if h not in works], lang=lang, words=results.words)
    made: list[FoundWork] = []
    for found in results.hits:
        uuid = uuids.UUID(found.work)
        if uuid in others:
            made.append(others[uuid])
            continue
        card = shown.get(uuid)
        if card is None:
            continue
        base = public_paths.page(card.kind, card.key)
        there: list[FoundPassage] = []
        for hit in found.passages[:passages]:
            place = placed.get(hit.passage)
            if place is None:
                continue
            path, title, pieces = place
            url = public_paths.page(card.kind, card.key, path)
            if path or not any(p.url.startswith(base + "#") for p in there):
                url += f"#{public_paths.block_anchor(uuids.UUID(hit.block))}"
            there.append(
                FoundPassage(
                    section=uuids.UUID(hit.section),
                    title=title or card.title,
                    lang=hit.lang,
                    url=url,
                    pieces=pieces,
                    score=hit.score,
                )
            )
        made.append(
            FoundWork(
                uuid=uuid,
                kind=card.kind,
                key=card.key,
                title=card.title,
                lang=card.lang,
                other=card.other,
                other_lang=card.other_lang,
                url=base,
                score=found.score,
                badges=card.badges,
                passages=there,
            )
        )
    return made


def _places(
    session: Session, hits: Sequence[Hit], *, words: tuple[str, ...]
) -> dict[str, tuple[str, str, list[tuple[str, bool]]]]:
    """For each passage: its section's path, the section's title in its language, the marked text."""
    if not hits:
        return {}
    firsts = {
        row.uuid: row
        for row in session.execute(
            select(Block.uuid, Block.position, Block.section_id, Section.path)
            .join(Section, Section.id == Block.section_id)
            .where(
                Block.uuid.in_({uuids.UUID(h.block) for h in hits}),
                Block.removed_at.is_(None),
                Section.removed_at.is_(None),
            )
        )
    }
    if not firsts:
        return {}
    wanted = or_(
        *(
            and_(
                Block.section_id == row.section_id,
                or_(
                    Block.position.between(row.position, row.position + NEARBY),
                    Block.role == Role.TITLE,
                ),
            )
            for row in firsts.values()
        )
    )
    texts: dict[tuple[int, str], list[tuple[int, str, str]]] = defaultdict(list)
    titles: dict[tuple[int, str], str] = {}
    for row in session.execute(
        select(
            Block.section_id,
            Block.position,
            Block.role,
            Block.kind,
            BlockText.lang,
            BlockText.source,
        )
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            wanted,
            Block.removed_at.is_(None),
            Block.kind.not_in(SILENT_KINDS),
            BlockText.lang.in_({h.lang for h in hits}),
        )
        .order_by(Block.section_id, Block.position)
    ):
        if row.role == Role.TITLE:
            titles[(row.section_id, row.lang)] = plain_text(row.source, kind=BlockKind(row.kind))
        else:
            texts[(row.section_id, row.lang)].append((row.position, row.kind, row.source))
    placed: dict[str, tuple[str, str, list[tuple[str, bool]]]] = {}
    for hit in hits:
        first = firsts.get(uuids.UUID(hit.block))
        if first is None:
            continue
        key = (first.section_id, hit.lang)
        text = "\n".join(
            plain_text(source, kind=BlockKind(kind))
            for position, kind, source in texts[key]
            if position >= first.position
        )
        placed[hit.passage] = (
            first.path,
            titles.get(key, ""),
            snippet(text, words, hit.lang) if text else [],
        )
    return placed


def _entries(
    session: Session, hits: Sequence[Hit], *, lang: str, words: tuple[str, ...]
) -> dict[uuids.UUID, FoundWork]:
    """Institutions, partnerships and concepts that were found."""
    found: dict[uuids.UUID, FoundWork] = {}
    by_kind: dict[str, dict[uuids.UUID, Hit]] = defaultdict(dict)
    for hit in hits:
        by_kind[hit.kind].setdefault(uuids.UUID(hit.work), hit)
    if by_kind.get("institution"):
        rows = session.execute(
            select(
                Institution.uuid,
                Institution.key,
                Institution.source_language,
                InstitutionText.lang,
                InstitutionText.name,
                InstitutionText.summary,
            )
            .join(InstitutionText, InstitutionText.institution_id == Institution.id)
            .where(Institution.uuid.in_(by_kind["institution"]))
        ).all()
        _add(found, by_kind["institution"], [r._tuple() for r in rows], lang, words)
    if by_kind.get("partnership"):
        rows = session.execute(
            select(
                Partnership.uuid,
                Partnership.key,
                Partnership.source_language,
                PartnershipText.lang,
                PartnershipText.name,
                PartnershipText.summary,
            )
            .join(PartnershipText, PartnershipText.partnership_id == Partnership.id)
            .where(Partnership.uuid.in_(by_kind["partnership"]))
        ).all()
        _add(found, by_kind["partnership"], [r._tuple() for r in rows], lang, words)
    if by_kind.get("term"):
        rows = session.execute(
            select(
                Concept.uuid,
                Concept.key,
                Concept.source_language,
                Term.lang,
                Term.text,
                ConceptText.definition,
            )
            .join(Term, Term.concept_id == Concept.id)
            .outerjoin(
                ConceptText,
                and_(ConceptText.concept_id == Concept.id, ConceptText.lang == Term.lang),
            )
            .where(Concept.uuid.in_(by_kind["term"]), Term.status == "preferred")
        ).all()
        _add(found, by_kind["term"], [r._tuple() for r in rows], lang, words)
    return found


def _add(
    found: dict[uuids.UUID, FoundWork],
    hits: Mapping[uuids.UUID, Hit],
    rows: Sequence[tuple[uuids.UUID, str, str, str, str, str | None]],
    lang: str,
    words: tuple[str, ...],
) -> None:
    names: dict[uuids.UUID, dict[str, tuple[str, str]]] = defaultdict(dict)
    keys: dict[uuids.UUID, tuple[str, str]] = {}
    for uuid, key, source, tag, name, text in rows:
        names[uuid][tag] = (name, text or "")
        keys[uuid] = (key, source)
    for uuid, by_lang in names.items():
        hit = hits[uuid]
        key, source = keys[uuid]
        tag = next((t for t in chain(lang, source=source) if t in by_lang), next(iter(by_lang)))
        other = hit.lang if hit.lang != tag and hit.lang in by_lang else None
        if other is None and source != tag and source in by_lang:
            other = source
        url = public_paths.page(hit.kind, key)
        said = hit.lang if hit.lang in by_lang else tag
        text = plain_text(by_lang[said][1], kind=BlockKind.PARAGRAPH)
        passages = []
        if text:
            passages.append(
                FoundPassage(
                    section=uuid,
                    title=by_lang[said][0],
                    lang=said,
                    url=url,
                    pieces=snippet(text, words, said),
                    score=hit.score,
                )
            )
        found[uuid] = FoundWork(
            uuid=uuid,
            kind=hit.kind,
            key=key,
            title=by_lang[tag][0],
            lang=tag,
            other=by_lang[other][0] if other else None,
            other_lang=other,
            url=url,
            score=hit.score,
            badges=[Badge(t, 100) for t in by_lang],
            passages=passages,
        )
