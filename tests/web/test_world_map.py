"""The map of partnerships."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.web import world
from tests.factories import make_partnership
from tests.web.page import ParsedPage


@pytest.mark.parametrize(
    ("code", "neighbour"),
    [("TZ", "KE"), ("CN", "MN"), ("BR", "PY"), ("EG", "LY"), ("AU", "PG"), ("KH", "TH")],
)
def test_neighbours_are_near_each_other(code: str, neighbour: str) -> None:
    one, other = world.country(code), world.country(neighbour)
    assert one is not None
    assert other is not None
    assert 0 < (one.x - other.x) ** 2 + (one.y - other.y) ** 2 < 15**2


def test_the_projection_is_that_of_its_authors() -> None:
    # The table of the paper: at 0° the map is as wide as the line from pole to pole is long, times 2.05.
    equator, pole = world._equal_earth(0, 180)[0], world._equal_earth(90, 0)[1]
    assert equator / pole == pytest.approx(2.05458, abs=1e-4)


@pytest.mark.parametrize(
    ("latitude", "longitude", "is_land"),
    [
        (-6.2, 35.7, True),  # Dodoma
        (39.9, 116.4, True),  # Beijing
        (0, -30, False),  # the Atlantic
        (30, -140, False),  # the Pacific
        (-3, -60, True),  # Manaus
    ],
)
def test_land_is_where_land_is(latitude: float, longitude: float, is_land: bool) -> None:
    at = world.place(latitude, longitude)
    row = world._LAND.splitlines()[round(at.y)]
    dots = {
        x
        for run in row.split()
        for first, _, count in [run.partition("+")]
        for x in range(int(first), int(first) + int(count or 1))
    }
    assert (round(at.x) in dots) is is_land


def test_every_dot_is_drawn() -> None:
    drawn = world.land()
    assert drawn.count("M") == len(world._LAND.split())
    assert len(world._LAND.splitlines()) == world.HEIGHT


def test_the_map_leads_to_each_country(session: Session, client: FlaskClient) -> None:
    make_partnership(session, key="north", country="KE", names={"en": "Northern site"})
    make_partnership(session, key="south", country="TZ", names={"en": "Southern site"})
    session.commit()
    page = ParsedPage(client.get("/en/partnerships"))
    points = page.find("//figure[@class='world']//a")
    assert sorted(point.get("aria-label") for point in points) == ["Kenya: 1", "Tanzania: 1"]
    (kenya,) = (point for point in points if point.get("aria-label") == "Kenya: 1")
    filtered = ParsedPage(client.get(kenya.get("href")))
    assert "Northern site" in filtered.text
    assert "Southern site" not in filtered.text
    (current,) = filtered.find("//figure[@class='world']//a[@aria-current]")
    assert current.get("aria-label") == "Kenya: 1"
