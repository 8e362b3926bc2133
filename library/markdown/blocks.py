"""What a Markdown file is made of: blocks of one kind each, some of them carrying a marker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """The kinds of block; the value is the word that is stored and that appears in markers."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    FIGURE = "figure"
    FORMULA = "formula"
    QUOTATION = "quotation"
    NOTE = "note"
    DEFINITION = "definition"
    FOOTNOTE = "footnote"
    REFERENCE = "reference"
    RULE = "rule"
    COMMENT = "comment"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Marker:
    """``<!-- block: ID key=value ... -->`` on its own line above a block.

    ``line`` is the 1-based line in the file; it takes no part in comparison, because writing a
    file back moves lines without changing what they say.
    """

    id: str
    facts: Mapping[str, str] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    def __hash__(self) -> int:
        return hash((self.id, tuple(sorted(self.facts.items()))))


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """One block of a file.

    ``source`` is the Markdown without the marker, with ``\\n`` line ends and no blank lines around
    it, otherwise as typed. ``line`` is the 1-based first line in the file and takes no part in
    comparison. ``level`` is 1 to 6 for headings and 0 for everything else.
    """

    kind: BlockKind
    source: str
    line: int = field(default=0, compare=False)
    level: int = 0
    marker: Marker | None = None
