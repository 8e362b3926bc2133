"""What a found text says: the paragraph that answers best, and the piece of it around the words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from library.markdown import BlockKind, plain_text
from library.search.characters import fold
from library.search.highlight import ELLIPSIS, snippet

# A shorter paragraph (a heading, say) is shown together with the one that follows.
SHORT = 24
# Of a longer one only the part around the words that were found is looked at closely.
LONG = 420
# As many characters of a text are shown as `snippet` shows without being told.
_SHOWN = 240

#: Pieces of plain text in order, True where a piece is a word of the query.
Pieces = list[tuple[str, bool]]


def beginnings(words: Sequence[str]) -> re.Pattern[str] | None:
    """What words of a text begin with if they may be words of the query.

    Stems end a letter early or late now and then (batteri, battery), so the last one is not asked for.
    This only finds the place to look at; what is marked there is decided by the analysis.
    """
    return _beginnings(tuple(words))


# A page asks for several sorts of texts, and then the next page of results.
@lru_cache(maxsize=16)
def _beginnings(words: tuple[str, ...]) -> re.Pattern[str] | None:
    starts = {word if len(word) < 5 else word[:-1] for word in words}
    if not starts:
        return None
    return re.compile("|".join(re.escape(start) for start in sorted(starts, key=len, reverse=True)))


def _comparable(text: str) -> str:
    text = text.casefold()
    return text if text.isascii() else fold(text)


def says(text: str, looked_for: re.Pattern[str] | None) -> bool:
    """Whether a text has a word of the query, about."""
    return looked_for is not None and looked_for.search(_comparable(text)) is not None


def best(texts: Sequence[str], looked_for: re.Pattern[str] | None) -> int:
    """Which of the texts has the most different words of the query; the first of equals."""
    if looked_for is None or len(texts) == 1:
        return 0
    # One look through all of them: joined they cost less than one by one.
    forms = [_comparable(text) for text in texts]
    ends = list(accumulate(len(form) + 1 for form in forms))
    words: list[set[str]] = [set() for _ in texts]
    for found in looked_for.finditer("\n".join(forms)):
        words[bisect_right(ends, found.start())].add(found[0])
    counts = [len(some) for some in words]
    return counts.index(max(counts))


def told(
    parts: Sequence[tuple[str, str]],
    *,
    words: Sequence[str],
    looked_for: re.Pattern[str] | None,
    lang: str,
) -> Pieces:
    """What a paragraph says around the words that were found, at times with the start of the next one.

    ``parts`` are kinds and sources of the two.
    """
    text = plain_text(parts[0][1], kind=BlockKind(parts[0][0]))
    if len(text) < SHORT and len(parts) > 1:
        text = f"{text}\n{plain_text(parts[1][1], kind=BlockKind(parts[1][0]))}"
    return marked(text, words=words, looked_for=looked_for, lang=lang)


def marked(
    text: str, *, words: Sequence[str], looked_for: re.Pattern[str] | None, lang: str
) -> Pieces:
    """What a plain text says around the words that were found."""
    start, end = 0, len(text)
    if end > LONG:
        start = _near(text, looked_for)
        end = min(end, start + LONG)
    pieces = snippet(text[start:end], words, lang)
    if start and pieces and pieces[0] != (ELLIPSIS, False):
        pieces.insert(0, (ELLIPSIS, False))
    if end < len(text) and pieces and pieces[-1] != (ELLIPSIS, False):
        pieces.append((ELLIPSIS, False))
    return pieces


def _near(text: str, looked_for: re.Pattern[str] | None) -> int:
    """Where to begin looking closely: some way before the most different words close together."""
    found = list(looked_for.finditer(_comparable(text))) if looked_for else []
    best, most = 0, 0
    for n, first in enumerate(found):
        near = {one[0] for one in found[n : n + 12] if one.end() - first.start() < _SHOWN}
        if len(near) > most:
            best, most = first.start(), len(near)
    if best < LONG - _SHOWN:
        return 0
    start = best - LONG // 3
    return text.find(" ", start, start + 40) + 1 or start
