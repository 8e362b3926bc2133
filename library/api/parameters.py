"""Query parameters: said once, read and refused here, and described from the same words in OpenAPI.

A script is better served by a refusal than by a guess: a parameter that is unknown, wrong, or given
twice where one is meant is answered with 422 and its name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from library.errors import Invalid
from library.i18n.tags import normalise

# How much of a refused value is said back.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: how it is called, what it means, and what it may be.

    ``read`` turns one written value into what views get, and raises ``ValueError`` with the rule that
    it breaks ("must be ..."). ``many``: it may be given several times, and views get a tuple.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    many: bool = False
    default: Any = None
    example: Any = None

    def described(self) -> dict[str, Any]:
        """The parameter as OpenAPI says it."""
        schema = dict(self.schema)
        if self.default is not None and not self.many:
            schema["default"] = self.default
        if self.many:
            schema = {"type": "array", "items": schema, "maxItems": MOST_VALUES}
        described: dict[str, Any] = {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": schema,
        }
        if self.many:
            described |= {"style": "form", "explode": True}
        if self.example is not None:
            described["example"] = [self.example] if self.many else self.example
        return described


# Values of one parameter in a request.
MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of one address."""

    known: tuple[Parameter, ...]
    by_name: dict[str, Parameter] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {p.name: p for p in self.known})

    def read(self, given: MultiDict[str, str]) -> dict[str, Any]:
        """Every parameter by name, with its default where it was not given. Raises ``Invalid``."""
        for name in given:
            if name not in self.by_name:
                raise Invalid(
                    f"“{_shown(name)}” is not a parameter of this address. "
                    f"Known are: {', '.join(self.by_name) or 'none'}.",
                    parameter=_shown(name),
                )
        return {
            name: _value(parameter, given.getlist(name)) for name, parameter in self.by_name.items()
        }

    def described(self) -> list[dict[str, Any]]:
        return [parameter.described() for parameter in self.known]


def _value(parameter: Parameter, written: Sequence[str]) -> Any:
    name = parameter.name
    if parameter.many:
        if len(written) > MOST_VALUES:
            raise Invalid(
                f"The parameter {name} has more than {MOST_VALUES} values.", parameter=name
            )
        return tuple(dict.fromkeys(_read(parameter, text) for text in written))
    if not written:
        return parameter.default
    if len(written) > 1:
        raise Invalid(f"The parameter {name} can be given only once.", parameter=name)
    return _read(parameter, written[0])


def _read(parameter: Parameter, text: str) -> Any:
    try:
        return parameter.read(text)
    except ValueError as rule:
        raise Invalid(
            f"The parameter {parameter.name} {rule}, not “{_shown(text)}”.",
            parameter=parameter.name,
        ) from None


def _shown(text: str) -> str:
    clean = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"


def whole_number(
    name: str, description: str, *, default: int, least: int, most: int, example: int | None = None
) -> Parameter:
    """A number in ASCII digits between two bounds."""

    def read(text: str) -> int:
        # Long strings of digits are refused before they are read: reading them takes quadratic time.
        if not re.fullmatch(r"-?[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name, description, schema, read, default=default, example=example)


def choice(
    name: str,
    description: str,
    values: Sequence[str],
    *,
    many: bool = False,
    default: str | None = None,
    example: str | None = None,
) -> Parameter:
    """One of a few words, or several of them."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return text

    schema = {"type": "string", "enum": list(values)}
    return Parameter(name, description, schema, read, many, default, example)


def code(
    name: str,
    description: str,
    pattern: str,
    *,
    rule: str,
    many: bool = True,
    example: str | None = None,
    change: Callable[[str], str] = str,
) -> Parameter:
    """A key or code of a given form; one that nothing has is no fault and finds nothing."""
    form = re.compile(pattern, re.ASCII)

    def read(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(rule)
        return change(text)

    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return Parameter(name, description, schema, read, many, None, example)


def language(
    name: str, description: str, *, many: bool = False, example: str | None = None
) -> Parameter:
    """A BCP 47 tag, normalised on the way in."""

    def read(text: str) -> str:
        try:
            return normalise(text)
        except Invalid as error:
            suggestion = error.details.get("suggestion")
            hint = f" (did you mean {suggestion}?)" if suggestion else ""
            raise ValueError(f"must be a BCP 47 language tag such as zh-Hans{hint}") from None

    schema = {"type": "string", "format": "language-tag", "maxLength": 64}
    return Parameter(name, description, schema, read, many, None, example)


def moment(name: str, description: str, *, example: str | None = None) -> Parameter:
    """A moment with a time zone, or a day, which begins at midnight in UTC."""

    def read(text: str) -> dt.datetime:
        # A plus sign that nobody encoded has become a space on the way.
        written = re.sub(r" (?=\d\d:\d\d$)", "+", text.strip())
        # A leap second is a moment that Python has no name for.
        written = re.sub(r"(?<=:\d\d):60(?=\D|$)", ":59", written)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d([Tt ][\d:.,]+([Zz]|[+-]\d\d:?\d\d))?", written, re.A):
            raise ValueError(_MOMENT_RULE)
        try:
            read = dt.datetime.fromisoformat(_microseconds(written.upper()))
        except ValueError:
            raise ValueError(_MOMENT_RULE) from None
        try:
            return read.astimezone(dt.UTC) if read.tzinfo else read.replace(tzinfo=dt.UTC)
        except OverflowError:  # within a day of the first or the last year: nothing lies beyond
            return (dt.datetime.min if read.year == 1 else dt.datetime.max).replace(tzinfo=dt.UTC)

    schema = {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
    }
    return Parameter(name, description, schema, read, example=example)


_MOMENT_RULE = "must be a day (2026-11-21) or a moment with its time zone (2026-11-21T08:30:00Z)"


def _microseconds(text: str) -> str:
    """The text with a fraction of a second that Python can read: at most six digits."""
    return re.sub(r"[.,](\d{1,6})\d*", lambda m: f".{m[1].ljust(6, '0')}", text)


def words(name: str, description: str, *, longest: int, example: str | None = None) -> Parameter:
    """Free text in any script; characters that no text has (NUL) count as spaces."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"can have at most {longest} characters")
        return text.replace("\x00", " ")

    schema = {"type": "string", "maxLength": longest}
    return Parameter(name, description, schema, read, default="", example=example)
