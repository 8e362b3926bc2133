from __future__ import annotations

import datetime as dt

import pytest

from library.formats.schema_org import duration, moment, spoken, words


@pytest.mark.parametrize(
    ("hours", "minutes", "said"),
    [
        (8, None, "PT8H"),
        (1.5, None, "PT1H30M"),
        (None, 12, "PT12M"),
        (None, 90, "PT1H30M"),
        (0, 0, None),
        (None, None, None),
        (None, 0.2, None),
    ],
)
def test_a_length_of_time_in_iso_8601(
    hours: float | None, minutes: float | None, said: str | None
) -> None:
    assert duration(hours=hours, minutes=minutes) == said


def test_a_moment_always_has_a_time_zone() -> None:
    naive = dt.datetime(2026, 11, 21, 8, 30)
    assert moment(naive) == "2026-11-21T08:30:00+00:00"
    assert moment(naive.replace(tzinfo=dt.UTC)) == "2026-11-21T08:30:00+00:00"


def test_words_carry_their_language_where_it_is_known() -> None:
    assert words("电", "zh-Hans") == {"@value": "电", "@language": "zh-Hans"}
    assert words("x", "und") == "x"
    assert spoken({"en": "One", "fr": ""}) == {"@value": "One", "@language": "en"}
    assert len(spoken({"en": "One", "fr": "Un"})) == 2
