"""What has still to be translated in drafts whose translation was begun."""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.editorial import queries
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptInstitution,
    ManuscriptSection,
    ManuscriptText,
    State,
)


class Untranslated(NamedTuple):
    """A draft with so many ``texts`` of its source that say nothing yet in ``lang``."""

    manuscript: uuids.UUID
    kind: str
    title: str
    title_lang: str
    lang: str
    texts: int


def untranslated(session: Session, *, by: Actor, limit: int = 20) -> list[Untranslated]:
    """What this person could go on translating, the latest changed first.

    Looked for among the `queries.LATEST` drafts that were changed last. A language counts once somebody
    has begun it.
    """
    drafts = list(
        session.scalars(
            queries.visible(select(Manuscript), by, Action.TRANSLATE)
            .where(Manuscript.state == State.DRAFT)
            .order_by(Manuscript.changed_at.desc(), Manuscript.id.desc())
            .limit(queries.LATEST)
        )
    )
    ids = [one.id for one in drafts]
    counts = _counts(session, ids)
    places = _places(session, ids)
    found = []
    for one in drafts:
        texts = counts[one.id]
        whole = texts.get(one.source_language, 0)
        begun = (set(one.facts.get("editions", {})) | set(texts)) - {one.source_language}
        for lang in sorted(begun):
            missing = whole - texts.get(lang, 0)
            if missing > 0 and by.may(Action.TRANSLATE, institutions=places[one.id], lang=lang):
                found.append(
                    Untranslated(one.uuid, one.kind, one.title, one.source_language, lang, missing)
                )
    return found[:limit]


def _counts(session: Session, ids: list[int]) -> dict[int, dict[str, int]]:
    """Paragraphs that say something, by manuscript and language."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for id_, lang, count in session.execute(
        select(ManuscriptSection.manuscript_id, ManuscriptText.lang, func.count())
        .join(ManuscriptBlock, ManuscriptBlock.section_id == ManuscriptSection.id)
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .where(ManuscriptSection.manuscript_id.in_(ids), ManuscriptText.source != "")
        .group_by(ManuscriptSection.manuscript_id, ManuscriptText.lang)
    ):
        found[id_][lang] = count
    return found


def _places(session: Session, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for id_, key in session.execute(
        select(ManuscriptInstitution.manuscript_id, ManuscriptInstitution.institution).where(
            ManuscriptInstitution.manuscript_id.in_(ids)
        )
    ):
        found[id_].append(key)
    return found
