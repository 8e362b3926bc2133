"""The HTML that authors may write between their Markdown.

A tag from the small set below is taken if it has its counterpart; anything else is shown as typed.
Ids, classes, styles and handlers of authors are never taken over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from library.markdown import grammar

VOID = frozenset({"br", "wbr", "img"})
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark"}
    | {"q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "u", "var"}
    | VOID
)
BLOCK = frozenset(
    {"details", "summary", "div", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption"}
    | {"thead", "tbody", "tfoot", "tr", "td", "th"}
)
ALLOWED = INLINE | BLOCK

# Deeper than this is no text any more, and browsers stop at 512.
MAX_OPEN = 40

_SPAN = re.compile(r"[1-9]\d{0,2}")
_LANG = re.compile(r"[A-Za-z0-9-]{1,35}")
_PIXELS = re.compile(r"([1-9]\d{0,4})(?:px)?")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of an author: as typed, and what to put out for it (and for its counterpart)."""

    name: str
    closes: bool
    typed: str
    opening: str
    closing: str


Part = str | Tag


def attributes_of(text: str) -> dict[str, str]:
    """The attributes of a tag: names in lower case, the first of equal names, values undecoded."""
    found: dict[str, str] = {}
    for match in grammar.ATTRIBUTE.finditer(text):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match[1].lower(), value)
    return found


def tag_of(match: re.Match[str], *, link: Callable[[str], tuple[str, str]]) -> Tag | None:
    """The tag of a ``grammar.TAG`` match, or None for one that is shown as typed.

    ``link`` gives what stands before and behind a link's text for an address. Pictures are not
    handled here, because they are whole elements.
    """
    name, closes = match[2].lower(), bool(match[1])
    if name not in ALLOWED or name == "img" or (closes and name in VOID):
        return None
    given = attributes_of(match[3]) if match[3] and not closes else {}
    if name == "a":
        if closes:
            return Tag(name, True, match[0], "", "")
        if "href" not in given:
            return None
        opening, closing = link(given["href"])
        return Tag(name, False, match[0], opening, closing)
    kept: list[tuple[str, str]] = []
    if name in ("abbr", "dfn") and "title" in given:
        kept.append(("title", given["title"]))
    if name == "details" and "open" in given:
        kept.append(("open", ""))
    if name in ("td", "th"):
        kept += [(key, given[key]) for key in ("colspan", "rowspan") if _fits(given.get(key))]
    words = language_words(given)
    words += "".join(f' {key}="{_attribute(value)}"' for key, value in kept)
    return Tag(name, closes, match[0], f"<{name}{words}>", f"</{name}>")


def language_words(given: Mapping[str, str]) -> str:
    """The attributes ``lang`` and ``dir`` of a tag, as far as they are well formed."""
    words = f' lang="{given["lang"]}"' if _LANG.fullmatch(given.get("lang", "")) else ""
    direction = given.get("dir", "").lower()
    return f'{words} dir="{direction}"' if direction in ("ltr", "rtl", "auto") else words


def pixels(value: str | None) -> int | None:
    """A width or height as an author typed it, in pixels, or None."""
    match = _PIXELS.fullmatch(value or "")
    return int(match[1]) if match else None


def _fits(value: str | None) -> bool:
    return value is not None and _SPAN.fullmatch(value) is not None


def _attribute(value: str) -> str:
    # Entities in it were typed as such and mean what they mean.
    return value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def woven(parts: Sequence[Part]) -> str:
    """The parts in one string: paired tags as HTML, tags without counterpart as they were typed."""
    partner: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        if isinstance(part, str) or part.name in VOID:
            continue
        stack = waiting.setdefault(part.name, [])
        if not part.closes:
            stack.append(index)
        elif stack:
            opened = stack.pop()
            partner[opened], partner[index] = index, opened
    out: list[str] = []
    depth = 0
    shown: set[int] = set()
    for index, part in enumerate(parts):
        if isinstance(part, str):
            out.append(part)
        elif part.name in VOID:
            out.append(part.opening)
        elif index not in partner or (part.closes and partner[index] not in shown):
            out.append(escape(part.typed, quote=False))
        elif part.closes:
            depth -= 1
            opening = parts[partner[index]]
            out.append(opening.closing if isinstance(opening, Tag) else "")
        elif depth >= MAX_OPEN:
            out.append(escape(part.typed, quote=False))
        else:
            depth += 1
            shown.add(index)
            out.append(part.opening)
    return "".join(out)
