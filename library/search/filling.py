"""What every engine does with the passages that it takes, before and after it writes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from library.errors import Invalid, Unavailable
from library.search.codec import term_hash
from library.search.port import Passage
from library.search.segments import Segment

TELL_EVERY: Final = 500
"""Passages after which a rebuild says how far it is."""


def gathered(
    works: Collection[str], passages: Iterable[Passage]
) -> tuple[frozenset[str], list[Passage]]:
    """The works that are to change and their new passages, work after work.

    `Invalid` where a passage is of another work.
    """
    wanted = frozenset(works)
    fresh = sorted(passages, key=lambda passage: passage.work)
    strangers = {passage.work for passage in fresh} - wanted
    if strangers:
        raise Invalid(f"There are passages of works that are not named: {sorted(strangers)}.")
    return wanted, fresh


def by_work(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The passages as they come. `Invalid` where those of a work do not follow one another."""
    done: set[str] = set()
    work: str | None = None
    for passage in passages:
        if passage.work != work:
            if passage.work in done:
                raise Invalid(f"The passages of work {passage.work} do not follow one another.")
            work = passage.work
            done.add(work)
        yield passage


class Canaries:
    """Passages that a new index has to find before it is used: the 1st, 2nd, 4th, 8th and so on."""

    def __init__(self) -> None:
        self._count = 0
        self._chosen: list[tuple[Passage, bytes]] = []

    def add(self, passage: Passage, fields: Mapping[str, Any]) -> None:
        """The next passage that was written, and its `schema.document`."""
        if self._count & (self._count + 1) == 0 and "body" in fields:
            self._chosen.append((passage, max(fields["body"].terms)))
        self._count += 1

    def prove(self, segments: Sequence[Segment]) -> None:
        """`Unavailable` unless these, read back, hold as many passages as were written, and a
        sentinel, and find those that were chosen."""
        held = sum(segment.count for segment in segments) - 1
        if held != self._count:
            raise Unavailable(
                f"The new search index holds {held} passages in place of {self._count}; the old one "
                "stays."
            )
        for passage, term in self._chosen:
            sought = np.array([term_hash("body", term)], np.uint64)
            if not any(
                row[0] == passage.id
                for segment in segments
                for found, _ in segment.postings(sought).values()
                for row in segment.rows(found)
            ):
                raise Unavailable(
                    f"The new search index does not find passage {passage.id}; the old one stays."
                )
