"""What an import or an export did, as it is told to the person who asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from library.catalogue.drafts import WorkChange
from library.content.faults import Fault
from library.directory.drafts import DirectoryChange
from library.sentences import Sentence, counted, kept
from library.terms.drafts import ConceptChange

#: Changes, warnings and faults that are kept; a page takes no more.
MOST_LINES: Final = 2_000

AnyChange = WorkChange | DirectoryChange | ConceptChange

_COUNTED: Mapping[str, Callable[[int], Sentence]] = {
    "sections_added": lambda n: counted("%(num)s section added", "%(num)s sections added", n),
    "sections_removed": lambda n: counted("%(num)s section removed", "%(num)s sections removed", n),
    "blocks_added": lambda n: counted("%(num)s block added", "%(num)s blocks added", n),
    "blocks_changed": lambda n: counted("%(num)s block changed", "%(num)s blocks changed", n),
    "blocks_moved": lambda n: counted("%(num)s block moved", "%(num)s blocks moved", n),
    "blocks_removed": lambda n: counted("%(num)s block removed", "%(num)s blocks removed", n),
    "texts_added": lambda n: counted("%(num)s text added", "%(num)s texts added", n),
    "texts_changed": lambda n: counted("%(num)s text changed", "%(num)s texts changed", n),
    "texts_removed": lambda n: counted("%(num)s text removed", "%(num)s texts removed", n),
    "media_added": lambda n: counted("%(num)s media file added", "%(num)s media files added", n),
    "media_removed": lambda n: counted(
        "%(num)s media file removed", "%(num)s media files removed", n
    ),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` folders; ``name`` is the one that comes next, as ``kind/key``."""

    done: int
    total: int
    name: str


@dataclass(slots=True)
class Report:
    """Everything that an import did (or, as a dry run, would do).

    ``changes`` holds what really changed; ``read`` counts all folders, ``unchanged`` and ``refused``
    those of which nothing was stored because nothing had changed or something was wrong.
    """

    dry_run: bool = False
    changes: list[AnyChange] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    read: int = 0
    unchanged: int = 0
    refused: int = 0
    sections: int = 0
    texts: int = 0

    @property
    def ok(self) -> bool:
        """False where anything was refused: exit code 1."""
        return not self.faults

    def lines(self) -> Iterator[str]:
        """The report in plain English, one line for each thing."""
        for change in self.changes:
            yield line_of(change, dry_run=self.dry_run)
        for warning in self.warnings:
            yield f"warning: {warning}"
        for fault in self.faults:
            yield f"fault: {fault}"
        stored = sum(change.kind != "scheme" for change in self.changes)
        verb = "would be stored" if self.dry_run else "stored"
        yield (
            f"{_count(self.read, 'folder')} read: {stored} {verb}, {self.unchanged} unchanged, "
            f"{self.refused} refused."
        )


def line_of(change: AnyChange, *, dry_run: bool = False) -> str:
    """One change in one line: ``course/welding: 2 sections added, 14 texts changed``."""
    return f"{change.kind}/{change.key}: {', '.join(parts_of(change, dry_run=dry_run))}"


def parts_of(change: AnyChange, *, dry_run: bool = False) -> list[Sentence]:
    """What a change did, one phrase for each thing that is told."""
    parts: list[Sentence] = []
    if change.created:
        parts.append(Sentence("would be new") if dry_run else Sentence("new"))
    if isinstance(change, WorkChange):
        for name, say in _COUNTED.items():
            number = getattr(change, name)
            if number:
                parts.append(say(number))
    facts = tuple(dict.fromkeys(change.facts))
    if facts and not change.created:
        parts.append(Sentence("changed: %(facts)s", facts=facts))
    return parts or [Sentence("unchanged")]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_data(report: Report, folder: Path) -> dict[str, Any]:
    """A report as the database keeps it: places as the person knows them, and no more than a page takes."""

    def faults(found: list[Fault]) -> list[list[Any]]:
        prefix = f"{folder}/"
        return [
            [
                one.path.replace(prefix, "").replace(str(folder), "."),
                one.line,
                one.field,
                kept(one.message),
                kept(one.hint),
            ]
            for one in found[:MOST_LINES]
        ]

    return {
        "read": report.read,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "changed": len(report.changes),
        "changes": [
            [
                f"{one.kind}/{one.key}",
                [kept(part) for part in parts_of(one, dry_run=report.dry_run)],
            ]
            for one in report.changes[:MOST_LINES]
        ],
        "warnings": faults(report.warnings),
        "faults": faults(report.faults),
        "faults_in_all": len(report.faults),
    }
