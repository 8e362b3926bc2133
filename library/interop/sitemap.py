"""The sitemap: every page that search engines should know, in every language in which it exists.

A library of ten thousand works has hundreds of thousands of pages, so the sitemap is cut into files by
ranges of ids, and only one file is ever read from the database at a time. The plan of the files is made
from counts alone: it takes every section for one that all editions have, so a file may hold fewer
addresses than planned, never more.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flask import Response, current_app
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from library.catalogue import public_paths
from library.catalogue.editions import SILENT_KINDS
from library.catalogue.models import WORK_KINDS, Block, BlockText, Edition, Section, Work
from library.directory.models import Institution, InstitutionText, Partnership, PartnershipText
from library.errors import NotFound
from library.formats import sitemap
from library.formats.sitemap import FILE_SIZE, LONGEST_FILE, Page
from library.http import page_cache
from library.http.services import services, session
from library.interop.blueprint import blueprint
from library.jobs import outbox
from library.terms.models import Concept, Term

# Ids in one IN list; well below what any database takes.
_AT_ONCE = 1_000
# Under this name the application keeps the plan.
EXTENSION = "library.sitemap"
_ABOUT = ("about", "about/partners", "about/accessibility", "about/languages")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a file: things of one sort by id, both ends included.

    For one work that is too large for a file, ``positions`` limits it to some of its sections.
    """

    sort: str
    first: int
    last: int
    urls: int
    positions: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which stretches stand in which file, as of a change number."""

    number: int
    files: list[list[Stretch]]
    urls: int


def plan(session: Session, *, languages: Sequence[str], size: int = FILE_SIZE) -> Plan:
    """Share all pages out over files of about ``size`` addresses."""
    number = outbox.change_number(session)
    stretches = [Stretch("front", 0, 0, len(languages) * len(_front(session)))]
    stretches += _by_id(
        "institution",
        _counts(
            session,
            select(InstitutionText.institution_id, func.count()).group_by(
                InstitutionText.institution_id
            ),
        ),
        size,
    )
    stretches += _by_id(
        "partnership",
        _counts(
            session,
            select(PartnershipText.partnership_id, func.count()).group_by(
                PartnershipText.partnership_id
            ),
        ),
        size,
    )
    stretches += _by_id(
        "term",
        _counts(
            session,
            select(Term.concept_id, func.count(Term.lang.distinct())).group_by(Term.concept_id),
        ),
        size,
    )
    stretches += _works(session, size)
    files: list[list[Stretch]] = []
    room = 0
    for stretch in stretches:
        if not files or stretch.urls > room:
            files.append([])
            room = size
        files[-1].append(stretch)
        room -= stretch.urls
    return Plan(number, files, sum(stretch.urls for stretch in stretches))


def _works(session: Session, size: int) -> list[Stretch]:
    editions = _counts(
        session,
        select(Edition.work_id, func.count())
        .join(Work, Work.id == Edition.work_id)
        .where(Work.status == "published", Edition.offered.is_(True))
        .group_by(Edition.work_id),
    )
    sections = _counts(
        session,
        select(Section.work_id, func.max(Section.position))
        .where(Section.removed_at.is_(None))
        .group_by(Section.work_id),
    )
    counts: dict[int, int] = {}
    stretches: list[Stretch] = []
    for work_id in sorted(editions):
        languages, last = editions[work_id], sections.get(work_id, 0)
        urls = languages * (last + 1)
        if urls <= LONGEST_FILE:
            counts[work_id] = urls
            continue
        stretches += _by_id("work", counts, size)
        counts = {}
        step = max(1, size // languages)
        for start in range(0, last + 1, step):
            end = min(start + step - 1, last)
            stretches.append(
                Stretch("work", work_id, work_id, languages * (end - start + 1), (start, end))
            )
    return stretches + _by_id("work", counts, size)


def _counts(session: Session, statement: Select[int, int]) -> dict[int, int]:
    return {id_: count for id_, count in session.execute(statement)}  # noqa: C416 - rows are no pairs


def _by_id(sort: str, counts: Mapping[int, int], size: int) -> list[Stretch]:
    """Ranges of ids of at most ``size`` addresses; a single thing with more has a range of its own."""
    stretches: list[Stretch] = []
    first = last = urls = 0
    for id_, count in sorted(counts.items()):
        if urls and urls + count > size:
            stretches.append(Stretch(sort, first, last, urls))
            urls = 0
        if not urls:
            first = id_
        last = id_
        urls += count
    if urls:
        stretches.append(Stretch(sort, first, last, urls))
    return stretches


def pages_of(session: Session, stretch: Stretch, *, languages: Sequence[str]) -> Iterator[Page]:
    """The pages of a stretch, in the order of their ids."""
    if stretch.sort == "front":
        yield from (_in_all(path, languages) for path in _front(session))
    elif stretch.sort == "work":
        yield from _pages_of_works(session, stretch)
    else:
        yield from _pages_of_entries(session, stretch)


def _front(session: Session) -> list[str]:
    """Home, the lists that have something in them, and what the site says of itself.

    As paths after the language.
    """
    there = set(session.scalars(select(Work.kind).distinct().where(Work.status == "published")))
    paths = [""]
    if there:
        paths.append("works")
    paths += [public_paths.SEGMENTS[kind] for kind in WORK_KINDS if kind in there]
    for kind, model in (
        ("institution", Institution),
        ("partnership", Partnership),
        ("term", Concept),
    ):
        if session.scalar(select(model.id).limit(1)) is not None:
            paths.append(public_paths.SEGMENTS[kind])
    return [*paths, *_ABOUT]


def _in_all(path: str, languages: Sequence[str]) -> Page:
    """A page of the interface: in all its languages; the front door asks the browser."""
    return Page(
        paths={tag: f"/{tag}/{path}" for tag in languages},
        default=f"/{languages[0]}/{path}" if path else "/",
    )


def _pages_of_entries(session: Session, stretch: Stretch) -> Iterator[Page]:
    """Institutions, partnerships or concepts of a range of ids."""
    if stretch.sort == "institution":
        row, owner, tag = Institution, InstitutionText.institution_id, InstitutionText.lang
    elif stretch.sort == "partnership":
        row, owner, tag = Partnership, PartnershipText.partnership_id, PartnershipText.lang  # type: ignore[assignment]
    else:
        row, owner, tag = Concept, Term.concept_id, Term.lang  # type: ignore[assignment]
    languages: dict[int, list[str]] = defaultdict(list)
    for id_, lang in session.execute(
        select(owner, tag)
        .distinct()
        .where(owner.between(stretch.first, stretch.last))
        .order_by(owner, tag)
    ):
        languages[id_].append(lang)
    for one in session.execute(
        select(row.id, row.key, row.source_language, row.updated_at)
        .where(row.id.between(stretch.first, stretch.last))
        .order_by(row.id)
    ):
        if languages[one.id]:
            yield _page(
                stretch.sort, one.key, "", languages[one.id], one.source_language, one.updated_at
            )


def _pages_of_works(session: Session, stretch: Stretch) -> Iterator[Page]:
    """Works of a range of ids, each followed by its sections that say something."""
    between = Work.id.between(stretch.first, stretch.last)
    works = {
        row.id: row
        for row in session.execute(
            select(Work.id, Work.kind, Work.key, Work.source_language, Work.updated_at).where(
                between, Work.status == "published"
            )
        )
    }
    offered: dict[int, list[str]] = defaultdict(list)
    for work_id, tag in session.execute(
        select(Edition.work_id, Edition.lang)
        .where(Edition.work_id.between(stretch.first, stretch.last), Edition.offered.is_(True))
        .order_by(Edition.work_id, Edition.lang)
    ):
        offered[work_id].append(tag)
    sections = (
        select(Section.id, Section.work_id, Section.path)
        .where(Section.work_id.between(stretch.first, stretch.last), Section.removed_at.is_(None))
        .order_by(Section.work_id, Section.position)
    )
    if stretch.positions is not None:
        sections = sections.where(Section.position.between(*stretch.positions))
    rows = session.execute(sections).all()
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        there = _languages_of(session, [row.id for row in some])
        for row in some:
            work = works.get(row.work_id)
            if work is None:
                continue
            tags = offered[row.work_id]
            if row.path:
                tags = [tag for tag in tags if tag in there[row.id]]
            if tags:
                yield _page(
                    work.kind, work.key, row.path, tags, work.source_language, work.updated_at
                )


def _languages_of(session: Session, ids: Sequence[int]) -> dict[int, set[str]]:
    """The languages in which each section has text."""
    found: dict[int, set[str]] = defaultdict(set)
    for section_id, tag in session.execute(
        select(Block.section_id, BlockText.lang)
        .distinct()
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            Block.section_id.in_(ids),
            Block.removed_at.is_(None),
            Block.kind.not_in(SILENT_KINDS),
        )
    ):
        found[section_id].add(tag)
    return found


def _page(
    kind: str,
    key: str,
    section_path: str,
    languages: Sequence[str],
    source: str,
    changed: dt.datetime,
) -> Page:
    paths = {tag: public_paths.page(kind, key, section_path, lang=tag) for tag in languages}
    return Page(paths, paths.get(source) or next(iter(paths.values())), changed)


class PlanCache:
    """The plan of this process, made again when something was published since."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan: Plan | None = None

    def get(self, session: Session, *, languages: Sequence[str]) -> Plan:
        number = outbox.change_number(session)
        with self._lock:
            if self._plan is None or self._plan.number < number:
                self._plan = plan(session, languages=languages)
            return self._plan


def _plan() -> Plan:
    cache = cast(PlanCache, current_app.extensions[EXTENSION])
    return cache.get(session(), languages=services().settings.languages)


@blueprint.get("/sitemap.xml")
def sitemap_xml() -> Response:
    """The whole sitemap while it fits into one file, else the index of its files."""
    page_cache.keep()
    made = _plan()
    if made.urls <= FILE_SIZE:
        return _file([stretch for file in made.files for stretch in file])
    newest = session().scalar(select(func.max(Work.updated_at)))
    files = [(f"/sitemap-{n}.xml", newest) for n in range(1, len(made.files) + 1)]
    pieces = sitemap.index(files, base_url=services().settings.base_url)
    return Response("".join(pieces), mimetype=sitemap.MEDIA_TYPE)


@blueprint.get("/sitemap-<int(max=50000):number>.xml")
def sitemap_file(number: int) -> Response:
    """One file of the sitemap, counted from 1. Raises ``NotFound`` for a number that is none."""
    files = _plan().files
    if not 1 <= number <= len(files):
        raise NotFound(f"The sitemap has {len(files)} files; there is no number {number}.")
    page_cache.keep()
    return _file(files[number - 1])


def _file(stretches: Sequence[Stretch]) -> Response:
    settings = services().settings
    pages = (
        page
        for stretch in stretches
        for page in pages_of(session(), stretch, languages=settings.languages)
    )
    pieces = sitemap.urlset(pages, base_url=settings.base_url)
    return Response("".join(pieces), mimetype=sitemap.MEDIA_TYPE)
