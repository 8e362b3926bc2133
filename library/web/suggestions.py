"""Help with what was typed: a word put right, titles that begin so, words that are alike."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from flask import request
from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup

from library.catalogue.completion import Completion, complete
from library.catalogue.spelling import Correction, alike, correct, last_word, works_with
from library.errors import Damaged
from library.http.language import interface_language
from library.http.services import services, session, vocabulary
from library.search.pinyin import pinyin_of
from library.search.port import Results
from library.web import context, labels
from library.web.facet_links import FilterAddresses
from library.web.links import Links
from library.web.pages import blueprint
from library.web.ways_on import Way

# The parameter of an address where a question counts exactly as typed, and its value.
_LITERAL = ("exactly", "1")
# Titles that begin so, and words that are alike, on a page.
_TITLES = 5
_ALIKE = 6
# Whoever calls itself so does not miss anything in the library.
_PROGRAM = re.compile(
    r"bot\b|crawl|spider|slurp|monitor|preview|curl|wget|python|http-client", re.I
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TitleView:
    """A title that begins like what was typed; ``about`` says what it is that of."""

    href: str
    text: str
    mark: Markup
    about: str
    about_mark: Markup


@dataclass(slots=True)
class Help:
    """What helps with a question.

    ``correction`` is what was probably meant, at ``href``. ``instead``: its results are shown, because
    the question itself has none; ``literal`` is the address of those. ``titles`` begin like the last
    word of the question.
    """

    correction: Correction | None = None
    instead: bool = False
    href: str = ""
    literal: str = ""
    titles: Sequence[TitleView] = field(default_factory=list)


def stay() -> list[tuple[str, str]]:
    """What stays in the address where this request wants its question taken exactly as typed."""
    return [_LITERAL] if request.args.get(_LITERAL[0]) == _LITERAL[1] else []


def help_with(
    asked: str, results: Results, addresses: FilterAddresses, *, here: Links, first: bool
) -> Help:
    """Help with a question that has these results; nothing where nothing is strange about it.

    ``first``: this is the first page of results. Raises ``Unavailable``.
    """
    found = Help()
    if stay() or (results.total and not first):
        return found
    there = vocabulary()
    if there is None:
        return found
    parts = services()
    try:
        found.correction = correct(
            asked, lang=here.lang, vocabulary=there, engine=parts.search, reading=pinyin_of
        )
        begun = last_word(asked)
        if (
            begun
            and first
            and not there.words.count(begun)
            and not works_with(begun, lang=here.lang, engine=parts.search)
        ):
            titles = complete(session(), there, asked, lang=here.lang, limit=_TITLES)
            found.titles = _title_views(titles, here=here, ui=interface_language())
    except Damaged as error:
        _log.warning("Nothing can be suggested: %s", error.message)
        parts.vocabulary.discard()
        return Help()
    if found.correction is not None:
        found.href = _address(addresses, ("q", found.correction.text))
        found.literal = _address(addresses, _LITERAL)
    return found


def _address(addresses: FilterAddresses, changed: tuple[str, str]) -> str:
    """The address of these results with one parameter changed, and the same filters."""
    kept = [pair for pair in addresses.stay if pair[0] != changed[0]]
    other = FilterAddresses(addresses.path, addresses.chosen, [changed, *kept])
    return other.address(other.base())


def _title_views(found: Sequence[Completion], *, here: Links, ui: str) -> list[TitleView]:
    kinds = labels.labels_in("KINDS", ui)
    return [
        TitleView(
            href=f"{here.prefix}{one.url[3:]}{here.suffix}"
            if one.url
            else here.to("search", [("q", one.text)]),
            text=one.text,
            mark=context.marks(one.lang, ui),
            about=one.within or kinds.get(one.kind) or str(gettext("Section")),
            about_mark=context.marks(one.within_lang if one.within else ui, ui),
        )
        for one in found
    ]


def alike_ways(asked: str, *, here: Links, ui: str) -> list[Way]:
    """Words of titles and terms that are somewhat like those of a question that found nothing."""
    there = vocabulary()
    if there is None:
        return []
    try:
        found = alike(asked, lang=here.lang, vocabulary=there, most=_ALIKE)
    except Damaged as error:
        _log.warning("Nothing can be suggested: %s", error.message)
        services().vocabulary.discard()
        return []
    return [
        Way(here.to("search", [("q", near.word)]), near.word, context.marks(near.lang, ui), "")
        for near in found
    ]


def note_unanswered(asked: str, *, lang: str) -> None:
    """Count a search in vain, unless it was a program's."""
    if not _PROGRAM.search(request.user_agent.string):
        parts = services()
        parts.unanswered.note(parts.factory, asked, lang=lang)


@blueprint.app_template_global()
def suggestion_labels(ui: str) -> str:
    """What kinds of suggestions are called in the interface language, as JSON for the search box."""
    return _labels(ui, str(gettext("Section")))


@lru_cache(maxsize=32)
def _labels(ui: str, section: str) -> str:
    return json.dumps({**labels.labels_in("KINDS", ui), "section": section}, ensure_ascii=False)
