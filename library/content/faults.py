"""Faults: what is wrong with files that somebody hands in, each with its place and a way out.

A fault refuses the whole work that it is in; a warning only says what a reader will miss.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from library.sentences import NOTHING, Sentence


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    ``path`` is the file as the person named it, ``line`` is 1-based (0: the file as a whole),
    ``field`` the key in a ``meta.toml`` (``members[2].role``) or empty, ``hint`` what to do or empty.
    """

    path: str
    line: int
    message: Sentence
    field: str = ""
    hint: Sentence = NOTHING

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        named = f"{self.field}: " if self.field else ""
        return f"{place}: {named}{self.message}{' ' + self.hint if self.hint else ''}"


@dataclass(slots=True)
class Faults:
    """Everything found in one work, so that a person repairs all of it in one go."""

    found: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def add(
        self, path: str, line: int, message: Sentence, *, name: str = "", hint: Sentence = NOTHING
    ) -> None:
        """Note what refuses the work."""
        self.found.append(Fault(path, line, message, name, hint))

    def warn(
        self, path: str, line: int, message: Sentence, *, name: str = "", hint: Sentence = NOTHING
    ) -> None:
        """Note what should be known and refuses nothing."""
        self.warnings.append(Fault(path, line, message, name, hint))

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def suggestion(written: str, allowed: Iterable[str]) -> Sentence:
    """``Did you mean “x”?`` where something allowed is near, else nothing."""
    near = difflib.get_close_matches(written.lower(), list(allowed), n=1, cutoff=0.7)
    return meant(near[0]) if near else NOTHING


def meant(near: str) -> Sentence:
    """The hint that names what was probably meant."""
    return Sentence("Did you mean “%(near)s”?", near=near)


def shown(written: str, *, most: int = 60) -> str:
    """A written word fit for a one-line message: control and direction characters made visible."""
    plain = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in written)
    return plain if len(plain) <= most else plain[: most - 1] + "…"
