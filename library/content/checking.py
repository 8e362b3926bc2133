"""Looking through what is stored: links and pictures that lead nowhere, pictures that say nothing."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.addresses import MediaTarget, Missing, SectionTarget
from library.catalogue.models import Block, BlockText, MediaFile, Section, Work
from library.catalogue.rendering import Shelf, shelf_of
from library.content.links import written_addresses
from library.errors import LibraryError
from library.markdown import BlockKind, ParsedBlock
from library.media.port import MediaStore


def broken_links(session: Session, store: MediaStore) -> list[str]:
    """A sentence for each target that published texts point to and the library does not have.

    Also says which media files the store has lost. Links to other sites are not followed here.
    """
    places: set[tuple[str, str, str]] = {
        (row.kind, row.key, row.path)
        for row in session.execute(
            select(Work.kind, Work.key, Section.path)
            .join(Section, Section.work_id == Work.id)
            .where(Work.status == "published", Section.removed_at.is_(None))
        )
    }
    said: list[str] = []
    for work in session.scalars(
        select(Work).where(Work.status == "published").order_by(Work.kind, Work.key)
    ):
        said += _of_work(session, work, places)
    said += _lost_media(session, store)
    return said


def _of_work(session: Session, work: Work, places: set[tuple[str, str, str]]) -> list[str]:
    shelf: Shelf | None = None
    folders: dict[str, str] = {}
    lost: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row in session.execute(
        select(Section.path, Block.kind, BlockText.lang, BlockText.source)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            Section.work_id == work.id,
            Section.removed_at.is_(None),
            Block.removed_at.is_(None),
            BlockText.source.contains("](")
            | BlockText.source.contains("]:")
            | BlockText.source.contains("<"),
        )
        .order_by(Section.position, Block.position)
    ):
        if shelf is None:
            shelf = shelf_of(session, work)
            folders = {path: folder for folder, path in shelf.sections.items()}
        block = ParsedBlock(
            kind=BlockKind(row.kind), source=row.source, line=1, level=0, marker=None
        )
        for written in written_addresses(block):
            target = shelf.links.resolve(written.address, folder=folders.get(row.path, ""))
            if _leads_nowhere(target, shelf, places):
                lost[written.address] += 1
                first.setdefault(written.address, f"{row.path or 'its first page'} ({row.lang})")
    return [
        f"{work.kind}/{work.key}: {count} link{'' if count == 1 else 's'} to {address!r} "
        f"lead{'s' if count == 1 else ''} nowhere, first in {first[address]}."
        for address, count in lost.items()
    ]


def _leads_nowhere(target: object, shelf: Shelf, places: set[tuple[str, str, str]]) -> bool:
    if isinstance(target, Missing):
        return True
    if isinstance(target, MediaTarget):
        return target.path not in shelf.media and shelf.localised(target.path, "und") is None
    if isinstance(target, SectionTarget):
        if target.kind in ("institution", "partnership", "term"):
            return False
        return (target.kind, target.key, target.section_path) not in places
    return False


def _lost_media(session: Session, store: MediaStore) -> list[str]:
    lost = []
    for sha256, name in session.execute(
        select(MediaFile.sha256, MediaFile.name).distinct().order_by(MediaFile.name)
    ):
        try:
            if not store.exists(sha256):
                lost.append(f"The bytes of {name} are not in the media store; import it again.")
        except LibraryError as error:
            return [*lost, error.message]
    return lost
