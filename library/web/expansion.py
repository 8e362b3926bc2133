"""What the term bank adds to a search: other words for the reader's own, and the terms themselves.

Terms have a place of their own beside the results, since a short query would else find little but
terms. They are listed as results where the reader asks for terms (``kind=term``), and where nothing
else was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain as in_a_row
from itertools import zip_longest
from typing import Final

from flask import request
from markupsafe import Markup

from library.catalogue import public_paths
from library.catalogue.hits import ENTRY_KINDS
from library.catalogue.models import WORK_KINDS
from library.http.services import languages, session, term_index
from library.i18n.chains import chain
from library.search.port import Also, Query, Results
from library.search.syntax import refined
from library.terms.expansion import Other, Run, also, terms_in
from library.terms.models import TERM_STATUSES
from library.terms.term_index import Meaning, Wording
from library.web import context
from library.web.facet_links import FilterAddresses
from library.web.links import Links

TERM: Final = "term"
LISTED: Final = (*WORK_KINDS, *(kind for kind in ENTRY_KINDS if kind != TERM))
"""The kinds that results are of where no kind is asked for."""

# The parameter of the address, and its value where only the reader's own words count.
SWITCH: Final = "also"
_OFF: Final = "no"
# Words that stand open, concepts in the panel, and other terms of each.
_SHOWN: Final = 6
_CONCEPTS: Final = 3
_OTHERS: Final = 3
_PREFERRED: Final = TERM_STATUSES[0]


@dataclass(frozen=True, slots=True)
class Expansion:
    """The terms of a query, the languages of the library, and whether other words are searched for."""

    runs: tuple[Run, ...]
    languages: tuple[str, ...]
    on: bool

    @property
    def also(self) -> tuple[Also, ...]:
        """For `search.port.Query`."""
        return also(self.runs, self.languages) if self.on else ()

    @property
    def stay(self) -> list[tuple[str, str]]:
        """What stays in the address while the reader filters and turns pages."""
        return [] if self.on else [(SWITCH, _OFF)]


@dataclass(frozen=True, slots=True)
class Word:
    """A word in its language; ``mark`` are the attributes of that language."""

    text: str
    mark: Markup


@dataclass(frozen=True, slots=True)
class AlsoView:
    """What was searched for besides: ``words`` stand open, ``more`` behind a switch. ``href`` turns it off,
    or on where it is off."""

    on: bool
    words: list[Word]
    more: list[Word]
    href: str


@dataclass(frozen=True, slots=True)
class TermView:
    """A concept: its term for the reader, and what it is called in other languages."""

    href: str
    text: str
    mark: Markup
    others: list[Word]


@dataclass(frozen=True, slots=True)
class BankView:
    """The terms of a query. ``count``: how many terms the search found, and ``href`` lists them."""

    terms: list[TermView]
    count: int
    href: str


def expansion(asked: str, *, lang: str, chosen: Mapping[str, Sequence[str]]) -> Expansion:
    """The terms of a query by a reader of ``lang`` with some filters."""
    runs = terms_in(
        asked,
        index=term_index(),
        session=session(),
        lang=lang,
        languages=chosen.get("language", ()),
    )
    return Expansion(
        runs=runs,
        languages=languages(),
        on=request.args.get(SWITCH) != _OFF,
    )


def without_terms(query: Query) -> Query:
    """The same query with terms left out, unless it asks for kinds."""
    query = refined(query)
    return query if query.kinds else replace(query, kinds=LISTED)


def also_view(found: Expansion, addresses: FilterAddresses, ui: str) -> AlsoView | None:
    """The line above the results; None where there are no other words."""
    wanted = addresses.chosen.get("language", ())
    every = [
        [
            one
            for one in run.others(found.languages)
            if not (wanted and one.lang not in wanted) and not run.is_another_form(one)
        ]
        for run in found.runs
    ]
    words = [Word(one.text, context.marks(one.lang, ui)) for one in _once(_in_turn(every))]
    if not words:
        return None
    kept = [pair for pair in addresses.stay if pair[0] != SWITCH]
    turned = [*kept, (SWITCH, _OFF)] if found.on else kept
    other = FilterAddresses(addresses.path, addresses.chosen, turned)
    shown = _SHOWN if len(words) > _SHOWN + 1 else len(words)
    return AlsoView(found.on, words[:shown], words[shown:], other.address(other.base()))


def _in_turn(every: Iterable[Sequence[Other]]) -> Iterable[Other]:
    """The first of each, then the second of each, so that all terms of a query are seen."""
    return (one for one in in_a_row.from_iterable(zip_longest(*every)) if one is not None)


def _once(words: Iterable[Other]) -> list[Other]:
    """Words that several languages share, once."""
    found: dict[str, Other] = {}
    for word in words:
        found.setdefault(word.text.casefold(), word)
    return list(found.values())


def bank_view(
    found: Expansion, results: Results, addresses: FilterAddresses, *, here: Links, ui: str
) -> BankView | None:
    """The panel above the results; None where the query has nothing of the term bank."""
    count = results.facets.get("kinds", {}).get(TERM, 0)
    meanings = list(
        {meaning.key: meaning for run in found.runs for meaning in run.meanings}.values()
    )
    spoken = {meaning.key: run.lang for run in found.runs for meaning in run.meanings}
    terms = [
        _term(meaning, spoken[meaning.key], found.languages, here=here, ui=ui)
        for meaning in meanings[:_CONCEPTS]
    ]
    if not terms and not count:
        return None
    listed = FilterAddresses(addresses.path, {**addresses.chosen, "kind": [TERM]}, addresses.stay)
    return BankView(terms, count, listed.address(listed.base()))


def _term(
    meaning: Meaning, spoken: str, languages: Sequence[str], *, here: Links, ui: str
) -> TermView:
    """A concept in the reader's language, then in that of the query and in those of most works."""
    by_lang = {w.lang: w for w in reversed(meaning.wordings) if w.status == _PREFERRED}
    best = next((by_lang[tag] for tag in chain(here.lang) if tag in by_lang), meaning.wordings[0])
    others: list[Wording] = []
    for tag in (spoken, *languages):
        word = by_lang.get(tag)
        told = {one.text.casefold() for one in (best, *others)}
        if word is not None and word.text.casefold() not in told and len(others) < _OTHERS:
            others.append(word)
    path = public_paths.page(TERM, meaning.key, lang=here.lang)
    return TermView(
        href=f"{path}{here.suffix}",
        text=best.text,
        mark=context.marks(best.lang, ui),
        others=[Word(one.text, context.marks(one.lang, ui)) for one in others],
    )
