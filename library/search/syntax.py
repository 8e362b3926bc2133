"""What a query says about itself: words that must not be there, and filters.

* ``-word``, ``-"some words"``: passages with them are left out. A hyphen inside a word, a negative
  number and a dash between spaces are no such thing.
* ``kind:course``, ``lang:sw``: only these; several with commas. A kind or language that is none stays
  what it is, text.

Nothing is an error. Commands are blanked out rather than cut out, so that places in the query stay
the same; a query of nothing but commands is all text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, NamedTuple

from library.errors import Invalid
from library.i18n.tags import normalise
from library.search.characters import HYPHENS
from library.search.port import Query

KINDS: Final = (
    "course",
    "textbook",
    "standard",
    "lesson",
    "resource",
    "equipment",
    "certificate",
    "institution",
    "partnership",
    "term",
)
"""What may stand behind ``kind:``, in the singular or plural."""

QUOTED: Final = re.compile(
    '"([^"]+)"|\u201c([^\u201c\u201d]+)\u201d|\u201e([^\u201c\u201d\u201e]+)[\u201c\u201d]'
    "|\u00ab([^\u00ab\u00bb]+)\u00bb|\u300c([^\u300c\u300d]+)\u300d|\u300e([^\u300e\u300f]+)\u300f"
)
"""Words in any of the quotation marks of the library's languages."""

_LONGEST: Final = 1000
_DASH: Final = rf"(?<!\S)[{re.escape(HYPHENS)}\u2014]"
_NOT_QUOTED: Final = re.compile(rf"{_DASH}\Z")
_NOT_WORD: Final = re.compile(
    rf"{_DASH}([^\W\d_][^\s,;\u060c\u061b\u3001\u3002\uff0c\uff1b\ufdd1]*)"
)
_FILTER: Final = re.compile(r"(?<!\S)(kind|type|lang|language)[:\uff1a]([\w,\uff0c-]+)(?!\S)", re.I)
_COMMA: Final = re.compile("[,\uff0c]")
_WORD: Final = re.compile(r"\w")
_KINDS: Final = {**{kind: kind for kind in KINDS}, **{f"{kind}s": kind for kind in KINDS}}
# Stands where a quoted text was, which holds no commands; a noncharacter, so no text has it.
_HIDDEN: Final = "\ufdd1"


class Syntax(NamedTuple):
    """A query taken apart: ``text`` is as long as what was typed, with blanks for commands; ``excluded``
    are texts that must not be there; ``kinds`` and ``languages`` filter."""

    text: str
    excluded: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def read(text: str) -> Syntax:
    """Take a query apart. Never raises."""
    if not any(char in text for char in ":\uff1a\u2014" + HYPHENS):
        return Syntax(text)
    rest, spans = text, []
    excluded: list[tuple[int, str]] = []
    for quoted in QUOTED.finditer(text[:_LONGEST]):
        start, end = quoted.span()
        if _NOT_QUOTED.search(text, 0, start):
            excluded.append((start, next(filter(None, quoted.groups()))))
            spans.append((start - 1, end))
        rest = rest[:start] + _HIDDEN * (end - start) + rest[end:]
    for word in _NOT_WORD.finditer(rest):
        excluded.append((word.start(), word[1]))
        spans.append(word.span())
    kinds: list[str] = []
    languages: list[str] = []
    for said in _FILTER.finditer(rest):
        values = [value for value in _COMMA.split(said[2]) if value]
        if said[1].lower() in ("kind", "type"):
            known = [_KINDS.get(value.lower()) for value in values]
            into = kinds
        else:
            known = [_language(value) for value in values]
            into = languages
        if values and None not in known:
            into += [value for value in known if value is not None]
            spans.append(said.span())
    left = list(text)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    if not spans or not _WORD.search("".join(left)):
        return Syntax(text)
    return Syntax(
        "".join(left),
        tuple(dict.fromkeys(words for _, words in sorted(excluded))),
        tuple(dict.fromkeys(kinds)),
        tuple(dict.fromkeys(languages)),
    )


def refined(query: Query) -> Query:
    """A query whose filters typed into the text are filters; what must not be there stays in the text.

    Applying it twice is applying it once.
    """
    said = read(query.text)
    if not said.kinds and not said.languages:
        return query
    return replace(
        query,
        text=unfiltered(query.text),
        kinds=tuple(dict.fromkeys([*query.kinds, *said.kinds])),
        languages=tuple(dict.fromkeys([*query.languages, *said.languages])),
    )


def unfiltered(text: str) -> str:
    """A query with blanks in place of its filters."""
    said = read(text)
    if not said.kinds and not said.languages:
        return text

    def blank(found: re.Match[str]) -> str:
        start, end = found.span()
        return found[0] if said.text[start:end].strip() else " " * (end - start)

    return _FILTER.sub(blank, text)


def _language(value: str) -> str | None:
    try:
        return normalise(value)
    except Invalid:
        return None
