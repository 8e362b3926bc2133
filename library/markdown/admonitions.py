"""The kinds of note that authors write, and what each is called when it has no title of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Only marks the strings for extraction; whoever renders for readers translates them.
N_ = str

ADMONITION_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "note": N_("Note"),
        "tip": N_("Tip"),
        "important": N_("Important"),
        "warning": N_("Warning"),
        "danger": N_("Danger"),
        "example": N_("Example"),
    }
)

_SYNONYMS: Final[Mapping[str, str]] = {
    "info": "note",
    "seealso": "note",
    "abstract": "note",
    "summary": "note",
    "question": "note",
    "quote": "note",
    "hint": "tip",
    "success": "tip",
    "check": "tip",
    "attention": "warning",
    "caution": "danger",
    "error": "danger",
    "failure": "danger",
    "bug": "danger",
}

_CLASSES: Final[Mapping[str, str]] = {"note": "note", "warning": "note warn"}


def admonition_type(word: str) -> str:
    """The key of ``ADMONITION_TITLES`` that an author's word means; any unknown one is a note."""
    word = _SYNONYMS.get(word, word)
    return word if word in ADMONITION_TITLES else "note"


def admonition_class(kind: str) -> str:
    """The classes of a note of this type, for the stylesheet."""
    return _CLASSES.get(kind, f"note {kind}")
