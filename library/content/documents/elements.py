"""What a document is made of before it is Markdown: the same for every format.

Readers of formats make these; `block_markdown` writes them. Inline content is flat: a run of words carries
its marks and its link, because word processors cut a sentence into runs wherever they please.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from library.content.documents.notes import Notes
from library.markdown import BlockKind, plain_text


class Mark(Enum):
    """What may hold for words, by the element that says it in HTML."""

    STRONG = "strong"
    EMPHASIS = "em"
    DELETED = "del"
    SUBSCRIPT = "sub"
    SUPERSCRIPT = "sup"
    CODE = "code"


PLAIN: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """A run of text. ``link`` is an address, or ``#`` and the name of an anchor in the document."""

    text: str
    marks: frozenset[Mark] = PLAIN
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A line ends here and the paragraph goes on."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was taken over; ``path`` is its path in the work."""

    path: str
    alt: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX without marks around it."""

    latex: str


@dataclass(frozen=True, slots=True)
class NoteMark:
    """Where a footnote is referred to, by its name in the document."""

    name: str


@dataclass(frozen=True, slots=True)
class Raw:
    """Inline content that is Markdown already."""

    text: str


Inline = Words | Break | Picture | Formula | NoteMark | Raw


@dataclass(slots=True)
class Block:
    """Any block. ``anchors`` are the names under which links of the document lead here."""

    anchors: list[str] = field(default_factory=list, kw_only=True)


@dataclass(slots=True)
class Heading(Block):
    """``level`` counts from 1, as the document counts."""

    level: int
    content: list[Inline]


@dataclass(slots=True)
class Paragraph(Block):
    """``is_caption`` where the document says that it is the caption of what stands beside it."""

    content: list[Inline]
    is_caption: bool = False


@dataclass(slots=True)
class Figure(Block):
    """A picture that stands alone."""

    picture: Picture
    caption: list[Inline] = field(default_factory=list)


@dataclass(slots=True)
class Listing(Block):
    """A list; each item is blocks."""

    ordered: bool
    items: list[list[Block]]
    start: int = 1


@dataclass(slots=True)
class Table(Block):
    """Rows of cells, all of one length; the first row is the head (its cells may be empty)."""

    rows: list[list[list[Inline]]]
    caption: list[Inline] = field(default_factory=list)


@dataclass(slots=True)
class Code(Block):
    """Program text."""

    text: str
    language: str = ""


@dataclass(slots=True)
class Quotation(Block):
    """What somebody else said."""

    blocks: list[Block]


@dataclass(slots=True)
class Callout(Block):
    """A note, tip or warning; ``folds`` where its text unfolds under its title."""

    kind: str
    title: str
    blocks: list[Block]
    folds: bool = False


@dataclass(slots=True)
class Definitions(Block):
    """One entry of a list of definitions."""

    terms: list[list[Inline]]
    bodies: list[list[Block]]


@dataclass(slots=True)
class FormulaBlock(Block):
    """A formula that stands alone."""

    latex: str


@dataclass(slots=True)
class Rule(Block):
    """A line across the page."""


@dataclass(slots=True)
class Source(Block):
    """A block that is Markdown already; pictures in it have their path in the work."""

    text: str


@dataclass(slots=True)
class Document:
    """What a reader of a format found.

    ``title`` is one that is certain; ``fallback_title`` one that is taken where no heading is it.
    """

    blocks: list[Block] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    title: str = ""
    fallback_title: str = ""
    description: str = ""
    authors: list[str] = field(default_factory=list)
    licence: str = ""
    lang: str | None = None
    footnotes: dict[str, list[Block]] = field(default_factory=dict)
    attached: list[tuple[str, str]] = field(default_factory=list)
    """Blocks of Markdown that go to every section whose text holds the first of the pair."""


def words_of(content: Iterable[Inline]) -> str:
    """The words alone, formulas as their LaTeX, in single spaces."""
    said = [
        one.text
        if isinstance(one, Words)
        else one.latex
        if isinstance(one, Formula)
        else plain_text(one.text, kind=BlockKind.PARAGRAPH)
        if isinstance(one, Raw)
        else " "
        if isinstance(one, Break)
        else ""
        for one in content
    ]
    return " ".join("".join(said).split())


def tidy(content: Sequence[Inline]) -> list[Inline]:
    """The same without breaks and white space at its ends, equal runs put together."""
    made: list[Inline] = []
    for one in content:
        last = made[-1] if made else None
        if isinstance(one, Words):
            if not one.text:
                continue
            if isinstance(last, Words) and (last.marks, last.link) == (one.marks, one.link):
                made[-1] = Words(last.text + one.text, one.marks, one.link)
                continue
        made.append(one)
    while made and _is_blank(made[0]):
        made.pop(0)
    while made and _is_blank(made[-1]):
        made.pop()
    return made


def _is_blank(one: Inline) -> bool:
    return isinstance(one, Break) or (isinstance(one, Words) and not one.text.strip())


def is_empty(content: Iterable[Inline]) -> bool:
    return all(_is_blank(one) for one in content)
