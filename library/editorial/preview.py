"""A work that is not published yet, as readers will see it: rendered from a draft, kept nowhere."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cached_property

from library.catalogue import addresses
from library.catalogue.drafts import BlockDraft, MediaDraft, SectionDraft, WorkDraft
from library.catalogue.editions import SILENT_KINDS
from library.catalogue.models import MediaFile, MediaRole, Work
from library.catalogue.reading import BlockRow, EditionFacts, Piece, percent
from library.catalogue.rendering import LinkResolver, Shelf, ShelvedFile
from library.editorial.side_by_side import merged
from library.errors import NotFound
from library.i18n.chains import chain
from library.markdown import BlockKind, plain_text, render, source_hash


class Preview:
    """The rows of each section of a draft, as `catalogue.reading.blocks_of` gives those of a work."""

    def __init__(self, draft: WorkDraft) -> None:
        self.draft = draft
        self._places: dict[uuids.UUID | str, tuple[SectionDraft, str, str]] = {}
        self._place(draft.root, "", "")

    def _place(self, section: SectionDraft, path: str, folder: str) -> None:
        self._places[section.uuid or path] = (section, path, folder)
        for inner in section.sections:
            self._place(
                inner,
                f"{path}/{inner.key}" if path else inner.key,
                f"{folder}/{inner.folder}" if folder else inner.folder,
            )

    @cached_property
    def shelf(self) -> Shelf:
        """What the texts can point to."""
        sections = {folder: path for _, path, folder in self._places.values()}
        media: dict[str, ShelvedFile] = {}
        tracks: dict[str, list[tuple[str, MediaFile]]] = {}
        for file in self.draft.media:
            row = MediaFile(**{one.name: getattr(file, one.name) for one in fields(MediaDraft)})
            media[file.path] = ShelvedFile(row)
            if file.role == MediaRole.SUBTITLES and file.lang:
                stem = file.path.rpartition(".")[0].removesuffix(f".{file.lang}")
                tracks.setdefault(stem, []).append((file.lang, row))
        links = addresses.LinkIndex(
            self.draft.kind, self.draft.key, sections, media, frozenset(self.languages)
        )
        return Shelf(links, sections, media, tracks)

    @cached_property
    def languages(self) -> list[str]:
        """The languages that say anything, the source language first."""
        spoken = {
            lang
            for section, _, _ in self._places.values()
            for lang, blocks in section.texts.items()
            if blocks
        }
        source = self.draft.source_language
        return sorted(spoken | {source}, key=lambda tag: (tag != source, tag))

    @property
    def sections(self) -> list[tuple[SectionDraft, str]]:
        """All sections in reading order with their paths, the root first."""
        return [(section, path) for section, path, _ in self._places.values()]

    def section(self, uuid: uuids.UUID | None) -> SectionDraft:
        """A section by its uuid, the root for None. Raises ``NotFound``."""
        if uuid is None:
            return self.draft.root
        found = self._places.get(uuid)
        if found is None:
            raise NotFound("This section is not there any more.")
        return found[0]

    def title(self, section: SectionDraft, *, lang: str) -> tuple[str, str]:
        """The title of a section and its language: in ``lang``, else along its chain, else the key."""
        for tag in (*chain(lang, source=self.draft.source_language), *section.texts):
            for block in section.texts.get(tag, ()):
                if block.role == "title":
                    words = plain_text(block.parsed.source, kind=BlockKind.HEADING).strip()
                    if words:
                        return words, tag
        return (section.key or self.draft.key).replace("-", " "), "und"

    def html(self, source: str, *, kind: str, lang: str, section: SectionDraft) -> str:
        """One text as HTML; links inside the library start with ``/@/``."""
        folder = self._places[section.uuid or ""][2]
        references = [
            block.parsed.source
            for block in section.texts.get(lang, ())
            if block.parsed.kind == "reference"
        ]
        resolver = LinkResolver(self.shelf, folder=folder, lang=lang)
        return render(
            source, kind=BlockKind(kind), lang=lang, resolve=resolver, references=references
        )

    def rows(self, section: SectionDraft, *, lang: str, beside: str | None) -> list[BlockRow]:
        """The blocks of a section in a language, with another beside it, and stand-ins for gaps."""
        source = self.draft.source_language
        wanted: Sequence[str] = list(
            dict.fromkeys([lang, *([beside] if beside else []), *chain(lang, source=source)])
        )
        rows = []
        for slot in merged(section, source):
            original = slot.texts.get(source)
            shape = original or next(iter(slot.texts.values()))
            if shape.parsed.kind in SILENT_KINDS:
                continue

            first = self._piece(slot.texts, lang, section)
            stand_in = None
            if first is None:
                tag = next((t for t in wanted if t in slot.texts and t != beside), None)
                stand_in = self._piece(slot.texts, tag, section, fallback=True)
            rows.append(
                BlockRow(
                    slot.uuid,
                    shape.parsed.kind,
                    slot.role,
                    shape.parsed.level,
                    first,
                    self._piece(slot.texts, beside, section),
                    stand_in,
                )
            )
        return rows

    def _piece(
        self,
        texts: Mapping[str, BlockDraft],
        lang: str | None,
        section: SectionDraft,
        *,
        fallback: bool = False,
    ) -> Piece | None:
        block = texts.get(lang) if lang else None
        if block is None or lang is None:
            return None
        source = self.draft.source_language
        original = texts.get(source)
        stale = (
            lang != source
            and original is not None
            and block.made_from is not None
            and block.made_from != source_hash(original.parsed.source)
        )
        html = self.html(block.parsed.source, kind=block.parsed.kind, lang=lang, section=section)
        origin = block.origin or "human"
        return Piece(html, lang, origin, block.reviewed_at, stale, fallback, lang == source)

    def editions(self) -> dict[str, EditionFacts]:
        """What is said of each language where a work is shown, counted from the draft."""
        source = self.draft.source_language
        counts: dict[str, int] = dict.fromkeys(self.languages, 0)
        for section, _, _ in self._places.values():
            for lang, blocks in section.texts.items():
                if lang in counts:
                    counts[lang] += sum(b.parsed.kind not in SILENT_KINDS for b in blocks)
        total = counts[source]
        found = {}
        for lang in self.languages:
            said = self.draft.editions.get(lang)
            title, titled_in = self.title(self.draft.root, lang=lang)
            found[lang] = EditionFacts(
                lang=lang,
                title=title if titled_in == lang else "",
                summary="",
                percent=percent(counts[lang], total),
                blocks=total,
                translated=counts[lang],
                stale=0,
                machine=0,
                reviewed=0,
                origin=said.origin if said else "human",
                answered_by=said.answered_by if said else None,
                bytes=0,
            )
        return found

    def work(self) -> Work:
        """A row that stands for the work where a page needs one; it is in no session."""
        return Work(
            kind=self.draft.kind,
            key=self.draft.key,
            source_language=self.draft.source_language,
            licence=self.draft.licence,
        )
