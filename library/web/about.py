"""About the library: what it is, how partners use it, how accessible it is, which languages it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.listing import cards
from library.directory.names import partnership_census
from library.http.language import interface_language, page_language
from library.http.services import facet_index, services, session
from library.i18n.chains import chain
from library.i18n.names import endonym, name
from library.web import context, labels, links
from library.web.context import Crumb, Page
from library.web.pages import blueprint

# Stands in the examples of a library that has no work yet.
_EXAMPLE = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Spoken:
    """A language of the library: how many works can be read in it, and whether the interface speaks it."""

    own: str
    mark: Markup
    name: str
    href: str
    works: str
    interface: bool
    chain: str


def _show(template: str, title: str, path: str, description: str, **values: Any) -> Answer:
    here = links.current()
    crumbs = [Crumb(gettext("Library"), here.to())]
    if path != "about":
        crumbs.append(Crumb(gettext("About the library"), here.to("about")))
    crumbs.append(Crumb(title))
    pages = [
        ("about", gettext("About the library")),
        ("about/partners", gettext("For partners")),
        ("about/languages", gettext("Languages")),
        ("about/accessibility", gettext("Accessibility")),
    ]
    return context.show(
        template,
        Page(title=title, path=path, description=description, crumbs=crumbs),
        title=title,
        pages=[(here.to(where), words, where == path) for where, words in pages],
        **values,
    )


@blueprint.get("/<lang:lang>/about")
def about(lang: str) -> Answer:
    """What the library is, in figures and in words."""
    del lang
    ui, here, index = interface_language(), links.current(), facet_index()
    census = partnership_census(session())
    counted = [
        (here.to("works"), len(index.ids), gettext("Works")),
        (here.to("about/languages"), len(index.bits["language"]), gettext("Languages")),
        (here.to("partnerships"), census.total, gettext("Sites and partnerships")),
    ]
    return _show(
        "about.html",
        gettext("About the library"),
        "about",
        gettext(
            "Courses, textbooks and teaching standards for vocational colleges abroad: one work, "
            "all its languages inside."
        ),
        counted=[(href, context.number(count, ui), words) for href, count, words in counted],
    )


@blueprint.get("/<lang:lang>/about/partners")
def partners(lang: str) -> Answer:
    """How to link, harvest and use what is here elsewhere, with examples of this library's own."""
    index, base = facet_index(), services().settings.base_url
    newest = cards(session(), index.ids[:1], lang=page_language())
    uuid = str(newest[0].uuid) if newest else _EXAMPLE
    return _show(
        "partners.html",
        gettext("For partners"),
        "about/partners",
        gettext(
            "Lasting addresses, descriptions for machines, sitemap, feeds and an open API: how to "
            "link, harvest and reuse what the library holds."
        ),
        base=base,
        uuid=uuid,
        lang_example=lang,
        newest=newest[0] if newest else None,
        newest_href=public_paths.page(newest[0].kind, newest[0].key, lang=lang) if newest else "",
    )


@blueprint.get("/<lang:lang>/about/accessibility")
def accessibility(lang: str) -> Answer:
    """What works for whom, and what does not yet."""
    del lang
    return _show(
        "accessibility.html",
        gettext("Accessibility"),
        "about/accessibility",
        gettext("How the library is made to be used by everybody, and where it falls short."),
    )


@blueprint.get("/<lang:lang>/about/languages")
def languages(lang: str) -> Answer:
    """The languages of works and interface with counts; how stand-ins and marks work."""
    ui, here = interface_language(), links.current()
    bits = facet_index().bits["language"]
    offered = services().settings.languages
    tags = sorted(
        {*bits, *offered}, key=lambda tag: (-bits[tag].bit_count() if tag in bits else 0, tag)
    )
    spoken = [
        Spoken(
            own=endonym(tag),
            mark=context.marks(tag, ui),
            name=_capital(name(tag, ui)),
            href=here.to("works", [("language", tag)]) if tag in bits else "",
            works=labels.counted_works(bits[tag].bit_count() if tag in bits else 0, ui),
            interface=tag in offered,
            chain=context.listed(_capital(name(t, ui)) for t in chain(tag)[1:]),
        )
        for tag in tags
    ]
    return _show(
        "languages.html",
        gettext("Languages"),
        "about/languages",
        gettext(
            "The languages in which works can be read, how many there are in each, and what is "
            "shown where a text is missing."
        ),
        spoken=spoken,
        own_chain=[_capital(name(tag, ui)) for tag in chain(lang)],
    )


def _capital(words: str) -> str:
    """A name that stands alone begins with a capital where the script has any."""
    return words[:1].upper() + words[1:]
