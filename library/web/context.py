"""What every page tells its template: languages, addresses, title, crumbs, and how it is marked up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, current_app, make_response, render_template, request
from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from library.formats import jsonld
from library.http import page_cache
from library.http.language import interface_language, page_language
from library.http.services import services
from library.i18n import quantities
from library.i18n.bidi import isolate
from library.i18n.names import endonym
from library.i18n.tags import direction
from library.web import links
from library.web.links import Links

_STATIC = Path(__file__).resolve().parents[1] / "static"
_IMPORT: Final = re.compile(r'^(?:import\b|\}).* from "\./([\w-]+\.js)";$', re.M)
# What a search engine shows of a description, about; more only costs bytes.
_DESCRIPTION = 160


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to this page; the last one has no ``href``. ``lang`` is that of the label."""

    label: str
    href: str | None = None
    lang: str | None = None


@dataclass(slots=True)
class Page:
    """A page as search engines, browsers and the frame around it see it.

    ``path`` is the address after the language (``courses/safety``, empty at home). ``languages`` are
    those in which the page really exists, by default the interface's; ``shown`` is the language its
    content stands in, by default the address's. Where the two disagree the page is a stand-in: it is
    not indexed, and its canonical address is the page in ``shown``. ``source`` is the language for
    readers of any other (``x-default``). ``title_lang`` is the language of the title's first part.
    ``kind`` says what it is, where its name alone may be that of another page as well.
    """

    title: str
    path: str
    description: str = ""
    title_lang: str | None = None
    kind: str = ""
    nav: str = ""
    crumbs: list[Crumb] = field(default_factory=list)
    languages: Sequence[str] | None = None
    shown: str | None = None
    source: str | None = None
    noindex: bool = False
    searchable: bool = True
    query: Sequence[tuple[str, str]] = ()
    previous: str | None = None
    following: str | None = None
    jsonld: Sequence[Markup] = ()
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A page with everything about it worked out; ``frame`` in templates."""

    page: Page
    lang: str
    ui: str
    dir: str
    site: str
    title: str
    description: str
    canonical: str | None
    alternates: list[tuple[str, str]]
    noindex: bool
    switch: Sequence[tuple[str, str, str, str, bool]]
    language_name: str
    links: Links
    saver: bool
    saver_href: str
    style: str
    icon: str
    feed: str
    top: Markup
    foot: Markup


def show(
    template: str,
    page: Page,
    *,
    status: int = 200,
    kept: bool = True,
    **values: Any,
) -> Response:
    """Render a page. ``kept`` marks it as the same for every anonymous reader of its address."""
    frame = _frame(page)
    body = render_template(
        template,
        frame=frame,
        page=page,
        links=frame.links,
        ui=frame.ui,
        **values,
    )
    response = make_response(body, status)
    response.headers["Content-Language"] = frame.ui
    response.vary.add("Save-Data")
    if kept and status == 200:
        page_cache.keep()
    return response


def _frame(page: Page) -> Frame:
    here = links.current()
    settings = services().settings
    lang, ui = page_language(), interface_language()
    shown = page.shown or lang
    languages = settings.languages if page.languages is None else page.languages
    exists = lang in languages and shown == lang
    base = settings.base_url
    told = f"?{urlencode(page.query)}" if page.query else ""
    alternates = []
    if not page.noindex and exists:
        alternates = [(tag, f"{base}/{tag}/{page.path}{told}") for tag in languages]
        default = page.source if page.source in languages else languages[0]
        # At the front door the reader's browser is asked.
        neutral = f"{base}/" if not page.path else f"{base}/{default}/{page.path}{told}"
        alternates.append(("x-default", neutral))
    standing = lang if exists else (shown if shown in languages else ui)
    keep = links.query_without("page")
    switch = [
        (tag, endonym(tag), direction(tag), here.to(page.path, keep, lang=tag), tag == lang)
        for tag in settings.languages
    ]
    saver = links.saving_data()
    if not page.jsonld:
        page.jsonld = [_described(page, ui, base, settings.site_name)]
    feed = f"/{ui}/{page.feed}/feed.atom" if page.feed else f"/{ui}/feed.atom"
    return Frame(
        page=page,
        lang=lang,
        ui=ui,
        dir=direction(ui),
        site=settings.site_name,
        title=_title(page, ui, settings.site_name),
        description=shortened(page.description, _DESCRIPTION),
        canonical=None if page.noindex else f"{base}/{standing}/{page.path}{told}",
        alternates=alternates,
        noindex=page.noindex or not exists,
        switch=switch,
        language_name=endonym(lang),
        links=here,
        saver=saver,
        saver_href=_saver_href(here, page, saver),
        style=static("style.css"),
        icon=static("icon.svg"),
        feed=feed,
        top=_furniture("top", ui, here, page.nav, page.searchable),
        foot=_furniture("foot", ui, here, feed),
    )


@lru_cache(maxsize=256)
def _furniture(part: str, ui: str, *facts: object) -> Markup:
    """A part of the frame in the interface language ``ui`` of this request, rendered once."""
    del ui  # tells one language's part from another's
    macro = getattr(current_app.jinja_env.get_template("_frame.html").module, part)
    return Markup(macro(*facts))  # noqa: S704  # escaped in the template


def _described(page: Page, ui: str, base: str, site: str) -> Markup:
    """What machines read of a page that brings no document of its own."""
    here = f"/{ui}/{page.path}"
    described = jsonld.plain_page(
        base_url=base,
        lang=ui,
        path=here,
        title=page.title,
        description=page.description,
        site_name=site,
    )
    trail = [(crumb.label, crumb.href or here) for crumb in page.crumbs]
    return jsonld.script(described, jsonld.breadcrumb(base_url=base, trail=trail))


def page_title(title: str, *rest: str) -> str:
    """A title and what it belongs to; isolated where directions could mix."""
    parts = [title, *rest]
    if direction(interface_language()) == "rtl":
        parts = [isolate(part) for part in parts]
    return " · ".join(parts)


def _title(page: Page, ui: str, site: str) -> str:
    """The title with the site's name; isolated where directions could mix."""
    lang = page.title_lang or ui
    if page.title == site:
        return site
    parts = [page.title, *([page.kind] if page.kind else []), site]
    if direction(ui) == "rtl" or direction(lang) != direction(ui):
        parts = [isolate(part) for part in parts]
    return " · ".join(parts)


def _saver_href(here: Links, page: Page, saver: bool) -> str:
    """The address of this page with the data saver the other way round."""
    asked = request.headers.get("Save-Data", "").strip().lower() == "on"
    query = [*links.query_without()]
    beside = request.args.get("with", "")
    if beside:
        query.append(("with", beside))
    if saver == asked:
        query.append(("saver", "off" if saver else "on"))
    return Links(here.lang).to(page.path, query)


def absolute(path: str) -> str:
    """A path of this site as an address that works anywhere."""
    return f"{services().settings.base_url}{path}"


@lru_cache(maxsize=512)
def marks(lang: str | None, ui: str) -> Markup:
    """The attributes that mark text in ``lang`` on a page in ``ui``: none where they are the same."""
    if not lang or lang == ui or lang == "und":
        return Markup("")
    turned = direction(lang) != direction(ui)
    told = f' dir="{direction(lang)}"' if turned else ""
    return Markup(f' lang="{escape(lang)}"{told}')  # noqa: S704  # escaped here


@lru_cache(maxsize=8192)
def size(count: int, ui: str) -> str:
    """A number of bytes in words, remembered: a list shows the same few sizes again and again."""
    return quantities.size(count, ui)


@lru_cache(maxsize=1024)
def percent(hundredths: int, ui: str) -> str:
    return quantities.percent(hundredths / 100, ui)


@lru_cache(maxsize=4096)
def number(count: int | float, ui: str) -> str:
    return quantities.number(count, ui)


@lru_cache(maxsize=1024)
def hours(count: float, ui: str) -> str:
    return quantities.hours(int(count) if count == int(count) else count, ui)


@lru_cache(maxsize=1024)
def minutes(count: float, ui: str) -> str:
    return quantities.minutes(int(count) if count == int(count) else count, ui)


def shortened(text: str, length: int) -> str:
    """The first words of a text, at most ``length`` characters, with an ellipsis where it was cut."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    cut = text[:length]
    stop = cut.rfind(" ")
    return f"{cut[: stop if stop > length // 2 else length].rstrip(' ,.;:、，。')}…"


def listed(parts: Iterable[str]) -> str:
    """Names one after another, with the comma of the interface language."""
    return str(gettext(", ")).join(parts)


@lru_cache(maxsize=16)
def static(name: str) -> str:
    """The address of one of our own files, with a hash of its bytes: it can be kept for ever."""
    digest = hashlib.blake2b((_STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={digest}"


@lru_cache(maxsize=16)
def imported(name: str) -> tuple[str, ...]:
    """The addresses of all modules that one of our scripts imports, and that these import.

    A page names them, so that a browser asks for all at once and not for each when it has read another.
    """
    folder, found, waiting = name.rpartition("/")[0], dict[str, None](), [name]
    while waiting:
        for one in _IMPORT.findall((_STATIC / waiting.pop(0)).read_text(encoding="utf-8")):
            if f"{folder}/{one}" not in found:
                found[f"{folder}/{one}"] = None
                waiting.append(f"{folder}/{one}")
    return tuple(f"/static/{one}" for one in found)
