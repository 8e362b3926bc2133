"""The languages that the interface itself speaks, and the Babel locale that serves any content language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata

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
    "currency_names",
    "currency_names_plural",
    "interval_formats",
    "meta_zones",
    "time_zones",
    "unit_display_names",
)
_UNITS = ("duration-", "digital-")


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
    """The locale, its data rid of what is never asked for."""
    data = localedata.load(str(locale))
    for name in _UNASKED:
        data.pop(name, None)
    units = data.get("unit_patterns", {})
    for name in [name for name in units if not name.startswith(_UNITS)]:
        del units[name]
    return locale
