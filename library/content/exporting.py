"""Export: the library as the content folder that import reads.

What import makes of an export is what the library holds: every section and block carries its uuid, so
that lasting addresses survive a move to another server. Each work is written into a folder beside its
place and then put there, so that a reader of the folder never sees half of one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.models import WORK_KINDS, Work
from library.content import record_export, work_export
from library.content.faults import Fault
from library.content.folder import KINDS, META, is_ignored
from library.content.report import Progress
from library.directory.models import Institution, Partnership
from library.errors import Conflict, LibraryError, Unavailable
from library.media.port import MediaStore
from library.sentences import Sentence
from library.terms.models import Concept

_NEW = ".new-"
_OLD = ".old-"

_RECORDS: dict[str, tuple[Any, Callable[[Session, Any], work_export.FolderContent]]] = {
    "institution": (Institution, record_export.institution),
    "partnership": (Partnership, record_export.partnership),
    "term": (Concept, record_export.concept),
}


@dataclass(slots=True)
class ExportReport:
    """``written`` counts folders by kind; ``faults`` names media whose bytes could not be had."""

    written: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """False where something is missing from the export: exit code 1."""
        return not self.faults

    def lines(self) -> Iterator[str]:
        """The report in plain English, one line for each thing."""
        for fault in self.faults:
            yield f"fault: {fault}"
        total = sum(self.written.values())
        kinds = ", ".join(f"{number} {kind}" for kind, number in self.written.items() if number)
        noun = "folder" if total == 1 else "folders"
        yield f"{total} {noun} written{f': {kinds}' if kinds else ''}."


def export(
    session: Session,
    store: MediaStore,
    folder: Path,
    *,
    kinds: Collection[str] | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> ExportReport:
    """Write works and records to ``folder``, those of some ``kinds`` or all.

    What stands in the folder of a work or record that is exported is replaced whole; other folders are
    left alone. Raises ``Conflict`` where ``folder`` holds something that is no content folder (unless
    ``force``), ``Unavailable`` where the disk or the media store refuses.
    """
    wanted = [kind for kind in KINDS if kinds is None or kind in kinds]
    session.flush()  # what is written next is forgotten by the session, work by work
    try:
        _prepare(folder, force=force)
        names = list(_names(session, wanted))
        report = ExportReport()
        for done, (kind, key, row_id) in enumerate(names):
            if progress is not None:
                progress(Progress(done, len(names), f"{kind}/{key}"))
            content = _content(session, kind, row_id)
            if content is None:
                continue
            _write(folder / kind, key, content, store, report, force=force)
            report.written[kind] = report.written.get(kind, 0) + 1
        if progress is not None:
            progress(Progress(len(names), len(names), ""))
    except OSError as failure:
        where = failure.filename or folder
        raise Unavailable(f"{where} cannot be written: {failure.strerror}.") from failure
    return report


def _names(session: Session, kinds: Collection[str]) -> Iterator[tuple[str, str, int]]:
    for kind in kinds:
        if kind in WORK_KINDS:
            rows = session.execute(
                select(Work.key, Work.id).where(Work.kind == kind).order_by(Work.key)
            )
        else:
            model = _RECORDS[kind][0]
            rows = session.execute(select(model.key, model.id).order_by(model.key))
        for key, row_id in rows.all():
            yield kind, key, row_id


def _content(session: Session, kind: str, row_id: int) -> work_export.FolderContent | None:
    if kind in WORK_KINDS:
        work = session.get(Work, row_id)
        content = work_export.work(session, work) if work is not None else None
    else:
        model, make = _RECORDS[kind]
        row = session.get(model, row_id)
        content = make(session, row) if row is not None else None
    # One work at a time in memory, however many there are.
    session.expunge_all()
    return content


def _prepare(folder: Path, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise Conflict(f"{folder} is a file; export needs a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    strangers = [
        entry.name
        for entry in sorted(folder.iterdir())
        if not is_ignored(entry.name) and not (entry.is_dir() and entry.name in KINDS)
    ]
    if strangers and not force:
        raise Conflict(
            f"{folder} holds “{strangers[0]}”, so it is not a content folder; "
            "name an empty folder, or force the export."
        )


def _write(
    parent: Path,
    key: str,
    content: work_export.FolderContent,
    store: MediaStore,
    report: ExportReport,
    *,
    force: bool,
) -> None:
    parent.mkdir(parents=True, exist_ok=True)
    target = parent / key
    _sweep(parent, key)
    if target.exists() and not (target / META).exists() and not force and any(target.iterdir()):
        raise Conflict(f"{target} has no {META}, so it is not ours to replace; force the export.")
    new = parent / f".{key}{_NEW}{os.getpid()}"
    try:
        new.mkdir()
        for at, text in content.texts.items():
            file = new / at
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        for at, sha256 in content.media.items():
            if not (new / at).resolve().is_relative_to(new.resolve()):
                message = Sentence(
                    "The path “%(path)s” leads out of the folder; the file is left out.", path=at
                )
                report.faults.append(Fault(str(target), 0, message))
                continue
            _write_media(new / at, sha256, store, report, shown=f"{target}/{at}")
        old = parent / f".{key}{_OLD}{os.getpid()}"
        if target.exists():
            target.rename(old)
        new.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write_media(
    file: Path, sha256: str, store: MediaStore, report: ExportReport, *, shown: str
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with store.open(sha256) as chunks, file.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)
    except Unavailable:
        raise
    except LibraryError as failure:
        file.unlink(missing_ok=True)
        report.faults.append(Fault(shown, 0, failure.sentence))


def _sweep(parent: Path, key: str) -> None:
    """Finish or undo what an export that was killed has left of this folder."""
    target = parent / key
    for left in sorted(parent.glob(f".{key}{_OLD}*")):
        if target.exists():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.rename(target)
    for left in parent.glob(f".{key}{_NEW}*"):
        shutil.rmtree(left, ignore_errors=True)
