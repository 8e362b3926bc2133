"""An engine that holds nothing, for tests of what stands around a search engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from library.search.port import Health, Passage, Query, Results


class NullEngine:
    """`port.SearchEngine` that takes everything and finds nothing."""

    def __init__(self) -> None:
        self._changes = 0

    def apply(self, *, works: Collection[str], passages: Iterable[Passage]) -> None:
        for _ in passages:
            pass
        self._changes += bool(works)

    def search(self, query: Query) -> Results:
        return Results(words=tuple(query.text.split()))

    def rebuild(
        self, passages: Iterable[Passage], *, progress: Callable[[int], None] | None = None
    ) -> int:
        count = sum(1 for _ in passages)
        self._changes += 1
        if progress is not None:
            progress(count)
        return count

    def stamp(self) -> str:
        return f"null.{self._changes}"

    def check(self) -> Health:
        return Health(None, 0, None, None, None)

    def close(self) -> None:
        """Nothing to let go of."""
