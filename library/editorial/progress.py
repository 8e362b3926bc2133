"""How far each language of a manuscript has come."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptSection,
    ManuscriptText,
)


class Progress(NamedTuple):
    """Paragraphs with a text in a language, and those of them whose source has changed since."""

    texts: int
    stale: int


def progress(session: Session, manuscript: Manuscript) -> dict[str, Progress]:
    """For each language that says anything, how much it says; empty paragraphs do not count."""
    original = aliased(ManuscriptText)
    behind = and_(
        ManuscriptText.lang != manuscript.source_language,
        original.block_id.is_not(None),
        or_(ManuscriptText.made_from.is_(None), ManuscriptText.made_from != original.hash),
    )
    rows = session.execute(
        select(
            ManuscriptText.lang,
            func.count(),
            func.sum(case((behind, 1), else_=0)),
        )
        .join(ManuscriptBlock, ManuscriptBlock.id == ManuscriptText.block_id)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .outerjoin(
            original,
            and_(
                original.block_id == ManuscriptText.block_id,
                original.lang == manuscript.source_language,
            ),
        )
        .where(ManuscriptSection.manuscript_id == manuscript.id, ManuscriptText.source != "")
        .group_by(ManuscriptText.lang)
    )
    return {lang: Progress(count, int(stale or 0)) for lang, count, stale in rows}
