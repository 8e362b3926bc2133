"""The Whoosh schema: four text fields whose tokens come from `analysis`, and four columns."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import Any, Final, NamedTuple
from zlib import compress, decompress

from library.search import pinyin, word_breaks
from library.search.analysis import Token, analyse
from library.search.cache import ArrayCache
from library.search.codec import LAST_PLACE
from library.search.columns import NUMBERS, LabelsColumn, NumbersColumn, RowColumn
from library.search.differences import digest
from library.search.port import FACETS, Passage
from library.search.postings import Gathered
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
    """A text field; its postings go past Whoosh into a `postings.PostingsPool`."""

    def __init__(self) -> None:
        super().__init__(format=Frequency(), analyzer=None, scorable=True)


def gathered(tokens: Iterable[Token]) -> Gathered:
    """The tokens of a text, term by term."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for text, _start, _end, position in tokens:
        found[text].append(position)
    every = found.values()
    try:
        places = array("H", chain.from_iterable(every))
    except OverflowError:
        places = array("H", (min(place, LAST_PLACE) for place in chain.from_iterable(every)))
    return Gathered([text.encode() for text in found], array("H", map(len, every)), places)


class _Analysed(NamedTuple):
    """A text's tokens, its words where no spaces tell them apart, and both term by term."""

    tokens: Sequence[Token]
    words: Sequence[Token]
    gathered: Gathered


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


BODIES: Final = 24 << 20
"""How many bytes of `Bodies` an engine keeps that writes."""


class Bodies:
    """What bodies of passages were analysed to, kept while there is room: who stores a work again and again,
    language by language say, changes few of its texts."""

    def __init__(self, limit: int) -> None:
        """``limit`` in bytes."""
        self._kept = ArrayCache(limit)

    def get(self, passage: Passage) -> tuple[Gathered, int, bytes]:
        """The body term by term, its number of tokens, and its sketch."""
        told = f"{passage.lang} {len(passage.title)} {passage.title}{passage.body}"
        key = blake2b(told.encode(errors="replace"), digest_size=16).digest()
        kept = self._kept.get(key)
        if kept is None:
            made = _body(passage)
            (terms, counts, places), length, outline = made
            parts = (b"\0".join(terms), counts.tobytes(), places.tobytes(), outline)
            packed = compress(b"".join(parts), 1)
            if parts[0].count(b"\0") == max(0, len(terms) - 1):
                self._kept.keep(key, (packed, length, *map(len, parts)), len(packed))
            return made
        packed, length, *sizes = kept
        data, begin = decompress(packed), 0
        pieces = []
        for size in sizes:
            pieces.append(data[begin : begin + size])
            begin += size
        names, raw_counts, raw_places, outline = pieces
        counts, places = array("H", raw_counts), array("H", raw_places)
        return Gathered(names.split(b"\0") if sizes[1] else [], counts, places), length, outline


def _body(passage: Passage) -> tuple[Gathered, int, bytes]:
    tokens, _, terms = _analysed(passage.body, passage.lang)
    outline = sketch(tokens, (passage.title, passage.body), passage.lang)
    # Words and readings are other ways to the same text, and make it no longer.
    return terms, len(tokens), outline


def document(passage: Passage, *, bodies: Bodies | None = None) -> dict[str, Any]:
    """The fields of the Whoosh document that stands for a passage; those of `TEXTS` are `Gathered`.

    ``bodies`` are those that need not be analysed again.
    """
    analysed = {
        name: _analysed_again(getattr(passage, name), passage.lang)
        for name in TEXTS
        if name != "body"
    }
    body, length, outline = _body(passage) if bodies is None else bodies.get(passage)
    counted = {name: len(found.tokens) for name, found in analysed.items()} | {"body": length}
    lengths = bytes(length_to_byte(counted[name]) for name in TEXTS)
    texts = {name: found.gathered for name, found in analysed.items()} | {"body": body}
    before = [*analysed[READ].tokens, *analysed[READ].words]
    if readings := _readings(passage, before):
        texts[READ] = gathered([*before, *readings])
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
        digest(passage),
    )
    return {
        **{name: value for name, value in texts.items() if value.terms},
        "numbers": work_key(passage.work).to_bytes(8, "little") + lengths,
        "sketch": outline,
        "labels": labels,
        "row": _SEPARATOR.join(row).encode(errors="replace"),
    }


def _analysed(text: str, lang: str) -> _Analysed:
    tokens = analyse(text, lang)
    words = word_breaks.tokens(text, tokens)
    return _Analysed(tokens, words, gathered(chain(tokens, words)))


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
    """Id, work, section, block, kind, language, file, place and digest of a passage, from its ``row``."""
    return stored.decode().split(_SEPARATOR)
