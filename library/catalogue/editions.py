"""Editions: their facts, and their counts computed from the hashes."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from library.catalogue.drafts import WorkDraft
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Origin,
    Role,
    Section,
    Work,
)
from library.markdown import BlockKind, plain_text
from library.sentences import Sentence

# Blocks that no reader sees and no translator translates.
SILENT_KINDS = ("reference", "comment")


_STORED = select(Edition).where(Edition.work_id == bindparam("work"))


def stored(session: Session, work: Work) -> dict[str, Edition]:
    """The editions of a work by language."""
    return {one.lang: one for one in session.scalars(_STORED, {"work": work.id})}


def store_editions(
    session: Session, work: Work, draft: WorkDraft, *, there: dict[str, Edition], created: bool
) -> list[str]:
    """Write what the draft says of each edition, and put those that are new into ``there``; returns what
    changed."""
    before = set(there)
    languages = {lang for section, _, _ in draft.root.walk() for lang in section.texts}
    changed: list[str] = []
    for lang in sorted(languages | set(draft.editions)):
        wanted = draft.editions.get(lang)
        edition = there.get(lang)
        if edition is None:
            edition = there[lang] = Edition(work_id=work.id, lang=lang)
            session.add(edition)
            if not created:
                changed.append(Sentence("edition %(lang)s", lang=lang))
        elif wanted is None:
            continue
        if wanted is None:
            continue
        facts = (wanted.origin, wanted.offered, wanted.answered_by)
        if facts != (edition.origin, edition.offered, edition.answered_by):
            edition.origin, edition.offered, edition.answered_by = facts
            if lang in before:
                changed.append(Sentence("edition %(lang)s", lang=lang))
    return changed


def recount(session: Session, work: Work, *, editions: dict[str, Edition]) -> None:
    """Count blocks, translations, stale and machine-made texts of each of ``editions`` from the texts.

    An edition without any text is no edition: its row goes.
    """
    session.flush()
    octets = session.get_bind().dialect.name == "postgresql"
    rows = session.execute(
        _counting(octets), {"work": work.id, "source_language": work.source_language}
    ).all()
    counts = {lang: tuple(int(n or 0) for n in numbers) for lang, *numbers in rows}
    total = counts.get(work.source_language, (0,))[0]
    words = _titles(session, work)
    for lang in editions.keys() - counts.keys():
        session.execute(delete(Edition).where(Edition.work_id == work.id, Edition.lang == lang))
    for lang, (translated, stale, machine, reviewed, size) in counts.items():
        edition = editions.get(lang)
        if edition is None:
            edition = Edition(work_id=work.id, lang=lang)
            session.add(edition)
        edition.blocks, edition.translated, edition.stale = total, translated, stale
        edition.machine, edition.reviewed, edition.bytes = machine, reviewed, size
        edition.title = words.get((lang, Role.TITLE), "")
        edition.summary = words.get((lang, Role.SUMMARY), "")
    media_bytes = session.scalar(_MEDIA_BYTES, {"work": work.id})
    work.media_bytes = int(media_bytes or 0)
    session.flush()


_MEDIA_BYTES = select(func.coalesce(func.sum(MediaFile.size), 0)).where(
    MediaFile.work_id == bindparam("work"), MediaFile.role != MediaRole.RENDITION
)


@cache
def _counting(octets: bool) -> Select[str, Any, Any, Any, Any, int]:
    """The statement that counts, made once: to make it takes longer than to run it.

    ``octets``: the database says so how many bytes a text has; else it has to be cast.
    """
    source = aliased(BlockText)
    size: ColumnElement[int] = (
        func.octet_length(BlockText.source)
        if octets
        else func.length(cast(BlockText.source, LargeBinary))
    )
    language = bindparam("source_language", type_=BlockText.lang.type)
    stale = and_(
        BlockText.lang != language,
        source.hash.is_not(None),
        or_(BlockText.made_from.is_(None), BlockText.made_from != source.hash),
    )
    return (
        select(
            BlockText.lang,
            func.sum(case((source.block_id.is_not(None), 1), else_=0)),
            func.sum(case((stale, 1), else_=0)),
            func.sum(case((BlockText.origin == Origin.MACHINE, 1), else_=0)),
            func.sum(case((BlockText.reviewed_at.is_not(None), 1), else_=0)),
            func.sum(size),
        )
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .outerjoin(source, and_(source.block_id == BlockText.block_id, source.lang == language))
        .where(
            Section.work_id == bindparam("work"),
            Section.removed_at.is_(None),
            Block.removed_at.is_(None),
            Block.kind.not_in(SILENT_KINDS),
        )
        .group_by(BlockText.lang)
    )


_TITLES = (
    select(BlockText.lang, Block.role, Block.kind, BlockText.source)
    .join(Block, Block.id == BlockText.block_id)
    .join(Section, Section.id == Block.section_id)
    .where(
        Section.work_id == bindparam("work"),
        Section.path == "",
        Section.removed_at.is_(None),
        Block.removed_at.is_(None),
        Block.role != Role.BODY,
    )
)


def _titles(session: Session, work: Work) -> dict[tuple[str, str], str]:
    return {
        (lang, role): plain_text(source, kind=BlockKind(kind))
        for lang, role, kind, source in session.execute(_TITLES, {"work": work.id})
    }
