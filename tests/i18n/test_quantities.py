"""Numbers, dates, sizes and durations in the languages of readers."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.i18n import quantities
from library.i18n.interface import INTERFACE_LANGUAGES
from library.i18n.quantities import date, duration, hours, minutes, number, percent, size

_DAY = datetime.date(2025, 3, 4)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.2 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (35_400, "35 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (1_250_000, "1.3 MB"),
        (4_700_000_000, "4.7 GB"),
        (10**12, "1 TB"),
        (10**18, "1,000 PB"),
    ],
)
def test_sizes_are_decimal_with_one_decimal_below_ten(count: int, expected: str) -> None:
    assert size(count, "en") == expected.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-Hans", "1.2 MB"),
        ("fr", "1,2 Mo"),
        ("ar", "1.2 م.ب"),
        ("ru", "1,2 МБ"),
        ("pt", "1,2 MB"),
        ("th", "1.2 MB"),
        ("id", "1,2 MB"),
        ("sw", "1.2 MB"),
        ("km", "1.2 MB"),
        ("uk", "1,2 МБ"),
        ("tet", "1,2 MB"),
        ("fa", "\u20681.2 MB\u2069"),
        ("ur", "\u20681.2 MB\u2069"),
    ],
)
def test_sizes_are_written_as_the_language_writes_them(tag: str, expected: str) -> None:
    assert size(1_234_567, tag) == expected.replace(" ", "\u00a0")


def test_a_negative_size_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="negative"):
        size(-1, "en")


@given(st.integers(min_value=0, max_value=10**20), st.sampled_from(INTERFACE_LANGUAGES))
def test_no_size_breaks_over_lines_or_uses_other_digits(count: int, tag: str) -> None:
    text = size(count, tag)
    assert " " not in text
    assert all(c in "0123456789" for c in text if c.isdigit())


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "1,234,567.891"),
        ("fr", "1\u202f234\u202f567,891"),
        ("ru", "1\u00a0234\u00a0567,891"),
        ("pt", "1.234.567,891"),
        ("ar", "1,234,567.891"),
        ("fa", "1,234,567.891"),
        ("my", "1,234,567.891"),
        ("bn", "12,34,567.891"),
    ],
)
def test_numbers_have_the_languages_separators_and_latin_digits(tag: str, expected: str) -> None:
    assert number(Decimal("1234567.891"), tag) == expected


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        (0, "0%"),
        (0.001, "1%"),
        (0.5, "50%"),
        (0.854, "85%"),
        (0.999, "99%"),
        (1, "100%"),
        (1.2, "120%"),
    ],
)
def test_only_what_is_complete_says_a_hundred_per_cent(fraction: float, expected: str) -> None:
    assert percent(fraction, "en") == expected


def test_the_sign_of_per_cent_does_not_stand_alone_on_a_line() -> None:
    assert percent(0.85, "fr").replace("\u202f", "\u00a0") == "85\u00a0%"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "Mar 4, 2025"),
        ("zh-Hans", "2025年3月4日"),
        ("fr", "4 mars 2025"),
        ("ar", "4 مارس 2025"),
        ("pt", "4 de mar. de 2025"),
        ("pt-PT", "4 de mar. de 2025"),
        ("th", "4 มี.ค. 2025"),
        ("id", "4 Mar 2025"),
        ("sw", "4 Mac 2025"),
        ("km", "4 មីនា 2025"),
    ],
)
def test_dates_are_gregorian_in_every_language(tag: str, expected: str) -> None:
    assert date(_DAY, tag) == expected


def test_a_russian_date_is_in_the_genitive() -> None:
    assert date(_DAY, "ru", "long").startswith("4 марта 2025")


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("en", "Mar 4, 2025, 13:05\u00a0UTC"),
        ("zh-Hans", "2025年3月4日 13:05\u00a0UTC"),
        ("ar", "4 مارس 2025، \u206813:05\u00a0UTC\u2069"),
    ],
)
def test_a_moment_is_put_together_as_its_language_does(tag: str, told: str) -> None:
    when = datetime.datetime(
        2025, 3, 4, 16, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=3))
    )
    assert quantities.moment(when, tag) == told


def test_a_moment_gives_its_own_day() -> None:
    moment = datetime.datetime(2025, 3, 4, 23, 59, tzinfo=datetime.UTC)
    assert date(moment, "zh-Hans") == "2025年3月4日"


@pytest.mark.parametrize(
    ("tag", "one", "three", "five"),
    [
        ("en", "1 hour", "3 hours", "5 hours"),
        ("zh-Hans", "1小时", "3小时", "5小时"),
        ("fr", "1 heure", "3 heures", "5 heures"),
        ("ar", "ساعة", "3 ساعات", "5 ساعات"),
        ("ru", "1 час", "3 часа", "5 часов"),
        ("pt", "1 hora", "3 horas", "5 horas"),
        ("th", "1 ชั่วโมง", "3 ชั่วโมง", "5 ชั่วโมง"),
        ("id", "1 jam", "3 jam", "5 jam"),
        ("sw", "saa 1", "saa 3", "saa 5"),
        ("km", "1 ម៉ោង", "3 ម៉ោង", "5 ម៉ោង"),
    ],
)
def test_hours_have_the_plurals_of_the_language(tag: str, one: str, three: str, five: str) -> None:
    assert [hours(n, tag).replace("\u00a0", " ") for n in (1, 3, 5)] == [one, three, five]


@pytest.mark.parametrize(
    "tag", [*INTERFACE_LANGUAGES, "zh-Hant", "es-MX", "my", "lo", "fa", "ps", "tet"]
)
def test_no_language_shows_the_name_of_a_unit_in_software(tag: str) -> None:
    told = [
        f(n, tag, width=w)
        for f in (hours, minutes)
        for n in (0, 1, 2, 5, 11, 1.5)
        for w in ("long", "short")
    ]
    assert not [text for text in told if "duration" in text or "{" in text]


@pytest.mark.parametrize(
    ("seconds", "tag", "expected"),
    [
        (0, "en", "0 sec"),
        (20, "en", "20 sec"),
        (95, "en", "1 min 35 sec"),
        (599.6, "en", "10 min"),
        (2700, "en", "45 min"),
        (5400, "en", "1 hr 30 min"),
        (7199, "en", "2 hr"),
        (5400, "zh-Hans", "1小时30分钟"),
        (5400, "pt", "1 h 30 min"),
        (5400, "ru", "1 ч 30 мин"),
    ],
)
def test_durations_are_told_in_the_units_that_matter(
    seconds: float, tag: str, expected: str
) -> None:
    assert duration(seconds, tag).replace("\u00a0", " ") == expected


def test_a_negative_duration_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="negative"):
        duration(-1, "en")
