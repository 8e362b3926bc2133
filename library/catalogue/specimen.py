"""A pair of paragraphs to show what the library is: one paragraph of a real work in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from library.catalogue.models import Block, BlockText, Edition, Role, Section, Work
from library.markdown import BlockKind, plain_text

# Characters of a paragraph that fits a narrow column; a Chinese one says the same in a third.
_SHORTEST, _LONGEST = 12, 260
_TRIED = 40


@dataclass(frozen=True, slots=True)
class Specimen:
    """``first`` in ``lang`` and ``second`` in ``other`` are the same paragraph, as plain text."""

    kind: str
    key: str
    section_path: str
    lang: str
    other: str
    first: str
    second: str


def specimen(
    session: Session, *, works: Sequence[int], lang: str, others: Sequence[str]
) -> Specimen | None:
    """The first fitting pair in one of ``works``, with the other language the first of ``others``.

    A paragraph of plain running text, neither a line nor half a page; both texts whole and fresh.
    """
    if not works:
        return None
    for other in others:
        if other == lang:
            continue
        found = _pair(session, works, lang, other)
        if found is not None:
            return found
    return None


def _pair(session: Session, works: Sequence[int], lang: str, other: str) -> Specimen | None:
    one, two = aliased(BlockText), aliased(BlockText)
    rows = session.execute(
        select(Work.kind, Work.key, Section.path, one.source, two.source)
        .select_from(Block)
        .join(Section, Section.id == Block.section_id)
        .join(Work, Work.id == Section.work_id)
        .join(one, (one.block_id == Block.id) & (one.lang == lang))
        .join(two, (two.block_id == Block.id) & (two.lang == other))
        .join(Edition, (Edition.work_id == Work.id) & (Edition.lang == other))
        .where(
            Section.work_id.in_(works),
            Section.removed_at.is_(None),
            Section.position > 0,
            Block.removed_at.is_(None),
            Block.kind == BlockKind.PARAGRAPH,
            Block.role == Role.BODY,
            Edition.offered.is_(True),
            func.length(one.source).between(_SHORTEST, _LONGEST),
            func.length(two.source).between(_SHORTEST, _LONGEST),
        )
        .order_by(Work.published_at.desc(), Section.position, Block.position)
        .limit(_TRIED)
    ).all()
    for kind, key, path, source, beside in rows:
        # Prose only: links, formulas and code make no specimen.
        if any(mark in source + beside for mark in "$`[]<>|*_#"):
            continue
        first = plain_text(source, kind=BlockKind.PARAGRAPH)
        second = plain_text(beside, kind=BlockKind.PARAGRAPH)
        if first and second:
            return Specimen(kind, key, path, lang, other, first, second)
    return None
