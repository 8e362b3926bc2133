"""What readers miss in what is stored: words for pictures, titles of sections, pictures of a fit size."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Role,
    Section,
    Work,
)
from library.content.links import written_addresses
from library.markdown import BlockKind, ParsedBlock

HEAVIEST = 150_000
"""Bytes of the heaviest picture that a reader on a slow line should be sent."""


def gaps(session: Session) -> list[str]:
    """A sentence for each gap in published works, in the order of works."""
    return [*_untitled(session), *_wordless(session), *_heavy(session)]


def _untitled(session: Session) -> list[str]:
    """Sections that have texts but no title in a language in which the work is offered."""
    titles = func.sum(case((Block.role == Role.TITLE, 1), else_=0))
    rows = session.execute(
        select(Work.kind, Work.key, Section.path, BlockText.lang)
        .join(Section, Section.work_id == Work.id)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, BlockText.block_id == Block.id)
        .join(Edition, (Edition.work_id == Work.id) & (Edition.lang == BlockText.lang))
        .where(
            Work.status == "published",
            Edition.offered.is_(True),
            Section.removed_at.is_(None),
            Block.removed_at.is_(None),
        )
        .group_by(Work.kind, Work.key, Section.id, Section.path, Section.position, BlockText.lang)
        .having(titles == 0)
        .order_by(Work.kind, Work.key, Section.position, BlockText.lang)
    )
    return [
        f"{kind}/{key}: {path or 'its first page'} ({lang}) has a text but no title; "
        "put a first heading above it."
        for kind, key, path, lang in rows
    ]


def _wordless(session: Session) -> list[str]:
    """Pictures, films and sounds without a word for who does not see or hear them."""
    lost: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], str] = {}
    for row in session.execute(
        select(Work.kind, Work.key, Section.path, Block.kind, BlockText.lang, BlockText.source)
        .join(Section, Section.work_id == Work.id)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            Work.status == "published",
            Section.removed_at.is_(None),
            Block.removed_at.is_(None),
            BlockText.source.contains("![") | BlockText.source.contains("<img"),
        )
        .order_by(Work.kind, Work.key, Section.position, Block.position, BlockText.lang)
    ):
        kind, key, path, block_kind, lang, source = row
        block = ParsedBlock(kind=BlockKind(block_kind), source=source, line=1, level=0, marker=None)
        for written in written_addresses(block):
            if written.is_picture and not written.words.strip():
                at = (kind, key, written.address)
                lost[at] += 1
                first.setdefault(at, f"{path or 'its first page'} ({lang})")
    return [
        f"{kind}/{key}: {address!r} is shown without an alternative text, "
        f"first in {first[kind, key, address]}; say between the brackets what is on it."
        for kind, key, address in lost
    ]


def _heavy(session: Session) -> list[str]:
    rows = session.execute(
        select(Work.kind, Work.key, MediaFile.path, MediaFile.size)
        .join(MediaFile, MediaFile.work_id == Work.id)
        .where(
            Work.status == "published",
            MediaFile.role == MediaRole.ORIGINAL,
            MediaFile.media_type.startswith("image/"),
            MediaFile.size > HEAVIEST,
        )
        .order_by(Work.kind, Work.key, MediaFile.path)
    )
    return [
        f"{kind}/{key}: the picture {path} has {size / 1000:.0f} kB; "
        f"make it smaller than {HEAVIEST // 1000} kB."
        for kind, key, path, size in rows
    ]
