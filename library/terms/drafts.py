"""Drafts of concepts with their terms, and what storing one did."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TermDraft:
    """One word or phrase; ``status`` is ``preferred``, ``allowed`` or ``forbidden``."""

    text: str
    status: str = "preferred"
    reading: str | None = None


@dataclass(slots=True)
class LanguageDraft:
    """All that is said of a concept in one language; it replaces what that language had."""

    terms: list[TermDraft] = field(default_factory=list)
    definition: str = ""


@dataclass(slots=True)
class ConceptDraft:
    """A concept as somebody hands it in.

    ``None`` means *not said*: what the library has stays. So does a language that is not there; one
    without terms and without definition is taken out.
    """

    key: str
    source_language: str
    uuid: uuid.UUID | None = None
    domain: str | None = None
    source: str | None = None
    languages: dict[str, LanguageDraft] = field(default_factory=dict)


@dataclass(slots=True)
class ConceptChange:
    """What storing did."""

    key: str
    kind: str = "term"
    created: bool = False
    facts: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """True where nothing changed."""
        return not (self.created or self.facts)
