"""Institutions and partnerships: lists with facets, and a page for each."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from flask import request
from flask_babel import gettext, ngettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.catalogue.facets import FacetIndex
from library.directory import reading
from library.directory.drafts import NameText
from library.directory.reading import InstitutionLine, PartnershipLine
from library.http.language import interface_language, page_language
from library.http.services import facet_index, session
from library.i18n import quantities
from library.i18n.chains import choose
from library.i18n.names import country
from library.web import alphabet, context, facet_links, filters, labels, links
from library.web.cards import BadgeView, badge
from library.web.context import Crumb, Page
from library.web.facet_links import FilterAddresses, Naming
from library.web.pages import blueprint
from library.web.paging import counted_part, page_number, paging
from library.web.world_map import world_map

PAGE = 50
# Characters of a summary in a list.
_SUMMARY = 240

Line = TypeVar("Line", InstitutionLine, PartnershipLine)


@dataclass(slots=True)
class EntryView:
    """An institution or partnership in a list; the ``…mark`` fields are ``lang`` and ``dir`` attributes."""

    kind: str
    sample: bool
    href: str
    title: str
    mark: Markup
    other: str | None
    other_mark: Markup
    summary: str
    summary_mark: Markup
    badges: list[BadgeView]
    facts: list[str]


@dataclass(slots=True)
class RowGroup:
    """Rows under one heading; without a title they stand alone."""

    title: str
    rows: list[EntryView]


@blueprint.get("/<lang:lang>/institutions")
def institutions(lang: str) -> Answer:
    """All institutions by name, filtered by type and country."""
    lines = reading.institution_lines(session(), lang=lang)
    ui = interface_language()
    return _list(
        lines,
        segment="institutions",
        facets={"type": lambda line: line.type, "country": lambda line: line.country},
        names={"type": _labelled("INSTITUTION_TYPES", ui)},
        kinds=labels.labels_in("INSTITUTION_TYPES", ui),
        title=gettext("Institutions"),
        description=gettext(
            "Colleges, universities, enterprises, ministries and associations behind the works of "
            "the library."
        ),
        nothing=gettext("No institution is in the library yet."),
    )


@blueprint.get("/<lang:lang>/partnerships")
def partnerships(lang: str) -> Answer:
    """All partnerships: overseas sites by brand, consortia, communities."""
    lines = reading.partnership_lines(session(), lang=lang)
    ui = interface_language()
    return _list(
        lines,
        segment="partnerships",
        facets={
            "brand": lambda line: line.brand,
            "type": lambda line: line.type,
            "country": lambda line: line.country,
        },
        names={
            "brand": _labelled("BRANDS", ui),
            "type": _labelled("PARTNERSHIP_TYPES", ui),
        },
        kinds=labels.labels_in("PARTNERSHIP_TYPES", ui),
        title=gettext("Overseas sites and partnerships"),
        description=gettext(
            "Workshops and colleges abroad by brand and country, consortia, and industry-education "
            "communities, with their members and their works."
        ),
        nothing=gettext("No partnership is in the library yet."),
    )


def _labelled(name: str, ui: str) -> Naming:
    known = labels.labels_in(name, ui)
    return lambda value: (known.get(value, value), None)


def _list(
    lines: Sequence[Line],
    *,
    segment: str,
    facets: Mapping[str, Callable[[Line], str | None]],
    names: Mapping[str, Naming],
    kinds: Mapping[str, str],
    title: str,
    description: str,
    nothing: str,
) -> Answer:
    ui, here = interface_language(), links.current()
    chosen = filters.chosen(facets)
    found, counts = filtered(lines, chosen, facets)
    grouped = segment == "partnerships" and "brand" not in chosen
    brands = Counter(getattr(line, "brand", None) for line in found)
    found.sort(key=lambda line: _order(line, brands if grouped else None))
    number = page_number(request.args.get("page"))
    stay = [("saver", here.saver)] if here.saver else []
    addresses = FilterAddresses(f"{here.prefix}{segment}", chosen, stay)
    base = addresses.base()
    pages = paging(
        number,
        total=len(found),
        size=PAGE,
        href=lambda n: addresses.address(base, "page", [str(n)] if n > 1 else []),
    )
    shown = found[pages.offset : pages.offset + PAGE]
    naming = {**names, "country": lambda value: (country(value, ui), None)}
    titles = {**labels.labels_in("FACETS", ui), "country": gettext("Country")}
    groups = [
        facet_links.group(
            facet,
            titles[facet],
            facet_links.top_values(counts[facet], chosen.get(facet, ())),
            counts[facet],
            names=naming[facet],
            addresses=addresses,
            ui=ui,
        )
        for facet in facets
        if counts[facet] or facet in chosen
    ]
    atlas = None
    if segment == "partnerships" and number == 1:
        codes = facet_links.top_values(counts["country"], chosen.get("country", ()))
        for group in groups:
            if group.facet == "country":
                places = reading.site_places(session())
                atlas = world_map(group, codes, counts["country"], places)
    page = Page(
        title=title
        if number == 1
        else gettext("%(title)s, page %(number)s", title=title, number=number),
        path=segment,
        description=description,
        nav=segment,
        crumbs=[Crumb(gettext("Library"), here.to()), Crumb(title)],
        query=[("page", str(number))] if number > 1 and not chosen else [],
        noindex=bool(chosen) or not shown,
        previous=pages.previous,
        following=pages.following,
    )
    return context.show(
        "directory.html",
        page,
        title=title,
        nothing=nothing,
        there=bool(lines),
        groups=groups,
        chips=facet_links.chips(addresses, names=naming, ui=ui),
        active=sum(map(len, chosen.values())),
        clear=here.to(segment),
        count=_count(len(found), pages.offset, len(shown), ui) if shown else "",
        atlas=atlas,
        parts=_parts(shown, kinds=kinds, grouped=grouped, ui=ui),
        start=pages.offset + 1,
        pager=pages,
    )


def filtered(
    lines: Sequence[Line],
    chosen: Mapping[str, Sequence[str]],
    facets: Mapping[str, Callable[[Line], str | None]],
) -> tuple[list[Line], dict[str, dict[str, int]]]:
    """The lines that fit all filters, and for each facet the counts with the other filters applied."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in facets}
    found: list[Line] = []
    for line in lines:
        values = {facet: of(line) for facet, of in facets.items()}
        failed = [facet for facet, wanted in chosen.items() if values[facet] not in wanted]
        if not failed:
            found.append(line)
        for facet, value in values.items():
            if value and failed in ([], [facet]):
                counts[facet][value] += 1
    return found, {facet: dict(tally) for facet, tally in counts.items()}


def _order(line: Line, brands: Mapping[str | None, int] | None) -> tuple[object, ...]:
    """By name; with ``brands`` first by brand, the one with the most first and those without last."""
    key = alphabet.sort_key(line.name, line.lang)
    if brands is None or not isinstance(line, PartnershipLine):
        return (key,)
    return (line.brand is None, -brands[line.brand], line.brand or "", key)


def _count(total: int, offset: int, shown: int, ui: str) -> str:
    entries = ngettext("%(num)s entry", "%(num)s entries", total)
    return counted_part(str(entries), first=offset + 1, last=offset + shown, total=total, ui=ui)


def _parts(
    shown: Sequence[Line], *, kinds: Mapping[str, str], grouped: bool, ui: str
) -> list[RowGroup]:
    """The rows of a page, under their brands where they are grouped."""
    index, lang = facet_index(), page_language()
    keys = [line.key for line in shown]
    institutions_ = bool(shown) and isinstance(shown[0], InstitutionLine)
    texts = (
        reading.institution_texts(session(), keys)
        if institutions_
        else reading.partnership_texts(session(), keys)
    )
    works = index.bits["institution" if institutions_ else "partnership"]
    brands = labels.labels_in("BRANDS", ui)
    parts: list[RowGroup] = []
    last: object = parts  # no brand is this
    for line in shown:
        row = _row(line, texts.get(line.key, {}), works.get(line.key, 0), kinds, lang=lang, ui=ui)
        brand = line.brand if grouped and isinstance(line, PartnershipLine) else None
        if not parts or brand != last:
            other = gettext("Without a brand") if grouped and parts else ""
            parts.append(RowGroup(brands.get(brand, brand) if brand else other, []))
            last = brand
        parts[-1].rows.append(row)
    return parts


def _row(
    line: Line,
    texts: Mapping[str, NameText],
    works: int,
    kinds: Mapping[str, str],
    *,
    lang: str,
    ui: str,
) -> EntryView:
    segment = "institutions" if isinstance(line, InstitutionLine) else "partnerships"
    here = links.current()
    told = [tag for tag, text in texts.items() if text.summary]
    summed = choose(lang, told) if told else None
    other = next((tag for tag in texts if tag != line.lang and tag in ("zh-Hans", "en")), None)
    where = place(line.city, line.country, ui)
    facts = [where] if where else []
    if isinstance(line, PartnershipLine) and line.founded:
        facts.append(gettext("Founded: %(date)s", date=founded(line.founded, ui)))
    if works:
        facts.append(labels.counted_works(works.bit_count(), ui))
    return EntryView(
        kind=kinds.get(line.type, line.type),
        sample=line.sample,
        href=f"{here.prefix}{segment}/{quote(line.key)}{here.suffix}",
        title=line.name,
        mark=context.marks(line.lang, ui),
        other=texts[other].name if other else None,
        other_mark=context.marks(other, ui),
        summary=context.shortened(texts[summed].summary, _SUMMARY) if summed else "",
        summary_mark=context.marks(summed, ui),
        badges=[badge(tag, 100, ui) for tag in sorted(told, key=lambda tag: (tag != lang, tag))],
        facts=facts,
    )


def place(city: str | None, country_code: str | None, ui: str) -> str:
    """Where something is: the city as its source writes it, the country in the reader's language."""
    return context.listed(
        part for part in (city, country(country_code, ui) if country_code else "") if part
    )


def founded(written: str, ui: str) -> str:
    """A founding date as precise as it is known: a year, a month, or a day."""
    numbers = [int(part) for part in written.split("-")]
    if len(numbers) == 1:
        return written
    if len(numbers) == 2:
        return quantities.month(dt.date(numbers[0], numbers[1], 1), ui)
    return quantities.date(dt.date(*numbers), ui, "long")


def works_with(index: FacetIndex, facet: str, key: str, *, limit: int) -> tuple[list[int], int]:
    """Ids of the newest works with a value of a facet, and how many there are."""
    found = index.select({facet: [key]}, limit=limit, count=())
    return found.ids, found.total
