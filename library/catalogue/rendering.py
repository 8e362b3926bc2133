"""From block texts to HTML, with links and pictures that lead to where they are meant to.

Rendering depends on the whole work (its sections and media), so its results are kept with the texts and
thrown away when the work's shape changes. ``Renderer`` is made once for a work and used for many texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from library.catalogue import addresses, public_paths
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Section,
    Work,
)
from library.i18n import quantities
from library.i18n.names import endonym
from library.markdown import RENDERER_VERSION, BlockKind, MediaTarget, Target, render
from library.media.types import short_label


@dataclass(slots=True)
class ShelvedFile:
    """A file with the small versions that were made of it."""

    row: MediaFile
    renditions: list[MediaFile] = field(default_factory=list)


@dataclass(slots=True)
class Shelf:
    """What the texts of one work can point to: its sections and its media, by folder path."""

    links: addresses.LinkIndex
    sections: dict[str, str]
    media: dict[str, ShelvedFile]
    tracks: dict[str, list[tuple[str, MediaFile]]]

    def localised(self, path: str, lang: str) -> ShelvedFile | None:
        """The file at ``path``, or the one of it in this language (``photo.fr.png``)."""
        found = addresses.language_variant(path, lang=lang, media=self.media)
        return self.media[found] if found else None


def shelf_of(session: Session, work: Work) -> Shelf:
    """Read what a work's texts can point to."""
    folders: dict[int, str] = {}
    sections: dict[str, str] = {}
    for id_, parent_id, folder, path in session.execute(
        select(Section.id, Section.parent_id, Section.folder, Section.path)
        .where(Section.work_id == work.id, Section.removed_at.is_(None))
        .order_by(Section.depth, Section.position)
    ):
        above = folders.get(parent_id, "") if parent_id else ""
        folders[id_] = f"{above}/{folder}" if above else folder
        sections[folders[id_]] = path
    media: dict[str, ShelvedFile] = {}
    small: dict[int, list[MediaFile]] = defaultdict(list)
    tracks: dict[str, list[tuple[str, MediaFile]]] = defaultdict(list)
    for row in session.scalars(
        select(MediaFile).where(MediaFile.work_id == work.id).order_by(MediaFile.path)
    ):
        if row.role == MediaRole.RENDITION:
            if row.made_from_id is not None:
                small[row.made_from_id].append(row)
            continue
        media[row.path] = ShelvedFile(row)
        if row.role == MediaRole.SUBTITLES and row.lang:
            stem = row.path.rpartition(".")[0].removesuffix(f".{row.lang}")
            tracks[stem].append((row.lang, row))
    for item in media.values():
        item.renditions = sorted(small.get(item.row.id, []), key=lambda r: r.width or 0)
    languages = session.scalars(select(Edition.lang).where(Edition.work_id == work.id))
    links = addresses.LinkIndex(work.kind, work.key, sections, media, frozenset(languages))
    return Shelf(links, sections, media, dict(tracks))


_STILLS = ("webp", "jpg", "jpeg", "png")


class LinkResolver:
    """Answers the renderer's questions for the texts of one section in one language."""

    def __init__(self, shelf: Shelf, *, folder: str, lang: str) -> None:
        self.shelf = shelf
        self.folder = folder
        self.lang = lang

    def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
        del alt
        found = self.shelf.links.resolve(address, folder=self.folder)
        if isinstance(found, addresses.External):
            return Target(href=found.url, missing=False, external=True, media=None)
        if isinstance(found, addresses.SectionTarget):
            href = public_paths.page(found.kind, found.key, found.section_path)
            if found.fragment:
                href += f"#{found.fragment}"
            return Target(href=href, missing=False, external=False, media=None)
        if isinstance(found, addresses.MediaTarget):
            item = self.shelf.localised(found.path, self.lang)
            if item is not None:
                return self._media(item, is_image=is_image)
        return Target(href=None, missing=True, external=False, media=None)

    def describe(self, media: MediaTarget, *, lang: str) -> str:
        return f"{short_label(media.media_type)}, {quantities.size(media.size, lang)}"

    def _media(self, item: ShelvedFile, *, is_image: bool) -> Target:
        del is_image
        row = item.row
        stem = row.path.rpartition(".")[0]
        if row.lang:
            stem = stem.removesuffix(f".{row.lang}")
        tracks = self.shelf.tracks.get(stem, [])
        row_is_picture = row.media_type.startswith("image/")
        still = self._still(stem) if row.media_type.startswith("video/") else None
        if still is None and not row_is_picture:
            still = next((r for r in item.renditions if r.media_type.startswith("image/")), None)
        return Target(
            href=public_paths.media(row.sha256, row.name),
            missing=False,
            external=False,
            media=MediaTarget(
                media_type=row.media_type,
                size=row.size,
                width=row.width,
                height=row.height,
                name=row.name.rpartition("/")[2],
                sources=_versions(item, "image/webp" if row_is_picture else "video/"),
                modern=_versions(item, "image/avif") if row_is_picture else (),
                sound=_sound(item),
                tracks=tuple(
                    (lang, endonym(lang), public_paths.media(t.sha256, t.name))
                    for lang, t in sorted(tracks, key=lambda pair: (pair[0] != self.lang, pair[0]))
                ),
                poster=public_paths.media(still.sha256, still.name) if still else None,
            ),
        )

    def _still(self, stem: str) -> MediaFile | None:
        """The picture beside a film that has its name: shown until it is played."""
        for ending in _STILLS:
            found = self.shelf.localised(f"{stem}.{ending}", self.lang)
            if found is not None and found.row.media_type.startswith("image/"):
                return found.row
        return None


def _versions(item: ShelvedFile, kind: str) -> tuple[tuple[str, int], ...]:
    return tuple(
        (public_paths.media(r.sha256, r.name), r.width or 0)
        for r in item.renditions
        if r.media_type.startswith(kind)
    )


def _sound(item: ShelvedFile) -> MediaTarget | None:
    """The sound of a film without the film, which is a tenth of it."""
    if not item.row.media_type.startswith("video/"):
        return None
    for one in item.renditions:
        if one.media_type.startswith("audio/"):
            return MediaTarget(
                media_type=one.media_type,
                size=one.size,
                name=one.name.rpartition("/")[2],
                href=public_paths.media(one.sha256, one.name),
            )
    return None


class Renderer:
    """Renders the block texts of one work."""

    def __init__(self, session: Session, work: Work) -> None:
        self._session = session
        self._work = work
        self._shelf: Shelf | None = None
        self._folders: dict[str, str] = {}
        self._references: dict[tuple[int, str], list[str]] = {}

    @property
    def shelf(self) -> Shelf:
        if self._shelf is None:
            self._shelf = shelf_of(self._session, self._work)
            self._folders = {path: folder for folder, path in self._shelf.sections.items()}
        return self._shelf

    def html(self, source: str, *, kind: str, lang: str, section_id: int, path: str) -> str:
        """One text as HTML; links inside start with ``/@/``."""
        resolver = LinkResolver(self.shelf, folder=self._folders.get(path, ""), lang=lang)
        return render(
            source,
            kind=BlockKind(kind),
            lang=lang,
            resolve=resolver,
            references=self._definitions(section_id, lang),
        )

    def _definitions(self, section_id: int, lang: str) -> Sequence[str]:
        """Link definitions (``[name]: address``) of a section, which all its blocks may use."""
        key = (section_id, lang)
        if key not in self._references:
            self._references[key] = list(
                self._session.scalars(
                    select(BlockText.source)
                    .join(Block, Block.id == BlockText.block_id)
                    .where(
                        Block.section_id == section_id,
                        Block.kind == "reference",
                        Block.removed_at.is_(None),
                        BlockText.lang == lang,
                    )
                )
            )
        return self._references[key]


# Two ranges rather than "is not": an index answers those without being read from end to end.
_PENDING = (
    or_(
        BlockText.html_version.is_(None),
        BlockText.html_version < RENDERER_VERSION,
        BlockText.html_version > RENDERER_VERSION,
    ),
    Block.removed_at.is_(None),
    Section.removed_at.is_(None),
)


def is_pending(session: Session) -> bool:
    """Whether a text waits to be rendered."""
    found = session.scalar(
        select(BlockText.block_id)
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(*_PENDING)
        .limit(1)
    )
    return found is not None


def render_pending(session: Session, *, limit: int = 500) -> int:
    """Render texts that have no HTML of today's renderer yet; returns how many were done.

    For the worker. Withdrawn works wait until they come back.
    """
    rows = session.execute(
        select(
            BlockText.block_id,
            BlockText.lang,
            BlockText.source,
            Block.kind,
            Section.id.label("section_id"),
            Section.path,
            Section.work_id,
        )
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(*_PENDING)
        .order_by(BlockText.block_id)
        .limit(limit)
    ).all()
    renderers: dict[int, Renderer] = {}
    done = []
    for row in rows:
        renderer = renderers.get(row.work_id)
        if renderer is None:
            renderer = renderers[row.work_id] = Renderer(
                session, session.get_one(Work, row.work_id)
            )
        html = renderer.html(
            row.source, kind=row.kind, lang=row.lang, section_id=row.section_id, path=row.path
        )
        done.append({"key": row.block_id, "tag": row.lang, "text": row.source, "made": html})
    if done:
        table = BlockText.__table__
        session.connection().execute(
            update(table)  # type: ignore[arg-type]
            .where(
                table.c.block_id == bindparam("key"),
                table.c.lang == bindparam("tag"),
                # Not if it was changed meanwhile: then it has been put back in the queue.
                table.c.source == bindparam("text"),
            )
            .values(html=bindparam("made"), html_version=RENDERER_VERSION),
            done,
        )
    return len(done)
