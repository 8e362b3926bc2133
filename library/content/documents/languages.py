"""What a document says, or shows, of its language and its licence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from library.errors import Invalid
from library.i18n import scripts
from library.i18n.tags import normalise, plausible

# The language that a script nearly always means; Latin letters and Cyrillic ones mean many.
_BY_SCRIPT: Final = {
    "Hani": "zh-Hans", "Hira": "ja", "Kana": "ja", "Hang": "ko", "Arab": "ar", "Thai": "th",
    "Laoo": "lo", "Khmr": "km", "Mymr": "my", "Ethi": "am", "Deva": "hi", "Beng": "bn",
    "Taml": "ta", "Telu": "te", "Sinh": "si", "Tibt": "bo", "Hebr": "he", "Grek": "el",
    "Geor": "ka", "Armn": "hy", "Gujr": "gu", "Guru": "pa", "Mlym": "ml", "Knda": "kn",
}  # fmt: skip
_DEED: Final = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)|publicdomain/zero/(1\.0))",
    re.I,
)
_SHORT: Final = re.compile(r"\bCC[ -](BY(?:-NC)?(?:-SA|-ND)?)[ -](\d\.\d)\b", re.I)


def text_language(sample: str, declared: Iterable[str | None]) -> str | None:
    """The first of the declared tags that the text can be in, else what its letters say."""
    tags: list[str] = []
    for tag in declared:
        if tag:
            try:
                tags.append(normalise(tag.strip()))
            except Invalid:
                continue
    for tag in tags:
        if plausible(tag, sample):
            return tag
    weights = scripts.weights(sample)
    if not weights:
        return tags[0] if tags else None
    if weights.get("Hira", 0) + weights.get("Kana", 0) > weights.get("Hani", 0) // 10 > 0:
        return "ja"
    script = max(weights, key=lambda one: weights[one])
    return _BY_SCRIPT.get(script)


def licence_in(text: str) -> str:
    """The SPDX identifier of a Creative Commons licence that a text names; empty where it names none."""
    deed = _DEED.search(text)
    if deed is not None:
        return f"CC-{deed[1].upper()}-{deed[2]}" if deed[1] else "CC0-1.0"
    short = _SHORT.search(text)
    return f"CC-{short[1].upper()}-{short[2]}" if short is not None else ""
