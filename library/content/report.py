"""What an import or an export did, as it is told to the person who asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from library.catalogue.drafts import WorkChange
from library.content.faults import Fault
from library.directory.drafts import DirectoryChange
from library.terms.drafts import ConceptChange

AnyChange = WorkChange | DirectoryChange | ConceptChange

_COUNTED = (
    ("sections_added", "section", "added"),
    ("sections_removed", "section", "removed"),
    ("blocks_added", "block", "added"),
    ("blocks_changed", "block", "changed"),
    ("blocks_moved", "block", "moved"),
    ("blocks_removed", "block", "removed"),
    ("texts_added", "text", "added"),
    ("texts_changed", "text", "changed"),
    ("texts_removed", "text", "removed"),
    ("media_added", "media file", "added"),
    ("media_removed", "media file", "removed"),
)


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
    parts: list[str] = []
    if change.created:
        parts.append("would be new" if dry_run else "new")
    if isinstance(change, WorkChange):
        for name, noun, verb in _COUNTED:
            number = getattr(change, name)
            if number:
                parts.append(f"{_count(number, noun)} {verb}")
    facts = list(dict.fromkeys(change.facts))
    if facts and not change.created:
        parts.append(f"changed: {', '.join(facts)}")
    return f"{change.kind}/{change.key}: {', '.join(parts) or 'unchanged'}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
