"""The blocks that a section will have: which old ones stay, which are new, which moved in from elsewhere.

Nothing is written here; `texts` writes what comes out.
"""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from library.catalogue.anchoring import Shape, anchor, pair
from library.catalogue.drafts import BlockDraft
from library.catalogue.section_tree import StoredSection
from library.markdown import BlockKind, ParsedBlock, source_hash


@dataclass(slots=True)
class OldText:
    """A stored text of a block in one language, and where it comes from."""

    hash: str
    source: str
    made_from: str | None
    origin: str
    reviewed_by: str | None
    reviewed_at: dt.datetime | None


@dataclass(slots=True, eq=False)
class OldBlock:
    """A stored block with its texts by language."""

    id: int
    uuid: uuids.UUID
    section_id: int
    position: int
    kind: str
    role: str
    level: int
    label: str | None
    texts: dict[str, OldText] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Slot:
    """One block of a section as it will be: an old block or a new one, with its new texts."""

    old: OldBlock | None
    draft: BlockDraft  # the one that gives kind, role and level: the source's where there is one
    texts: dict[str, BlockDraft] = field(default_factory=dict)
    id: int = 0


def plan(
    source_language: str, section: StoredSection, old: list[OldBlock]
) -> tuple[list[Slot], list[OldBlock]]:
    """The section's blocks in their new order, and the old blocks that have no place in it."""
    texts = section.draft.texts
    sourced = [b for b in old if source_language in b.texts]
    loose = [b for b in old if source_language not in b.texts]
    slots: list[Slot] = []
    if source_language in texts:
        drafts = texts[source_language]
        matches = anchor(
            [_old_shape(b, source_language) for b in sourced], [_shape(d) for d in drafts]
        )
        used: set[int] = set()
        for draft, match in zip(drafts, matches, strict=True):
            block = sourced[match] if match is not None else None
            if block is not None:
                used.add(block.id)
            slots.append(Slot(old=block, draft=draft, texts={source_language: draft}))
        left = [b for b in sourced if b.id not in used]
    else:
        slots = [Slot(old=b, draft=_as_draft(b, source_language)) for b in sourced]
        left = []
    for lang in sorted(texts.keys() - {source_language}):
        stored = [b for b in old if lang in b.texts]
        _join(slots, loose, texts[lang], lang, source_language, stored)
    placed = {s.old.id for s in slots if s.old is not None}
    for block in loose:
        # A paragraph that only languages not spoken here have stays where it stood.
        if block.id not in placed and not (block.texts.keys() <= texts.keys()):
            slots.append(Slot(old=block, draft=_as_draft(block, next(iter(block.texts)))))
        elif block.id not in placed:
            left.append(block)
    return slots, left


def _join(
    slots: list[Slot],
    loose: list[OldBlock],
    drafts: list[BlockDraft],
    lang: str,
    source_language: str,
    stored: list[OldBlock],
) -> None:
    """Put a translation's blocks beside the source's; what belongs to none stands for itself."""
    base = [
        s
        for s in slots
        if source_language in s.texts or (s.old is not None and source_language in s.old.texts)
    ]
    shapes = [_shape(d) for d in drafts]
    matches = _as_before(base, loose, shapes, stored, lang)
    if matches is None:
        sources = [_slot_shape(s, source_language) for s in base]
        shapes = _remembered(base, shapes, sources, lang)
        matches = pair(sources, shapes)
    free = {b.id: b for b in loose if lang in b.texts}
    last = -1
    for draft, shape, match in zip(drafts, shapes, matches, strict=True):
        if match is not None:
            slot = base[match]
            slot.texts[lang] = draft
            last = match if slots[match] is slot else slots.index(slot)
            continue
        own = next((b for b in free.values() if b.texts[lang].hash == shape.hash), None)
        own = own or next(
            (b for b in free.values() if draft.label and b.label == draft.label), None
        )
        if own is not None:
            del free[own.id]
        twin = next((s for s in slots if own is not None and s.old is own), None)
        if twin is None:
            twin = Slot(old=own, draft=draft)
            last += 1
            slots.insert(last, twin)
        twin.texts[lang] = draft


def _as_before(
    base: list[Slot],
    loose: list[OldBlock],
    shapes: list[Shape],
    stored: list[OldBlock],
    lang: str,
) -> list[int | None] | None:
    """Where each block of a translation stands, if its file has not changed at all; else None.

    Nothing is weighed anew then, so that importing the same again changes nothing, also where several
    blocks say the same.
    """
    if not stored or [b.texts[lang].hash for b in stored] != [s.hash for s in shapes]:
        return None
    if any(s.label or s.uuid for s in shapes):
        return None
    places = {slot.old.id: n for n, slot in enumerate(base) if slot.old is not None}
    alone = {b.id for b in loose}
    if any(b.id not in places and b.id not in alone for b in stored):
        return None
    return [places.get(b.id) for b in stored]


def _remembered(
    base: list[Slot], shapes: list[Shape], sources: list[Shape], lang: str
) -> list[Shape]:
    """Name the translation's blocks that stand in the library already, unless the file was re-made.

    A translation whose text did not change belongs where it belonged, whatever happened to the source.
    Where the file changed and now has the source's very shape, its positions say more than its past.
    """
    known: dict[str, list[Shape]] = defaultdict(list)
    for slot, source in zip(base, sources, strict=True):
        if slot.old is not None and lang in slot.old.texts:
            known[slot.old.texts[lang].hash].append(source)
    if not known:
        return shapes
    unchanged = all(s.hash in known for s in shapes)
    same_form = [(s.kind, s.level, s.role) for s in sources] == [
        (s.kind, s.level, s.role) for s in shapes
    ]
    if same_form and not unchanged:
        return shapes
    named: list[Shape] = []
    for shape in shapes:
        places = known.get(shape.hash)
        if places and not shape.label and not shape.uuid:
            source = places.pop(0)
            shape = Shape(
                shape.kind,
                shape.level,
                shape.hash,
                shape.source,
                shape.role,
                label=None if source.uuid else source.label,
                uuid=source.uuid,
            )
        named.append(shape)
    return named


def offer(
    spare: dict[str, list[OldBlock]], blocks: Iterable[OldBlock], source_language: str
) -> None:
    """Put blocks that lost their place into ``spare``, under the hash of their text and their uuid."""
    for block in blocks:
        text = block.texts.get(source_language)
        if text is not None and block.role == "body":
            spare[text.hash].append(block)
            spare[str(block.uuid)].append(block)


def adopt(
    slots: list[Slot], spare: dict[str, list[OldBlock]], adopted: set[int], source_language: str
) -> None:
    """Let new slots of the same text, or of that uuid, have blocks from ``spare``; ``adopted`` are ids."""
    for slot in slots:
        draft = slot.texts.get(source_language)
        if slot.old is None and draft is not None and draft.role == "body":
            name = str(draft.uuid) if draft.uuid else source_hash(draft.parsed.source)
            found = next((b for b in spare.get(name, ()) if b.id not in adopted), None)
            if found is not None:
                slot.old = found
                adopted.add(found.id)


def _shape(draft: BlockDraft) -> Shape:
    parsed = draft.parsed
    return Shape(
        str(parsed.kind),
        parsed.level,
        source_hash(parsed.source),
        parsed.source,
        draft.role,
        draft.label,
        str(draft.uuid) if draft.uuid else None,
    )


def _old_shape(block: OldBlock, lang: str) -> Shape:
    text = block.texts[lang]
    return Shape(
        block.kind, block.level, text.hash, text.source, block.role, block.label, str(block.uuid)
    )


def _slot_shape(slot: Slot, source_language: str) -> Shape:
    draft = slot.texts.get(source_language, slot.draft)
    shape = _shape(draft)
    if slot.old is None:
        return shape
    return Shape(
        shape.kind,
        shape.level,
        shape.hash,
        shape.source,
        shape.role,
        draft.label or slot.old.label,
        str(slot.old.uuid),
    )


def _as_draft(block: OldBlock, lang: str) -> BlockDraft:
    text = block.texts.get(lang) or next(iter(block.texts.values()))
    parsed = ParsedBlock(
        kind=BlockKind(block.kind), source=text.source, line=0, level=block.level, marker=None
    )
    return BlockDraft(parsed=parsed, role=block.role, label=block.label)
