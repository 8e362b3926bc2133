"""What may stand in the ``meta.toml`` of each kind. The page for people is docs/content-format.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from babel import Locale

from library.catalogue.models import LEVELS, WORK_KINDS, Origin
from library.catalogue.models.work import STATUSES
from library.content.faults import meant, shown, suggestion
from library.content.meta import (
    Entry,
    Spot,
    by_language,
    by_path,
    choice,
    either,
    flag,
    language,
    list_of,
    moment,
    number,
    pattern,
    set_of,
    table,
    text,
    unique_id,
    web_address,
)
from library.directory.models import BRANDS, INSTITUTION_TYPES, MEMBER_ROLES, PARTNERSHIP_TYPES
from library.sentences import NOTHING, Sentence

KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
LONGEST_KEY = 200
_KEY = pattern(
    KEY.pattern,
    Sentence("a key (lower-case letters, digits and hyphens)"),
    longest=LONGEST_KEY,
)
_WORK = pattern(
    rf"(?:{'|'.join(WORK_KINDS)})/{KEY.pattern}", Sentence("kind/key of a work"), longest=220
)
_CODE = pattern(
    r"[a-z0-9]+(?:-[a-z0-9]+)*:[A-Za-z0-9][A-Za-z0-9.-]*",
    Sentence("a code with its scheme, such as isced-f-2013:0714"),
    longest=100,
)
_FOUNDED = pattern(
    r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?",
    Sentence("a year, a month or a day in quotes (2023, 2023-12, 2023-12-08)"),
    longest=10,
)
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*(?: (?:AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*")
_OFTEN_MEANT = (
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-3.0",
    "CC-BY-SA-3.0",
    "CC0-1.0",
    "MIT",
    "Apache-2.0",
    "GFDL-1.3-or-later",
)
# Groups and stand-ins that CLDR names beside countries.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def licence(value: Any, spot: Spot) -> Any:
    """An SPDX identifier or expression; ``CC BY 4.0`` is told how it is written."""
    plain = text(longest=200)(value, spot)
    if plain is None or _SPDX.fullmatch(plain):
        return plain
    lowered = {name.lower(): name for name in _OFTEN_MEANT}
    near = suggestion(re.sub(r"[\s_]+", "-", plain), lowered)
    if near:
        near = meant(lowered[str(near.values["near"])])
    return spot.fault(
        Sentence("“%(licence)s” is not an SPDX identifier.", licence=shown(plain)), near
    )


@cache
def _countries() -> frozenset[str]:
    territories = Locale("en").territories
    codes = {str(code) for code in territories}
    return frozenset(c for c in codes if len(c) == 2 and c.isalpha()) - _NO_COUNTRY


def country(value: Any, spot: Spot) -> Any:
    """An ISO 3166-1 alpha-2 code."""
    if isinstance(value, str) and value in _countries():
        return value
    hint = NOTHING
    if isinstance(value, str):
        names = {n.lower(): c for c, n in Locale("en").territories.items() if c in _countries()}
        code = value.upper() if value.upper() in _countries() else names.get(value.lower())
        hint = meant(code) if code else NOTHING
        message = Sentence(
            "“%(country)s” is not a country code (ISO 3166-1, two capital letters).",
            country=shown(value),
        )
    else:
        message = Sentence("This is not a country code (ISO 3166-1, two capital letters).")
    return spot.fault(message, hint)


def _parameter_value(value: Any, spot: Spot) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value}"
    return text(longest=500)(value, spot)


_SENTENCE = text(longest=2000)
_NAME = text(longest=200)
_PARAMETER = table(
    {
        "name": Entry(by_language(_SENTENCE), required=True),
        "value": Entry(_parameter_value, required=True),
        "unit": Entry(_NAME),
    }
)
_EDITION = table(
    {
        "origin": Entry(choice(tuple(Origin))),
        "offered": Entry(flag),
        "answered_by": Entry(_NAME),
    }
)

WORK: Mapping[str, Entry] = {
    "source_language": Entry(language, required=True),
    "licence": Entry(licence, required=True),
    "uuid": Entry(unique_id),
    "status": Entry(choice(STATUSES)),
    "withdrawn_because": Entry(_SENTENCE),
    "replaced_by": Entry(_WORK),
    "sample": Entry(flag),
    "level": Entry(choice(LEVELS)),
    "hours": Entry(number(0, 100_000)),
    "minutes": Entry(number(0, 100_000)),
    "credits": Entry(number(0, 10_000)),
    "version": Entry(text(longest=40)),
    "published": Entry(moment),
    "institutions": Entry(set_of(_KEY)),
    "partnerships": Entry(set_of(_KEY)),
    "codes": Entry(set_of(_CODE)),
    "countries": Entry(set_of(country)),
    "contributors": Entry(
        list_of(table({"name": Entry(_NAME, required=True), "role": Entry(_NAME)}))
    ),
    "links": Entry(
        list_of(table({"url": Entry(web_address, required=True), "title": Entry(_SENTENCE)}))
    ),
    "related": Entry(set_of(_WORK)),
    "derived_from": Entry(_WORK),
    "parameters": Entry(list_of(_PARAMETER)),
    "editions": Entry(by_language(_EDITION)),
    "media": Entry(
        by_path(table({"title": Entry(_SENTENCE), "licence": Entry(text(longest=200))}))
    ),
    "sections": Entry(by_path(unique_id)),
}

INSTITUTION: Mapping[str, Entry] = {
    "source_language": Entry(language, required=True),
    "uuid": Entry(unique_id),
    "type": Entry(choice(INSTITUTION_TYPES), required=True),
    "country": Entry(country),
    "city": Entry(_NAME),
    "website": Entry(web_address),
    "source": Entry(text(longest=2000, lines=True)),
    "sample": Entry(flag),
}

_MEMBER = table(
    {
        "institution": Entry(_KEY, required=True),
        "role": Entry(choice(MEMBER_ROLES), required=True),
    }
)

PARTNERSHIP: Mapping[str, Entry] = {
    "source_language": Entry(language, required=True),
    "uuid": Entry(unique_id),
    "type": Entry(choice(PARTNERSHIP_TYPES), required=True),
    "brand": Entry(choice(BRANDS)),
    "country": Entry(country),
    "city": Entry(_NAME),
    "founded": Entry(_FOUNDED),
    "latitude": Entry(number(-90, 90)),
    "longitude": Entry(number(-180, 180)),
    "website": Entry(web_address),
    "source": Entry(text(longest=2000, lines=True)),
    "sample": Entry(flag),
    "members": Entry(list_of(_MEMBER)),
    "programmes": Entry(list_of(by_language(_SENTENCE))),
}

_WORD = either(
    str, _SENTENCE, table({"text": Entry(_SENTENCE, required=True), "reading": Entry(_SENTENCE)})
)

TERM: Mapping[str, Entry] = {
    "source_language": Entry(language, required=True),
    "uuid": Entry(unique_id),
    "domain": Entry(_CODE),
    "source": Entry(text(longest=2000, lines=True)),
    "terms": Entry(
        by_language(
            table(
                {
                    "reading": Entry(_SENTENCE),
                    "allowed": Entry(list_of(_WORD)),
                    "forbidden": Entry(list_of(_WORD)),
                }
            )
        )
    ),
}
