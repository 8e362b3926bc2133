"""Sentences in English that can be said again in the language of whoever reads them.

A feature writes `Sentence("There is no key “%(key)s” here.", key=...)`: its text is English, as logs and
commands want it, and it carries its template and values to where somebody knows the reader. Templates
are gathered for translation by the names `Sentence` and `counted`, so they stand there as literals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

#: What a placeholder stands for: a name as it is written, a number, names one after the other, or a
#: sentence or phrase that is translated by itself.
Value: TypeAlias = "str | int | tuple[str, ...]"

_SAY: Final = "say"
_WITH: Final = "with"
_MANY: Final = "many"
_NUMBER: Final = "number"


class Sentence(str):
    """English text that remembers how it was made.

    ``template`` has a named placeholder (``%(name)s``) for each of ``values``; without values nothing in
    it is a placeholder. ``many`` is the template for a number other than one, empty where nothing is
    counted; ``number`` is that number, and the value ``num`` of the templates.
    """

    template: str
    values: Mapping[str, Value]
    many: str
    number: int

    def __new__(cls, template: str = "", /, **values: Value) -> Sentence:
        return _made(cls, template, "", 1, values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (Sentence, self.template, self.many, self.number, dict(self.values))


def counted(one: str, many: str, number: int, /, **values: Value) -> Sentence:
    """A sentence about a number of things, which both templates call ``%(num)s``."""
    return _made(Sentence, one, many, number, {"num": number, **values})


def _made(
    cls: type[Sentence], template: str, many: str, number: int, values: Mapping[str, Value]
) -> Sentence:
    said = many if many and number != 1 else template
    text = said % {name: _text(value) for name, value in values.items()} if values else said
    made = str.__new__(cls, text)
    made.template, made.many, made.number, made.values = template, many, number, values
    return made


def _text(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def kept(sentence: str) -> str | dict[str, Any]:
    """A sentence as JSON carries it: what is always said alike is its text, else what it is made of."""
    if not isinstance(sentence, Sentence) or not sentence.values:
        return str(sentence)
    data: dict[str, Any] = {
        _SAY: sentence.template,
        _WITH: {name: _kept_value(value) for name, value in sentence.values.items()},
    }
    if sentence.many:
        data |= {_MANY: sentence.many, _NUMBER: sentence.number}
    return data


def _kept_value(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_kept_value(one) for one in value]
    # A phrase without values is to be translated, too; a name never is.
    if isinstance(value, Sentence):
        return kept(value) if value.values else {_SAY: value.template}
    return value


def revived(data: object) -> Sentence:
    """What `kept` has kept; text of whatever origin is a sentence without values."""
    if not isinstance(data, dict) or not isinstance(data.get(_SAY), str):
        return Sentence(str(data))
    values: dict[str, Value] = {
        str(name): _revived_value(value) for name, value in (data.get(_WITH) or {}).items()
    }
    try:
        many, number = str(data.get(_MANY, "")), int(data.get(_NUMBER, 1))
        return _made(Sentence, data[_SAY], many, number, values)
    except (KeyError, TypeError, ValueError):
        # Kept by another version: better the bare template than no page.
        return Sentence(data[_SAY])


def _revived_value(data: object) -> Value:
    if isinstance(data, dict):
        return revived(data)
    if isinstance(data, list):
        return tuple(revived(one) if isinstance(one, dict) else str(one) for one in data)
    return data if isinstance(data, int) else str(data)


def sentence_of(message: str) -> Sentence:
    """A message as a sentence: itself where it is one, else one without values."""
    return message if isinstance(message, Sentence) else Sentence(message)


NOTHING: Final = Sentence()
"""No hint, nothing more to say."""
