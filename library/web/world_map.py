"""The map above the list of partnerships: a point for each country, which filters the list by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from library.web import world
from library.web.facet_links import Group, Value

_LAND = world.land()
# Radius in units of the map: that of a country with one entry, and how it grows.
_SMALLEST = 1.1
_LARGEST = 3.2


@dataclass(slots=True)
class MapPoint:
    """A country on the map: where, how large, and the link that filters by it."""

    x: float
    y: float
    radius: float
    link: Value


@dataclass(slots=True)
class WorldMap:
    """``land`` is the ``d`` of a path; the rest are units of the map."""

    points: list[MapPoint]
    land: str = _LAND
    width: int = world.WIDTH
    height: int = world.HEIGHT


def world_map(
    group: Group,
    codes: Sequence[str],
    counts: Mapping[str, int],
    sites: Mapping[str, Sequence[tuple[float, float]]],
) -> WorldMap | None:
    """The map of a facet of countries; None where no country has a place.

    ``codes`` are the countries in the order of the group's values, ``sites`` the known latitudes and
    longitudes in each. A country is where its sites are, else in its middle.
    """
    points = []
    for code, link in zip(codes, [*group.values, *group.more], strict=True):
        if sites.get(code):
            at: world.Point | None = world.middle(world.place(*site) for site in sites[code])
        else:
            at = world.country(code)
        if at is not None:
            radius = min(_LARGEST, _SMALLEST * sqrt(max(1, counts.get(code, 0))))
            points.append(MapPoint(at.x, at.y, round(radius, 2), link))
    # Small ones last, so that no large one hides them.
    points.sort(key=lambda point: (-point.radius, point.x))
    return WorldMap(points) if points else None
