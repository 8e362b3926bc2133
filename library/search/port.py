"""What a search engine must do for the library, whatever it is made of.

The words MUST and MAY are meant as in RFC 2119; the contract suite in ``tests/contracts`` holds every
engine to each MUST.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

FACETS: Final = ("languages", "kinds", "subjects", "levels", "institutions", "countries", "sizes")
"""The facets, named as the filters of `Query` and the keys of `Results.facets`."""

PASSAGES_PER_WORK: Final = 3
"""How many passages of one work a `WorkHit` holds at most."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of one language of one section, or of a work's root.

    Ids are unique over the whole index (``"<section uuid>:<lang>:<n>"``); ``work``, ``section`` and
    ``block`` are UUIDs as text, ``block`` being the first block of the passage. ``lang`` is a
    normalised BCP 47 tag. ``body`` is plain text, 200 to 300 words long.

    A passage of a file that the section shows names it: ``file`` is the SHA-256 of what a reader opens,
    ``place`` where in it the passage begins, written as the fragment of an address (``page=3``,
    ``slide=2``, ``t=63.5`` in seconds; empty for the whole file). An engine only keeps the two.
    """

    id: str
    work: str
    section: str
    block: str
    kind: str
    lang: str
    title: str
    work_title: str
    body: str
    keywords: str = ""
    subjects: tuple[str, ...] = ()
    level: str = ""
    institutions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    file: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word or phrase and its language, in which it is analysed."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Also:
    """What may stand for the characters ``start`` to ``end`` of a query: terms that mean the same."""

    start: int
    end: int
    alternatives: tuple[Alternative, ...]


@dataclass(slots=True)
class Query:
    """What a reader asks.

    ``lang`` is the reader's language: its passages come first, others follow. The tuples filter: an
    empty one lets everything through, several values of one filter mean "any of these", several
    filters mean "all of these". ``offset`` and ``limit`` count works. ``also``: what is looked for
    besides, in place of parts of the text.
    """

    text: str
    lang: str = "en"
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 20
    also: tuple[Also, ...] = ()


@dataclass(slots=True)
class Hit:
    """One passage that was found; ``passage`` is its id, a higher ``score`` is a better hit."""

    passage: str
    work: str
    section: str
    block: str
    kind: str
    lang: str
    score: float
    file: str = ""
    place: str = ""


@dataclass(slots=True)
class WorkHit:
    """A work with its best passages, best first; its score is that of the best one."""

    work: str
    score: float
    passages: list[Hit]


@dataclass(slots=True)
class Results:
    """What was found.

    ``total`` counts works. ``facets`` maps each name of `FACETS` to value -> number of works, each
    facet counted with all other filters applied but not its own, so that a reader sees what choosing
    another value would give. ``words`` are the analysed words of the query, for `highlight.snippet`.
    """

    total: int = 0
    hits: list[WorkHit] = field(default_factory=list)
    facets: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in FACETS})
    words: tuple[str, ...] = ()
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Health:
    """How the index is: ``problem`` is a full sentence, or None when it can be searched."""

    generation: str | None
    passages: int
    analysis: str | None
    created: datetime | None
    problem: str | None


class SearchEngine(Protocol):
    """The port.

    One writer at a time: `apply` and `rebuild` MUST raise `errors.Conflict` at once, without waiting,
    while another process or thread writes. Any number of threads and processes MAY search meanwhile;
    each search MUST see either all or nothing of an `apply`. All methods MAY raise
    `errors.Unavailable` when the index cannot be read or written, except `check`, `stamp` and `close`.
    """

    def apply(self, *, works: Collection[str], passages: Iterable[Passage]) -> None:
        """Make ``passages`` the only passages of ``works``, in one commit.

        A work in ``works`` without passages MUST be gone afterwards. A passage whose work is not in
        ``works`` MUST be refused with `errors.Invalid`. Applying the same twice MUST leave what
        applying it once leaves; where nothing is another than before, the stamp MUST stay, too. The cost
        SHOULD be that of the passages that are others, not of all that works have.

        Once the call has returned, the change MUST survive the death of the process, and the next
        `search` in this process MUST see it. If it raises, the index MUST be as it was before, or as
        it would be after. `errors.Unavailable` when there is no usable index:
        a part of the library must never look like the whole; rebuild first.
        """
        ...

    def search(self, query: Query) -> Results:
        """Find works. MUST NOT raise on any text; a query without a word MUST find nothing.

        Words are joined by OR; works that hold all of them MUST come before works alike that hold
        fewer. An engine MAY leave out what holds only the least telling words of the query. Text in
        straight or typographic quotation marks MUST stand in the passage as it is, word after word.
        Passages with a word or a quoted text that has a hyphen before it (``-relay``) MUST NOT be
        found, and filters in the text (``kind:course``, ``lang:sw``) MUST filter; `syntax` says what
        is one. Chinese titles and terms MUST be found by their pinyin.

        An alternative (`Query.also`) counts as the words that it may stand for: what holds only an
        alternative MUST be found, and what holds it together with the other words of the query MUST
        come before works alike that hold those only. Works that hold the reader's own words MUST come
        before works alike that hold an alternative. The words of an alternative MUST stand one after
        the other. Several alternatives in one passage MUST NOT count for more than the best of them.
        Alternatives of words that are not in the text, and of parts without a word, MUST be ignored.
        """
        ...

    def rebuild(
        self, passages: Iterable[Passage], *, progress: Callable[[int], None] | None = None
    ) -> int:
        """Build the index anew from ``passages`` and switch to it; the number of passages.

        The passages of one work MUST follow one another (else `errors.Invalid`). The old index MUST
        answer until the switch, and stay if anything fails. ``progress`` is told now and then how
        many passages are done. This MUST work when the present index is damaged, missing or of
        another version.
        """
        ...

    def stamp(self) -> str:
        """A short text that MUST change whenever results could change; cheap enough for every page."""
        ...

    def check(self) -> Health:
        """How the index is. MUST NOT raise."""
        ...

    def close(self) -> None:
        """Let go of files. The engine MAY be used again afterwards."""
        ...
