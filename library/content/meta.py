"""Reading a ``meta.toml``: values checked against a schema, every fault with its line.

A schema is a mapping of keys to `Entry`; an entry's check takes the value and its `Spot` and returns
what is meant, or None after noting a fault. Checks are made by the functions below and nest.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
import unicodedata
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from library.content.faults import Faults, shown, suggestion
from library.content.text_file import META_LIMIT, read_text, unprintable
from library.content.toml_lines import Path, key_lines
from library.content.toml_words import wrong_toml
from library.errors import Invalid
from library.i18n.tags import normalise
from library.sentences import NOTHING, Sentence

_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")
# Dates outside these years are slips of the pen, and at the edges of the calendar time zones overflow.
_YEARS = range(1900, 3000)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key that may stand in a table."""

    check: Check
    required: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a ``meta.toml``, for what has to be said about it."""

    meta: Meta
    path: Path

    def at(self, step: str | int) -> Spot:
        return Spot(self.meta, (*self.path, step))

    def fault(self, message: Sentence, hint: Sentence = NOTHING) -> None:
        self.meta.fault(self.path, message, hint)


Check = Callable[[Any, Spot], Any]


@dataclass(slots=True)
class Meta:
    """One file: what it says, and where."""

    shown: str
    faults: Faults
    values: dict[str, Any]
    lines: Mapping[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of a key, or of what it is in; 1 for what is nowhere."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1

    def fault(self, path: Path, message: Sentence, hint: Sentence = NOTHING) -> None:
        self.faults.add(self.shown, self.line(*path), message, name=field_name(path), hint=hint)

    def warn(self, path: Path, message: Sentence, hint: Sentence = NOTHING) -> None:
        self.faults.warn(self.shown, self.line(*path), message, name=field_name(path), hint=hint)


def field_name(path: Path) -> str:
    """``("members", 2, "role")`` as people write it: ``members[2].role``."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step}]"
        else:
            quoted = step if re.fullmatch(r"[\w-]+", step) else f'"{shown(step)}"'
            name += f".{quoted}" if name else quoted
    return name


def read_meta(
    file: FilePath, *, shown: str, faults: Faults, schema: Mapping[str, Entry]
) -> Meta | None:
    """Read and check a file; None where it cannot be read at all.

    Values that are wrong are left out of the result and noted in ``faults``.
    """
    if not file.exists():
        hint = Sentence("Every folder of a work needs one.")
        faults.add(shown, 0, Sentence("The file is missing."), hint=hint)
        return None
    text = read_text(file, shown=shown, faults=faults, limit=META_LIMIT)
    return None if text is None else parse_meta(text, shown=shown, faults=faults, schema=schema)


def parse_meta(
    text: str, *, shown: str, faults: Faults, schema: Mapping[str, Entry]
) -> Meta | None:
    """Check TOML that has been read already; as `read_meta`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        place = _AT_LINE.search(str(failure))
        line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
        why = _AT_LINE.sub("", str(failure)).removesuffix(" (at end of document)")
        faults.add(shown, line, Sentence("This is not TOML: %(why)s.", why=wrong_toml(why)))
        return None
    except (ValueError, RecursionError) as failure:
        message = Sentence("This TOML cannot be read: %(why)s.", why=str(failure))
        faults.add(shown, 0, message)
        return None
    meta = Meta(shown=shown, faults=faults, values={}, lines=key_lines(text))
    meta.values = table(schema)(data, Spot(meta, ())) or {}
    return meta


def table(schema: Mapping[str, Entry]) -> Check:
    """A table with these keys and no others."""

    def check(value: Any, spot: Spot) -> Any:
        if not isinstance(value, dict):
            return _wrong(value, spot, Sentence("a table"))
        result: dict[str, Any] = {}
        for key, inner in value.items():
            entry = schema.get(key)
            if entry is None:
                known = Sentence("Known are %(keys)s.", keys=tuple(sorted(schema)))
                hint = suggestion(key, schema) or known
                message = Sentence("There is no key “%(key)s” here.", key=shown(key))
                spot.at(key).fault(message, hint)
                continue
            meant = entry.check(inner, spot.at(key))
            if meant is not None:
                result[key] = meant
        for key, entry in schema.items():
            if entry.required and key not in value:
                spot.fault(Sentence("The key “%(key)s” is missing.", key=key))
        return result

    return check


def text(*, longest: int | None = None, lines: bool = False) -> Check:
    """A text that is not empty; of one line unless ``lines``."""

    def check(value: Any, spot: Spot) -> Any:
        if not isinstance(value, str):
            hint = Sentence("Write it in quotes: %(text)s.", text=f'"{shown(str(value))}"')
            return _wrong(value, spot, Sentence("a text"), hint)
        bad = unprintable(value)
        if bad is not None:
            return spot.fault(
                Sentence(
                    "The text has an unprintable control character (%(character)s).", character=bad
                )
            )
        if not value.strip():
            hint = Sentence("Leave the key out instead.")
            return spot.fault(Sentence("The text is empty."), hint)
        if not lines and ("\n" in value or "\r" in value):
            return spot.fault(Sentence("The text must be on one line."))
        if longest is not None and len(value) > longest:
            return spot.fault(
                Sentence("The text is longer than %(number)s characters.", number=longest)
            )
        return value

    return check


def flag(value: Any, spot: Spot) -> Any:
    """``true`` or ``false``."""
    return value if isinstance(value, bool) else _wrong(value, spot, Sentence("true or false"))


def number(low: float, high: float) -> Check:
    """A finite number between two bounds, as float."""

    def check(value: Any, spot: Spot) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _wrong(value, spot, Sentence("a number"))
        if math.isnan(value) or not low <= value <= high:
            return spot.fault(
                Sentence(
                    "The number must be between %(low)s and %(high)s.",
                    low=f"{low:g}",
                    high=f"{high:g}",
                )
            )
        return float(value)

    return check


def choice(allowed: Collection[str]) -> Check:
    """One of some words."""

    def check(value: Any, spot: Spot) -> Any:
        if value in allowed if isinstance(value, str) else False:
            return value
        words = tuple(allowed)
        if not isinstance(value, str):
            return spot.fault(
                Sentence("%(found)s is not one of %(allowed)s.", found=_kind(value), allowed=words)
            )
        return spot.fault(
            Sentence("“%(word)s” is not one of %(allowed)s.", word=shown(value), allowed=words),
            suggestion(value, allowed),
        )

    return check


def moment(value: Any, spot: Spot) -> Any:
    """A date, or a date with a time (in UTC unless it says otherwise), as an aware datetime."""
    if not isinstance(value, dt.date):
        hint = Sentence("Write it without quotes, such as 2026-11-02.")
        return _wrong(value, spot, Sentence("a date"), hint if isinstance(value, str) else NOTHING)
    if value.year not in _YEARS:
        return spot.fault(
            Sentence("The year %(year)s is not between 1900 and 2999.", year=value.year)
        )
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return value.astimezone(dt.UTC).replace(microsecond=0)


def language(value: Any, spot: Spot) -> Any:
    """A BCP 47 tag, normalised."""
    if not isinstance(value, str):
        return _wrong(value, spot, Sentence("a language tag"))
    try:
        return normalise(value)
    except Invalid as refusal:
        return spot.fault(refusal.sentence)


def unique_id(value: Any, spot: Spot) -> Any:
    """A UUID."""
    if isinstance(value, str):
        found = as_uuid(value)
        if found is not None:
            return found
    return _wrong(value, spot, Sentence("a UUID"))


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def as_uuid(written: str) -> uuid.UUID | None:
    """A UUID in its usual form with hyphens; None for anything else."""
    return uuid.UUID(written) if _UUID.fullmatch(written) else None


def pattern(expression: str, noun: Sentence, *, longest: int) -> Check:
    """A text of some form; ``noun`` names it with its article."""
    form = re.compile(expression)

    def check(value: Any, spot: Spot) -> Any:
        if isinstance(value, str) and len(value) <= longest and form.fullmatch(value):
            return value
        return _wrong(value, spot, noun)

    return check


def web_address(value: Any, spot: Spot) -> Any:
    """An address that starts with ``https://`` or ``http://`` and names a host."""
    plain = text(longest=2000)(value, spot)
    if plain is None:
        return None
    try:
        parts = urlsplit(plain)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or any(c.isspace() or c in '<>"' for c in plain):
        return spot.fault(
            Sentence("“%(address)s” is not a web address.", address=shown(plain)),
            Sentence("It must start with https:// or http://."),
        )
    return plain


def list_of(check_one: Check) -> Check:
    """An array, each of its elements checked alike; wrong ones are left out."""

    def check(value: Any, spot: Spot) -> Any:
        if not isinstance(value, list):
            hint = Sentence("Write it in square brackets.")
            return _wrong(value, spot, Sentence("a list"), hint)
        meant = (check_one(inner, spot.at(n)) for n, inner in enumerate(value))
        return [one for one in meant if one is not None]

    return check


def set_of(check_one: Check) -> Check:
    """As `list_of`, and saying an element twice is a fault."""
    as_list = list_of(check_one)

    def check(value: Any, spot: Spot) -> Any:
        meant = as_list(value, spot)
        if meant is not None:
            for n, one in enumerate(meant):
                if one in meant[:n]:
                    spot.fault(Sentence("“%(name)s” is here twice.", name=shown(str(one))))
        return meant

    return check


def by_language(check_one: Check) -> Check:
    """A table whose keys are language tags; two that mean one language are a fault."""

    def check(value: Any, spot: Spot) -> Any:
        if not isinstance(value, dict):
            return _wrong(value, spot, Sentence("a table with a language for each key"))
        result: dict[str, Any] = {}
        for key, inner in value.items():
            tag = language(key, spot.at(key))
            if tag is None:
                continue
            if tag in result:
                spot.at(key).fault(Sentence("The language %(lang)s is here twice.", lang=tag))
                continue
            meant = check_one(inner, spot.at(key))
            if meant is not None:
                result[tag] = meant
        return result

    return check


def by_path(check_one: Check) -> Check:
    """A table whose keys are paths inside the work's folder, in NFC."""

    def check(value: Any, spot: Spot) -> Any:
        if not isinstance(value, dict):
            return _wrong(value, spot, Sentence("a table with a path for each key"))
        result: dict[str, Any] = {}
        for key, inner in value.items():
            meant = check_one(inner, spot.at(key))
            if meant is not None:
                result[unicodedata.normalize("NFC", key)] = meant
        return result

    return check


def either(first: type, check_first: Check, check_other: Check) -> Check:
    """``check_first`` for values of one type, ``check_other`` for all others."""

    def check(value: Any, spot: Spot) -> Any:
        return (check_first if isinstance(value, first) else check_other)(value, spot)

    return check


_KINDS: tuple[tuple[type, Sentence], ...] = (
    (bool, Sentence("true or false")),
    (str, Sentence("a text")),
    (int, Sentence("a number")),
    (float, Sentence("a number")),
    (dt.date, Sentence("a date")),
    (dt.time, Sentence("a time")),
    (list, Sentence("a list")),
    (dict, Sentence("a table")),
)


def _kind(value: Any) -> Sentence:
    other = Sentence("something else")
    return next((name for kind, name in _KINDS if isinstance(value, kind)), other)


def _wrong(value: Any, spot: Spot, wanted: Sentence, hint: Sentence = NOTHING) -> None:
    if isinstance(value, str):
        message = Sentence(
            "This must be %(wanted)s, not “%(text)s”.", wanted=wanted, text=shown(value)
        )
    else:
        message = Sentence(
            "This must be %(wanted)s, not %(found)s.", wanted=wanted, found=_kind(value)
        )
    spot.fault(message, hint)
