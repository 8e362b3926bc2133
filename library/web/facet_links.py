"""Facets as links: every value with its count, its name, and the address that adds or removes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from markupsafe import Markup

from library.catalogue.sizes import LIMITS
from library.web import context

# Values shown at once, and at most: the rest only ever has few works each.
OPEN = 8
MOST = 60

#: Name of a facet's value with the language of the name.
Naming = Callable[[str], tuple[str, str | None]]


@dataclass(slots=True)
class Value:
    href: str
    name: str
    mark: Markup
    count: str
    current: bool


@dataclass(slots=True)
class Group:
    """One facet: ``values`` stand open, ``more`` behind a switch."""

    facet: str
    title: str
    values: list[Value]
    more: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Chip:
    """An active filter; its address is the page without it."""

    href: str
    name: str
    mark: Markup


@dataclass(slots=True)
class FilterAddresses:
    """Addresses of one list with other filters: ``path`` and the choices that stay in every query."""

    path: str
    chosen: Mapping[str, Sequence[str]]
    stay: Sequence[tuple[str, str]] = ()

    def base(self, *, without: str = "") -> str:
        """The query of all filters but one facet's, without paging."""
        pairs = [
            (facet, value)
            for facet, values in self.chosen.items()
            if facet != without
            for value in values
        ]
        return urlencode([*pairs, *self.stay])

    def address(self, base: str, facet: str = "", values: Sequence[str] = ()) -> str:
        told = "&".join([*([base] if base else []), *(f"{facet}={quote(v)}" for v in values)])
        return f"{self.path}?{told}" if told else self.path


def top_values(
    counts: Mapping[str, int], chosen: Sequence[str] = (), *, facet: str = ""
) -> list[str]:
    """The values to show: chosen ones first, then by count, at most ``MOST``; sizes in their order."""
    if facet == "size":
        there = [value for value in LIMITS if value in counts or value in chosen]
        return [*there, *(value for value in chosen if value not in LIMITS)]
    rest = sorted((v for v in counts if v not in chosen), key=lambda value: (-counts[value], value))
    return [*chosen, *rest][: max(MOST, len(chosen))]


def group(
    facet: str,
    title: str,
    values: Sequence[str],
    counts: Mapping[str, int],
    *,
    names: Naming,
    addresses: FilterAddresses,
    ui: str,
) -> Group:
    """One facet's links. ``values`` come from ``top_values``; a chosen value's link takes it away."""
    chosen = list(addresses.chosen.get(facet, ()))
    base = addresses.base(without=facet)
    made = []
    for value in values:
        current = value in chosen
        kept = [v for v in chosen if v != value] if current else [*chosen, value]
        name, lang = names(value)
        made.append(
            Value(
                href=addresses.address(base, facet, kept),
                name=name,
                mark=context.marks(lang, ui),
                count=context.number(counts.get(value, 0), ui),
                current=current,
            )
        )
    open_ = max(OPEN, len(chosen))
    # One or two more are not worth a switch.
    if len(made) <= open_ + 2:
        return Group(facet, title, made)
    return Group(facet, title, made[:open_], made[open_:])


def chips(addresses: FilterAddresses, *, names: Mapping[str, Naming], ui: str) -> list[Chip]:
    """A chip for each filter that holds, also for values that fit no work."""
    made = []
    for facet, chosen in addresses.chosen.items():
        base = addresses.base(without=facet)
        for value in chosen:
            name, lang = names[facet](value)
            kept = [v for v in chosen if v != value]
            made.append(Chip(addresses.address(base, facet, kept), name, context.marks(lang, ui)))
    return made
