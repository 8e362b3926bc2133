"""The Whoosh schema: four text fields whose tokens come from `analysis`, and four columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from library.search import pinyin, word_breaks
from library.search.analysis import Token, analyse
from library.search.codec import LAST_PLACE
from library.search.columns import NUMBERS, LabelsColumn, NumbersColumn, RowColumn
from library.search.port import FACETS, Passage
from library.search.sketch_column import SketchColumn
from library.search.sketches import sketch
from library.search.stems import primary
from library.search.stock import (
    COLUMN,
    FieldType,
    Frequency,
    Schema,
    length_to_byte,
)

TEXTS: Final = ("title", "work_title", "keywords", "body")
"""The text fields, in the order of their length bytes in `columns.NUMBERS`."""

READ: Final = "keywords"
"""The text field that holds, besides, how Chinese titles and terms are read (see `pinyin`)."""

_SEPARATOR: Final = "\x1f"


class Tokens(FieldType):  # type: ignore[misc]
    """A text field that takes tokens, analysed already; postings hold their places as uint16."""

    def __init__(self) -> None:
        super().__init__(format=Frequency(), analyzer=None, scorable=True)

    def index(self, value: Sequence[Token], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        places: dict[str, array[int]] = {}
        for text, _start, _end, position in value:
            found = places.get(text)
            if found is None:
                found = places[text] = array("H")
            found.append(position if position < LAST_PLACE else LAST_PLACE)
        for text, found in places.items():
            yield text.encode(), len(found), float(len(found)), found.tobytes()


def schema() -> Any:
    """The schema of every index."""
    return Schema(
        **{name: Tokens() for name in TEXTS},
        numbers=COLUMN(NumbersColumn()),
        sketch=COLUMN(SketchColumn()),
        labels=COLUMN(LabelsColumn()),
        row=COLUMN(RowColumn()),
    )


def work_key(work: str) -> int:
    """64 bits that stand for a work; 0 is nobody's."""
    return int.from_bytes(blake2b(work.encode(errors="replace"), digest_size=8).digest()) or 1


def document(passage: Passage) -> dict[str, Any]:
    """The fields of the Whoosh document that stands for a passage."""
    analysed = {
        name: (_analysed if name == "body" else _analysed_again)(
            getattr(passage, name), passage.lang
        )
        for name in TEXTS
    }
    # Words and readings are other ways to the same text, and make it no longer.
    lengths = bytes(length_to_byte(len(analysed[name][0])) for name in TEXTS)
    outline = sketch(analysed["body"][0], (passage.title, passage.body), passage.lang)
    tokens = {name: [*own, *words] for name, (own, words) in analysed.items()}
    tokens[READ] += _readings(passage, tokens[READ])
    labels = (
        (passage.lang,),
        (passage.kind,),
        passage.subjects,
        (passage.level,) if passage.level else (),
        passage.institutions,
        passage.countries,
        passage.sizes,
    )
    row = (
        passage.id,
        passage.work,
        passage.section,
        passage.block,
        passage.kind,
        passage.lang,
        passage.file,
        passage.place,
    )
    return {
        **{name: value for name, value in tokens.items() if value},
        "numbers": work_key(passage.work).to_bytes(8, "little") + lengths,
        "sketch": outline,
        "labels": labels,
        "row": _SEPARATOR.join(row).encode(errors="replace"),
    }


def _analysed(text: str, lang: str) -> tuple[Sequence[Token], Sequence[Token]]:
    """The tokens of a text, and its words where no spaces tell them apart."""
    tokens = analyse(text, lang)
    return tokens, word_breaks.tokens(text, tokens)


# All passages of a work have its keywords, which are half of what is to be analysed.
_analysed_again = lru_cache(maxsize=64)(_analysed)


def _readings(passage: Passage, before: Sequence[Token]) -> list[Token]:
    """How the Chinese titles of a passage are read, and of a term what it is called in Chinese."""
    texts = [passage.keywords] if passage.kind == "term" else []
    if primary(passage.lang) == "zh":
        texts += dict.fromkeys((passage.title, passage.work_title))
    place = max((token.position for token in before), default=-2) + 2
    return pinyin.tokens("\n".join(texts), place)


SENTINEL: Final[dict[str, Any]] = {
    "numbers": bytes(NUMBERS.itemsize),
    "labels": ((),) * len(FACETS),
    "row": b"",
    "sketch": b"",
}
"""A document that nothing finds: Whoosh does not work well on an index without any."""


def row(stored: bytes) -> list[str]:
    """Id, work, section, block, kind, language, file and place of a passage, from its ``row``."""
    return stored.decode().split(_SEPARATOR)
