"""Storing blocks and their texts: what is new, changed, moved or gone, language by language."""

from __future__ import annotations

import uuid as uuids
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from library.catalogue.drafts import BlockDraft, EditionDraft, WorkChange
from library.catalogue.models import Block, BlockText, Origin, Section, Work
from library.catalogue.section_tree import StoredSection
from library.catalogue.slots import OldBlock, OldText, Slot, adopt, offer, plan
from library.db import new_uuid, utc_now
from library.errors import Conflict
from library.markdown import source_hash
from library.sentences import Sentence


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
    plans: list[tuple[StoredSection, list[Slot], list[OldBlock]]] = []
    spare: dict[str, list[OldBlock]] = defaultdict(list)
    for section in touched:
        slots, left = plan(work.source_language, section, old.get(section.id, []))
        plans.append((section, slots, left))
    # Paragraphs that moved to another section keep their ids: look for them among all that is left.
    stored = {s.id for s in sections}
    for _, _, left in plans:
        offer(spare, left, work.source_language)
    for section_id, blocks in old.items():
        if section_id not in stored:
            offer(spare, blocks, work.source_language)
    adopted: set[int] = set()
    if spare:
        for _, slots, _ in plans:
            adopt(slots, spare, adopted, work.source_language)
    for section, slots, left in plans:
        writer.section(section, slots, [b for b in left if b.id not in adopted])
    writer.write()


_BLOCKS = (
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
    .where(Section.work_id == bindparam("work"), Block.removed_at.is_(None))
    .order_by(Block.section_id, Block.position, Block.id)
)
_TEXTS = (
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
    .where(Section.work_id == bindparam("work"), Block.removed_at.is_(None))
)


def _load(session: Session, work: Work) -> dict[int, list[OldBlock]]:
    blocks: dict[int, OldBlock] = {}
    sections: dict[int, list[OldBlock]] = defaultdict(list)
    for found in session.execute(_BLOCKS, {"work": work.id}):
        block = OldBlock(*found)
        blocks[block.id] = block
        sections[block.section_id].append(block)
    for row in session.execute(_TEXTS, {"work": work.id}):
        blocks[row.block_id].texts[row.lang] = OldText(
            row.hash, row.source, row.made_from, row.origin, row.reviewed_by, row.reviewed_at
        )
    return sections


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
        self.new: list[tuple[Slot, dict[str, Any]]] = []
        self.moved: list[dict[str, Any]] = []
        self.texts: list[tuple[Slot, str, BlockDraft]] = []
        self.changed: list[dict[str, Any]] = []
        self.dropped: list[tuple[int, str]] = []
        self.removed: list[int] = []
        self.sources: dict[int, str] = {}

    def section(self, section: StoredSection, slots: list[Slot], left: list[OldBlock]) -> None:
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
                        change.facts.append(Sentence("labels"))
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
                    Sentence(
                        "The block uuid %(uuid)s is used in another work.", uuid=str(row["uuid"])
                    ),
                    field="block",
                )
            if any(s.old and s.old.id == id_ for s, _, _ in self.texts):
                raise Conflict(
                    Sentence(
                        "The block uuid %(uuid)s stands twice in the work.", uuid=str(row["uuid"])
                    ),
                    field="block",
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
                    self.change.facts.append(Sentence("origins and reviews"))
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
        self, slot: Slot, lang: str, draft: BlockDraft, source_now: str | None
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


def _facts(old: OldText) -> tuple[Any, ...]:
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
