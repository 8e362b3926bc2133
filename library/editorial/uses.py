"""What would notice if something were changed or removed: who links to a work, a section, a file."""

from __future__ import annotations

import re
import uuid as uuids
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.addresses import (
    LinkIndex,
    MediaTarget,
    SectionTarget,
    language_variant,
    section_path,
)
from library.catalogue.models import Block, BlockText, Edition, MediaFile, Section, Work
from library.editorial.manuscripts import institutions_of
from library.editorial.models import (
    Manuscript,
    ManuscriptBlock,
    ManuscriptFile,
    ManuscriptSection,
    ManuscriptText,
)

Relation = Literal["related", "derived_from", "replaced_by", "link"]
# Texts of the library that are looked at one by one; whoever is linked to more often is told so.
MOST: Final = 500
# A label holds no bracket: else a text of open ones alone would take the square of its length.
ADDRESS: Final = re.compile(
    r"\]\(\s*<?([^)>\s]+)|^ {0,3}\[[^\[\]]{1,999}\]:\s*<?(\S+?)>?(?:\s|$)", re.M
)


class Use(NamedTuple):
    """A work that names or links to another. ``section`` is a path in it, empty for the work itself."""

    relation: Relation
    kind: str
    key: str
    title: str
    section: str = ""
    lang: str = ""


class Place(NamedTuple):
    """A paragraph of a manuscript."""

    section: uuids.UUID
    block: uuids.UUID
    lang: str


def links_in(source: str) -> Iterator[str]:
    """The addresses that a Markdown text links to or shows."""
    for match in ADDRESS.finditer(source):
        yield match[1] or match[2]


def may_see_holder(session: Session, holder: str, *, by: Actor) -> bool:
    """Whether somebody may know who holds the bytes of a file: ``manuscript/<uuid>``,
    ``revision/<work uuid>/<number>`` as in `library.uploads.models.MediaHold`, or ``kind/key`` of a work,
    which everybody knows."""
    sort, _, rest = holder.partition("/")
    columns = {"manuscript": Manuscript.uuid, "revision": Manuscript.work_uuid}
    if sort not in columns:
        return True
    try:
        named = uuids.UUID(rest.partition("/")[0])
    except ValueError:
        return False
    found = session.scalar(select(Manuscript).where(columns[sort] == named))
    keys = institutions_of(session, found) if found is not None else []
    return by.may(Action.SEE_DRAFTS, institutions=keys)


def of_work(session: Session, *, kind: str, key: str) -> list[Use]:
    """Works of the library that name a work or link into it, those that name it first."""
    return [*_named(session, f"{kind}/{key}"), *_linked(session, kind, key, "")]


def of_section(session: Session, manuscript: Manuscript, path: str) -> list[Use]:
    """Other works of the library that link to a section of this one, or to anything inside it."""
    there = session.scalar(select(Work.id).where(Work.uuid == manuscript.work_uuid))
    if there is None:  # what readers never had, nobody links to
        return []
    found = _linked(session, manuscript.kind, manuscript.key, path)
    return [use for use in found if (use.kind, use.key) != (manuscript.kind, manuscript.key)]


def places_linking(session: Session, manuscript: Manuscript, path: str) -> list[Place]:
    """Paragraphs of this manuscript outside of a section that link to it or to anything inside it."""
    index, folders = link_index(session, manuscript)
    found = []
    for row in _texts(session, manuscript):
        if _inside(section_path(folders[row.section_id]), path):
            continue
        for address in links_in(row.source):
            target = index.resolve(address, folder=folders[row.section_id])
            if (
                isinstance(target, SectionTarget)
                and (target.kind, target.key) == (manuscript.kind, manuscript.key)
                and not address.startswith("#")
                and _inside(target.section_path, path)
            ):
                found.append(Place(row.section_uuid, row.uuid, row.lang))
                break
    return found


def files_shown(session: Session, manuscript: Manuscript) -> dict[str, list[Place]]:
    """Where each file of a manuscript is shown or linked to, by its path; unused ones have no place."""
    index, folders = link_index(session, manuscript)
    found: dict[str, list[Place]] = {path: [] for path in index.media}
    for row in _texts(session, manuscript):
        seen: set[str] = set()
        for address in links_in(row.source):
            target = index.resolve(address, folder=folders[row.section_id])
            if not isinstance(target, MediaTarget):
                continue
            path = language_variant(target.path, lang=row.lang, media=index.media)
            if path is not None and path not in seen:
                seen.add(path)
                found[path].append(Place(row.section_uuid, row.uuid, row.lang))
    return found


def link_index(session: Session, manuscript: Manuscript) -> tuple[LinkIndex, dict[int, str]]:
    """What addresses in a manuscript's texts can mean, and the folder path of each section by id."""
    rows = session.execute(
        select(ManuscriptSection.id, ManuscriptSection.parent_id, ManuscriptSection.folder).where(
            ManuscriptSection.manuscript_id == manuscript.id
        )
    ).all()
    parents = {row.id: row.parent_id for row in rows}
    names = {row.id: row.folder for row in rows}
    folders: dict[int, str] = {}
    for id_ in names:
        parts: list[str] = []
        at: int | None = id_
        while at is not None and parents.get(at) is not None:
            parts.append(names[at])
            at = parents[at]
        folders[id_] = "/".join(reversed(parts))
    media = dict.fromkeys(
        session.scalars(
            select(ManuscriptFile.path)
            .where(ManuscriptFile.manuscript_id == manuscript.id)
            .order_by(ManuscriptFile.path)
        )
    )
    sections = {folder: section_path(folder) for folder in folders.values()}
    index = LinkIndex(manuscript.kind, manuscript.key, sections, media)
    return index, folders


class _Text(NamedTuple):
    section_id: int
    section_uuid: uuids.UUID
    uuid: uuids.UUID
    lang: str
    source: str


def _texts(session: Session, manuscript: Manuscript) -> list[_Text]:
    """The texts of a manuscript that link anywhere."""
    rows = session.execute(
        select(
            ManuscriptSection.id,
            ManuscriptSection.uuid,
            ManuscriptBlock.uuid,
            ManuscriptText.lang,
            ManuscriptText.source,
        )
        .join(ManuscriptBlock, ManuscriptBlock.section_id == ManuscriptSection.id)
        .join(ManuscriptText, ManuscriptText.block_id == ManuscriptBlock.id)
        .where(
            ManuscriptSection.manuscript_id == manuscript.id,
            or_(ManuscriptText.source.contains("]("), ManuscriptText.source.contains("]:")),
        )
        .order_by(ManuscriptSection.position, ManuscriptBlock.position, ManuscriptText.lang)
    )
    return [_Text(*row) for row in rows]


def _inside(path: str, above: str) -> bool:
    return not above or path == above or path.startswith(f"{above}/")


def _named(session: Session, name: str) -> list[Use]:
    quoted = f'"{name}"'
    rows = session.execute(
        select(
            Work.kind, Work.key, Edition.title, Work.derived_from, Work.replaced_by, Work.related
        )
        .join(Edition, (Edition.work_id == Work.id) & (Edition.lang == Work.source_language))
        .where(
            or_(
                Work.derived_from == name,
                Work.replaced_by == name,
                cast(Work.related, Text).contains(quoted, autoescape=True),
            )
        )
        .order_by(Work.kind, Work.key)
        .limit(MOST)
    )
    found: list[Use] = []
    for row in rows:
        said: list[tuple[Relation, bool]] = [
            ("related", name in (row.related or ())),
            ("derived_from", row.derived_from == name),
            ("replaced_by", row.replaced_by == name),
        ]
        found += [Use(rel, row.kind, row.key, row.title or row.key) for rel, is_so in said if is_so]
    return found


def _linked(session: Session, kind: str, key: str, path: str) -> list[Use]:
    """Works whose texts link to a work or a section of it, each once."""
    rows = session.execute(
        select(
            Work.id, Work.kind, Work.key, Section.path, Section.id, BlockText.lang, BlockText.source
        )
        .join(Section, Section.work_id == Work.id)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            BlockText.source.contains(f"/{key}", autoescape=True),
            Block.removed_at.is_(None),
            Section.removed_at.is_(None),
            Work.status == "published",
        )
        .limit(MOST)
    ).all()
    titles = _titles(session, {row[0] for row in rows})
    indexes: dict[int, tuple[LinkIndex, dict[str, str]]] = {}
    found: dict[tuple[str, str], Use] = {}
    for work_id, of_kind, of_key, at, _, lang, source in rows:
        if (of_kind, of_key) in found or (of_kind, of_key) == (kind, key):
            continue
        addresses = [one for one in links_in(source) if f"/{key}" in one]
        if not addresses:
            continue
        if work_id not in indexes:
            indexes[work_id] = _index_of(session, work_id, of_kind, of_key)
        index, folders = indexes[work_id]
        for address in addresses:
            target = index.resolve(address, folder=folders.get(at, ""))
            if (
                isinstance(target, SectionTarget)
                and (target.kind, target.key) == (kind, key)
                and _inside(target.section_path, path)
            ):
                title = titles.get(work_id) or of_key
                found[of_kind, of_key] = Use("link", of_kind, of_key, title, at, lang)
                break
    return list(found.values())


def _titles(session: Session, ids: Iterable[int]) -> dict[int, str]:
    return {
        row.work_id: row.title
        for row in session.execute(
            select(Edition.work_id, Edition.title)
            .join(Work, (Work.id == Edition.work_id) & (Edition.lang == Work.source_language))
            .where(Edition.work_id.in_(list(ids)))
        )
    }


def _index_of(
    session: Session, work_id: int, kind: str, key: str
) -> tuple[LinkIndex, dict[str, str]]:
    """What links in a published work mean, and the folder path by section path."""
    folders: dict[int, str] = {}
    sections: dict[str, str] = {}
    for row in session.execute(
        select(Section.id, Section.parent_id, Section.folder, Section.path)
        .where(Section.work_id == work_id, Section.removed_at.is_(None))
        .order_by(Section.depth, Section.position)
    ):
        above = folders.get(row.parent_id, "") if row.parent_id else ""
        folders[row.id] = f"{above}/{row.folder}" if above else row.folder
        sections[folders[row.id]] = row.path
    media: defaultdict[str, None] = defaultdict(lambda: None)
    for path in session.scalars(select(MediaFile.path).where(MediaFile.work_id == work_id)):
        media[path] = None
    index = LinkIndex(kind, key, sections, media)
    return index, {path: folder for folder, path in sections.items()}
