"""Sentences of the floors below in the language of the page, with what they name kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import get_domain, get_locale  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from library.i18n.catalogues import holds
from library.sentences import Sentence, Value, revived

# A reader knows by it that names go on; other languages put a comma and a space.
_BETWEEN: Final = {"ar": "، ", "zh": "、"}
# Persian, Sinhala and others need these inside words.
_JOINERS: Final = frozenset("\u200c\u200d")


def told(data: object) -> Markup:
    """A sentence, or what was kept of one, as HTML in the language of the page.

    Names stand in ``<bdi>``, with signs that cannot be seen written out. What has no translation is
    marked as the English that it is.
    """
    sentence = data if isinstance(data, Sentence) else revived(data)
    if not sentence:
        return Markup()
    template, translated = _template(sentence)
    said = _filled(template, sentence.values)
    if said is None:
        said, translated = escape(str(sentence)), False
    return said if translated else Markup('<span lang="en" dir="auto">{}</span>').format(said)


def listed(parts: list[Any]) -> Markup:
    """Phrases one after the other, each as `told`."""
    return escape(_comma()).join(told(one) for one in parts)


def plain(sentence: Sentence) -> str:
    """A sentence as text in the language of the page, for where there is no HTML."""
    return told(sentence).striptags() if sentence else ""


def _template(sentence: Sentence) -> tuple[str, bool]:
    """The template in the language of the page, and whether it is in it."""
    words = get_domain().get_translations()
    if sentence.many:
        found = words.ngettext(sentence.template, sentence.many, sentence.number)
    else:
        found = words.gettext(sentence.template)
    locale = get_locale()
    english = locale is None or locale.language == "en"
    return found, english or holds(words, sentence.template)


def _filled(template: str, values: Mapping[str, Value]) -> Markup | None:
    """The template with its values, escaped; None where it asks for one that there is not."""
    if not values:
        return escape(template)
    try:
        return escape(template) % {name: _shown(value) for name, value in values.items()}
    except (KeyError, TypeError, ValueError):
        return None


def _shown(value: Value) -> Markup:
    if isinstance(value, int):
        return escape(value)
    if isinstance(value, tuple):
        return escape(_comma()).join(_shown(one) for one in value)
    if isinstance(value, Sentence):
        return told(value)
    visible = "".join(c if c.isprintable() or c in _JOINERS else f"\\u{ord(c):04x}" for c in value)
    return Markup("<bdi>{}</bdi>").format(visible)


def _comma() -> str:
    locale = get_locale()
    return _BETWEEN.get(locale.language if locale is not None else "en", ", ")
