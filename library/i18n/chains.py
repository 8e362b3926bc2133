"""Which language a reader gets when the wanted one is not there, and which one a browser asks for.

A chain runs from the wanted language over its own plainer forms (``pt-PT`` to ``pt``) and the languages
that its readers learn at school or use at work, to English and Chinese, the two languages that most of
the library is written in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from library.errors import Invalid
from library.i18n.tags import Subtags, normalise, script_of, subtags

#: What every chain ends in.
DEFAULT: tuple[str, ...] = ("en", "zh-Hans")

_RUSSIAN = ("ru",)
_FRENCH = ("fr",)

#: Languages between a language and `DEFAULT`: what its readers most probably read as well. Keys are
#: normalised tags; regions and scripts fall back to their plain language first, so only what differs
#: is listed.
BETWEEN: Mapping[str, tuple[str, ...]] = {
    # East and South-East Asia
    "bo": ("zh-Hans",),
    "ceb": ("fil",),
    "jv": ("id", "ms"),
    "lo": ("th",),
    "ms": ("id",),
    "min": ("id", "ms"),
    "mn-Mong": ("zh-Hans",),
    "nan": ("zh-Hant", "zh-Hans"),
    "shn": ("my", "th"),
    "su": ("id", "ms"),
    "tet": ("pt", "id"),
    "ug": ("zh-Hans",),
    "wuu": ("zh-Hans",),
    "yue": ("zh-Hant", "zh-Hans"),
    "za": ("zh-Hans",),
    "zh-Hans": ("zh-Hant",),
    "zh-Hant": ("zh-Hans",),
    # South Asia
    "bal": ("ur",),
    "bho": ("hi",),
    "mai": ("ne", "hi"),
    "pa-Arab": ("ur",),
    "ps": ("fa-AF", "fa", "ur"),
    "sd": ("ur",),
    "skr": ("ur",),
    # Central Asia, Caucasus, eastern Europe
    "az": ("tr", *_RUSSIAN),
    "be": _RUSSIAN,
    "hy": _RUSSIAN,
    "kaa": ("uz", *_RUSSIAN),
    "ka": _RUSSIAN,
    "kk": _RUSSIAN,
    "ky": _RUSSIAN,
    "mn": _RUSSIAN,
    "sr": ("sr-Latn",),
    "tg": ("fa", *_RUSSIAN),
    "tk": _RUSSIAN,
    "tt": _RUSSIAN,
    "uk": _RUSSIAN,
    "uz": ("uz-Cyrl", *_RUSSIAN),
    # Arabic-speaking countries and their neighbours
    "aeb": ("ar", *_FRENCH),
    "ary": ("ar", *_FRENCH),
    "arz": ("ar",),
    "ckb": ("ar",),
    "kab": ("ar", *_FRENCH),
    "shi": ("ar", *_FRENCH),
    "zgh": ("ar", *_FRENCH),
    # Africa south of the Sahara
    "bm": _FRENCH,
    "dyu": _FRENCH,
    "ee": ("en", *_FRENCH),
    "ff": _FRENCH,
    "fon": _FRENCH,
    "kam": ("sw",),
    "kea": ("pt",),
    "kg": _FRENCH,
    "ki": ("sw",),
    "lg": ("en", "sw"),
    "ln": _FRENCH,
    "lua": _FRENCH,
    "luo": ("sw",),
    "mas": ("sw",),
    "mg": _FRENCH,
    "mos": _FRENCH,
    "om": ("am",),
    "rn": (*_FRENCH, "sw"),
    "rw": ("en", "sw", *_FRENCH),
    "sg": _FRENCH,
    "so": ("en", "ar"),
    "ti": ("am",),
    "wo": _FRENCH,
    # Europe and the Americas
    "ay": ("es",),
    "ca": ("es",),
    "es-419": ("es",),
    "eu": ("es",),
    "gl": ("es", "pt"),
    "gn": ("es",),
    "ht": _FRENCH,
    "lb": ("de", *_FRENCH),
    "nb": ("no", "da"),
    "nn": ("nb", "no"),
    "no": ("nb", "da"),
    "pap": ("es", "nl"),
    "qu": ("es",),
    "ro-MD": ("ro", *_RUSSIAN),
}

#: Regions that write by another country's norm, tried before the plain language (CLDR's parent locales).
_NORMS: Mapping[str, tuple[str, str]] = {
    "pt": ("pt-PT", "AO CV GW MO MZ ST TL"),
    "es": ("es-419", "AR BO BR BZ CL CO CR CU DO EC GT HN MX NI PA PE PR PY SV US UY VE"),
    "en": (
        "en-GB",
        "AU BW FJ GH GM HK IE IN KE LK LS MW MY NA NG NZ PG PK SB SG SL SZ TZ UG ZA ZM ZW",
    ),
}

_HEADER_READ = 1024
_RANGES_READ = 32
_RANGE = re.compile(
    r"\s*(?P<range>\*|[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*)\s*"
    r"(?:;\s*[qQ]\s*=\s*(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?\s*"
)


def chain(tag: str, *, source: str | None = None) -> tuple[str, ...]:
    """Return the languages to try for a reader of ``tag``, best first: ``lo`` gives lo, th, en, zh-Hans.

    :param source: the language that the work was written in; it comes last if the chain lacks it.
    :returns: normalised tags, never empty, none twice.
    :raises Invalid: for a tag that is no language.
    """
    own = _chain(normalise(tag))
    last = (normalise(source),) if source else ()
    return tuple(dict.fromkeys((*own, *last)))


def choose(wanted: str, available: Collection[str], source: str | None = None) -> str | None:
    """Return the one of ``available`` that a reader of ``wanted`` should get.

    For each language of the chain the exact tag is tried first, then other regional forms of it
    (``en-GB`` for ``en``). When nothing in the chain is there, the first of ``available`` is better than
    an empty page.

    :param available: tags as stored; returned as given.
    :returns: ``None`` only where nothing is available.
    """
    offered = _by_tag(available)
    for candidate in chain(wanted, source=source):
        found = _match(candidate, offered)
        if found:
            return found
    return next(iter(available), None)


def negotiate(accept_language: str | None, offered: Sequence[str]) -> str:
    """Return the one of ``offered`` that an ``Accept-Language`` header asks for (RFC 9110, 12.5.4).

    Ranges are taken by weight, then by place. A range matches the same language in any region or script,
    the nearest first (``zh-TW`` takes zh-Hant, or else zh-Hans). Only when no range matches do the
    fallback chains decide, in the same order, and last the first of ``offered``. What cannot be read is
    skipped; at most 1,024 characters and 32 ranges are read.

    :raises ValueError: when nothing is offered.
    """
    if not offered:
        raise ValueError("Nothing is offered to negotiate about.")
    return _negotiate((accept_language or "")[:_HEADER_READ], tuple(offered))


@lru_cache(maxsize=1024)
def _chain(tag: str) -> tuple[str, ...]:
    plainer = list(_plainer(subtags(tag)))
    between = next((BETWEEN[form] for form in plainer if form in BETWEEN), ())
    return tuple(dict.fromkeys((*plainer, *between, *DEFAULT)))


def _plainer(parts: Subtags) -> Iterable[str]:
    """Yield a tag and its plainer forms: less variants, its region's norm, less region, less script."""
    language, script, region = parts.language, parts.script, parts.region
    yield str(parts)
    yield str(Subtags(language, script, region))
    norm, regions = _NORMS.get(language, ("", ""))
    if region and region in regions.split():
        yield norm
    yield str(Subtags(language, script))
    if language != "zh":
        yield language


def _by_tag(available: Iterable[str]) -> dict[str, str]:
    """Return what is available by normalised tag; what is no tag cannot be asked for."""
    offered: dict[str, str] = {}
    for given in available:
        try:
            offered.setdefault(normalise(given), given)
        except Invalid:
            continue
    return offered


def _match(candidate: str, offered: Mapping[str, str]) -> str | None:
    if candidate in offered:
        return offered[candidate]
    language, script = candidate.split("-")[0], script_of(candidate)
    for tag, given in offered.items():
        if tag.split("-")[0] == language and script_of(tag) == script:
            return given
    return None


@lru_cache(maxsize=2048)
def _negotiate(header: str, offered: tuple[str, ...]) -> str:
    wanted, refused = _ranges(header)
    open_to = _by_tag(offered)
    for tag in list(open_to):
        if tag not in wanted and (tag in refused or tag.split("-")[0] in refused):
            del open_to[tag]
    for tag in wanted:
        if tag == "*":
            spoken_for = {other.split("-")[0] for other in wanted}
            for candidate, given in open_to.items():
                if candidate.split("-")[0] not in spoken_for:
                    return given
            continue
        language = tag.split("-")[0]
        for candidate in (form for form in _chain(tag) if form.split("-")[0] == language):
            found = _match(candidate, open_to)
            if found:
                return found
    for tag in wanted:
        for candidate in _chain(tag) if tag != "*" else ():
            found = _match(candidate, open_to)
            if found:
                return found
    return next(iter(open_to.values()), offered[0])


def _ranges(header: str) -> tuple[list[str], set[str]]:
    """Return the normalised ranges of a header, best first, and those it refuses with ``q=0``."""
    weighted: list[tuple[float, int, str]] = []
    refused: set[str] = set()
    for place, item in enumerate(header.split(",", _RANGES_READ)[:_RANGES_READ]):
        match = _RANGE.fullmatch(item)
        if not match:
            continue
        try:
            tag = "*" if match["range"] == "*" else normalise(match["range"])
        except Invalid:
            continue
        weight = float(match["weight"] or 1)
        if weight:
            weighted.append((-weight, place, tag))
        else:
            refused.add(tag)
    return list(dict.fromkeys(tag for _, _, tag in sorted(weighted))), refused
