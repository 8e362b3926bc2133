"""Lists of works: filtered by facets, sorted, twenty a page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.facets import SUBJECT_SCHEME, FacetIndex
from library.catalogue.listing import cards
from library.catalogue.models import WORK_KINDS
from library.catalogue.sizes import LIMITS
from library.directory.names import Name, code_labels, institution_names, partnership_names
from library.formats import jsonld
from library.http.language import interface_language
from library.http.services import facet_index, services, session
from library.i18n.names import country, endonym
from library.web import context, facet_links, labels, links
from library.web.cards import card_views
from library.web.context import Crumb, Page
from library.web.facet_links import Chip, FilterAddresses, Group, Naming
from library.web.pages import blueprint
from library.web.paging import counted_part, page_number, paging

PAGE = 20
# Facets that stand beside a list, in this order, and those that only links from elsewhere set.
_SHOWN = ("kind", "subject", "level", "language", "institution", "country", "size")
_ALL = (*_SHOWN, "partnership")
# Values of one facet that a query may name; more is nobody's wish.
_MOST_CHOSEN = 20
# The longest key that the tables hold.
_LONGEST = 200
_SEGMENTS = ", ".join(public_paths.SEGMENTS[kind] for kind in WORK_KINDS)


@blueprint.get("/<lang:lang>/works")
def works(lang: str) -> Answer:
    """All works of all kinds."""
    return _list(lang, None, "works")


@blueprint.get(f"/<lang:lang>/<any({_SEGMENTS}):segment>")
def kind(lang: str, segment: str) -> Answer:
    """The works of one kind."""
    return _list(lang, public_paths.KINDS[segment], segment)


def _list(lang: str, only: str | None, segment: str) -> Answer:
    ui = interface_language()
    database, index, here = session(), facet_index(), links.current()
    facets = [facet for facet in _ALL if facet != "kind" or only is None]
    chosen = {facet: values for facet in facets if (values := _asked_for(facet))}
    sort = "title" if request.args.get("sort") == "title" else ""
    number = page_number(request.args.get("page"))
    order = services().facets.by_title(database, index, lang) if sort else None
    shown = [facet for facet in _SHOWN if facet in facets]
    found = index.select(
        {**chosen, **({"kind": [only]} if only else {})},
        order=order,
        offset=(number - 1) * PAGE,
        limit=PAGE,
        count=shown,
    )
    stay = [*([("sort", sort)] if sort else []), *([("saver", here.saver)] if here.saver else [])]
    addresses = FilterAddresses(f"{here.prefix}{segment}", chosen, stay)
    base = addresses.base()
    pages = paging(
        number,
        total=found.total,
        size=PAGE,
        href=lambda n: addresses.address(base, "page", [str(n)] if n > 1 else []),
    )
    groups, chips = _facets(database, addresses, found.counts, shown, lang=lang, ui=ui)
    listed = cards(database, found.ids, lang=lang)
    title = labels.label(labels.SHELVES, only) if only else gettext("All works")
    told = [("page", str(number))] if number > 1 and not chosen else []
    page = Page(
        title=str(title)
        if number == 1
        else gettext("%(title)s, page %(number)s", title=title, number=number),
        path=segment,
        description=gettext(
            "%(title)s for vocational colleges, in many languages: filter by subject, level, "
            "language, institution and country.",
            title=title,
        ),
        nav=segment,
        crumbs=[Crumb(gettext("Library"), here.to()), Crumb(str(title))],
        query=told,
        noindex=bool(chosen or sort) or not found.ids,
        previous=pages.previous,
        following=pages.following,
        feed=segment if only else None,
        jsonld=[]
        if chosen or sort or not listed
        else [
            jsonld.script(
                jsonld.list_page(
                    base_url=services().settings.base_url,
                    lang=ui,
                    path=f"/{lang}/{segment}",
                    title=str(title),
                    cards=listed,
                    total=found.total,
                    offset=pages.offset,
                )
            )
        ],
    )
    last = pages.offset + len(listed)
    unsorted = FilterAddresses(addresses.path, chosen, stay[1:] if sort else stay)
    plain = unsorted.base()
    by_title = "&".join([*([plain] if plain else []), "sort=title"])
    return context.show(
        "list.html",
        page,
        title=title,
        rows=card_views(listed, ui=ui, links=here),
        kinds=only is None,
        groups=groups,
        chips=chips,
        active=sum(map(len, chosen.values())),
        clear=here.to(segment, [("sort", sort)] if sort else []),
        sorts=[
            (gettext("Newest"), unsorted.address(plain), not sort),
            (gettext("Title"), f"{addresses.path}?{by_title}", bool(sort)),
        ],
        pager=pages,
        start=pages.offset + 1,
        count=counted_part(
            labels.counted_works(found.total, ui),
            first=pages.offset + 1,
            last=last,
            total=found.total,
            ui=ui,
        )
        if listed
        else "",
        library_empty=not index.ids,
        shelf_empty=bool(only) and only not in index.bits["kind"],
    )


def _asked_for(facet: str) -> list[str]:
    """The values of one facet in this request, each once; what no value can be is left out."""
    values = dict.fromkeys(request.args.getlist(facet))
    told = [v for v in values if v and len(v) <= _LONGEST and "\0" not in v]
    return told[:_MOST_CHOSEN]


def _facets(
    database: Session,
    addresses: FilterAddresses,
    counts: Mapping[str, Mapping[str, int]],
    shown: list[str],
    *,
    lang: str,
    ui: str,
) -> tuple[list[Group], list[Chip]]:
    chosen = addresses.chosen
    values = {
        facet: facet_links.top_values(counts.get(facet, {}), chosen.get(facet, ()), facet=facet)
        for facet in shown
    }
    names = namings(
        database,
        {**values, "partnership": list(chosen.get("partnership", ()))},
        lang=lang,
        ui=ui,
    )
    titles = labels.labels_in("FACETS", ui)
    groups = [
        facet_links.group(
            facet,
            titles[facet],
            values[facet],
            counts.get(facet, {}),
            names=names[facet],
            addresses=addresses,
            ui=ui,
        )
        for facet in shown
        if values[facet]
    ]
    return groups, facet_links.chips(addresses, names=names, ui=ui)


def namings(
    database: Session, values: Mapping[str, list[str]], *, lang: str, ui: str
) -> dict[str, Naming]:
    """How the values of each facet are called; one statement for each facet that has names in tables."""
    kinds, levels = labels.labels_in("SHELVES", ui), labels.labels_in("LEVELS", ui)
    subjects = code_labels(database, values.get("subject", []), scheme=SUBJECT_SCHEME, lang=lang)
    institutions = institution_names(database, values.get("institution", []), lang=lang)
    partnerships = partnership_names(database, values.get("partnership", []), lang=lang)

    def named(found: Mapping[str, Name]) -> Naming:
        def naming(value: str) -> tuple[str, str | None]:
            name = found.get(value)
            return (name.text, name.lang) if name else (value, None)

        return naming

    return {
        "kind": lambda value: (kinds.get(value, value), None),
        "level": lambda value: (levels.get(value, value), None),
        "language": lambda value: (endonym(value), value),
        "country": lambda value: (country(value, ui), None),
        "subject": named(subjects),
        "institution": named(institutions),
        "partnership": named(partnerships),
        "size": lambda value: (size_name(value, ui), None),
    }


def size_name(value: str, ui: str) -> str:
    """“Up to 5 MB”, of a value of the facet of sizes; the value itself if it is none."""
    limit = LIMITS.get(value)
    if limit is None:
        return value
    return str(gettext("Up to %(size)s", size=context.size(limit, ui)))


def index_counts(index: FacetIndex, facet: str) -> dict[str, int]:
    """Works for each value of a facet in the whole library, the most first."""
    counts = {value: bits.bit_count() for value, bits in index.bits[facet].items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
