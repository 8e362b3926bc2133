"""Where words begin in Thai, Lao, Khmer, Burmese, Chinese and Japanese, as far as ICU's dictionaries know.

Two or three characters in a row find long words well and short ones badly: รถ (vehicle) is in สามารถ
(can) and in สมรรถนะ (competency). Words are therefore indexed besides; a short word that is looked for
comes first where a word begins with it, and a longer text is looked for by its words as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from library.search.analysis import Token
from library.search.characters import BLANK, CJK, UNSPACED, plain

MARK: Final = "|"
"""What tokens begin with that are whole words; others never hold it."""

LONGEST: Final = 6
"""Characters of what is looked for as one word, as it is typed; longer texts are cut into words."""

_PAIR: Final = 2

_RUN: Final = re.compile(f"[{UNSPACED}\u200b]+|[{CJK}]+")
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")
_MOST: Final = 24


def tokens(text: str, analysed: Iterable[Token]) -> list[Token]:
    """The words of a ``text``, at the places of the characters that they begin with; ``analysed`` are
    its tokens from `analysis.analyse`. None where no script without spaces is. Words of one character
    are left out: in Chinese they are tokens anyway."""
    found: list[Token] = []
    # As in `analysis.analyse`.
    add, new = found.append, tuple.__new__
    places: dict[int, int] | None = None
    for run in _RUN.finditer(text):
        if places is None:
            places = {start: position for _, start, _, position in analysed}
        form, offsets = plain(run[0])
        begin = run.start()
        # ICU's dictionaries hold words whose signs are in order.
        for first, last in _words(form):
            start, end = (first, last) if offsets is None else (offsets[first], offsets[last])
            if last - first == 1:
                continue
            word = form[first:last].replace(BLANK, "")
            place = places.get(begin + start)
            if len(word) > 1 and place is not None:
                add(new(Token, (MARK + word[:_MOST], begin + start, begin + end, place)))
    return found


def _words(run: str) -> Iterator[tuple[int, int]]:
    # Whoever never meets such a text is spared the time and the memory.
    from icu4py.breakers import WordBreaker

    # The dictionary is that of the script, whatever the language. Places are counted in UTF-16.
    yield from WordBreaker(_BEYOND.sub("\ufffd", run), "th").segments()


def words(text: str) -> list[tuple[str, int, int]]:
    """The words of the longer texts of a query, and where they stand; two Chinese characters are one."""
    found = []
    for run in _RUN.finditer(text):
        form, offsets = plain(run[0])
        for first, last in _asked(form):
            start, end = (first, last) if offsets is None else (offsets[first], offsets[last])
            word = form[first:last].replace(BLANK, "")
            if len(word) > 1:
                found.append((MARK + word[:_MOST], run.start() + start, run.start() + end))
    return found


def _asked(run: str) -> Iterable[tuple[int, int]]:
    if _UNSPACED.match(run):
        return _words(run) if len(run) > LONGEST else ()
    return _words(run) if len(run) > _PAIR else [(0, len(run))]


def short_words(text: str) -> list[tuple[str, int, int]]:
    """The short words of a query as they begin tokens, and where they stand."""
    found = []
    for run in _RUN.finditer(text):
        word = plain(run[0])[0].replace(BLANK, "")
        if 1 < len(word) <= LONGEST and _UNSPACED.match(word):
            found.append((MARK + word, run.start(), run.end()))
    return found
