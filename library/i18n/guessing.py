"""Which language a text is probably in, where nobody says: by its letters, and by its smallest words.

Cheap and modest: it tells scripts apart without fail, and among languages of one script those that the
library is likely to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from library.i18n import scripts
from library.i18n.tags import script_of

#: What a script most often stands for here, where no candidate is written in it.
_USUAL: Mapping[str, str] = {
    "Latn": "en",
    "Hani": "zh-Hans",
    "Hira": "ja",
    "Kana": "ja",
    "Hang": "ko",
    "Arab": "ar",
    "Cyrl": "ru",
    "Thai": "th",
    "Khmr": "km",
    "Laoo": "lo",
    "Mymr": "my",
    "Deva": "hi",
    "Beng": "bn",
    "Taml": "ta",
    "Sinh": "si",
    "Ethi": "am",
    "Hebr": "he",
    "Grek": "el",
    "Geor": "ka",
    "Armn": "hy",
    "Mong": "mn",
    "Tibt": "bo",
}
#: Small words that a page of a language is full of and pages of the others are not.
_SMALL_WORDS: Mapping[str, frozenset[str]] = {
    lang: frozenset(words.split())
    for lang, words in {
        "en": "the and of to is with for that this are be by from or must not",
        "fr": "le la les des est une dans pour avec sur du et au aux pas être ou",
        "pt": "o os as do da dos das não uma com para em no na ser são ou",
        "es": "el los las del una con para por en no es son se y al ser",
        "id": "dan yang di untuk dengan dari pada adalah ini tidak ke oleh atau harus",
        "sw": "na ya wa kwa ni za la katika kuwa hii au kama hutumika lazima usi",
        "vi": "và của là các cho được không một trong có khi này với để phải",
        "tr": "ve bir bu için ile olarak olan da de değil veya daha gibi",
        "de": "der die das und ist mit für nicht ein eine den von zu auf oder",
        "it": "il lo gli della dei una con per non che sono di è da o",
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+")
_ONLY_URDU = re.compile("[ٹڈڑںےھہ]")
_ONLY_PERSIAN = re.compile("[پچژگکی]")
_NOT_OURS = 1.5


def by_language(
    text: str, *, candidates: Sequence[str], fallback: str
) -> Iterator[tuple[str, list[str]]]:
    """The lines of a text gathered by their language, in the order in which languages come up.

    ``candidates`` are languages that are likely, likeliest first; ``fallback`` is that of a text without
    any letter. Lines without letters go with the line before them.
    """
    by_script: dict[str, list[str]] = {}
    before: list[str] = []
    script = ""
    for line in text.split("\n"):
        found = _main_script(line)
        if found:
            script = found
        if not script:
            before.append(line)
            continue
        lines = by_script.setdefault(script, [])
        if before:
            lines += before
            before = []
        lines.append(line)
    if before:
        yield fallback, before
    told: dict[str, list[str]] = {}
    for script, lines in by_script.items():
        lang = language_in(script, "\n".join(lines), candidates=candidates) or fallback
        told.setdefault(lang, []).extend(lines)
    yield from told.items()


def language_in(script: str, text: str, *, candidates: Sequence[str]) -> str | None:
    """The language of a text that is written in a script."""
    written = [tag for tag in candidates if script in scripts.parts(script_of(tag))]
    if script == "Latn":
        return _latin(text, written)
    if script == "Arab":
        likely = "ur" if _ONLY_URDU.search(text) else "ar"
        if likely == "ar" and len(_ONLY_PERSIAN.findall(text)) * 20 > len(text):
            likely = "fa"
        same = [tag for tag in written if tag.partition("-")[0] == likely]
        return same[0] if same else likely
    if script in ("Hira", "Kana"):
        return "ja"
    if written:
        return written[0]
    return _USUAL.get(script)


def _latin(text: str, written: Sequence[str]) -> str:
    words = _WORD.findall(text.lower())
    counts = {lang: sum(word in small for word in words) for lang, small in _SMALL_WORDS.items()}
    likeliest = max(counts, key=lambda lang: counts[lang])
    if not written:
        return likeliest if counts[likeliest] > 1 else _USUAL["Latn"]
    ours = max(written, key=lambda tag: counts.get(tag.partition("-")[0], 0))
    own = counts.get(ours.partition("-")[0], 0)
    # Two small words by chance are no language; several times as many as our own are.
    return likeliest if counts[likeliest] > 2 + _NOT_OURS * own else ours


def _main_script(line: str) -> str:
    """The script of most letters of a line; kana decide for Japanese however few they are."""
    if line.isascii():
        return "Latn" if _WORD.search(line) else ""
    weights = scripts.weights(line)
    if not weights:
        return ""
    if weights.get("Hira", 0) + weights.get("Kana", 0) > 0 and "Hani" in weights:
        return "Hira"
    return max(weights, key=lambda script: weights[script])
