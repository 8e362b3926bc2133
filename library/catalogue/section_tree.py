"""Storing the tree of sections: which of the new sections is which of the old ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from library.catalogue import former_addresses
from library.catalogue.drafts import SectionDraft, WorkChange
from library.catalogue.models import Section, Work
from library.db import new_uuid, utc_now
from library.errors import Conflict, Invalid
from library.sentences import Sentence

# Sections inside sections; deeper trees are a mistake or an attack.
DEEPEST = 12


@dataclass(slots=True)
class StoredSection:
    id: int
    draft: SectionDraft
    path: str
    is_new: bool


_STANDING = select(Section).where(
    Section.work_id == bindparam("work"), Section.removed_at.is_(None)
)


def store_sections(
    session: Session, work: Work, root: SectionDraft, *, change: WorkChange, created: bool
) -> list[StoredSection]:
    """Write the tree; returns the sections in reading order, each with its row's id.

    A section is the one of the same uuid, else the one at the same path, else the one of the same
    folder name that has no other place in the new tree (a lesson moved to another unit).
    """
    drafts = list(root.walk())
    _check(work, drafts)
    old: list[Section] = []
    if not created:
        old = list(session.scalars(_STANDING, {"work": work.id}))
    matched = _match(session, work, drafts, old, created=created)

    gone = [s for s in old if s.id not in {m.id for m in matched if m is not None}]
    if gone:
        session.execute(
            update(Section).where(Section.id.in_([s.id for s in gone])).values(removed_at=utc_now())
        )
        change.sections_removed += len(gone)
    _move(session, work, drafts, matched)

    ids: dict[str, int] = {path: m.id for (_, path, _), m in zip(drafts, matched, strict=True) if m}
    fresh: dict[int, list[tuple[int, SectionDraft, str]]] = defaultdict(list)
    for position, ((draft, path, depth), match) in enumerate(zip(drafts, matched, strict=True)):
        if match is None:
            fresh[depth].append((position, draft, path))
    # Parents first, one statement for each depth.
    for depth in sorted(fresh):
        rows = [
            {
                "uuid": draft.uuid or new_uuid(),
                "work_id": work.id,
                "parent_id": ids[path.rpartition("/")[0]] if path else None,
                "position": position,
                "depth": depth,
                "key": draft.key,
                "folder": draft.folder,
                "path": path,
            }
            for position, draft, path in fresh[depth]
        ]
        new_ids = session.scalars(
            insert(Section).returning(Section.id, sort_by_parameter_order=True), rows
        )
        for id_, (_, _, path) in zip(new_ids, fresh[depth], strict=True):
            ids[path] = id_
        change.sections_added += len(rows)
    for position, ((draft, path, depth), match) in enumerate(zip(drafts, matched, strict=True)):
        if match is not None:
            _place(match, draft, path, depth, position, ids, change)
    session.flush()
    return [
        StoredSection(id=ids[path], draft=draft, path=path, is_new=match is None)
        for (draft, path, _), match in zip(drafts, matched, strict=True)
    ]


def _check(work: Work, drafts: list[tuple[SectionDraft, str, int]]) -> None:
    seen: set[str] = set()
    for _, path, depth in drafts:
        if depth > DEEPEST:
            raise Invalid(
                Sentence(
                    "%(name)s: %(path)s is more than %(most)s sections deep.",
                    name=f"{work.kind}/{work.key}",
                    path=path,
                    most=DEEPEST,
                )
            )
        if path in seen:
            raise Invalid(
                Sentence(
                    "%(name)s: two sections have the address %(path)s.",
                    name=f"{work.kind}/{work.key}",
                    path=path,
                )
            )
        seen.add(path)


def _match(
    session: Session,
    work: Work,
    drafts: list[tuple[SectionDraft, str, int]],
    old: list[Section],
    *,
    created: bool,
) -> list[Section | None]:
    by_uuid = _by_uuid(session, work, drafts, old)
    by_path = {s.path: s for s in old}
    matched: list[Section | None] = [None] * len(drafts)
    taken: set[int] = set()

    def take(n: int, section: Section) -> None:
        matched[n] = section
        section.removed_at = None
        taken.add(section.id)

    for n, (draft, _, _) in enumerate(drafts):
        if draft.uuid in by_uuid:
            take(n, by_uuid[draft.uuid])
    if created:
        return matched
    waiting = [n for n, (draft, _, _) in enumerate(drafts) if draft.uuid is None]
    for n in waiting:
        found = by_path.get(drafts[n][1])
        if found and found.id not in taken:
            take(n, found)
    by_folder: dict[str, list[Section]] = defaultdict(list)
    for section in old:
        if section.id not in taken and section.path:
            by_folder[section.folder].append(section)
    for n in waiting:
        draft, path, _ = drafts[n]
        if matched[n] is None and path and len(by_folder.get(draft.folder, [])) == 1:
            take(n, by_folder[draft.folder].pop())
    # One that was taken out before and comes back to its old address is the same one.
    missing = {drafts[n][1]: n for n in waiting if matched[n] is None}
    if missing:
        for section in session.scalars(
            select(Section)
            .where(Section.work_id == work.id, Section.removed_at.is_not(None))
            .order_by(Section.id.desc())
        ):
            back = missing.pop(section.path, None)
            if back is not None:
                take(back, section)
    return matched


def _by_uuid(
    session: Session,
    work: Work,
    drafts: list[tuple[SectionDraft, str, int]],
    old: list[Section],
) -> dict[object, Section]:
    found: dict[object, Section] = {section.uuid: section for section in old}
    wanted = [draft.uuid for draft, _, _ in drafts if draft.uuid and draft.uuid not in found]
    for start in range(0, len(wanted), 500):
        for section in session.scalars(
            select(Section).where(Section.uuid.in_(wanted[start : start + 500]))
        ):
            if section.work_id != work.id:
                raise Conflict(
                    Sentence(
                        "%(name)s: the section uuid %(uuid)s belongs to another work.",
                        name=f"{work.kind}/{work.key}",
                        uuid=str(section.uuid),
                    ),
                    field="sections",
                )
            found[section.uuid] = section
    return found


def _move(
    session: Session,
    work: Work,
    drafts: list[tuple[SectionDraft, str, int]],
    matched: list[Section | None],
) -> None:
    """Free the addresses that change hands, so that two sections may swap theirs, and keep them."""
    moving = [
        m
        for (_, path, _), m in zip(drafts, matched, strict=True)
        if m is not None and m.path != path
    ]
    former_addresses.note_sections(session, work, {s.path: s.id for s in moving if s.path})
    for section in moving:
        section.path = f"\x01moving/{section.id}"
    if moving:
        session.flush()


def _place(
    section: Section,
    draft: SectionDraft,
    path: str,
    depth: int,
    position: int,
    ids: dict[str, int],
    change: WorkChange,
) -> None:
    parent = ids[path.rpartition("/")[0]] if path else None
    place = (section.folder, section.key, section.path, section.depth, section.parent_id)
    wanted = (draft.folder, draft.key, path, depth, parent)
    if place != wanted:
        section.folder, section.key, section.path = draft.folder, draft.key, path
        section.depth, section.parent_id = depth, parent
        change.facts.append(Sentence("section %(path)s", path=path))
    if section.position != position:
        section.position = position
