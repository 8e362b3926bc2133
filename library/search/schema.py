"""The Whoosh schema: four text fields whose tokens come from `analysis`, and three columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

from library.search.analysis import Token, analyse
from library.search.codec import LAST_PLACE
from library.search.columns import NUMBERS, LabelsColumn, NumbersColumn
from library.search.port import FACETS, Passage
from library.search.stock import (
    COLUMN,
    FieldType,
    Frequency,
    Schema,
    VarBytesColumn,
    length_to_byte,
)

TEXTS: Final = ("title", "work_title", "keywords", "body")
"""The text fields, in the order of their length bytes in `columns.NUMBERS`."""

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
        labels=COLUMN(LabelsColumn()),
        row=COLUMN(VarBytesColumn()),
    )


def work_key(work: str) -> int:
    """64 bits that stand for a work; 0 is nobody's."""
    return int.from_bytes(blake2b(work.encode(errors="replace"), digest_size=8).digest()) or 1


def document(passage: Passage) -> dict[str, Any]:
    """The fields of the Whoosh document that stands for a passage."""
    tokens = {name: analyse(getattr(passage, name), passage.lang) for name in TEXTS}
    lengths = bytes(length_to_byte(len(tokens[name])) for name in TEXTS)
    labels = (
        (passage.lang,),
        (passage.kind,),
        passage.subjects,
        (passage.level,) if passage.level else (),
        passage.institutions,
        passage.countries,
    )
    row = (passage.id, passage.work, passage.section, passage.block, passage.kind, passage.lang)
    return {
        **{name: value for name, value in tokens.items() if value},
        "numbers": work_key(passage.work).to_bytes(8, "little") + lengths,
        "labels": labels,
        "row": _SEPARATOR.join(row).encode(errors="replace"),
    }


SENTINEL: Final[dict[str, Any]] = {
    "numbers": bytes(NUMBERS.itemsize),
    "labels": ((),) * len(FACETS),
    "row": b"",
}
"""A document that nothing finds: Whoosh does not work well on an index without any."""


def row(stored: bytes) -> list[str]:
    """Id, work, section, block, kind and language of a passage, from its ``row``."""
    return stored.decode().split(_SEPARATOR)
