"""Drafts: a work as somebody hands it in, before it meets what the library already has.

Importers, and later the editors' desk, build these; ``catalogue.service.store_work`` compares them with
what is there, keeps the ids of what did not change, and writes the difference.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from library.markdown import ParsedBlock


@dataclass(slots=True)
class BlockDraft:
    """One block of one file. ``role`` is ``title``, ``summary`` or ``body``.

    The facts of a marker (``<!-- block: ID origin=machine from=HASH reviewed=DATE by=NAME -->``), when
    given, win over what the import would assume.
    """

    parsed: ParsedBlock
    role: str = "body"
    uuid: uuid.UUID | None = None
    label: str | None = None
    origin: str | None = None
    made_from: str | None = None
    reviewed_by: str | None = None
    reviewed_at: dt.datetime | None = None


@dataclass(slots=True)
class SectionDraft:
    """A section with its texts in every language and the sections inside it, in order."""

    key: str
    folder: str
    uuid: uuid.UUID | None = None
    texts: dict[str, list[BlockDraft]] = field(default_factory=dict)
    sections: list[SectionDraft] = field(default_factory=list)

    def walk(self, path: str = "", depth: int = 0) -> Iterator[tuple[SectionDraft, str, int]]:
        """This section and all inside it in reading order, with path and depth."""
        yield self, path, depth
        for child in self.sections:
            yield from child.walk(f"{path}/{child.key}" if path else child.key, depth + 1)


@dataclass(slots=True)
class EditionDraft:
    origin: str = "human"
    offered: bool = True
    answered_by: str | None = None


@dataclass(slots=True)
class MediaDraft:
    """A file whose bytes are in the store already."""

    path: str
    name: str
    sha256: str
    size: int
    media_type: str
    lang: str | None = None
    role: str = "original"
    width: int | None = None
    height: int | None = None
    title: str | None = None
    licence: str | None = None


@dataclass(slots=True)
class WorkDraft:
    """Everything that is said of a work. Keys (``institutions``, ``codes``) name rows that must exist."""

    kind: str
    key: str
    source_language: str
    licence: str
    root: SectionDraft
    uuid: uuid.UUID | None = None
    level: str | None = None
    hours: float | None = None
    minutes: float | None = None
    credits: float | None = None
    version: str | None = None
    sample: bool = False
    status: str = "published"
    withdrawn_because: str | None = None
    replaced_by: str | None = None
    derived_from: str | None = None
    published_at: dt.datetime | None = None
    contributors: list[dict[str, str]] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    parameters: list[dict[str, object]] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    institutions: list[str] = field(default_factory=list)
    partnerships: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    editions: dict[str, EditionDraft] = field(default_factory=dict)
    media: list[MediaDraft] = field(default_factory=list)


@dataclass(slots=True)
class WorkChange:
    """What storing a draft did, or with a dry run would do."""

    kind: str
    key: str
    created: bool = False
    facts: list[str] = field(default_factory=list)
    sections_added: int = 0
    sections_removed: int = 0
    blocks_added: int = 0
    blocks_changed: int = 0
    blocks_moved: int = 0
    blocks_removed: int = 0
    texts_added: int = 0
    texts_changed: int = 0
    texts_removed: int = 0
    media_added: int = 0
    media_removed: int = 0

    @property
    def empty(self) -> bool:
        """True where nothing would change."""
        return not (
            self.created
            or self.facts
            or any(
                (
                    self.sections_added,
                    self.sections_removed,
                    self.blocks_added,
                    self.blocks_changed,
                    self.blocks_moved,
                    self.blocks_removed,
                    self.texts_added,
                    self.texts_changed,
                    self.texts_removed,
                    self.media_added,
                    self.media_removed,
                )
            )
        )
