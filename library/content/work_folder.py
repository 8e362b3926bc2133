"""Reading the folder of a work into a draft, with all that is wrong in it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from library.catalogue.addresses import section_key
from library.catalogue.drafts import BlockDraft, EditionDraft, SectionDraft, WorkDraft
from library.content.faults import Faults, shown, suggestion
from library.content.folder import META, FolderTexts, Found, list_work
from library.content.media_files import MediaSource, sources_of
from library.content.meta import Meta, read_meta
from library.content.schema import WORK
from library.content.text_blocks import block_drafts, name_of
from library.content.text_file import MARKDOWN_LIMIT, read_text
from library.i18n.tags import plausible
from library.sentences import NOTHING, Sentence

# So much of a text is enough to see that it is not in the language of its name.
_SAMPLE = 2_000
_PLAIN_FACTS = (
    "uuid",
    "level",
    "hours",
    "minutes",
    "credits",
    "version",
    "withdrawn_because",
    "replaced_by",
    "derived_from",
)
_LIST_FACTS = (
    "contributors",
    "links",
    "parameters",
    "related",
    "institutions",
    "partnerships",
    "codes",
    "countries",
)


@dataclass(slots=True)
class WorkReading:
    """What was read of a work. ``draft`` is None where so much is wrong that there is none.

    ``places`` gives the file of each section's text, by folder and language. The draft's ``media`` are
    still empty: ``media`` says where they come from.
    """

    kind: str
    key: str
    shown: str
    faults: Faults
    draft: WorkDraft | None = None
    meta: Meta | None = None
    media: list[MediaSource] = field(default_factory=list)
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    origin: str = "content"


def read_work(found: Found) -> WorkReading:
    """Read a work's folder; every fault is in the reading's ``faults``."""
    faults = Faults()
    reading = WorkReading(found.kind, found.key, found.shown, faults)
    meta = read_meta(found.path / META, shown=f"{found.shown}/{META}", faults=faults, schema=WORK)
    files = list_work(found, faults=faults)
    reading.meta = meta
    source_language = meta.values.get("source_language") if meta else None
    tree = _Tree(reading, source_language)
    root = tree.section(files.root, is_root=True)
    if meta is None:
        return reading
    values = meta.values
    spoken = {lang for folder in files.root.walk() for lang in folder.texts}
    if source_language is not None and not files.root.texts:
        faults.add(
            found.shown, 0, Sentence("The work has no text."), hint=write_file(source_language)
        )
    _check_editions(meta, spoken)
    _give_section_ids(root, meta)
    media_facts: Mapping[str, Mapping[str, str]] = values.get("media", {})
    for path in media_facts:
        if path not in files.others:
            near = suggestion(path, files.others)
            meta.fault(("media", path), Sentence("There is no such file."), near)
    reading.media = sources_of(files.others, base=found.shown, spoken=spoken, facts=media_facts)
    if source_language is not None and "licence" in values:
        reading.draft = draft_from(
            values, kind=found.kind, key=found.key, root=root, source_language=source_language
        )
    return reading


def draft_from(
    values: Mapping[str, Any], *, kind: str, key: str, root: SectionDraft, source_language: str
) -> WorkDraft:
    """A draft from the checked values of a ``meta.toml``."""
    draft = WorkDraft(
        kind=kind,
        key=key,
        source_language=source_language,
        licence=values["licence"],
        root=root,
        sample=values.get("sample", False),
        status=values.get("status", "published"),
        published_at=values.get("published"),
    )
    for name in _PLAIN_FACTS:
        setattr(draft, name, values.get(name))
    for name in _LIST_FACTS:
        setattr(draft, name, list(values.get(name, ())))
    draft.editions = {
        lang: EditionDraft(
            origin=facts.get("origin", "human"),
            offered=facts.get("offered", True),
            answered_by=facts.get("answered_by"),
        )
        for lang, facts in values.get("editions", {}).items()
    }
    return draft


class _Tree:
    """Reads the texts of a work, section by section, and holds names against each other."""

    def __init__(self, reading: WorkReading, source_language: str | None) -> None:
        self.reading = reading
        self.faults = reading.faults
        self.source_language = source_language
        self.homes: dict[uuid.UUID, str] = {}
        self.judged: set[str] = set()

    def section(self, folder: FolderTexts, *, is_root: bool = False) -> SectionDraft:
        draft = SectionDraft(key="" if is_root else section_key(folder.name), folder=folder.name)
        if self.source_language is not None and self.source_language not in folder.texts:
            self.faults.add(
                folder.shown,
                0,
                no_source_text(self.source_language),
                hint=NOTHING if is_root else Sentence("It may be empty."),
            )
        roles: dict[str, str] = {}
        ids: dict[str, uuid.UUID] = {}
        # The source language first: it decides what the named blocks are.
        for lang in sorted(folder.texts, key=lambda tag: (tag != self.source_language, tag)):
            place = f"{folder.shown}/{shown(folder.texts[lang].name)}"
            blocks = self._text(folder, lang, place, roles, is_root=is_root)
            if blocks is not None:
                draft.texts[lang] = blocks
                self._hold_names(blocks, place, folder.folder, roles, ids)
        draft.sections = [self.section(below) for below in folder.sections]
        return draft

    def _text(
        self,
        folder: FolderTexts,
        lang: str,
        place: str,
        roles: Mapping[str, str],
        *,
        is_root: bool,
    ) -> list[BlockDraft] | None:
        self.reading.places[folder.folder, lang] = place
        text = read_text(folder.texts[lang], shown=place, faults=self.faults, limit=MARKDOWN_LIMIT)
        if text is None:
            return None
        if lang not in self.judged and len(text) > 200:
            self.judged.add(lang)
            if not plausible(lang, text[:_SAMPLE]):
                self.faults.warn(place, 0, looks_otherwise(lang))
        blocks = block_drafts(text, place=place, faults=self.faults, is_root=is_root, roles=roles)
        if is_root and lang == self.source_language and not text.strip():
            message = Sentence("The work has no title in its source language.")
            self.faults.add(place, 0, message)
        return blocks

    def _hold_names(
        self,
        blocks: list[BlockDraft],
        place: str,
        folder: str,
        roles: dict[str, str],
        ids: dict[str, uuid.UUID],
    ) -> None:
        for block in blocks:
            name = name_of(block)
            if name is None or block.parsed.marker is None:
                continue
            roles.setdefault(name, block.role)
            line = block.parsed.marker.line
            if block.uuid is not None:
                home = self.homes.setdefault(block.uuid, folder)
                if home != folder:
                    self.faults.add(
                        place,
                        line,
                        Sentence(
                            "The block %(block)s is in “%(section)s” too.",
                            block=str(block.uuid),
                            section=shown(home) or Sentence("the root"),
                        ),
                        hint=Sentence("A copied paragraph is a new one: take its marker out."),
                    )
            if block.label is not None and block.uuid is not None:
                known = ids.setdefault(block.label, block.uuid)
                if known != block.uuid:
                    self.faults.add(
                        place,
                        line,
                        Sentence(
                            "The block “%(block)s” has another uuid in another language.",
                            block=shown(block.label),
                        ),
                    )


def _check_editions(meta: Meta, spoken: set[str]) -> None:
    for lang in meta.values.get("editions", {}):
        if lang not in spoken:
            meta.fault(
                ("editions", lang),
                Sentence("There is no text in %(lang)s.", lang=lang),
                Sentence("There is text in %(langs)s.", langs=tuple(sorted(spoken)))
                if spoken
                else NOTHING,
            )


def _give_section_ids(root: SectionDraft, meta: Meta) -> None:
    """Give sections the uuids that export wrote; ``.`` is the root."""
    wanted: dict[str, uuid.UUID] = dict(meta.values.get("sections", {}))
    if not wanted:
        return
    owners: dict[uuid.UUID, str] = {}
    for folder, section_id in wanted.items():
        if section_id in owners:
            message = Sentence(
                "“%(section)s” has this uuid already.", section=shown(owners[section_id])
            )
            meta.fault(("sections", folder), message)
        owners.setdefault(section_id, folder)
    for folder, section in folders(root):
        section.uuid = wanted.pop(folder or ".", None)
    for folder in wanted:
        meta.warn(
            ("sections", folder),
            Sentence("There is no such section."),
            Sentence("If it was renamed, rename it here too, so that its lasting address goes on."),
        )


def write_file(lang: str) -> Sentence:
    """The hint to write the text in a language."""
    return Sentence("Write %(name)s.", name=f"{lang}.md")


def no_source_text(lang: str) -> Sentence:
    """That the file in the source language is missing."""
    return Sentence("There is no %(name)s, the text in the source language.", name=f"{lang}.md")


def looks_otherwise(lang: str) -> Sentence:
    """That a text is not in the language that its name says, by its letters."""
    return Sentence("The text does not look like %(lang)s.", lang=lang)


def folders(root: SectionDraft) -> list[tuple[str, SectionDraft]]:
    """Each section with its folder path inside the work, in reading order; the root's is empty."""
    found: list[tuple[str, SectionDraft]] = [("", root)]

    def below(section: SectionDraft, folder: str) -> None:
        for inner in section.sections:
            path = f"{folder}/{inner.folder}" if folder else inner.folder
            found.append((path, inner))
            below(inner, path)

    below(root, "")
    return found
