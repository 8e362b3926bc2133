"""What has to be right before readers get a work, and what should be looked at."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from library.catalogue.drafts import BlockDraft, MediaDraft, SectionDraft, WorkDraft
from library.markdown import BlockKind, plain_text

# A picture in Markdown: its alternative text, and its address.
_PICTURE: Final = re.compile(r"!\[(?P<alt>(?:[^\]\\]|\\.)*)\]\((?P<to>[^)\s]*)")
# What is read by people, not only kept: for these a licence is owed.
_DECORATION: Final = "decorative"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a manuscript. ``kind`` names it for programs, ``block`` and ``lang`` say where.

    ``stops``: readers must not get the work before it is put right.
    """

    kind: str
    stops: bool
    section: uuids.UUID | None = None
    block: uuids.UUID | None = None
    lang: str | None = None
    file: str | None = None


def findings(draft: WorkDraft) -> list[Finding]:
    """Everything to be said about a draft, what stops it first."""
    found = [*_of_facts(draft), *_of_files(draft)]
    for section, path, _ in draft.root.walk():
        found += _of_section(draft, section, is_root=not path)
    return sorted(found, key=lambda one: not one.stops)


def _of_facts(draft: WorkDraft) -> Iterator[Finding]:
    # It holds for all files that have none of their own, so they need not be told one by one.
    if not draft.licence:
        yield Finding("no-licence", stops=True)
    if not draft.institutions:
        yield Finding("no-institution", stops=False)
    source = draft.root.texts.get(draft.source_language, [])
    if not any(block.role == "summary" for block in source):
        yield Finding("no-summary", stops=False, section=draft.root.uuid)


def _of_files(draft: WorkDraft) -> Iterator[Finding]:
    shown = {
        match["to"].rpartition("/")[2]
        for section, _, _ in draft.root.walk()
        for blocks in section.texts.values()
        for block in blocks
        for match in _PICTURE.finditer(block.parsed.source)
    }
    for file in draft.media:
        if file.media_type.startswith("image/") and _base(file) not in shown:
            yield Finding("file-not-shown", stops=False, file=file.path)


def _base(file: MediaDraft) -> str:
    """The name that texts use for a file: ``photo.fr.png`` is shown as ``photo.png``."""
    name = file.path.rpartition("/")[2]
    if file.lang and f".{file.lang}." in name:
        name = name.replace(f".{file.lang}.", ".")
    return name


def _of_section(draft: WorkDraft, section: SectionDraft, *, is_root: bool) -> Iterator[Finding]:
    source = section.texts.get(draft.source_language, [])
    titled = [block for block in source if block.role == "title"]
    if not titled or not plain_text(titled[0].parsed.source, kind=BlockKind.HEADING).strip():
        yield Finding("no-title", stops=True, section=section.uuid)
    if not is_root and len(source) <= 1 and not section.sections:
        yield Finding("empty-section", stops=False, section=section.uuid)
    for lang, blocks in section.texts.items():
        for block in blocks:
            yield from _of_block(section, block, lang)


def _of_block(section: SectionDraft, block: BlockDraft, lang: str) -> Iterator[Finding]:
    for match in _PICTURE.finditer(block.parsed.source):
        # An author says that a picture only decorates by a title, never by leaving the words out.
        after = block.parsed.source[match.end() : match.end() + 40]
        if not match["alt"].strip() and _DECORATION not in after:
            yield Finding(
                "no-alternative-text",
                stops=True,
                section=section.uuid,
                block=block.uuid,
                lang=lang,
                file=match["to"],
            )
