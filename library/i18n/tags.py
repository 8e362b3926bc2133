"""Language tags: one spelling per language, whatever came in.

The rule of the house, in full:

1. Spelling is BCP 47's: ``_`` becomes ``-``, letter case is canonical, deprecated codes and three-letter
   codes become today's (``iw`` is ``he``, ``in`` is ``id``, ``chi`` and ``cmn`` are ``zh``, ``sh`` is
   ``sr-Latn``).
2. A script is named only where it is not the usual one of its language (``sr-Latn``, but ``fr``), except
   for Chinese, which always has it: ``zh``, ``zh-CN``, ``zh-SG`` are ``zh-Hans``; ``zh-TW``, ``zh-HK`` are
   ``zh-Hant``.
3. A region is dropped where CLDR's likely subtags give it anyway (``fr-FR`` is ``fr``, ``pt-BR`` is ``pt``,
   ``en-US`` is ``en``) and kept where it tells something (``pt-PT``, ``en-GB``, ``fr-CA``). Arabic and
   Chinese drop every region: what the library holds is Modern Standard Arabic, and for Chinese the script
   says it all.
4. ``es-LA`` is ``es-419``: Laos is not meant.
5. Extensions (``-u-…``, ``-t-…``) say how to show a text, not what it is written in, and are dropped.
   Private-use tags, ``und``, ``mul``, ``mis`` and ``zxx`` name no language and are refused.

Folder names in everyday use that mean something else, or nothing, in BCP 47 (``cn``, ``jp``, ``tw``) are not
mapped; `colloquial` says what was probably meant, so that a person can decide.

Source of codes, aliases and likely subtags: Unicode CLDR as carried by Babel.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from babel import Locale
from babel.core import get_global

from library.errors import Invalid
from library.i18n import scripts
from library.sentences import Sentence

_MAX_LENGTH = 64
_SHOWN = 40

_TAG = re.compile(
    r"""(?ix)
    (?P<language>[a-z]{2,3} | [a-z]{5,8})
    (?P<extended>(?:-[a-z]{3}(?![a-z0-9])){0,3})
    (?:-(?P<script>[a-z]{4}))?
    (?:-(?P<region>[a-z]{2}|[0-9]{3}))?
    (?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)
    (?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*
    """
)

#: Tags registered before BCP 47 had its grammar, in lower case.
_REGISTERED_WHOLE: Mapping[str, str] = {
    "art-lojban": "jbo",
    "i-hak": "hak",
    "i-lux": "lb",
    "no-bok": "nb",
    "no-nyn": "nn",
    "zh-guoyu": "zh-Hans",
    "zh-hakka": "hak",
    "zh-min-nan": "nan",
    "zh-xiang": "hsn",
}

_NO_LANGUAGE: Mapping[str, Sentence] = {
    "und": Sentence("it says that the language is not known; name the language"),
    "mul": Sentence("it stands for several languages at once; give each language its own text"),
    "mis": Sentence("it names no language; use the code of the language itself"),
    "zxx": Sentence("it says that there is no language; leave the language out instead"),
}

#: CLDR folds Twi into Akan; readers and publishers of Twi know it as Twi.
_NOT_ALIASED = frozenset({"tw"})
_LIKELY_BESIDE_CLDR: Mapping[str, str] = {
    "tw": "tw_Latn_GH",
    "nb": "nb_Latn_NO",
    "sh": "sr_Latn_RS",
}

#: Codes for "unknown", "inherited" and pseudo-locales of software tests.
_NO_SCRIPT = frozenset({"Zinh", "Zmth", "Zsym", "Zxxx", "Zyyy", "Zzzz"})
_NO_REGION = frozenset({"XA", "XB", "ZZ"})

_REGION_SAYS_NOTHING = frozenset({"ar", "zh"})

_COLLOQUIAL: Mapping[str, str] = {
    "al": "sq",
    "at": "de",
    "bd": "bn",
    "by": "be",
    "ch": "zh-Hans",
    "cn": "zh-Hans",
    "cz": "cs",
    "dk": "da",
    "eg": "ar",
    "gb": "en-GB",
    "gr": "el",
    "hk": "zh-Hant",
    "ir": "fa",
    "jp": "ja",
    "kh": "km",
    "kr": "ko",
    "kz": "kk",
    "mx": "es-MX",
    "np": "ne",
    "ph": "fil",
    "pk": "ur",
    "rs": "sr",
    "se": "sv",
    "sp": "es",
    "tj": "tg",
    "tw": "zh-Hant",
    "tz": "sw",
    "ua": "uk",
    "us": "en",
    "vn": "vi",
}

#: Offered when somebody mistypes: the languages that a library of this kind is likely to hold.
_OFTEN_MEANT = (
    "en zh-Hans zh-Hant fr ar ru pt pt-PT th id sw km es vi lo my ms hi ur bn ne si fa ps tg uz kk ky tk mn "
    "am ha yo ig rw so om ti mg wo bm ln tr az ka hy uk be bg sr hu el de it nl pl ro ja ko fil ta te mr gu "
    "pa zu xh af tet ht"
)

_RIGHT_TO_LEFT = frozenset(
    {"Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
)

_LETTERS_TO_JUDGE = 24
_SHARE_BESIDE_LATIN = 0.1


@dataclass(frozen=True, slots=True)
class Subtags:
    """The parts of a tag; empty strings and tuples where it has none."""

    language: str
    script: str = ""
    region: str = ""
    variants: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "-".join(
            part for part in (self.language, self.script, self.region, *self.variants) if part
        )


@lru_cache(maxsize=4096)
def normalise(tag: str) -> str:
    """Return the library's one spelling of a BCP 47 tag (``zh_cn`` gives ``zh-Hans``).

    :raises Invalid: for an empty, malformed or unknown tag. ``details`` carry ``tag``, ``reason`` and
        ``suggestion`` (a normalised tag, or ``None`` where nothing is near).
    """
    cleaned = tag.strip().replace("_", "-")
    if not cleaned:
        message = Sentence("The language tag is empty.")
        raise Invalid(message, tag="", reason="it is empty", suggestion=None)
    if len(cleaned) > _MAX_LENGTH:
        raise _refusal(tag, Sentence("it is longer than %(number)s characters", number=_MAX_LENGTH))
    lowered = cleaned.lower()
    whole = _REGISTERED_WHOLE.get(lowered)
    if whole:
        return whole
    if lowered.startswith("x-") or "-x-" in lowered:
        raise _refusal(tag, Sentence("private-use tags mean nothing to anybody else"))
    match = _TAG.fullmatch(cleaned)
    if not match:
        raise _refusal(tag, Sentence("it is not formed like a BCP 47 tag"))
    return str(_regular(_resolved(tag, match)))


def subtags(tag: str) -> Subtags:
    """Split a tag into its normalised parts; raises `Invalid` like `normalise`."""
    language, *rest = normalise(tag).split("-")
    script = rest.pop(0) if rest and len(rest[0]) == 4 and rest[0].isalpha() else ""
    region = rest.pop(0) if rest and re.fullmatch(r"[A-Z]{2}|[0-9]{3}", rest[0]) else ""
    return Subtags(language, script, region, tuple(rest))


def colloquial(tag: str) -> str | None:
    """Return the tag that an everyday folder name probably means (``jp`` gives ``ja``), else ``None``.

    Some of these names are good tags of another language (``tw`` is Twi, ``se`` is Northern Sami): this is a
    question to put to a person, beside `plausible`, never a mapping to apply.
    """
    return _COLLOQUIAL.get(tag.strip().replace("_", "-").lower())


def script_of(tag: str) -> str:
    """Return the ISO 15924 code of the script a language is usually written in (``fa`` gives ``Arab``).

    ``Zzzz`` (unknown) where the tag is no language or CLDR does not say: pages must render whatever is
    stored.
    """
    try:
        parts = subtags(tag)
    except Invalid:
        return "Zzzz"
    return parts.script or _likely(parts.language, "", parts.region)[0] or "Zzzz"


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Return the value of HTML's ``dir`` for a language; ``ltr`` where nothing is known."""
    return "rtl" if script_of(tag) in _RIGHT_TO_LEFT else "ltr"


def plausible(tag: str, text: str) -> bool:
    """Say whether ``text`` can be in the language, judging by its letters alone.

    False only on plain evidence: Chinese text in a folder called ``tw`` (Twi), an English file left in
    ``th``. Code, addresses and foreign names do not count against a text. Short texts and scripts that the
    library does not know give True.
    """
    expected = scripts.parts(script_of(tag))
    counts = scripts.weights(text)
    total = sum(counts.values())
    if not expected or total < _LETTERS_TO_JUDGE:
        return True
    fitting = sum(counts.get(script, 0) for script in expected)
    rivals = {script: count for script, count in counts.items() if script not in expected}
    if "Latn" in expected:
        return fitting >= sum(rivals.values())
    rivals.pop("Latn", None)
    return fitting >= sum(rivals.values()) and fitting >= total * _SHARE_BESIDE_LATIN


def _resolved(tag: str, match: re.Match[str]) -> Subtags:
    """Read the parts of a well-formed tag, follow aliases, and refuse what is not in CLDR."""
    language = match["language"].lower()
    if language in _NO_LANGUAGE:
        raise _refusal(tag, _NO_LANGUAGE[language])
    if match["extended"]:
        language = match["extended"][1:].split("-")[0].lower()
    script = (match["script"] or "").title()
    region = (match["region"] or "").upper()
    if language not in _NOT_ALIASED:
        alias = get_global("language_aliases").get(language, language)
        language, *implied = alias.split("_")
        for subtag in implied:
            if len(subtag) == 4:
                script = script or subtag
            else:
                region = region or subtag
    if language not in _languages():
        raise _refusal(
            tag, Sentence("“%(code)s” is not the code of a language", code=match["language"])
        )
    if script and (script not in _english().scripts or script in _NO_SCRIPT):
        raise _refusal(
            tag, Sentence("“%(code)s” is not the code of a script", code=match["script"])
        )
    if (language, region) == ("es", "LA"):
        region = "419"
    if region and (region not in _english().territories or region in _NO_REGION):
        renamed = get_global("territory_aliases").get(region)
        if not renamed:
            raise _refusal(
                tag,
                Sentence("“%(code)s” is not the code of a country or region", code=match["region"]),
            )
        region = renamed[0]
    variants = tuple(dict.fromkeys(match["variants"].lower().split("-")[1:]))
    for variant in variants:
        if variant.upper() not in _variants():
            raise _refusal(tag, Sentence("“%(code)s” is not the code of a variant", code=variant))
    return Subtags(language, script, region, variants)


def _regular(parts: Subtags) -> Subtags:
    """Name script and region only where they tell something (rules 2 and 3 above)."""
    usual_script, _ = _likely(parts.language, "", "")
    script = parts.script or _likely(parts.language, "", parts.region)[0]
    _, usual_region = _likely(parts.language, script, "")
    keep_script = parts.language == "zh" or script != usual_script
    drop_region = parts.region == usual_region or parts.language in _REGION_SAYS_NOTHING
    return Subtags(
        parts.language,
        script if keep_script else "",
        "" if drop_region else parts.region,
        parts.variants,
    )


@cache
def _likely(language: str, script: str, region: str) -> tuple[str, str]:
    """Return CLDR's likely (script, region) for a language, given one or both; empty where unknown."""
    table = get_global("likely_subtags")
    keys = [
        f"{language}_{script}_{region}",
        f"{language}_{region}",
        f"{language}_{script}",
        language,
    ]
    for key in keys:
        found = table.get(key) or _LIKELY_BESIDE_CLDR.get(key)
        if found:
            _, likely_script, likely_region = found.split("_")
            return script or likely_script, region or likely_region
    return script, region


@cache
def _english() -> Locale:
    return Locale("en")


@cache
def _languages() -> frozenset[str]:
    named = (code for code in map(str, _english().languages) if "_" not in code)
    likely = (code for code in get_global("likely_subtags") if "_" not in code)
    return frozenset({*named, *likely}) - set(_NO_LANGUAGE) - {"root"}


@cache
def _variants() -> frozenset[str]:
    return frozenset(str(code).upper() for code in _english().variants)


@cache
def _names() -> Mapping[str, str]:
    """Names that people type where a tag belongs, in lower case, with the tag meant."""
    names: dict[str, str] = {}
    for tag in _OFTEN_MEANT.split():
        code = tag.replace("-", "_")
        own = Locale.parse(code).languages if code != "tet" else {}
        for name in (_english().languages.get(code), own.get(code)):
            if name:
                names.setdefault(name.lower(), tag)
                names.setdefault(name.lower().split(" ")[0], tag)
    return {**names, "chinese": "zh-Hans", "mandarin": "zh-Hans", "中文": "zh-Hans"}


def _suggestion(tag: str) -> str | None:
    lowered = tag.strip().replace("_", "-").lower()[:_MAX_LENGTH]
    meant = colloquial(lowered) or _names().get(lowered)
    if meant:
        return meant
    first = lowered.split("-")[0]
    if first != lowered and (first in _languages() or colloquial(first)):
        return colloquial(first) or normalise(first)
    known = {candidate.lower(): candidate for candidate in _OFTEN_MEANT.split()}
    known.update(_names())
    near = difflib.get_close_matches(lowered, list(known), n=1, cutoff=0.7)
    return known[near[0]] if near else None


def _refusal(tag: str, reason: Sentence) -> Invalid:
    shown = "".join(c if c.isprintable() else "�" for c in tag.strip())
    if len(shown) > _SHOWN:
        shown = shown[:_SHOWN] + "…"
    suggestion = _suggestion(tag)
    if suggestion:
        message = Sentence(
            "“%(tag)s” is not a language tag that can be used: %(reason)s. "
            "Did you mean “%(suggestion)s”?",
            tag=shown,
            reason=reason,
            suggestion=suggestion,
        )
    else:
        message = Sentence(
            "“%(tag)s” is not a language tag that can be used: %(reason)s.",
            tag=shown,
            reason=reason,
        )
    return Invalid(message, tag=shown, reason=str(reason), suggestion=suggestion)
