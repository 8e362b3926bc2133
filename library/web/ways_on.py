"""Ways on from a search that found nothing: fewer filters, other languages, shelves, subjects."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from library.catalogue import public_paths
from library.catalogue.hits import ENTRY_KINDS
from library.catalogue.models import WORK_KINDS
from library.http.language import page_language
from library.http.services import facet_index, services, session
from library.i18n.names import endonym
from library.search.port import Query, Results
from library.web import context, facet_links, labels
from library.web.facet_links import FilterAddresses
from library.web.links import Links
from library.web.lists import namings

# Facets of the page of results, and what the search port calls them.
_PLURAL = {"language": "languages", "kind": "kinds"}
# Marks that say that words have to stand together.
_QUOTES = '"“”„«»「」『』'
# Subjects offered to browse by: the whole list of them stands on the page of all works.
_SUBJECTS = 12


@dataclass(slots=True)
class Way:
    """A way on from where nothing was found."""

    href: str
    name: str
    mark: Markup
    count: str


@dataclass(slots=True)
class Hint:
    """What may help where nothing was found.

    ``words``: the question has words at all; ``quoted``: some have to stand together. ``beyond``: there
    are results, on earlier pages. ``without``: how many results there are without filters; ``languages``
    and ``kinds`` are those that have some.
    """

    words: bool
    quoted: bool
    beyond: bool
    without: int
    languages: list[Way]
    kinds: list[Way]

    @property
    def lost(self) -> bool:
        """Whether neither other pages nor fewer filters help."""
        return not self.beyond and not self.without


def hint(query: Query, results: Results, addresses: FilterAddresses, ui: str) -> Hint:
    """What may help on a page without a result."""
    beyond = results.total > 0
    wider = results
    if addresses.chosen and not beyond:
        wider = services().search.search(Query(text=query.text, lang=query.lang, limit=1))
    free = FilterAddresses(addresses.path, {}, addresses.stay)
    base = free.base()
    kinds = labels.labels_in("SHELVES", ui)
    offered = bool(addresses.chosen) and wider.total > 0

    def ways(facet: str) -> list[Way]:
        if not offered:
            return []
        counts = wider.facets.get(_PLURAL[facet], {})
        return [
            Way(
                free.address(base, facet, [value]),
                endonym(value) if facet == "language" else kinds.get(value, value),
                context.marks(value, ui) if facet == "language" else Markup(""),
                context.number(counts[value], ui),
            )
            for value in facet_links.top_values(counts)
        ]

    return Hint(
        words=bool(results.words),
        quoted=any(mark in query.text for mark in _QUOTES),
        beyond=beyond,
        without=wider.total if offered else 0,
        languages=ways("language"),
        kinds=ways("kind"),
    )


def shelves(here: Links, ui: str) -> list[Way]:
    """Every kind that the library has something of, to browse instead."""
    index = facet_index()
    names = labels.labels_in("SHELVES", ui)
    ways = [
        Way(
            here.to(public_paths.SEGMENTS[kind]),
            names[kind],
            Markup(""),
            context.number(index.bits["kind"][kind].bit_count(), ui),
        )
        for kind in WORK_KINDS
        if kind in index.bits["kind"]
    ]
    ways += [
        Way(here.to(public_paths.SEGMENTS[kind]), names[kind], Markup(""), "")
        for kind in ENTRY_KINDS
    ]
    return ways


def subjects(here: Links, ui: str) -> list[Way]:
    """The subjects with the most works, by name, to browse instead."""
    counts = {code: bits.bit_count() for code, bits in facet_index().bits["subject"].items()}
    codes = facet_links.top_values(counts)[:_SUBJECTS]
    if not codes:
        return []
    naming = namings(session(), {"subject": codes}, lang=page_language(), ui=ui)["subject"]
    ways = []
    for code in codes:
        name, lang = naming(code)
        href = here.to("works", [("subject", code)])
        ways.append(Way(href, name, context.marks(lang, ui), context.number(counts[code], ui)))
    return sorted(ways, key=lambda way: way.name.casefold())
