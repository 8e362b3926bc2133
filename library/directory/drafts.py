"""Drafts of institutions and partnerships, and what storing one did.

In every draft ``None`` means *not said*: what the library has stays. A language whose text is ``None``
is taken out; a language that is not there at all is left alone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NameText:
    """What an institution or partnership is called in one language, and how it is described.

    ``name`` is one line, ``summary`` one paragraph, ``body`` any Markdown; the last two may be empty.
    """

    name: str
    summary: str = ""
    body: str = ""


@dataclass(slots=True)
class InstitutionDraft:
    """An institution as somebody hands it in; ``country`` is ISO 3166-1 alpha-2."""

    key: str
    type: str
    source_language: str
    uuid: uuid.UUID | None = None
    country: str | None = None
    city: str | None = None
    website: str | None = None
    source: str | None = None
    sample: bool | None = None
    texts: dict[str, NameText | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """``institution`` is the key of one that the library has."""

    institution: str
    role: str


@dataclass(slots=True)
class PartnershipDraft:
    """A partnership as somebody hands it in.

    ``founded`` is ``2023``, ``2023-12`` or ``2023-12-08``; latitude and longitude are degrees (WGS 84),
    both or neither. ``members`` and ``programmes`` replace what was there.
    """

    key: str
    type: str
    source_language: str
    uuid: uuid.UUID | None = None
    brand: str | None = None
    country: str | None = None
    city: str | None = None
    founded: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    website: str | None = None
    source: str | None = None
    sample: bool | None = None
    members: list[MemberDraft] | None = None
    programmes: list[dict[str, str]] | None = None
    texts: dict[str, NameText | None] = field(default_factory=dict)


@dataclass(slots=True)
class DirectoryChange:
    """What storing did. ``kind`` is ``institution``, ``partnership`` or ``scheme``."""

    kind: str
    key: str
    created: bool = False
    facts: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """True where nothing changed."""
        return not (self.created or self.facts)
