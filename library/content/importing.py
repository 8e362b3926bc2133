"""Import: from folders to the library, one transaction for each work.

A work with faults is refused whole with all of its faults; the others go on. Bytes of media go into
the store before the transaction: they are addressed by what they are, so an import that ends early
leaves nothing that anybody could find, and the next one finds them there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.addresses import section_path
from library.catalogue.drafts import WorkDraft
from library.catalogue.models import Section, Work
from library.catalogue.service import store_work
from library.content.faults import shown, suggestion
from library.content.folder import RECORD_KINDS, Found, find, is_ignored
from library.content.links import check_links
from library.content.markdown_tree import find_courses, read_course
from library.content.media_files import media_draft
from library.content.record_folder import RecordDraft, RecordReading, read_record
from library.content.report import AnyChange, Progress, Report
from library.content.work_folder import WorkReading, read_work
from library.db import session_scope
from library.directory import queries as directory
from library.directory.code_schemes import load_schemes
from library.directory.drafts import InstitutionDraft, PartnershipDraft
from library.directory.service import store_institution, store_partnership
from library.errors import LibraryError, Unavailable
from library.media.port import MediaStore
from library.sentences import NOTHING, Sentence
from library.terms.drafts import ConceptDraft
from library.terms.queries import concept_keys
from library.terms.service import store_concept

Format = Literal["content", "markdown"]
Reading = WorkReading | RecordReading


def import_paths(
    factory: sessionmaker[Session],
    store: MediaStore,
    paths: Sequence[Path],
    *,
    by: str,
    format: Format = "content",  # noqa: A002 - the option's name on the command line
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Read folders and store what is in them; see ``docs/content-format.md`` for what is promised.

    ``by`` names who does it. A dry run stores nothing, puts no bytes, and says what would change.
    ``progress`` is told before each folder. Raises ``Unavailable`` where the database or the media
    store cannot be reached; what was stored until then stays, whole work by whole work.
    """
    run = _Run(factory, store, by=by, dry_run=dry_run)
    for step in run.steps(paths, format):
        if progress is not None:
            progress(step)
    return run.report


def import_steps(
    factory: sessionmaker[Session],
    store: MediaStore,
    paths: Sequence[Path],
    *,
    by: str,
    dry_run: bool = False,
    guard: Callable[[Reading], None] | None = None,
) -> Generator[Progress, None, Report]:
    """`import_paths` of the format ``content`` one folder at a time, for who has other things to do, too.

    Each value is what comes next; the report is returned at the end. ``guard`` looks at each reading before
    it is stored and may add faults and warnings.
    """
    run = _Run(factory, store, by=by, dry_run=dry_run, guard=guard)
    yield from run.steps(paths, "content")
    return run.report


@dataclass(slots=True)
class _Known:
    """Keys that references may name: in the library, or stored earlier in this run."""

    institutions: set[str] = field(default_factory=set)
    partnerships: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    terms: set[str] = field(default_factory=set)
    works: set[str] = field(default_factory=set)


class _Run:
    def __init__(
        self,
        factory: sessionmaker[Session],
        store: MediaStore,
        *,
        by: str,
        dry_run: bool,
        guard: Callable[[Reading], None] | None = None,
    ) -> None:
        self.guard = guard
        self.factory = factory
        self.store = store
        self.by = by
        self.dry_run = dry_run
        self.report = Report(dry_run=dry_run)
        self.known = _Known()
        # Works of this run by name: links and references may lead to what is stored later.
        self.folders: dict[str, Path] = {}
        self.section_paths: dict[str, set[str]] = {}
        # In a dry run nothing stays in the database: what works refer to is stored again for each.
        self.pending: dict[str, RecordDraft] = {}
        self.schemes_are_new = False

    def steps(self, paths: Sequence[Path], format_: Format) -> Iterator[Progress]:
        """Do it all; each value says what comes next."""
        if self.guard is None:
            self.load_schemes()
        else:
            # Who hands in content has not asked for what ships with the library.
            with session_scope(self.factory) as session:
                self._look_around(session)
        readings, total = self.readings(paths, format_)
        for done, (name, read) in enumerate(readings):
            yield Progress(done, total, name)
            self.take(read())
        yield Progress(total, total, "")

    def load_schemes(self) -> None:
        with session_scope(self.factory, write=True) as session:
            changes = load_schemes(session)
            self.report.changes += changes
            self.schemes_are_new = bool(changes)
            self._look_around(session)
            if self.dry_run:
                session.rollback()

    def _look_around(self, session: Session) -> None:
        self.known = _Known(
            institutions=directory.institution_keys(session),
            partnerships=directory.partnership_keys(session),
            codes=directory.codes_as_written(session),
            terms=concept_keys(session),
            works={f"{kind}/{key}" for kind, key in session.execute(select(Work.kind, Work.key))},
        )

    def readings(
        self, paths: Iterable[Path], format_: Format
    ) -> tuple[Iterator[tuple[str, Callable[[], Reading]]], int]:
        """What there is to read, each as its name and a function that reads it, and how many."""
        if format_ == "markdown":
            courses: list[Path] = []
            for path in paths:
                found, faults = find_courses(path)
                courses += found
                self.report.faults += faults
            return ((path.name, _course_reader(path)) for path in courses), len(courses)
        folders: list[Found] = []
        for path in paths:
            inside, faults = find(path)
            folders += inside
            self.report.faults += faults
        unique: dict[Path, Found] = {}
        for one in folders:
            unique.setdefault(one.path.resolve(), one)
        # Records first, in the order in which they name each other; works as they came.
        order = {kind: n for n, kind in enumerate(RECORD_KINDS)}
        chosen = sorted(unique.values(), key=lambda one: order.get(one.kind, len(order)))
        for one in chosen:
            self.folders[f"{one.kind}/{one.key}"] = one.path
        return ((f"{one.kind}/{one.key}", _folder_reader(one)) for one in chosen), len(chosen)

    def take(self, reading: Reading) -> None:
        """Store one reading, or refuse it, and write down what became of it."""
        self.report.read += 1
        faults = reading.faults
        change: AnyChange | None = None
        if reading.draft is not None:
            self._check_references(reading)
            if self.guard is not None:
                self.guard(reading)
        if isinstance(reading, WorkReading) and reading.draft is not None:
            if not faults:
                check_links(reading, exists=self._exists)
            self._take_media(reading)
        if not faults and reading.draft is not None:
            try:
                change = self._store(reading)
            except Unavailable:
                raise
            except LibraryError as refusal:
                self._refuse(reading, refusal)
        self.report.warnings += faults.warnings
        self.report.faults += faults.found
        if faults or change is None:
            self.report.refused += 1
            return
        self._remember(reading)
        if change.empty:
            self.report.unchanged += 1
        else:
            self.report.changes.append(change)

    def _take_media(self, reading: WorkReading) -> None:
        """Look at every file, so that all faults come at once; put bytes only while there are none."""
        assert reading.draft is not None  # noqa: S101 - the caller has looked
        reading.draft.media = []
        taken: set[str] = set()
        for source in reading.media:
            store = None if self.dry_run or reading.faults else self.store
            media = media_draft(source, store=store, faults=reading.faults)
            if media is None:
                continue
            if media.path in taken:
                message = Sentence("There is a “%(path)s” already.", path=shown(media.path))
                reading.faults.add(source.shown, 0, message)
            taken.add(media.path)
            reading.draft.media.append(media)

    def _store(self, reading: Reading) -> AnyChange:
        with session_scope(self.factory, write=True) as session:
            if self.dry_run:
                try:
                    self._store_pending(session, reading.draft)
                    return self._store_draft(session, reading.draft)
                finally:
                    session.rollback()
            return self._store_draft(session, reading.draft)

    def _store_draft(self, session: Session, draft: WorkDraft | RecordDraft | None) -> AnyChange:
        if isinstance(draft, WorkDraft):
            return store_work(session, draft, by=self.by)
        return _store_record(session, draft)

    def _store_pending(self, session: Session, draft: WorkDraft | RecordDraft | None) -> None:
        """In a dry run, store what a draft refers to and an earlier folder of this run holds."""
        names: list[str] = []
        if isinstance(draft, WorkDraft):
            names = [f"partnership/{key}" for key in draft.partnerships]
            institutions = list(draft.institutions)
        elif isinstance(draft, PartnershipDraft):
            institutions = [member.institution for member in draft.members or ()]
        else:
            return
        for name in names:
            partnership = self.pending.get(name)
            if isinstance(partnership, PartnershipDraft):
                institutions += [member.institution for member in partnership.members or ()]
        if self.schemes_are_new and isinstance(draft, WorkDraft) and draft.codes:
            load_schemes(session)
        for name in (*(f"institution/{key}" for key in dict.fromkeys(institutions)), *names):
            if name in self.pending:
                _store_record(session, self.pending[name])

    def _remember(self, reading: Reading) -> None:
        name = f"{reading.kind}/{reading.key}"
        if isinstance(reading, WorkReading):
            self.known.works.add(name)
            if reading.draft is not None:
                for section, _, _ in reading.draft.root.walk():
                    self.report.sections += 1
                    self.report.texts += sum(len(blocks) for blocks in section.texts.values())
            return
        keys = {
            "institution": self.known.institutions,
            "partnership": self.known.partnerships,
            "term": self.known.terms,
        }
        keys[reading.kind].add(reading.key)
        if self.dry_run and reading.draft is not None:
            self.pending[name] = reading.draft

    def _check_references(self, reading: Reading) -> None:
        """Names of things that neither the library nor this run has, each at its own line."""
        draft = reading.draft
        if isinstance(draft, WorkDraft):
            self._refer(reading, "institutions", draft.institutions, self.known.institutions)
            self._refer(reading, "partnerships", draft.partnerships, self.known.partnerships)
            self._refer(reading, "codes", draft.codes, self.known.codes)
            for name in ("derived_from", "replaced_by"):
                other = getattr(draft, name)
                self._mention(reading, (name,), [other] if other else [])
            self._mention(reading, ("related",), draft.related)
        elif isinstance(draft, PartnershipDraft):
            members = [member.institution for member in draft.members or ()]
            self._refer(reading, "members", members, self.known.institutions)
            for n, key in enumerate(members):
                if key in members[:n]:
                    message = Sentence("“%(institution)s” is a member already.", institution=key)
                    self._fault(reading, ("members", n), message)
        elif isinstance(draft, ConceptDraft) and not self._knows_domain(draft):
            self._no_such(reading, ("domain",), str(draft.domain), self.known.codes)

    def _knows_domain(self, draft: ConceptDraft) -> bool:
        return draft.domain is None or draft.domain in self.known.codes

    def _refer(self, reading: Reading, field_: str, named: Sequence[str], known: set[str]) -> None:
        for n, name in enumerate(named):
            if name not in known:
                self._no_such(reading, (field_, n), name, known)

    def _mention(self, reading: Reading, path: tuple[str, ...], named: Sequence[str]) -> None:
        for n, name in enumerate(named):
            if name not in self.known.works and name not in self.folders and reading.meta:
                at = (*path, n) if path == ("related",) else path
                reading.meta.warn(at, Sentence("The library has no %(name)s.", name=shown(name)))

    def _no_such(
        self, reading: Reading, path: tuple[str | int, ...], name: str, known: set[str]
    ) -> None:
        message = Sentence("The library has no “%(name)s”.", name=shown(name))
        self._fault(reading, path, message, suggestion(name, known))

    def _fault(
        self,
        reading: Reading,
        path: tuple[str | int, ...],
        message: Sentence,
        hint: Sentence = NOTHING,
    ) -> None:
        if reading.meta is not None:
            reading.meta.fault(path, message, hint)
        else:
            reading.faults.add(reading.shown, 0, message, hint=hint)

    def _refuse(self, reading: Reading, refusal: LibraryError) -> None:
        field_ = str(refusal.details.get("field", ""))
        place, line = reading.shown, 0
        if reading.meta is not None and os.path.exists(reading.meta.shown):
            place, line = reading.meta.shown, reading.meta.line(*((field_,) if field_ else ()))
        reading.faults.add(place, line, refusal.sentence, name=field_)

    def _exists(self, kind: str, key: str, path: str) -> bool:
        """Whether a link from another work leads somewhere: in this run, else in the library."""
        name = f"{kind}/{key}"
        if kind == "institution":
            return name in self.folders or key in self.known.institutions
        if kind == "partnership":
            return name in self.folders or key in self.known.partnerships
        if kind == "term":
            return name in self.folders or key in self.known.terms
        if name not in self.section_paths:
            if name in self.folders:
                self.section_paths[name] = _section_paths(self.folders[name])
            elif name in self.known.works:
                self.section_paths[name] = self._stored_sections(kind, key)
            else:
                self.section_paths[name] = set()
        return path in self.section_paths[name]

    def _stored_sections(self, kind: str, key: str) -> set[str]:
        with session_scope(self.factory) as session:
            return set(
                session.scalars(
                    select(Section.path)
                    .join(Work, Work.id == Section.work_id)
                    .where(Work.kind == kind, Work.key == key, Section.removed_at.is_(None))
                )
            )


def _store_record(session: Session, draft: RecordDraft | None) -> AnyChange:
    if isinstance(draft, InstitutionDraft):
        return store_institution(session, draft)
    if isinstance(draft, PartnershipDraft):
        return store_partnership(session, draft)
    assert isinstance(draft, ConceptDraft)  # noqa: S101 - there is no fourth kind of record
    return store_concept(session, draft)


def _course_reader(path: Path) -> Callable[[], Reading]:
    return lambda: read_course(path)


def _folder_reader(found: Found) -> Callable[[], Reading]:
    if found.kind in RECORD_KINDS:
        return lambda: read_record(found)
    return lambda: read_work(found)


def _section_paths(path: Path) -> set[str]:
    """The section paths of a work's folder, from the names of its folders alone."""
    found = {""}
    for at, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not is_ignored(name)]
        if any(name.lower().endswith(".md") for name in names):
            inside = Path(at).relative_to(path).as_posix()
            found.add("" if inside == "." else section_path(inside))
    return found
