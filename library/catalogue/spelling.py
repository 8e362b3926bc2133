"""Did you mean: what a reader has most probably mistyped, put right.

A word is looked at when no title and no term holds it and hardly a text does. The rest of the question
stays as typed, and so does what is quoted, excluded (``-word``) or a filter (``kind:course``). What is
suggested stands in a title or a term, the reader's language before others, and finds something: the
engine was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from library.catalogue.vocabulary import Vocabulary
from library.errors import Unavailable
from library.i18n.chains import chain
from library.search.characters import CJK, UNSPACED
from library.search.lexicon import WORDS, Near, folded, squeezed
from library.search.port import Query, SearchEngine
from library.search.syntax import QUOTED, read

LONGEST: Final = 300
"""Characters of a question that are looked at; longer ones are texts rather than questions."""

OFTEN: Final = 3
"""A word that is found in so many works is none that was mistyped."""

# Words of a question that are looked at, and strange ones of these that are put right.
_MOST_WORDS = 24
_MOST_STRANGE = 4
_LONGEST_RUN = 16
# Addresses, file names and codes are not words; those of scripts without spaces may stand between words.
_CODE: Final = re.compile(
    rf"(?:(?![{CJK}{UNSPACED}])\S)*[\d@/\\_:](?:(?![{CJK}{UNSPACED}])\S)*|\S+\.\S+"
)
_IS_CJK: Final = re.compile(f"[{CJK}]")
_LATIN: Final = re.compile(r"[a-z]+\Z")


@dataclass(frozen=True, slots=True)
class Correction:
    """A question put right: the whole of it in pieces, True where a piece was changed."""

    pieces: tuple[tuple[str, bool], ...]
    wrong: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


def correct(
    text: str,
    *,
    lang: str,
    vocabulary: Vocabulary,
    engine: SearchEngine,
    reading: Callable[[str], str],
) -> Correction | None:
    """What was probably meant by a question, or None where nothing in it is strange.

    ``reading`` gives a Chinese text in pinyin. Never raises on any text, nor when the index is away.
    """
    changed: list[tuple[int, int, str]] = []
    strange = 0
    try:
        for start, end in _words(text[:LONGEST]):
            if strange >= _MOST_STRANGE:
                break
            written = text[start:end]
            word = folded(written)
            if not word or " " in word or vocabulary.words.count(word):
                continue
            better = _better(written, word, lang, vocabulary, engine, reading)
            strange += 1
            if better is not None:
                changed.append((start, end, _cased(better, written)))
        if not changed:
            return None
        correction = _put_right(text, changed)
        if not engine.search(Query(text=correction.text, lang=lang, limit=1)).total:
            return None
    except Unavailable:
        return None
    return correction


def alike(text: str, *, lang: str, vocabulary: Vocabulary, most: int = 8) -> list[Near]:
    """Words of titles and terms that are somewhat like those of a question, the likest first.

    For a page that found nothing: the words are further off than those that `correct` would put in.
    """
    found: dict[str, Near] = {}
    for start, end in list(_words(text[:LONGEST]))[:_MOST_STRANGE]:
        word = folded(text[start:end])
        if not word or " " in word:
            continue
        farthest = min(3, max(1, len(word) // 2))
        for near in vocabulary.words.near(
            word, languages=chain(lang), most=most, farthest=farthest
        ):
            if near.word not in found or near.cost < found[near.word].cost:
                found[near.word] = near
    return sorted(found.values(), key=lambda near: (near.cost, -near.count, near.word))[:most]


def last_word(text: str) -> str:
    """The last word of a question, folded, where a reader may have stopped in the middle of it."""
    words = list(WORDS.finditer(_open(text)))
    if not words or words[-1].end() != len(text.rstrip("*…. ")):
        return ""
    return folded(words[-1][0])


def _open(text: str) -> str:
    """The text with line ends in place of what has to stay as it is, so that places stay the same."""

    def hidden(found: re.Match[str]) -> str:
        return "\n" * len(found[0])

    return QUOTED.sub(hidden, read(text).text)


def _words(text: str) -> Iterator[tuple[int, int]]:
    open_text = _CODE.sub(lambda found: "\n" * len(found[0]), _open(text))
    for n, found in enumerate(WORDS.finditer(open_text)):
        if n == _MOST_WORDS:
            return
        yield found.span()


def _better(
    written: str,
    word: str,
    lang: str,
    vocabulary: Vocabulary,
    engine: SearchEngine,
    reading: Callable[[str], str],
) -> str | None:
    """The word that was probably meant; None if it may well be right as it is."""
    languages = chain(lang)
    words = vocabulary.words
    if _IS_CJK.match(word):
        if len(word) > _LONGEST_RUN or works_with(written, lang=lang, engine=engine):
            return None
        sound = _same_sound(written, vocabulary, engine, lang, reading)
        if sound is not None:
            return sound
        near = words.near(word, languages=languages, most=1)
        return near[0].word if near else None
    candidates = words.near(word, languages=languages, most=1)
    if _LATIN.match(word) and words.read_as(word):
        return None  # a reading, which the search understands
    if not candidates:
        return None
    there = works_with(written, lang=lang, engine=engine)
    best = candidates[0]
    # A slip that somebody made in a text as well is still a slip where the right word is common.
    if there >= OFTEN or (there and (best.distance > 1 or best.count < OFTEN * (there + 1))):
        return None
    return best.word


def _same_sound(
    written: str,
    vocabulary: Vocabulary,
    engine: SearchEngine,
    lang: str,
    reading: Callable[[str], str],
) -> str | None:
    """A Chinese run with the longest of its parts that sounds like a word replaced by that word."""
    size = len(written)
    for length in range(min(size, 8), 1, -1):
        for start in range(size - length + 1):
            part = written[start : start + length]
            for word in vocabulary.words.read_as(squeezed(reading(part))):
                if len(word.word) != length:
                    continue
                if word.word == part or (
                    size > length and works_with(part, lang=lang, engine=engine)
                ):
                    break
                return written[:start] + word.word + written[start + length :]
    return None


def works_with(word: str, *, lang: str, engine: SearchEngine) -> int:
    """In how many works a word stands, in any of its forms. Raises ``Unavailable``."""
    return engine.search(Query(text=f'"{word}"', lang=lang, limit=1)).total


def _cased(word: str, typed: str) -> str:
    """A word with the capitals that the reader typed."""
    if typed[:1].isupper() and word.islower():
        return word.upper() if len(typed) > 1 and typed.isupper() else word[:1].upper() + word[1:]
    return word


def _put_right(text: str, changed: list[tuple[int, int, str]]) -> Correction:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end, word in changed:
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((word, True))
        at = end
    if at < len(text):
        pieces.append((text[at:], False))
    return Correction(tuple(pieces), tuple(text[start:end] for start, end, _ in changed))
