"""The language of a page: the first part of its address.

Any language may stand there, because a work may have an edition in a language that the interface does not
speak. The interface then falls back along that language's chain, and says so with ``lang``.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from flask_babel import Babel  # type: ignore[import-untyped]
from werkzeug.routing import BaseConverter, ValidationError

from library.config import INTERFACE_LANGUAGES, Settings
from library.errors import Invalid
from library.i18n.catalogues import PoDomain, find_translations_folder
from library.i18n.chains import chain, choose, negotiate
from library.i18n.interface import locale_folder
from library.i18n.tags import normalise


class LanguageConverter(BaseConverter):
    """A language tag in an address. ``zh-CN`` is understood; views redirect it to ``zh-Hans``."""

    regex = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}"
    part_isolating = True

    def to_python(self, value: str) -> str:
        try:
            normalise(value)
        except Invalid:
            raise ValidationError from None
        return value

    def to_url(self, value: Any) -> str:
        return str(value)


def page_language() -> str:
    """The normalised tag of the page's address; the site's first language where it names none."""
    return str(g.get("lang", "en"))


def interface_language(tag: str | None = None) -> str:
    """The language that the interface speaks on a page in ``tag``."""
    offered = g.get("offered_languages", INTERFACE_LANGUAGES)
    return choose(tag or page_language(), offered) or offered[0]


def reader_language(settings: Settings) -> str:
    """The best interface language for this browser, for addresses that name none."""
    return negotiate(request.headers.get("Accept-Language", ""), settings.languages)


def reader_chain(*, source: str | None = None) -> tuple[str, ...]:
    return chain(page_language(), source=source)


def _locale() -> str:
    return locale_folder(interface_language())


#: Where the words are that only editors read: what the floors below say of content is theirs, too.
AT_THE_DESK = (
    "library/accounts/",
    "library/catalogue/",
    "library/content/",
    "library/directory/",
    "library/editorial/",
    "library/i18n/",
    "library/markdown/documents.py",
    "library/markdown/markers.py",
    "library/media/",
    "library/templates/desk/",
    "library/terms/",
    "library/untrusted/",
    "library/uploads/",
    "library/web/desk/",
)


def init_app(app: Flask, *, settings: Settings, with_desk: bool = True) -> None:
    """Tags in addresses, the request's language, and gettext for templates."""
    app.url_map.converters["lang"] = LanguageConverter
    babel = Babel(app, locale_selector=_locale, default_locale="en", default_timezone="UTC")
    words = PoDomain(find_translations_folder(), without=() if with_desk else AT_THE_DESK)
    words.serve(babel)

    @app.before_request
    def _languages() -> None:
        g.offered_languages = settings.languages
        tag = (request.view_args or {}).get("lang")
        g.lang = normalise(tag) if tag else reader_language(settings)
