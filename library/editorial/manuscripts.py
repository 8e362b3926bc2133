"""Manuscripts as wholes: started, opened from the catalogue, read as drafts, put back to a draft."""

from __future__ import annotations

import dataclasses
import uuid as uuids
from collections import defaultdict
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.drafting import JSON_FACTS, PLAIN_FACTS, draft_of
from library.catalogue.drafts import (
    BlockDraft,
    EditionDraft,
    MediaDraft,
    SectionDraft,
    WorkDraft,
)
from library.catalogue.models import WORK_KINDS, Work
from library.db import new_uuid, utc_now
from library.editorial.holding import hold_files
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptFile,
    ManuscriptInstitution,
    ManuscriptSection,
    ManuscriptText,
    State,
)
from library.editorial.side_by_side import Merged, merged
from library.errors import Conflict, Invalid, NotFound
from library.markdown import BlockKind, ParsedBlock, plain_text, source_hash, split

# Facts that `WorkDraft` and `Manuscript.facts` share under the same names.
LIST_FACTS = ("partnerships", "codes", "countries")
FACTS = ("licence", "sample", *PLAIN_FACTS, *JSON_FACTS, *LIST_FACTS)
# Facts of the published work that no editor writes: publishing sets them.
_SET_BY_PUBLISHING = frozenset({"withdrawn_because", "replaced_by", "published_at"})
EDITED_FACTS = tuple(name for name in FACTS if name not in _SET_BY_PUBLISHING)


def manuscript_of(session: Session, uuid: uuids.UUID, *, by: Actor) -> Manuscript:
    """A manuscript by its own uuid, for somebody who may see it. Raises ``NotFound`` and ``Forbidden``."""
    found = session.scalar(select(Manuscript).where(Manuscript.uuid == uuid))
    if found is None:
        raise NotFound("There is no such manuscript; it may have been removed.")
    by.require(Action.SEE_DRAFTS, institutions=institutions_of(session, found))
    return found


def institutions_of(session: Session, manuscript: Manuscript) -> list[str]:
    """Keys of the institutions that answer for a manuscript, the first one first."""
    return list(
        session.scalars(
            select(ManuscriptInstitution.institution)
            .where(ManuscriptInstitution.manuscript_id == manuscript.id)
            .order_by(ManuscriptInstitution.position)
        )
    )


def start(session: Session, draft: WorkDraft, *, by: Actor) -> Manuscript:
    """A new work on the desk, from a blank one, a copy, or what was read from a document.

    Ids that the draft brings are kept only where no other work has them. Raises ``Forbidden``, ``Invalid``
    for a kind or key that cannot be, and ``Conflict`` for a key that is taken.
    """
    by.require(Action.START_WORK, institutions=draft.institutions)
    by.require_handing_over(Action.START_WORK, before=(), after=draft.institutions)
    if draft.kind not in WORK_KINDS:
        raise Invalid(f"{draft.kind!r} is not a kind of work.", field="kind")
    if not draft.key:
        raise Invalid("A work needs a name for its address.", field="key")
    taken = session.scalar(
        select(Work.id).where(Work.kind == draft.kind, Work.key == draft.key)
    ) or session.scalar(
        select(Manuscript.id).where(Manuscript.kind == draft.kind, Manuscript.key == draft.key)
    )
    if taken is not None:
        raise Conflict(
            f"There is a {draft.kind} with the address {draft.key} already; choose another.",
            field="key",
            reason="taken",
            value=draft.key,
        )
    manuscript = Manuscript(
        kind=draft.kind,
        key=draft.key,
        source_language=draft.source_language,
        work_uuid=draft.uuid or new_uuid(),
        started_by=by.id,
        changed_by=by.id,
    )
    session.add(manuscript)
    session.flush()
    fill(session, manuscript, draft, by=by)
    return manuscript


def open_work(session: Session, work_uuid: uuids.UUID, *, by: Actor) -> Manuscript:
    """The manuscript of a work of the library; made from what is published where there is none yet."""
    found = session.scalar(select(Manuscript).where(Manuscript.work_uuid == work_uuid))
    if found is not None:
        by.require(Action.SEE_DRAFTS, institutions=institutions_of(session, found))
        return found
    draft = draft_of(session, work_uuid)
    by.require(Action.SEE_DRAFTS, institutions=draft.institutions)
    manuscript = Manuscript(
        kind=draft.kind,
        key=draft.key,
        source_language=draft.source_language,
        work_uuid=work_uuid,
        started_by=by.id,
    )
    session.add(manuscript)
    session.flush()
    fill_from_library(session, manuscript, draft)
    return manuscript


def fill_from_library(
    session: Session, manuscript: Manuscript, draft: WorkDraft | None = None
) -> None:
    """Make a manuscript say what readers have of its work; what is said about it in comments stays."""
    work = session.scalars(select(Work).where(Work.uuid == manuscript.work_uuid)).one()
    draft = draft or draft_of(session, work.uuid)
    manuscript.key = draft.key
    manuscript.state = State.PUBLISHED if work.status == "published" else State.RETIRED
    manuscript.based_on = work.revision
    manuscript.changed_by, manuscript.changed_at = None, work.updated_at
    fill(session, manuscript, draft, by=None)


def fill(session: Session, manuscript: Manuscript, draft: WorkDraft, *, by: Actor | None) -> None:
    """Make a manuscript say what a draft says, in the ids of the draft where it has them."""
    session.execute(
        delete(ManuscriptSection).where(
            ManuscriptSection.manuscript_id == manuscript.id,
            ManuscriptSection.parent_id.is_not(None),
        )
    )
    session.execute(
        delete(ManuscriptSection).where(ManuscriptSection.manuscript_id == manuscript.id)
    )
    facts: dict[str, Any] = {}
    for name in EDITED_FACTS:
        said = getattr(draft, name)
        if said not in (None, [], ""):
            facts[name] = said
    facts["editions"] = {
        lang: dataclasses.asdict(edition) for lang, edition in sorted(draft.editions.items())
    }
    manuscript.facts = facts
    set_institutions(session, manuscript, draft.institutions)
    set_files(session, manuscript, draft.media)
    _fill_sections(session, manuscript, draft.root, by=by)
    manuscript.title = title_of(draft.root.texts.get(draft.source_language, []))
    hold_files(session, manuscript)


def set_institutions(session: Session, manuscript: Manuscript, keys: list[str]) -> None:
    session.execute(
        delete(ManuscriptInstitution).where(ManuscriptInstitution.manuscript_id == manuscript.id)
    )
    rows = [
        {"manuscript_id": manuscript.id, "institution": key, "position": n}
        for n, key in enumerate(dict.fromkeys(keys))
    ]
    if rows:
        session.execute(insert(ManuscriptInstitution), rows)


def set_files(session: Session, manuscript: Manuscript, files: list[MediaDraft]) -> None:
    rows_there = session.execute(
        select(ManuscriptFile.path, ManuscriptFile.upload_uuid).where(
            ManuscriptFile.manuscript_id == manuscript.id
        )
    )
    came_by: dict[str, uuids.UUID | None] = {row.path: row.upload_uuid for row in rows_there}
    session.execute(delete(ManuscriptFile).where(ManuscriptFile.manuscript_id == manuscript.id))
    rows = [
        {
            "manuscript_id": manuscript.id,
            "upload_uuid": came_by.get(file.path),
            **{one.name: getattr(file, one.name) for one in dataclasses.fields(file)},
        }
        for file in files
    ]
    if rows:
        session.execute(insert(ManuscriptFile), rows)


def title_of(blocks: list[BlockDraft]) -> str:
    """The words of the title among the blocks of a root section; empty where there is none."""
    for block in blocks:
        if block.role == "title":
            return plain_text(block.parsed.source, kind=BlockKind.HEADING).strip()
    return ""


def _fill_sections(
    session: Session, manuscript: Manuscript, root: SectionDraft, *, by: Actor | None
) -> None:
    now = utc_now()
    level: list[tuple[SectionDraft, int | None, int]] = [(root, None, 0)]
    texts: list[dict[str, Any]] = []
    while level:
        rows = [
            {
                "uuid": draft.uuid or new_uuid(),
                "manuscript_id": manuscript.id,
                "parent_id": parent,
                "position": position,
                "key": draft.key,
                "folder": draft.folder,
            }
            for draft, parent, position in level
        ]
        ids = list(
            session.scalars(
                insert(ManuscriptSection).returning(
                    ManuscriptSection.id, sort_by_parameter_order=True
                ),
                rows,
            )
        )
        below: list[tuple[SectionDraft, int | None, int]] = []
        for (draft, _, _), section_id in zip(level, ids, strict=True):
            slots = merged(draft, manuscript.source_language)
            if draft is root:
                _room_for_a_summary(slots, manuscript.source_language)
            texts += _fill_blocks(session, section_id, slots, now=now, by=by)
            below += [(inner, section_id, n) for n, inner in enumerate(draft.sections)]
        level = below
    for start_at in range(0, len(texts), 1000):
        session.execute(insert(ManuscriptText), texts[start_at : start_at + 1000])


def _room_for_a_summary(slots: list[Merged], lang: str) -> None:
    """Every work has a place to write its summary in; as long as it is empty, readers have none."""
    if any(slot.role == "summary" for slot in slots):
        return
    empty = BlockDraft(ParsedBlock(BlockKind.PARAGRAPH, ""), role="summary")
    at = sum(slot.role == "title" for slot in slots)
    slots.insert(at, Merged(new_uuid(), "summary", None, {lang: empty}))


def _fill_blocks(
    session: Session, section_id: int, slots: list[Merged], *, now: Any, by: Actor | None
) -> list[dict[str, Any]]:
    if not slots:
        return []
    ids = session.scalars(
        insert(ManuscriptBlock).returning(ManuscriptBlock.id, sort_by_parameter_order=True),
        [
            {
                "uuid": slot.uuid,
                "section_id": section_id,
                "position": n,
                "role": slot.role,
                "label": slot.label,
            }
            for n, slot in enumerate(slots)
        ],
    )
    rows = []
    for id_, slot in zip(ids, slots, strict=True):
        original = next(iter(slot.texts.values()))
        for lang, draft in slot.texts.items():
            made_from = draft.made_from
            if draft is not original and made_from is None:
                made_from = source_hash(original.parsed.source)
            rows.append(
                {
                    "block_id": id_,
                    "lang": lang,
                    "source": draft.parsed.source,
                    "hash": source_hash(draft.parsed.source),
                    "made_from": made_from,
                    "origin": draft.origin or "human",
                    "reviewed_by": draft.reviewed_by,
                    "reviewed_at": draft.reviewed_at,
                    "version": 1,
                    "edited_by": by.id if by else None,
                    "edited_at": now,
                }
            )
    return rows


def draft_from(session: Session, manuscript: Manuscript) -> WorkDraft:
    """A manuscript as the draft that publishing it would hand in. Paragraphs without text are left out."""
    facts = manuscript.facts
    draft = WorkDraft(
        kind=manuscript.kind,
        key=manuscript.key,
        uuid=manuscript.work_uuid,
        source_language=manuscript.source_language,
        licence=facts.get("licence", ""),
        root=_tree(session, manuscript),
        institutions=institutions_of(session, manuscript),
    )
    for name in EDITED_FACTS:
        if name in facts:
            setattr(draft, name, facts[name])
    draft.editions = {
        lang: EditionDraft(**said) for lang, said in facts.get("editions", {}).items()
    }
    draft.media = [
        MediaDraft(**{one.name: getattr(file, one.name) for one in dataclasses.fields(MediaDraft)})
        for file in session.scalars(
            select(ManuscriptFile)
            .where(ManuscriptFile.manuscript_id == manuscript.id)
            .order_by(ManuscriptFile.path)
        )
    ]
    return draft


def _tree(session: Session, manuscript: Manuscript) -> SectionDraft:
    blocks: dict[int, dict[str, list[BlockDraft]]] = defaultdict(dict)
    for row in session.execute(
        select(ManuscriptBlock, ManuscriptText)
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .join(ManuscriptSection, ManuscriptSection.id == ManuscriptBlock.section_id)
        .where(ManuscriptSection.manuscript_id == manuscript.id)
        .order_by(ManuscriptBlock.section_id, ManuscriptBlock.position, ManuscriptBlock.id)
    ):
        block, text = row
        if not text.source.strip():
            continue
        parsed = split(text.source)
        one = parsed[0] if len(parsed) == 1 else ParsedBlock(BlockKind.PARAGRAPH, text.source)
        blocks[block.section_id].setdefault(text.lang, []).append(
            BlockDraft(
                parsed=ParsedBlock(one.kind, text.source, 0, one.level),
                role=block.role,
                uuid=block.uuid,
                label=block.label,
                origin=text.origin,
                made_from=text.made_from,
                reviewed_by=text.reviewed_by,
                reviewed_at=text.reviewed_at,
            )
        )
    spoken = {lang for by_lang in blocks.values() for lang in by_lang}
    nodes: dict[int, SectionDraft] = {}
    above: dict[int, int | None] = {}
    for section in session.scalars(
        select(ManuscriptSection)
        .where(ManuscriptSection.manuscript_id == manuscript.id)
        .order_by(ManuscriptSection.position, ManuscriptSection.id)
    ):
        # Every language speaks in every section, so that what was taken out of one is gone for readers.
        texts = {lang: blocks[section.id].get(lang, []) for lang in sorted(spoken)}
        nodes[section.id] = SectionDraft(
            key=section.key, folder=section.folder, uuid=section.uuid, texts=texts
        )
        above[section.id] = section.parent_id
    root: SectionDraft | None = None
    for id_, node in nodes.items():
        parent = above[id_]
        if parent is None:
            root = node
        else:
            nodes[parent].sections.append(node)
    if root is None:
        raise NotFound("This manuscript has no text at all.")
    return root
