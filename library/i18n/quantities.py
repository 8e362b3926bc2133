"""Numbers, dates, sizes and durations as readers of a language write them.

Digits are Latin (0-9) in every language, also where CLDR would take others (Persian, Burmese, Nepali): the
library is technical, and a figure must look the same in the text, on the drawing and on the machine's
plate. Dates are Gregorian everywhere, for the same reason. Spaces inside a quantity do not break. In
right-to-left languages, what holds Latin letters is wrapped in directional isolates, so that "1.2 MB" is
not read as "MB 1.2".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from library.i18n.bidi import isolate
from library.i18n.interface import babel_locale
from library.i18n.tags import direction, script_of

DateFormat = Literal["short", "medium", "long", "full"]
Width = Literal["long", "short"]

_NO_BREAK_SPACE = "\u00a0"
_LATIN_LETTER = re.compile("[A-Za-z]")

#: Bytes and their decimal (SI) multiples, as phones show them. By language, else by script, else Latin.
_LATIN = ("B", "kB", "MB", "GB", "TB", "PB")
_UNITS: Mapping[str, tuple[str, ...]] = {
    "fr": ("o", "ko", "Mo", "Go", "To", "Po"),
    "ar": ("بايت", "ك.ب", "م.ب", "غ.ب", "ت.ب", "ب.ب"),
    "Cyrl": ("Б", "кБ", "МБ", "ГБ", "ТБ", "ПБ"),
}

#: Written without spaces between a figure's unit and the next figure.
_UNSPACED = frozenset({"Hans", "Hant", "Jpan"})

#: CLDR's medium date in these is figures only, whose order readers of other countries take differently.
_DATE_PATTERNS: Mapping[tuple[str, str], str] = {
    ("ar", "medium"): "d MMMM y",
    ("pt", "medium"): "d 'de' MMM 'de' y",
}


def size(count: int, tag: str) -> str:
    """Return a number of bytes as people read it: "512 B", "1.2 MB", French "1,2 Mo", Russian "1,2 МБ".

    Decimal units (1 kB = 1,000 bytes), one decimal below ten, none above; rounding goes half up.

    :raises ValueError: for a negative count.
    """
    if count < 0:
        raise ValueError("A size cannot be negative.")
    amount, power = Decimal(count), 0
    while _rounded(amount) >= 1000 and power < len(_LATIN) - 1:
        amount /= 1000
        power += 1
    figure = format_decimal(
        _rounded(amount) if power else amount,
        format="#,##0.#",
        locale=babel_locale(tag),
        numbering_system="latn",
    )
    return _held_together(f"{figure} {_units(tag)[power]}", tag)


def number(value: int | float | Decimal, tag: str) -> str:
    """Return a number with the language's separators, at most three decimals: "12,345.6", "12 345,6"."""
    return _held_together(
        format_decimal(value, locale=babel_locale(tag), numbering_system="latn"), tag
    )


def percent(fraction: float | Decimal, tag: str) -> str:
    """Return a fraction (0 to 1) as whole per cents: "85%", French "85 %".

    Only what is complete says 100 and only what is nothing says 0: 0.999 gives 99 and 0.001 gives 1.
    """
    hundredths = (Decimal(str(fraction)) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    if fraction < 1:
        hundredths = min(hundredths, Decimal(99))
    if fraction > 0:
        hundredths = max(hundredths, Decimal(1))
    text = format_percent(hundredths / 100, locale=babel_locale(tag), numbering_system="latn")
    return _held_together(text, tag)


def date(day: datetime.date, tag: str, format: DateFormat = "medium") -> str:  # noqa: A002
    """Return a day in the Gregorian calendar: "4 Mar 2025", "2025年3月4日", Arabic "4 مارس 2025".

    A `datetime.datetime` gives its own day; time zones are for the caller to settle.
    """
    locale = babel_locale(tag)
    pattern = _DATE_PATTERNS.get((locale.language, format), format)
    return format_date(day, format=pattern, locale=locale)


def month(day: datetime.date, tag: str) -> str:
    """Return the month of a day: "March 2025", "2025年3月"."""
    return str(format_skeleton("yMMMM", day, locale=babel_locale(tag)))


#: What CLDR puts between a day and a time of day where it is not a comma and a blank.
_DAY_AND_TIME: Mapping[str, str] = {
    **dict.fromkeys(("id", "pt", "sw", "th", "zh"), " "),
    "ar": "، ",
}


def moment(when: datetime.datetime, tag: str) -> str:
    """Return a day and a time of day in UTC, and say so: "4 Mar 2025, 13:05 UTC"."""
    told = when.astimezone(datetime.UTC)
    time = f"{told:%H:%M}{_NO_BREAK_SPACE}UTC"
    between = _DAY_AND_TIME.get(tag.partition("-")[0], ", ")
    return f"{date(told, tag)}{between}{isolate(time) if direction(tag) == 'rtl' else time}"


def hours(count: int | float | Decimal, tag: str, *, width: Width = "long") -> str:
    """Return a number of hours in words: "3 hours", "3 часа", "3小时"; short: "3 hr", "3 ч"."""
    return _held_together(_unit("hour", count, babel_locale(tag), width), tag)


def minutes(count: int | float | Decimal, tag: str, *, width: Width = "long") -> str:
    """Return a number of minutes in words: "45 minutes", "45分钟"; short: "45 min"."""
    return _held_together(_unit("minute", count, babel_locale(tag), width), tag)


def duration(seconds: float, tag: str) -> str:
    """Return how long something takes, in words of the short width: "1 hr 30 min", "45 min", "20 sec".

    Seconds are told below ten minutes only; rounding goes to the nearest unit told.

    :raises ValueError: for a negative duration.
    """
    if seconds < 0:
        raise ValueError("A duration cannot be negative.")
    whole = int(Decimal(str(seconds)).quantize(Decimal(1), ROUND_HALF_UP))
    if whole >= 600:
        whole = (whole + 30) // 60 * 60
    amounts = (("hour", whole // 3600), ("minute", whole % 3600 // 60), ("second", whole % 60))
    told = [(unit, amount) for unit, amount in amounts if amount] or [("second", 0)]
    locale = babel_locale(tag)
    words = (_unit(unit, amount, locale, "short") for unit, amount in told)
    return _held_together(("" if script_of(tag) in _UNSPACED else " ").join(words), tag)


def _rounded(amount: Decimal) -> Decimal:
    places = Decimal("0.1") if amount < 10 else Decimal(1)
    return amount.quantize(places, ROUND_HALF_UP)


def _units(tag: str) -> tuple[str, ...]:
    return _UNITS.get(babel_locale(tag).language) or _UNITS.get(script_of(tag)) or _LATIN


def _unit(unit: str, count: int | float | Decimal, locale: Locale, width: Width) -> str:
    """Format with CLDR's patterns, in another width where a language has no words for the one asked.

    Babel's own ``format_unit`` writes identifiers ("3 duration-hour") where a width is missing, and the long
    name where CLDR leaves out a plural form because it equals "other" ("1 horas"): hence the patterns here.
    """
    figure = format_decimal(count, locale=locale, numbering_system="latn")
    category = locale.plural_form(count)
    widths = ("long", "short", "narrow") if width == "long" else ("short", "long", "narrow")
    patterns = locale._data["unit_patterns"].get(f"duration-{unit}", {})
    for name in widths:
        forms = patterns.get(name, {})
        pattern = forms.get(category) or forms.get("other")
        if pattern:
            return str(pattern).format(figure)
    return _unit(unit, count, Locale("en"), width)


def _held_together(text: str, tag: str) -> str:
    joined = text.replace(" ", _NO_BREAK_SPACE)
    if direction(tag) == "rtl" and _LATIN_LETTER.search(joined):
        return isolate(joined)
    return joined
