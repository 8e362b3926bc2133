"""The search page: works with the passages that were found in them, and what to do where none was."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from flask import request
from flask_babel import gettext, ngettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as Answer

from library.catalogue.hits import ENTRY_KINDS, FoundPassage, FoundWork, found_works
from library.errors import Unavailable
from library.http.language import interface_language, page_language
from library.http.services import services, session
from library.i18n.names import name
from library.search.port import Query, Results
from library.web import (
    context,
    expansion,
    facet_links,
    filters,
    labels,
    links,
    suggestions,
    typed_filters,
    ways_on,
)
from library.web.cards import MOST_BADGES, BadgeView, and_more, badge
from library.web.context import Crumb, Page
from library.web.facet_links import Chip, FilterAddresses, Group
from library.web.found_files import FileView, file_view
from library.web.links import Links
from library.web.lists import namings
from library.web.pages import blueprint
from library.web.paging import Paging, page_number, paging

# Each result brings a passage: ten take as long to read, to make and to load as a list of twenty works.
PAGE = 10
# Characters of a query that are looked at; the rest is nobody's question.
LONGEST = 500
# Facets in the order in which they stand beside the results, and what the search port calls them.
FACETS = {
    "kind": "kinds",
    "language": "languages",
    "subject": "subjects",
    "level": "levels",
    "institution": "institutions",
    "country": "countries",
    "size": "sizes",
}
# A reader who has come this far wants other words, not another page.
MOST_PAGES = 500
# Works on a page of which more than one passage is shown: whoever reads on looks for a title.
_GENEROUS = 3
# Values of a facet: beside results they help to choose, they are no index of the library.
_VALUES = 10
# Seconds after which trying again makes sense while the index is being rebuilt.
RETRY = 30

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class PassageView:
    """A found paragraph: ``mark`` are the attributes of its language, ``language`` names one not ours.

    ``title`` names the section that it is in, empty where that is the page that the result leads to.
    """

    href: str
    title: str
    mark: Markup
    language: str
    text: Markup
    file: FileView | None = None


@dataclass(slots=True)
class WorkView:
    kind: str
    sample: bool
    href: str
    title: str
    mark: Markup
    other: str | None
    other_mark: Markup
    badges: list[BadgeView]
    more_badges: str
    passages: list[PassageView]


@blueprint.get("/<lang:lang>/search")
def search(lang: str) -> Answer:
    """Results for ``q``, filtered; without a question what can be searched."""
    asked = request.args.get("q", "")[:LONGEST]
    if not asked.strip():
        return _start(asked)
    if (elsewhere := typed_filters.redirected(asked)) is not None:
        return elsewhere
    ui, here = interface_language(), links.current()
    chosen = filters.chosen(FACETS)
    number = min(page_number(request.args.get("page")), MOST_PAGES)
    try:
        terms, query, results = _ask(asked, lang=lang, chosen=chosen, number=number)
        saver = [("saver", here.saver)] if here.saver else []
        stay = [("q", asked), *terms.stay, *saver, *suggestions.stay()]
        addresses = FilterAddresses(f"{here.prefix}search", chosen, stay)
        help_ = suggestions.help_with(asked, results, addresses, here=here, first=number == 1)
        if help_.correction is not None and not results.total:
            help_.instead = True
            text = help_.correction.text
            terms, query, results = _ask(text, lang=lang, chosen=chosen, number=number)
    except Unavailable as error:
        _log.warning("Nothing can be searched: %s", error.message)
        return _away(asked)
    base = addresses.base()
    pages = paging(
        number,
        total=min(results.total, MOST_PAGES * PAGE),
        size=PAGE,
        href=lambda n: addresses.address(base, "page", [str(n)] if n > 1 else []),
    )
    groups, chips = _facets(addresses, results, ui)
    page = _page(asked)
    page.previous, page.following = pages.previous, pages.following
    found = found_works(session(), _shortened(results), lang=lang)
    rows = _views(found, ui=ui, here=here)
    hint = None if rows else ways_on.hint(query, results, addresses, ui)
    lost = hint is not None and hint.lost
    if hint and hint.lost and hint.words:
        suggestions.note_unanswered(asked, lang=lang)
    return context.show(
        "search.html",
        page,
        kept=False,
        asked=_shown(asked),
        help=help_,
        hidden=[*_hidden(chosen), *terms.stay],
        also=expansion.also_view(terms, addresses, ui),
        bank=expansion.bank_view(terms, results, addresses, here=here, ui=ui)
        if number == 1 and query.kinds == expansion.LISTED
        else None,
        rows=rows,
        groups=groups,
        chips=chips,
        active=sum(map(len, chosen.values())),
        clear=f"{addresses.path}?{urlencode(stay)}",
        pager=pages,
        count=_count(results.total, pages, len(results.hits), ui) if rows else "",
        hint=hint,
        alike=suggestions.alike_ways(asked, here=here, ui=ui) if lost else [],
        subjects=ways_on.subjects(here, ui) if lost else [],
        shelves=ways_on.shelves(here, ui) if hint else [],
    )


def _ask(
    text: str, *, lang: str, chosen: Mapping[str, Sequence[str]], number: int
) -> tuple[expansion.Expansion, Query, Results]:
    """Search for a text: the terms in it, what was asked, and a page of results."""
    terms = expansion.expansion(text, lang=lang, chosen=chosen)
    query = Query(
        text=text,
        lang=lang,
        offset=(number - 1) * PAGE,
        limit=PAGE,
        also=terms.also,
        **{FACETS[facet]: tuple(values) for facet, values in chosen.items()},
    )
    query = expansion.without_terms(query)
    results = services().search.search(query)
    if not results.total and query.kinds == expansion.LISTED and results.facets["kinds"]:
        # Better a list of terms than none.
        query.kinds = ()
        results = services().search.search(query)
    return terms, query, results


def _shortened(results: Results) -> Results:
    """All passages of the best works, and the best passage of the others."""
    hits = [
        hit if n < _GENEROUS else replace(hit, passages=hit.passages[:1])
        for n, hit in enumerate(results.hits)
    ]
    return replace(results, hits=hits)


def _page(asked: str) -> Page:
    title = gettext("Search: %(query)s", query=context.shortened(asked, 60)) if asked else None
    return Page(
        title=title or gettext("Search the library"),
        path="search",
        description=gettext("Search the library"),
        nav="search",
        crumbs=[Crumb(gettext("Library"), links.current().to()), Crumb(gettext("Search"))],
        noindex=True,
        searchable=False,
    )


def _shown(asked: str) -> str:
    """The question as typed, but for the one character that no page may hold."""
    return asked.replace("\0", "\ufffd")


def _hidden(chosen: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(facet, value) for facet, values in chosen.items() for value in values]


def _start(asked: str) -> Answer:
    ui, here = interface_language(), links.current()
    return context.show(
        "search.html",
        _page(""),
        asked=_shown(asked),
        hidden=_hidden(filters.chosen(FACETS)),
        rows=[],
        hint=None,
        shelves=ways_on.shelves(here, ui),
        start=True,
    )


def _away(asked: str) -> Answer:
    """The index cannot be asked; what can be browsed is offered instead."""
    ui, here = interface_language(), links.current()
    answer = context.show(
        "search.html",
        _page(asked),
        status=503,
        kept=False,
        asked=_shown(asked),
        hidden=[],
        rows=[],
        hint=None,
        shelves=ways_on.shelves(here, ui),
        away=True,
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Retry-After"] = str(RETRY)
    return answer


def _views(found: Sequence[FoundWork], *, ui: str, here: Links) -> list[WorkView]:
    kinds = labels.labels_in("KINDS", ui)
    marks, prefix = context.marks, here.prefix
    badges = {
        one: badge(one.lang, one.percent, ui)
        for one in {b for work in found for b in work.badges[:MOST_BADGES]}
    }
    return [
        WorkView(
            kind=kinds.get(work.kind, work.kind),
            sample=work.sample,
            href=f"{prefix}{work.url[3:]}{here.suffix}",
            title=work.title,
            mark=marks(work.lang, ui),
            other=work.other,
            other_mark=marks(work.other_lang, ui),
            badges=[badges[one] for one in work.badges[:MOST_BADGES]],
            more_badges=and_more(len(work.badges) - MOST_BADGES, ui),
            passages=[_passage(one, work, ui=ui, here=here) for one in _telling(work)],
        )
        for work in found
    ]


def _telling(work: FoundWork) -> list[FoundPassage]:
    """The passages that show a word of the query; if none does (a title was found), the first."""
    telling = [
        one
        for one in work.passages
        if any(found for _, found in one.pieces) or (one.file is not None and one.file.named)
    ]
    return telling or work.passages[:1]


def _passage(passage: FoundPassage, work: FoundWork, *, ui: str, here: Links) -> PassageView:
    path, _, fragment = passage.url[3:].partition("#")
    path, _, asked = path.partition("?")
    query = [asked] if asked else []
    # What was found in another language is shown beside the one that the work is read in.
    if passage.lang != work.lang and work.kind not in ENTRY_KINDS and _is_read_in(work, passage):
        query.append(f"with={quote(passage.lang)}")
    if here.saver:
        query.append(f"saver={here.saver}")
    told = f"?{'&'.join(query)}" if query else ""
    href = f"{here.prefix}{path}{told}{f'#{fragment}' if fragment else ''}"
    return PassageView(
        href=href,
        title="" if work.kind in ENTRY_KINDS else passage.title,
        mark=context.marks(passage.lang, ui),
        language="" if passage.lang == ui else name(passage.lang, ui),
        text=_marked(passage.pieces),
        file=file_view(passage.file, page=href, ui=ui) if passage.file else None,
    )


def _is_read_in(work: FoundWork, passage: FoundPassage) -> bool:
    """Whether the work can be read in the language of the passage: its files may be in others."""
    return any(one.lang == passage.lang for one in work.badges)


def _marked(pieces: Sequence[tuple[str, bool]]) -> Markup:
    """The pieces with the words of the query marked."""
    told = "".join(
        f"<mark>{escape(text)}</mark>" if found else escape(text) for text, found in pieces
    )
    return Markup(told)  # noqa: S704  # escaped above


def _facets(
    addresses: FilterAddresses, results: Results, ui: str
) -> tuple[list[Group], list[Chip]]:
    counts = {facet: results.facets.get(plural, {}) for facet, plural in FACETS.items()}
    values = {
        facet: facet_links.top_values(counts[facet], chosen, facet=facet)[
            : max(_VALUES, len(chosen))
        ]
        for facet in FACETS
        for chosen in [addresses.chosen.get(facet, ())]
    }
    names = namings(session(), values, lang=page_language(), ui=ui)
    titles = labels.labels_in("FACETS", ui)
    groups = [
        facet_links.group(
            facet,
            titles[facet],
            values[facet],
            counts[facet],
            names=names[facet],
            addresses=addresses,
            ui=ui,
        )
        for facet in FACETS
        if values[facet]
    ]
    return groups, facet_links.chips(addresses, names=names, ui=ui)


def _count(total: int, pages: Paging, shown: int, ui: str) -> str:
    told = ngettext("%(num)s result", "%(num)s results", total)
    if total <= PAGE:
        return str(gettext("%(results)s, best first", results=told))
    return str(
        gettext(
            "%(results)s, best first; %(first)s to %(last)s shown",
            results=told,
            first=context.number(pages.offset + 1, ui),
            last=context.number(pages.offset + shown, ui),
        )
    )
