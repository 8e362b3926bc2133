"""What is inside the blocks that hold other blocks: items, bodies, terms; and code without fences.

Every function takes the lines of one block, as the scanner cut them, and gives back lines that can
be scanned again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from library.markdown import grammar
from library.markdown.grammar import SPACES, TAB, dedent, indent_of
from library.markdown.scanner import NESTED

_LANGUAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,30}")


class Item(NamedTuple):
    """``done`` is None unless the item is a task."""

    lines: list[str]
    done: bool | None


class Items(NamedTuple):
    """A list; ``apart`` when blank lines stand between its items. ``start`` counts from 0 up."""

    ordered: bool
    start: int
    apart: bool
    items: list[Item]


class Callout(NamedTuple):
    """A note: ``type`` in lower case, a title or "", and whether and how it folds."""

    type: str
    title: str
    folds: bool
    opened: bool
    lines: list[str]


class Code(NamedTuple):
    """Program text without its fences; ``language`` may be empty."""

    language: str
    text: str


class Described(NamedTuple):
    """Terms and the bodies that define them."""

    terms: list[str]
    bodies: list[list[str]]


def items_of(lines: Sequence[str]) -> Items:
    """The items of a list, each without its mark and indent."""
    first = grammar.ITEM.match(lines[0])
    assert first is not None, "a list starts with an item"  # noqa: S101
    base = indent_of(lines[0])
    apart, blank = False, False
    found: list[list[str]] = []
    offsets: list[int] = []
    for line in lines:
        mark = grammar.ITEM.match(line) if indent_of(line) < base + NESTED else None
        if mark is not None and not grammar.is_rule(line.lstrip(SPACES)):
            apart = apart or (blank and bool(found))
            before, gap = line[: mark.end()].rstrip(SPACES), mark[4] or ""
            wide = indent_of(gap) >= TAB + 1 or mark.end() == len(line)
            text = line[len(before) :]
            found.append([text.removeprefix(" ") if wide else text.lstrip(SPACES)])
            offsets.append(len(before) + (1 if wide else len(gap)))
        else:
            found[-1].append(line)
        blank = not line.strip(SPACES)
    ordered = first[1] is None
    items = [_item(_inside(one, offset)) for one, offset in zip(found, offsets, strict=True)]
    return Items(ordered, int(first[2]) if ordered else 1, apart, items)


def _inside(lines: list[str], offset: int) -> list[str]:
    """An item's lines without its indent: as deep as its text stands, or as its author went on."""
    deep = (indent_of(line) for line in lines[1:] if line.strip(SPACES))
    columns = min(offset, next((indent for indent in deep if indent >= NESTED), offset))
    return [lines[0], *(dedent(line, columns) for line in lines[1:])]


def _item(lines: list[str]) -> Item:
    task = grammar.TASK.match(lines[0])
    if task is None:
        return Item(lines, None)
    return Item([lines[0][task.end() :], *lines[1:]], task[1] != " ")


def quoted(lines: Sequence[str]) -> list[str]:
    """The lines of a quotation without one level of its marks."""
    return [grammar.QUOTE.sub("", line, count=1) for line in lines]


def callout_of(lines: Sequence[str]) -> Callout:
    """A note, written as ``!!! type "title"``, ``??? "title"`` or ``> [!TYPE] title``."""
    alert = grammar.ALERT.match(lines[0])
    if alert is not None:
        return Callout(alert[1].lower(), alert[2].strip(), False, False, quoted(lines[1:]))
    head = grammar.ADMONITION.fullmatch(lines[0].lstrip(SPACES))
    assert head is not None, "a note starts with its head"  # noqa: S101
    folds = head[1] != "!!!"
    body = _unindented(lines[1:])
    return Callout((head[2] or "note").lower(), head[3] or "", folds, head[1][-1] == "+", body)


def footnote_of(lines: Sequence[str]) -> tuple[str, list[str]]:
    """The label of a footnote and the lines of its body."""
    head = grammar.FOOTNOTE.match(lines[0])
    assert head is not None, "a footnote starts with its label"  # noqa: S101
    return head[1], [lines[0][head.end() :], *_unindented(lines[1:])]


def described(lines: Sequence[str]) -> Described:
    """The terms and definitions of a definition list."""
    terms: list[str] = []
    bodies: list[list[str]] = []
    for line in lines:
        head = grammar.DEFINITION.match(line)
        if head is not None:
            bodies.append([line[head.end() :]])
        elif bodies:
            bodies[-1].append(line)
        elif line.strip(SPACES):
            terms.append(line.strip(SPACES))
    return Described(terms, [[body[0], *_unindented(body[1:])] for body in bodies])


def code_of(lines: Sequence[str]) -> Code:
    """Program text, fenced or indented."""
    fence = grammar.FENCE.match(lines[0])
    if fence is None or indent_of(lines[0]) >= TAB:
        return Code("", "\n".join(dedent(line, TAB) for line in lines))
    indent = indent_of(lines[0])
    end = grammar.fence_end(lines, 0, fence[1])
    last = lines[end - 1].strip(SPACES)
    closed = end > 1 and last.startswith(fence[1]) and not last.strip(fence[1][0])
    body = lines[1 : end - 1] if closed else lines[1:end]
    language = _LANGUAGE.match(fence[2].strip(" \t{."))
    return Code(language[0] if language else "", "\n".join(dedent(line, indent) for line in body))


def formula_of(source: str) -> str:
    """The LaTeX of a display formula without the marks around it."""
    text = source.strip()
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        if text.startswith(opening):
            return text.removeprefix(opening).removesuffix(closing).strip()
    return text


def heading_of(source: str) -> tuple[int, str]:
    """Level and text of a heading; level 0 when nothing marks it as one."""
    lines = source.strip("\n").split("\n")
    atx = grammar.ATX.match(lines[0])
    if atx is not None and len(lines) == 1:
        text = lines[0][atx.end() :].strip(SPACES)
        bare = text.rstrip("#")
        if not bare or bare[-1] in SPACES:
            text = bare.rstrip(SPACES)
        return len(atx[1]), text
    under = lines[-1].strip(SPACES)
    if len(lines) > 1 and under and under[0] in "=-" and not under.strip(under[0]):
        return (1 if under[0] == "=" else 2), "\n".join(lines[:-1]).strip()
    return 0, source.strip()


def _unindented(lines: Sequence[str]) -> list[str]:
    """The lines without the indent of the first of them that has one, at most one tab's worth."""
    columns = next((indent_of(line) for line in lines if line[:1] in (" ", "\t")), 0)
    return [dedent(line, min(columns, TAB)) for line in lines]
