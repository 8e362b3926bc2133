"""What languages and countries are called, in their own words and in others'."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from library.errors import Invalid
from library.i18n.chains import chain
from library.i18n.interface import babel_locale
from library.i18n.tags import Subtags, normalise, subtags

#: Languages by the name their readers look for in a switcher: capitalised, no region or script that
#: nobody asks about. CLDR's own names serve for the rest.
_ENDONYMS: Mapping[str, str] = {
    "af": "Afrikaans",
    "am": "አማርኛ",
    "ar": "العربية",
    "az": "Azərbaycanca",
    "bg": "Български",
    "bn": "বাংলা",
    "de": "Deutsch",
    "en": "English",
    "en-GB": "English (UK)",
    "es": "Español",
    "es-419": "Español (Latinoamérica)",
    "fa": "فارسی",
    "fa-AF": "دری",
    "fil": "Filipino",
    "fr": "Français",
    "ha": "Hausa",
    "hi": "हिन्दी",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "kk": "Қазақша",
    "km": "ភាសាខ្មែរ",
    "ko": "한국어",
    "ky": "Кыргызча",
    "lo": "ລາວ",
    "mg": "Malagasy",
    "mn": "Монгол",
    "mr": "मराठी",
    "ms": "Bahasa Melayu",
    "my": "မြန်မာ",
    "ne": "नेपाली",
    "nl": "Nederlands",
    "pl": "Polski",
    "ps": "پښتو",
    "pt": "Português",
    "pt-PT": "Português (Portugal)",
    "ro": "Română",
    "ru": "Русский",
    "rw": "Ikinyarwanda",
    "si": "සිංහල",
    "so": "Soomaali",
    "sr": "Српски",
    "sr-Latn": "Srpski",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "tet": "Tetun",
    "tg": "Тоҷикӣ",
    "th": "ไทย",
    "ti": "ትግርኛ",
    "tk": "Türkmençe",
    "tr": "Türkçe",
    "tw": "Twi",
    "uk": "Українська",
    "ur": "اردو",
    "uz": "Oʻzbekcha",
    "vi": "Tiếng Việt",
    "wo": "Wolof",
    "yo": "Yorùbá",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
}

_SHORT: Mapping[str, str] = {"zh-Hans": "中文", "id": "Indonesia", "ms": "Melayu", "km": "ខ្មែរ"}

#: CLDR lists them beside countries: unions, test data, regions that ISO 3166-1 gives no code of their own.
_NOT_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)


@lru_cache(maxsize=1024)
def endonym(tag: str, *, short: bool = False) -> str:
    """Return a language's name in itself (``zh-Hans`` gives 简体中文, short 中文).

    Where CLDR has none, the English name; for what is no language, the tag as it stands.
    """
    try:
        own = normalise(tag)
    except Invalid:
        return tag
    known = (_SHORT.get(own) if short else None) or _ENDONYMS.get(own)
    if known:
        return known
    plain = subtags(own)
    head = _ENDONYMS.get(plain.language)
    locale = _own_locale(own)
    if head and plain.region and locale:
        region = locale.territories.get(plain.region)
        if region:
            return f"{head} ({region})"
    found = _name_in(own, locale) if locale else None
    return found[:1].upper() + found[1:] if found else name(own, "en")


@lru_cache(maxsize=4096)
def name(tag: str, in_lang: str) -> str:
    """Return a language's name in another language (``name("th", "fr")`` gives thaï), as CLDR writes it.

    The fallback chain of ``in_lang`` is followed where CLDR has no name; last comes the tag itself.
    """
    try:
        own = normalise(tag)
        readers = chain(in_lang)
    except Invalid:
        return tag
    for reader in readers:
        found = _name_in(own, babel_locale(reader))
        if found:
            return found
    return own


@lru_cache(maxsize=4096)
def country(code: str, in_lang: str) -> str:
    """Return CLDR's name of a country by its ISO 3166-1 code (``TZ``); the code where it has none."""
    found = babel_locale(in_lang).territories.get(code.upper())
    return str(found or Locale("en").territories.get(code.upper()) or code)


def countries() -> tuple[str, ...]:
    """Return the ISO 3166-1 alpha-2 codes of all countries and territories, sorted."""
    codes = map(str, Locale("en").territories)
    return tuple(sorted(c for c in codes if not c.isdigit() and c not in _NOT_COUNTRIES))


def _own_locale(tag: str) -> Locale | None:
    parts = subtags(tag)
    for form in (Subtags(parts.language, parts.script), Subtags(parts.language)):
        try:
            return Locale.parse(str(form), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _name_in(tag: str, locale: Locale) -> str | None:
    """Return CLDR's name of a whole tag, or the language with its script and region in brackets."""
    parts = subtags(tag)
    whole = locale.languages.get(tag.replace("-", "_"))
    if whole:
        return str(whole)
    language = locale.languages.get(parts.language)
    if not language:
        return None
    told = [
        locale.scripts.get(parts.script, parts.script) if parts.script else "",
        locale.territories.get(parts.region, parts.region) if parts.region else "",
        *parts.variants,
    ]
    added = ", ".join(part for part in told if part)
    return f"{language} ({added})" if added else str(language)
