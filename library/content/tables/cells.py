"""Values as the text of a cell, and back.

Lists are separated by ``;``, records (people, pages) stand one on a line with their parts separated by
``|``. A backslash before one of these makes it an ordinary character. An empty cell says nothing;
``-`` or ``(none)`` takes away what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

NOTHING: Final = ("-", "(none)")
"""What a person writes to take a value away; an empty cell leaves it as it is."""

# What a spreadsheet takes for the beginning of a formula, after blanks too; full-width signs as well. Where
# the comma is a decimal sign, as in half the world, a semicolon or a line end begins a new cell, quoted or
# not.
_FORMULA: Final = re.compile(
    "(?:^|(?<=[;\t\r\n]))(?=('*)[ \u00a0\"]*[=+\\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20])"
)
_YES: Final = frozenset({"yes", "true", "1", "on"})
_NO: Final = frozenset({"no", "false", "0", "off"})


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe stands before what would begin a formula."""
    return _FORMULA.sub("'", text)


def unguarded(text: str) -> str:
    """Takes away the apostrophes that `guarded` has put there."""
    kept, at = [], 0
    for found in _FORMULA.finditer(text):
        kept.append(text[at : found.start()])
        at = found.start() + bool(found[1])
    return "".join(kept) + text[at:]


def tidy(text: str) -> str:
    """A cell without blanks at its ends, with plain line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def is_nothing(text: str) -> bool:
    """Whether a cell says that the value is to be taken away."""
    return text.casefold() in NOTHING


def marked(text: str) -> str:
    """A text that looks like the sign for nothing, made an ordinary one."""
    return f"\\{text}" if is_nothing(text.lstrip("\\")) else text


def unmarked(text: str) -> str:
    return text[1:] if text.startswith("\\") and is_nothing(text.lstrip("\\")) else text


def listed(items: Iterable[Any]) -> str:
    text = "; ".join(_escaped(str(one), ";；") for one in items)
    return f"\\{text}" if is_nothing(text) else text


def items(text: str) -> list[str]:
    """The parts of a list; empty ones are left out."""
    return [one for one in _cut(text, ";；\n") if one]


def recorded(records: Iterable[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Records, one on a line: ``Asha Mushi | author``. What is at the end and empty is left out."""
    lines = []
    for record in records:
        parts = [_escaped(str(record.get(name) or ""), "|") for name in names]
        while parts and not parts[-1].strip():
            parts.pop()
        lines.append(" | ".join(parts))
    text = "\n".join(lines)
    return f"\\{text}" if is_nothing(text) else text


def records(text: str, names: Sequence[str]) -> list[dict[str, str]]:
    found = []
    for line in text.split("\n"):
        parts = _cut(line, "|")
        if any(parts):
            found.append(dict(zip(names, parts, strict=False)))
            # What is too much belongs to the last part: it is told there.
            if len(parts) > len(names):
                found[-1][names[-1]] = " | ".join(parts[len(names) - 1 :])
    return [{name: said for name, said in one.items() if said} for one in found]


def number(value: Any) -> str:
    """A number without what is not needed: ``5``, ``2.5``."""
    if value is None:
        return ""
    real = float(value)
    return str(int(real)) if real.is_integer() else repr(real)


def as_number(text: str) -> str:
    """A number as programs write it; a comma before one or two digits is a decimal point."""
    return text.replace(",", ".") if re.fullmatch(r"\d+,\d{1,2}", text) else text


def as_truth(text: str) -> bool | None:
    """True, False, or None where it is neither."""
    said = text.casefold()
    return True if said in _YES else False if said in _NO else None


def _escaped(text: str, signs: str) -> str:
    text = text.replace("\\", "\\\\").replace("\r\n", "\n").replace("\n", "\\n")
    for sign in signs:
        text = text.replace(sign, f"\\{sign}")
    return text


def _cut(text: str, signs: str) -> list[str]:
    parts: list[str] = [""]
    letters = iter(text)
    for letter in letters:
        if letter == "\\":
            after = next(letters, "\\")
            parts[-1] += "\n" if after == "n" else after
        elif letter in signs:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
