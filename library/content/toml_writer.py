"""Writing ``meta.toml``: the same values always give the same bytes.

Keys come in the order that they are given in. Short arrays stand on one line, arrays of tables one
element on each line, so that a comparison of two versions shows what changed.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\b": "\\b",
    "\f": "\\f",
}
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f]')
# TOML leaves it to editors to show these; written as they are they would not survive all of them.
_INVISIBLE = re.compile("[\u0080-\u009f\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDTH = 100


def document(values: Mapping[str, Any]) -> str:
    """A TOML file: simple values first in their order, then tables (two levels of them at most).

    A mapping becomes ``[name]``; a mapping of mappings becomes ``[name.key]`` for each. None, and
    mappings and lists that are empty, are left out.
    """
    simple: list[str] = []
    tables: list[str] = []
    for key, value in values.items():
        if value is None or value == {} or value == []:
            continue
        if isinstance(value, Mapping):
            tables += _tables(key, value)
        else:
            simple.append(_pair(key, value))
    parts = ["\n".join(simple)] if simple else []
    return "\n\n".join([*parts, *tables]) + "\n"


def _tables(name: str, value: Mapping[str, Any]) -> list[str]:
    if not all(isinstance(inner, Mapping) for inner in value.values()):
        return [_table(_key(name), value)]
    return [_table(f"{_key(name)}.{_key(key)}", inner) for key, inner in value.items() if inner]


def _table(name: str, value: Mapping[str, Any]) -> str:
    pairs = [_pair(key, inner) for key, inner in value.items() if inner is not None]
    return "\n".join([f"[{name}]", *pairs])


def _pair(key: str, value: Any) -> str:
    written = f"{_key(key)} = {inline(value)}"
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return written
    if len(written) <= _WIDTH and not any(isinstance(one, Mapping) for one in value):
        return written
    elements = "".join(f"    {inline(one)},\n" for one in value)
    return f"{_key(key)} = [\n{elements}]"


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, uuid.UUID):
        return _text(str(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {inline(one)}" for key, one in value.items() if one is not None)
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(inline(one) for one in value)}]"


def _moment(value: dt.datetime) -> str:
    value = value.astimezone(dt.UTC)
    if (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0):
        return value.strftime("%Y-%m-%d")
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    escaped = _ESCAPED.sub(lambda m: _ESCAPES.get(m[0]) or _by_number(m), text)
    escaped = _INVISIBLE.sub(_by_number, escaped)
    return f'"{escaped}"'


def _by_number(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
