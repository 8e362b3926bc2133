"""The languages of a section laid side by side: which of their blocks are the same one."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass

from library.catalogue.drafts import BlockDraft, SectionDraft
from library.db import new_uuid


@dataclass(slots=True)
class Merged:
    """A block with its texts by language, as the languages of a section are laid side by side."""

    uuid: uuids.UUID
    role: str
    label: str | None
    texts: dict[str, BlockDraft]


def merged(section: SectionDraft, source_language: str) -> list[Merged]:
    """The blocks of a section in the order of its source language, each with all its languages.

    Blocks belong together by uuid, else by label, else, where neither is given, by their place among
    those of the same role; what only a translation has stands after what it followed there.
    """
    slots: list[Merged] = []
    found: dict[str, Merged] = {}
    order = sorted(section.texts, key=lambda tag: (tag != source_language, tag))
    for lang in order:
        at, unnamed = 0, 0
        nameless = [slot for slot in slots if slot.label is None and lang not in slot.texts]
        for draft in section.texts[lang]:
            slot = found.get(str(draft.uuid)) or found.get(draft.label or "")
            if slot is None and draft.uuid is None and draft.label is None:
                if lang != source_language and unnamed < len(nameless):
                    slot = nameless[unnamed]
                unnamed += 1
            if slot is None or lang in slot.texts:
                slot = Merged(draft.uuid or new_uuid(), draft.role, draft.label, {})
                slots.insert(at, slot)
            if draft.uuid is not None:
                found[str(draft.uuid)] = slot
            if draft.label:
                found[draft.label] = slot
            slot.texts[lang] = draft
            at = next(n for n, one in enumerate(slots) if one is slot) + 1
    return slots
