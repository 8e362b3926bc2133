"""Order and initial letters of names as readers of a language expect them, in lists and A to Z.

Full collation needs tables that neither Python nor the databases bring for all our languages. These rules
do what a reader notices: accents and capitals do not tell words apart, the Arabic article is passed
over, a Thai or Lao vowel that is written before its consonant is read after it, and Chinese stands in the
order of pinyin.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from library.i18n.tags import script_of

_ARTICLE = re.compile("^ال(?=..)")
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"}
)
# Thai and Lao vowels that stand before the consonant that they follow in speech and in dictionaries.
_BEFORE = re.compile("([เ-ไເ-ໄ])(.)")
# Cyrillic letters that are letters of their own though they can be taken apart.
_WHOLE = {"й": "и\uffff", "ё": "е\ufffe"}
# Where what is no letter (a digit, a sign) is listed.
OTHER = "#"


@lru_cache(maxsize=65_536)
def sort_key(text: str, lang: str, reading: str | None = None) -> tuple[int, str, str]:
    """What to sort a name in ``lang`` by; ``reading`` is its pinyin where one is known.

    Names that begin with a digit or sign come first, then letters; equals stand as written.
    """
    letter = _bare(text, lang, reading)[:1].isalpha()
    return (int(letter), _form(text, lang, reading), text)


@lru_cache(maxsize=65_536)
def initial(text: str, lang: str, reading: str | None = None) -> str:
    """The letter that a name is listed under; ``#`` where it begins with none.

    Chinese without a reading is listed under its first character.
    """
    form = _bare(text, lang, reading)
    first = form[:1]
    if not first.isalpha():
        return OTHER
    return first.upper() if len(first.upper()) == 1 else first


def _form(text: str, lang: str, reading: str | None) -> str:
    if not reading and script_of(lang) == "Hans":
        # In GB 2312, and so in all that extends it, the common characters stand in order of pinyin.
        return text.casefold().encode("gb18030", "replace").decode("latin-1")
    form = _bare(text, lang, reading)
    for letter, place in _WHOLE.items():
        form = form.replace(letter, place)
    return form


def _bare(text: str, lang: str, reading: str | None) -> str:
    form = (reading or text).strip().casefold()
    script = "Latn" if reading else script_of(lang)
    if script == "Arab":
        form = _ARTICLE.sub("", form.translate(_ARABIC))
    elif script in ("Thai", "Laoo"):
        form = _BEFORE.sub(r"\2\1", form)
    if script == "Cyrl":
        return form
    decomposed = unicodedata.normalize("NFD", form)
    # Marks of scripts that build letters with them (Khmer, Thai, Devanagari) stay.
    return unicodedata.normalize(
        "NFC", "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    )
