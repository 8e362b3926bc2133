"""Texts of one section while they are written, as readers will see them, with the manuscript's own links.

`preview` shows a whole draft; this is asked at every pause in typing and reads no more than it needs.
"""

from __future__ import annotations

import uuid as uuids
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.addresses import LinkIndex
from library.catalogue.models import MediaFile, MediaRole
from library.catalogue.rendering import LinkResolver, Shelf, ShelvedFile
from library.editorial import queries, uses
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptFile,
    ManuscriptSection,
    ManuscriptText,
)
from library.errors import NotFound
from library.markdown import BlockKind, render, split

# Paragraphs like this are kept for nobody to see: link definitions, authors' own remarks.
_SILENT: Final = frozenset({BlockKind.COMMENT, BlockKind.REFERENCE})


class SectionRenderer:
    """Renders texts of one section of a manuscript. Links begin with ``/@/`` as in published texts."""

    def __init__(self, session: Session, manuscript: Manuscript, section_uuid: uuids.UUID) -> None:
        section = session.scalar(
            select(ManuscriptSection).where(
                ManuscriptSection.manuscript_id == manuscript.id,
                ManuscriptSection.uuid == section_uuid,
            )
        )
        if section is None:
            raise NotFound("There is no such section in this manuscript any more.")
        self._session = session
        self._section_id = section.id
        index, folders = uses.link_index(session, manuscript)
        self._folder = folders[section.id]
        self._shelf = _shelf(session, manuscript, index)
        self._definitions: dict[str, list[str]] = {}

    def html(self, source: str, *, lang: str) -> str:
        """A text as safe HTML; never raises for any source. A text of several paragraphs gives several."""
        resolve = LinkResolver(self._shelf, folder=self._folder, lang=lang)
        try:
            parts = split(source)
        except Exception:  # a marker that is malformed is shown as it was typed
            parts = []
        kind = parts[0].kind if len(parts) == 1 else BlockKind.PARAGRAPH
        if parts and all(part.kind in _SILENT for part in parts):
            return ""
        references = [*self._references(lang), *(p.source for p in parts if p.kind in _SILENT)]
        return render(source, kind=kind, lang=lang, resolve=resolve, references=references)

    def _references(self, lang: str) -> list[str]:
        if lang not in self._definitions:
            rows = self._session.scalars(
                select(ManuscriptText.source)
                .join(ManuscriptBlock, ManuscriptBlock.id == ManuscriptText.block_id)
                .where(
                    ManuscriptBlock.section_id == self._section_id,
                    ManuscriptText.lang == lang,
                    ManuscriptText.source.contains("]:"),
                )
            )
            self._definitions[lang] = [
                source
                for source in rows
                if all(part.kind is BlockKind.REFERENCE for part in split(source))
            ]
        return self._definitions[lang]


def folder_of(session: Session, manuscript: Manuscript, section_uuid: uuids.UUID) -> str:
    """The folder path of a section, from which addresses in its texts are relative."""
    _, folders = uses.link_index(session, manuscript)
    ids = {
        row.uuid: row.id
        for row in session.execute(
            select(ManuscriptSection.uuid, ManuscriptSection.id).where(
                ManuscriptSection.manuscript_id == manuscript.id
            )
        )
    }
    if section_uuid not in ids:
        raise NotFound("There is no such section in this manuscript any more.")
    return folders[ids[section_uuid]]


def relative(path: str, *, folder: str) -> str:
    """The address of a file or section at ``path`` of the work, as a text in ``folder`` writes it."""
    depth = len(folder.split("/")) if folder else 0
    written = "".join(f"%{ord(c):02X}" if c in " ()<>" else c for c in path)
    return f"{'../' * depth}{written}"


def _shelf(session: Session, manuscript: Manuscript, index: LinkIndex) -> Shelf:
    media: dict[str, ShelvedFile] = {}
    tracks: dict[str, list[tuple[str, MediaFile]]] = {}
    for file in session.scalars(
        select(ManuscriptFile)
        .where(ManuscriptFile.manuscript_id == manuscript.id)
        .order_by(ManuscriptFile.path)
    ):
        # Never added to the session: the renderer asks rows of the catalogue for their facts.
        row = MediaFile(
            path=file.path,
            name=file.name,
            lang=file.lang,
            role=file.role,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            width=file.width,
            height=file.height,
        )
        media[file.path] = ShelvedFile(row)
        if file.role == MediaRole.SUBTITLES and file.lang:
            stem = file.path.rpartition(".")[0].removesuffix(f".{file.lang}")
            tracks.setdefault(stem, []).append((file.lang, row))
    languages = queries.languages(session, manuscript)
    links = LinkIndex(manuscript.kind, manuscript.key, index.sections, media, frozenset(languages))
    return Shelf(links, dict(index.sections), media, tracks)
