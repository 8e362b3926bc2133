"""Storing blocks and their texts: what is new, changed, moved or gone, language by language."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from library.catalogue.anchoring import Shape, anchor, pair
from library.catalogue.drafts import BlockDraft, EditionDraft, WorkChange
from library.catalogue.models import Block, BlockText, Origin, Section, Work
from library.catalogue.section_tree import StoredSection
from library.db import new_uuid, utc_now
from library.errors import Conflict
from library.markdown import BlockKind, ParsedBlock, source_hash


@dataclass(slots=True)
class _OldText:
    hash: str
    source: str
    made_from: str | None
    origin: str
    reviewed_by: str | None
    reviewed_at: dt.datetime | None


@dataclass(slots=True, eq=False)
class _OldBlock:
    id: int
    uuid: uuids.UUID
    section_id: int
    position: int
    kind: str
    role: str
    level: int
    label: str | None
    texts: dict[str, _OldText] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Slot:
    """One block of a section as it will be: an old block or a new one, with its new texts."""

    old: _OldBlock | None
    draft: BlockDraft  # the one that gives kind, role and level: the source's where there is one
    texts: dict[str, BlockDraft] = field(default_factory=dict)
    id: int = 0


def store_texts(
    session: Session,
    work: Work,
    *,
    sections: Sequence[StoredSection],
    editions: dict[str, EditionDraft],
    change: WorkChange,
) -> None:
    """Write the texts of all sections; ``change`` counts what that did.

    A language that a section's draft does not speak is left as it is. Blocks whose source text is gone
    are kept with ``removed_at``, for the sake of links to them.
    """
    old = {} if change.created else _load(session, work)
    writer = _Writer(session, work, editions, change)
    touched = [s for s in sections if s.draft.texts]
    plans: list[tuple[StoredSection, list[_Slot], list[_OldBlock]]] = []
    spare: dict[str, list[_OldBlock]] = defaultdict(list)
    for section in touched:
        slots, left = _plan(work.source_language, section, old.get(section.id, []))
        plans.append((section, slots, left))
    # Paragraphs that moved to another section keep their ids: look for them among all that is left.
    stored = {s.id for s in sections}
    for _, _, left in plans:
        _offer(spare, left, work.source_language)
    for section_id, blocks in old.items():
        if section_id not in stored:
            _offer(spare, blocks, work.source_language)
    adopted: set[int] = set()
    if spare:
        for _, slots, _ in plans:
            _adopt(slots, spare, adopted, work.source_language)
    for section, slots, left in plans:
        writer.section(section, slots, [b for b in left if b.id not in adopted])
    writer.write()


def _load(session: Session, work: Work) -> dict[int, list[_OldBlock]]:
    blocks: dict[int, _OldBlock] = {}
    sections: dict[int, list[_OldBlock]] = defaultdict(list)
    for found in session.execute(
        select(
            Block.id,
            Block.uuid,
            Block.section_id,
            Block.position,
            Block.kind,
            Block.role,
            Block.level,
            Block.label,
        )
        .join(Section, Section.id == Block.section_id)
        .where(Section.work_id == work.id, Block.removed_at.is_(None))
        .order_by(Block.section_id, Block.position, Block.id)
    ):
        block = _OldBlock(*found)
        blocks[block.id] = block
        sections[block.section_id].append(block)
    for row in session.execute(
        select(
            BlockText.block_id,
            BlockText.lang,
            BlockText.hash,
            BlockText.source,
            BlockText.made_from,
            BlockText.origin,
            BlockText.reviewed_by,
            BlockText.reviewed_at,
        )
        .join(Block, Block.id == BlockText.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(Section.work_id == work.id, Block.removed_at.is_(None))
    ):
        blocks[row.block_id].texts[row.lang] = _OldText(
            row.hash, row.source, row.made_from, row.origin, row.reviewed_by, row.reviewed_at
        )
    return sections


def _plan(
    source_language: str, section: StoredSection, old: list[_OldBlock]
) -> tuple[list[_Slot], list[_OldBlock]]:
    """The section's blocks in their new order, and the old blocks that have no place in it."""
    texts = section.draft.texts
    sourced = [b for b in old if source_language in b.texts]
    loose = [b for b in old if source_language not in b.texts]
    slots: list[_Slot] = []
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
            slots.append(_Slot(old=block, draft=draft, texts={source_language: draft}))
        left = [b for b in sourced if b.id not in used]
    else:
        slots = [_Slot(old=b, draft=_as_draft(b, source_language)) for b in sourced]
        left = []
    for lang in sorted(texts.keys() - {source_language}):
        stored = [b for b in old if lang in b.texts]
        _join(slots, loose, texts[lang], lang, source_language, stored)
    placed = {s.old.id for s in slots if s.old is not None}
    for block in loose:
        # A paragraph that only languages not spoken here have stays where it stood.
        if block.id not in placed and not (block.texts.keys() <= texts.keys()):
            slots.append(_Slot(old=block, draft=_as_draft(block, next(iter(block.texts)))))
        elif block.id not in placed:
            left.append(block)
    return slots, left


def _join(
    slots: list[_Slot],
    loose: list[_OldBlock],
    drafts: list[BlockDraft],
    lang: str,
    source_language: str,
    stored: list[_OldBlock],
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
            twin = _Slot(old=own, draft=draft)
            last += 1
            slots.insert(last, twin)
        twin.texts[lang] = draft


def _as_before(
    base: list[_Slot],
    loose: list[_OldBlock],
    shapes: list[Shape],
    stored: list[_OldBlock],
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
    base: list[_Slot], shapes: list[Shape], sources: list[Shape], lang: str
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


def _offer(
    spare: dict[str, list[_OldBlock]], blocks: Iterable[_OldBlock], source_language: str
) -> None:
    for block in blocks:
        text = block.texts.get(source_language)
        if text is not None and block.role == "body":
            spare[text.hash].append(block)
            spare[str(block.uuid)].append(block)


def _adopt(
    slots: list[_Slot], spare: dict[str, list[_OldBlock]], adopted: set[int], source_language: str
) -> None:
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


def _old_shape(block: _OldBlock, lang: str) -> Shape:
    text = block.texts[lang]
    return Shape(
        block.kind, block.level, text.hash, text.source, block.role, block.label, str(block.uuid)
    )


def _slot_shape(slot: _Slot, source_language: str) -> Shape:
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


def _as_draft(block: _OldBlock, lang: str) -> BlockDraft:
    text = block.texts.get(lang) or next(iter(block.texts.values()))
    parsed = ParsedBlock(
        kind=BlockKind(block.kind), source=text.source, line=0, level=block.level, marker=None
    )
    return BlockDraft(parsed=parsed, role=block.role, label=block.label)


class _Writer:
    """Gathers the rows of all sections and writes them in as few statements as can be."""

    def __init__(
        self,
        session: Session,
        work: Work,
        editions: dict[str, EditionDraft],
        change: WorkChange,
    ) -> None:
        self.session = session
        self.work = work
        self.editions = editions
        self.change = change
        self.new: list[tuple[_Slot, dict[str, Any]]] = []
        self.moved: list[dict[str, Any]] = []
        self.texts: list[tuple[_Slot, str, BlockDraft]] = []
        self.changed: list[dict[str, Any]] = []
        self.dropped: list[tuple[int, str]] = []
        self.removed: list[int] = []
        self.sources: dict[int, str] = {}

    def section(self, section: StoredSection, slots: list[_Slot], left: list[_OldBlock]) -> None:
        change = self.change
        for position, slot in enumerate(slots):
            parsed = slot.draft.parsed
            facts = {
                "section_id": section.id,
                "position": position,
                "kind": str(parsed.kind),
                "role": slot.draft.role,
                "level": parsed.level,
                "label": slot.draft.label,
            }
            if slot.old is None:
                uuid = slot.draft.uuid or new_uuid()
                self.new.append((slot, {"uuid": uuid, **facts}))
                change.blocks_added += 1
            else:
                slot.id = slot.old.id
                facts["label"] = facts["label"] or slot.old.label
                before = {name: getattr(slot.old, name) for name in facts}
                if before != facts:
                    self.moved.append({"key": slot.old.id, **facts})
                    if before["section_id"] != section.id:
                        change.blocks_moved += 1
                    elif before["label"] != facts["label"]:
                        change.facts.append("labels")
            for lang, draft in slot.texts.items():
                self.texts.append((slot, lang, draft))
            for lang in slot.old.texts if slot.old else ():
                if lang in section.draft.texts and lang not in slot.texts:
                    self.dropped.append((slot.id, lang))
                    change.texts_removed += 1
        order = [s.old.position for s in slots if s.old and s.old.section_id == section.id]
        change.blocks_moved += len(order) - _longest_rise(order)
        self.removed += [b.id for b in left]
        change.blocks_removed += len(left)

    def write(self) -> None:
        session = self.session
        if self.removed:
            session.execute(
                update(Block).where(Block.id.in_(self.removed)).values(removed_at=utc_now())
            )
        if self.moved:
            session.connection().execute(
                update(Block.__table__)  # type: ignore[arg-type]
                .where(Block.__table__.c.id == bindparam("key"))
                .values(
                    {
                        name: bindparam(name)
                        for name in ("section_id", "position", "kind", "role", "level", "label")
                    }
                ),
                self.moved,
            )
        self._insert_blocks()
        self._write_texts()
        for block_id, lang in self.dropped:
            session.execute(
                delete(BlockText).where(BlockText.block_id == block_id, BlockText.lang == lang)
            )

    def _insert_blocks(self) -> None:
        given = [row["uuid"] for slot, row in self.new if slot.draft.uuid]
        if given:
            revived = self._revive(given)
            self.new = [(s, r) for s, r in self.new if r["uuid"] not in revived]
        if not self.new:
            return
        ids = self.session.scalars(
            insert(Block).returning(Block.id, sort_by_parameter_order=True),
            [row for _, row in self.new],
        )
        for (slot, _), id_ in zip(self.new, ids, strict=True):
            slot.id = id_

    def _revive(self, given: list[uuids.UUID]) -> set[uuids.UUID]:
        """Blocks named by uuid that were taken out of this work before come back as themselves."""
        found: set[uuids.UUID] = set()
        rows: dict[uuids.UUID, tuple[int, int]] = {}
        for start in range(0, len(given), 500):
            for uuid, id_, work_id in self.session.execute(
                select(Block.uuid, Block.id, Section.work_id)
                .join(Section, Section.id == Block.section_id)
                .where(Block.uuid.in_(given[start : start + 500]))
            ):
                rows[uuid] = (id_, work_id)
        for slot, row in self.new:
            if row["uuid"] not in rows:
                continue
            id_, work_id = rows[row["uuid"]]
            if work_id != self.work.id:
                raise Conflict(
                    f"The block uuid {row['uuid']} is used in another work.", field="block"
                )
            if any(s.old and s.old.id == id_ for s, _, _ in self.texts):
                raise Conflict(
                    f"The block uuid {row['uuid']} stands twice in the work.", field="block"
                )
            self.session.execute(delete(BlockText).where(BlockText.block_id == id_))
            self.session.execute(
                update(Block).where(Block.id == id_).values(**row, removed_at=None)
            )
            slot.id = id_
            found.add(row["uuid"])
        return found

    def _write_texts(self) -> None:
        source_language = self.work.source_language
        hashes: dict[int, str] = {}
        for slot, lang, draft in self.texts:
            if lang == source_language:
                hashes[slot.id] = source_hash(draft.parsed.source)
        fresh: list[dict[str, Any]] = []
        for slot, lang, draft in self.texts:
            source_now = hashes.get(slot.id)
            if source_now is None and slot.old and source_language in slot.old.texts:
                source_now = slot.old.texts[source_language].hash
            row = self._row(slot, lang, draft, source_now)
            old = slot.old.texts.get(lang) if slot.old else None
            if old is None:
                fresh.append(row)
                self.change.texts_added += 1
            elif old.hash != row["hash"] or _facts(old) != _row_facts(row):
                self.changed.append(row)
                if old.hash != row["hash"]:
                    self.change.texts_changed += 1
                else:
                    self.change.facts.append("origins and reviews")
        table = BlockText.__table__
        if fresh:
            # Past the mapper, which cuts the rows into one statement for each run of like nulls.
            self.session.connection().execute(insert(table), fresh)  # type: ignore[arg-type]
        if self.changed:
            names = ("source", "hash", "made_from", "origin", "reviewed_by", "reviewed_at")
            self.session.connection().execute(
                update(table)  # type: ignore[arg-type]
                .where(table.c.block_id == bindparam("key"), table.c.lang == bindparam("tag"))
                .values({**{n: bindparam(n) for n in names}, "html": None, "html_version": None}),
                [
                    {"key": row["block_id"], "tag": row["lang"], **{n: row[n] for n in names}}
                    for row in self.changed
                ],
            )
            self.change.blocks_changed += len({row["block_id"] for row in self.changed})

    def _row(
        self, slot: _Slot, lang: str, draft: BlockDraft, source_now: str | None
    ) -> dict[str, Any]:
        source = draft.parsed.source
        digest = source_hash(source)
        old = slot.old.texts.get(lang) if slot.old else None
        same = old is not None and old.hash == digest
        edition = self.editions.get(lang)
        made_from = None
        if lang != self.work.source_language:
            made_from = draft.made_from or (old.made_from if old and same else source_now)
        default = edition.origin if edition else (old.origin if old else Origin.HUMAN)
        return {
            "block_id": slot.id,
            "lang": lang,
            "source": source,
            "hash": digest,
            "made_from": made_from,
            "origin": draft.origin or default,
            # A review holds for the text that was reviewed, not for the next one.
            "reviewed_by": draft.reviewed_by or (old.reviewed_by if old and same else None),
            "reviewed_at": draft.reviewed_at or (old.reviewed_at if old and same else None),
        }


def _facts(old: _OldText) -> tuple[Any, ...]:
    return old.made_from, old.origin, old.reviewed_by, old.reviewed_at


def _row_facts(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["made_from"], row["origin"], row["reviewed_by"], row["reviewed_at"]


def _longest_rise(numbers: list[int]) -> int:
    """Length of the longest rising subsequence: the blocks that kept their order."""
    tails: list[int] = []
    for number in numbers:
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
    return len(tails)
