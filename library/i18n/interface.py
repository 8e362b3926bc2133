"""The languages that the interface itself speaks, and the Babel locale that serves any content language."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global

from library.config import INTERFACE_LANGUAGES
from library.errors import Invalid
from library.i18n.chains import chain
from library.i18n.tags import normalise

__all__ = ["INTERFACE_LANGUAGES", "babel_locale", "locale_folder"]


# What CLDR knows of a language and no page asks for: two thirds of its size, in every process.
_UNASKED = (
    "compact_currency_formats",
    "compact_decimal_formats",
    "compound_unit_patterns",
    "currency_formats",
    "currency_names",
    "currency_names_plural",
    "currency_symbols",
    "currency_unit_patterns",
    "date_fields",
    "datetime_formats",
    "day_period_rules",
    "interval_formats",
    "measurement_systems",
    "meta_zones",
    "scientific_formats",
    "time_formats",
    "time_zones",
    "unit_display_names",
    "zone_formats",
)
_UNITS = ("duration-", "digital-")
# Tables by codes, which are the same in every language.
_BY_CODE = ("languages", "scripts", "territories", "variants")
# And what it knows of all languages together.
_UNASKED_OF_ALL = (
    "meta_zones",
    "territory_currencies",
    "territory_languages",
    "territory_zones",
    "windows_zone_mapping",
    "zone_aliases",
    "zone_territories",
)


def locale_folder(tag: str) -> str:
    """Return gettext's spelling of a tag, as catalogue folders are named (``zh-Hans`` gives ``zh_Hans``)."""
    return normalise(tag).replace("-", "_")


@lru_cache(maxsize=512)
def babel_locale(tag: str) -> Locale:
    """Return the Babel locale that formats dates and numbers for readers of a language.

    Where CLDR has no data for a language (Tetum), the next one of its fallback chain serves. English for
    anything that is no language at all: a page must render whatever is stored.
    """
    try:
        tags = chain(tag)
    except Invalid:
        return Locale("en")
    for candidate in tags:
        try:
            return _lean(Locale.parse(candidate, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _lean(locale: Locale) -> Locale:
    """The locale, its data and those it came from rid of what is never asked for."""
    localedata.load(str(locale))
    # Babel keeps what a language inherits from as well: Chinese as a whole beside Simplified Chinese.
    for data in list(localedata._cache.values()):
        if any(name in data for name in _UNASKED):
            _thin(data)
    tables = cast("Callable[[str], dict[str, Any]]", get_global)
    for name in _UNASKED_OF_ALL:
        tables(name).clear()
    return locale


def _thin(data: dict[str, Any]) -> None:
    for name in _UNASKED:
        data.pop(name, None)
    units = data.get("unit_patterns", {})
    for name in [name for name in units if not name.startswith(_UNITS)]:
        del units[name]
    for name in _BY_CODE:
        table = data.get(name)
        if isinstance(table, dict):
            data[name] = {sys.intern(code): said for code, said in table.items()}
