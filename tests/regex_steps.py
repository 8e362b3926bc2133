"""How many steps an expression takes over a text: speed that is counted and not timed.

The expression is matched as CPython's own matcher does, by trying and going back, from the parsed form
that `re` compiles. A step is one character, or the end of the text, held against one item; what the real
matcher skips with its prefix tables is counted too, so the real number is never larger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    op.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}
_BACKTRACKING = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_ONE_CHARACTER = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


def steps_over(pattern: re.Pattern[str], text: str) -> tuple[int, list[tuple[int, int]]]:
    """The steps that ``pattern.finditer(text)`` takes, and the spans that it finds.

    Raises ``NotImplementedError`` for what is not counted: case folding, back references, and repeats of
    more than one character at a time.
    """
    if pattern.flags & re.IGNORECASE:
        raise NotImplementedError("Case folding is not counted.")
    walk = _Walk(text, pattern.flags)
    tree = list(_parser.parse(pattern.pattern, pattern.flags))
    spans: list[tuple[int, int]] = []
    at = 0
    while at <= len(text):
        end = next(walk.through(tree, at), None)
        if end is None:
            at += 1
        else:
            spans.append((at, end))
            at = max(end, at + 1)
    return walk.steps, spans


class _Walk:
    def __init__(self, text: str, flags: int) -> None:
        self.text = text
        self.flags = flags
        self.steps = 0

    def through(self, items: list[Any], at: int) -> Iterator[int]:
        """Every place where the items can end from here, in the order in which they are tried."""
        if not items:
            yield at
            return
        for end in self._item(*items[0], at):
            yield from self.through(items[1:], end)

    def _item(self, code: Any, value: Any, at: int) -> Iterator[int]:
        if code in _ONE_CHARACTER:
            if self._fits(code, value, at):
                yield at + 1
        elif code in _BACKTRACKING:
            yield from self._repeat(code, *value, at)
        elif code is op.BRANCH:
            for way in value[1]:
                yield from self.through(list(way), at)
        elif code is op.SUBPATTERN:
            yield from self.through(list(value[-1]), at)
        elif code is op.ATOMIC_GROUP:
            end = next(self.through(list(value), at), None)
            if end is not None:
                yield end
        elif code is op.AT:
            self.steps += 1
            if self._stands(value, at):
                yield at
        elif code in (op.ASSERT, op.ASSERT_NOT) and value[0] > 0:
            ahead = next(self.through(list(value[1]), at), None) is not None
            if ahead is (code is op.ASSERT):
                yield at
        else:
            raise NotImplementedError(f"{code} is not counted.")

    def _repeat(self, code: Any, least: int, most: Any, items: Any, at: int) -> Iterator[int]:
        if len(items) != 1 or items[0][0] not in _ONE_CHARACTER:
            raise NotImplementedError("Repeats of more than one character are not counted.")
        limit = len(self.text) + 1 if most is op.MAXREPEAT else at + most
        end = at
        while end < limit and (code is not op.MIN_REPEAT or end < at + least):
            if not self._fits(*items[0], end):
                break
            end += 1
        if end < at + least:
            return
        if code is op.POSSESSIVE_REPEAT:
            yield end
        elif code is op.MAX_REPEAT:
            yield from range(end, at + least - 1, -1)
        else:
            yield end
            while end < limit and self._fits(*items[0], end):
                end += 1
                yield end

    def _fits(self, code: Any, value: Any, at: int) -> bool:
        self.steps += 1
        if at >= len(self.text):
            return False
        char = self.text[at]
        if code is op.LITERAL:
            return ord(char) == value
        if code is op.NOT_LITERAL:
            return ord(char) != value
        if code is op.ANY:
            return char != "\n" or bool(self.flags & re.DOTALL)
        negated = value[0][0] is op.NEGATE
        return any(_among(char, *one) for one in value[negated:]) is not negated

    def _stands(self, where: Any, at: int) -> bool:
        lines = bool(self.flags & re.MULTILINE)
        if where in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            line = lines and where is op.AT_BEGINNING
            return at == 0 or (line and self.text[at - 1] == "\n")
        if where in (op.AT_END, op.AT_END_STRING):
            rest = self.text[at : at + 2]
            if where is op.AT_END_STRING:
                return not rest
            return rest in ("", "\n") or (lines and rest[0] == "\n")
        raise NotImplementedError(f"{where} is not counted.")


def _among(char: str, code: Any, value: Any) -> bool:
    if code is op.LITERAL:
        return ord(char) == value
    if code is op.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    return _CATEGORIES[value](char)
