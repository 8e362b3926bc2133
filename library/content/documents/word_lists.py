"""Lists of a Word document: a row of paragraphs that each say which list and which level they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from library.content.documents.elements import Block, Listing
from library.content.documents.word_styles import Level, Numbering

_DEEPEST: Final = 9
# Twentieths of a point by which what stands deeper is further in.
_DEEPER: Final = 60


@dataclass(slots=True)
class _Open:
    number: str
    depth: int
    listing: Listing
    level: Level


class ListBuilder:
    """Puts items into the lists that they belong to. ``open`` is empty between lists."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._counts: dict[tuple[str, int], int] = {}
        self._open: list[_Open] = []

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    @property
    def indent(self) -> int:
        """How far in the text of the last item stands, in twentieths of a point."""
        return self._open[-1].level.indent if self._open else 0

    def level(self, number: str, depth: int) -> Level:
        return self._numbering.level(number, depth)

    def add(self, number: str, depth: int, item: list[Block]) -> Listing | None:
        """Add an item; the list where it is the first of one that stands by itself."""
        depth = max(0, min(depth, _DEEPEST))
        level = self._numbering.level(number, depth)
        count = self._count(number, depth, level)
        for at, one in enumerate(self._open):
            if (one.number, one.depth) == (number, depth):
                del self._open[at + 1 :]
                one.listing.items.append(item)
                return None
        while self._open and not _holds(self._open[-1], number, depth, level):
            self._open.pop()
        made = Listing(level.ordered, [item], count)
        parent = self._open[-1] if self._open else None
        self._open.append(_Open(number, depth, made, level))
        if parent is None:
            return made
        parent.listing.items[-1].append(made)
        return None

    def go_on(self, blocks: list[Block]) -> None:
        """More of the last item."""
        self._open[-1].listing.items[-1].extend(blocks)

    def close(self) -> None:
        self._open.clear()

    def _count(self, number: str, depth: int, level: Level) -> int:
        count = self._counts.get((number, depth), level.start - 1) + 1
        self._counts[number, depth] = count
        for key in [k for k in self._counts if k[0] == number and k[1] > depth]:
            del self._counts[key]
        return count


def _holds(outer: _Open, number: str, depth: int, level: Level) -> bool:
    """Whether an item of another list or level stands inside of the last item of this one."""
    if outer.number == number:
        return outer.depth < depth
    return level.indent > outer.level.indent + _DEEPER
