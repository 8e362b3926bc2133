"""Words cut down to what their forms have in common: Snowball stems, folded."""

from __future__ import annotations

import re
import threading
from typing import Final

import Stemmer

from library.search.characters import BLANK, fold

# Only algorithms that every supported PyStemmer has: an index must not depend on which one is there.
SNOWBALL: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Language -> Snowball algorithm. Others, Swahili among them, are searched by whole words."""

BEHEADING: Final = frozenset({"ga", "id", "nl", "tr"})
"""Languages whose algorithms change how words of Latin letters without diacritics begin."""

# What Egyptian, Persian and Urdu habits and keyboards give for letters that the stemmer looks for.
_KEYBOARDS: Final = str.maketrans({"ى": "ي", "ی": "ي", "ک": "ك", "ٱ": "ا", "ہ": "ه"})

_ARTICLE: Final = re.compile("(?:وال|بال|كال|فال|لل|ال)(?=..)|و(?=...)")
_ENDINGS: Final = ("ها", "ان", "ات", "ون", "ين", "يا", "ه", "ي", "ي", "ء")

_REMEMBERED: Final = 50_000
_LONGEST: Final = 64
_local = threading.local()


def primary(lang: str) -> str:
    """The language of a tag, without script and region."""
    return lang.partition("-")[0].lower()


def with_article(word: str) -> str:
    """An Arabic word with the definite article."""
    return word if word.startswith("ال") else f"ال{word}"


def stem(word: str, lang: str) -> str:
    """The stem of a plain ``word`` of the language ``lang`` (primary subtag); empty for an empty one.

    Diacritics go after stemming, since the stemmers need them, and stay in Vietnamese, where they
    tell words apart.
    """
    # Stemmers are not safe to share between threads.
    known: dict[str, dict[str, str]] | None = getattr(_local, "known", None)
    if known is None:
        known = _local.known = {}
    stems = known.get(lang)
    if stems is None:
        stems = known[lang] = {}
    found = stems.get(word)
    if found is None:
        if len(stems) >= _REMEMBERED:
            stems.clear()
        found = stems[word] = _stem(word, lang)
    return found


def _stem(word: str, lang: str) -> str:
    word = word.replace(BLANK, "")
    algorithm = SNOWBALL.get(lang)
    if algorithm is not None and not word.isdigit():
        if lang == "ar":
            word = word.translate(_KEYBOARDS)
        stemmers: dict[str, Stemmer.Stemmer] | None = getattr(_local, "stemmers", None)
        if stemmers is None:
            stemmers = _local.stemmers = {}
        stemmer = stemmers.get(algorithm)
        if stemmer is None:
            stemmer = stemmers[algorithm] = Stemmer.Stemmer(algorithm, 0)
        word = stemmer.stemWord(word)
    if lang != "vi" and not word.isascii():
        word = fold(word)
    return word[:_LONGEST]


def light(word: str) -> str:
    """The light stem of a plain Arabic ``word``: without the article and what is written together with
    it, and without the commonest endings (Larkey, Ballesteros and Connell 2002). Snowball's stemmer
    takes the end of محرك for a pronoun unless there is an article, and leaves "and the" on."""
    word = fold(word.replace(BLANK, "").translate(_KEYBOARDS))
    article = _ARTICLE.match(word)
    if article:
        word = word[article.end() :]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 1:
            word = word[: -len(ending)]
    return word[:_LONGEST]
