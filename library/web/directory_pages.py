"""The page of one institution, and that of one partnership."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.listing import cards
from library.directory import reading
from library.directory.drafts import NameText
from library.directory.models import Institution, Partnership
from library.directory.names import best
from library.errors import NotFound
from library.formats import jsonld
from library.formats.jsonld import Party
from library.http.language import interface_language, page_language
from library.http.services import facet_index, services, session
from library.i18n.chains import chain, choose
from library.i18n.names import endonym, name
from library.markdown import MediaTarget, Target, inline, render, split
from library.web import context, labels, links
from library.web.cards import CardView, card_views
from library.web.context import Crumb, Page
from library.web.directory import founded, place, works_with
from library.web.pages import blueprint
from library.web.work_facts import Fact

# Works shown on the page; the rest is a list of its own.
WORKS = 10
_NONE = Markup("")


@dataclass(slots=True)
class Part:
    """A member of a partnership, or a partnership of an institution, with the part it has."""

    href: str
    name: str
    mark: Markup
    role: str
    place: str


@dataclass(slots=True)
class Described:
    """What both pages show. ``note`` says that the page stands in for another language."""

    title: str
    title_mark: Markup
    names: list[tuple[str, str, Markup]]
    summary: Markup
    body: Markup
    text_mark: Markup
    note: str


class OutwardLinks:
    """Resolves the links of a description: addresses on the web hold, all else leads nowhere."""

    def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
        del alt, is_image
        outward = urlsplit(address).scheme in ("http", "https")
        return Target(href=address if outward else None, missing=not outward, external=outward)

    def describe(self, media: MediaTarget, *, lang: str) -> str:
        """Never needed: no link leads to a file of the library."""
        del media, lang
        return ""


@blueprint.get("/<lang:lang>/institutions/<key>")
def institution(lang: str, key: str) -> Answer:
    """An institution: its names, what it is, its partnerships and its works."""
    found = reading.institution_page(session(), key=key, lang=lang)
    if found is None:
        raise NotFound("There is no institution at this address.", kind="institution", key=key)
    row, ui, here = found.row, interface_language(), links.current()
    shown = choose(lang, list(found.texts), source=row.source_language)
    described = _described(found.texts, row, shown or row.source_language, ui)
    facts = [_fact(gettext("Type"), labels.label(labels.INSTITUTION_TYPES, row.type))]
    roles = labels.labels_in("MEMBER_ROLES", ui)
    parts = [
        Part(
            here.page("partnership", line.key),
            line.name,
            context.marks(line.lang, ui),
            roles.get(role, role),
            place(line.city, line.country, ui),
        )
        for line, role in found.partnerships
    ]
    data = jsonld.institution(
        row,
        base_url=services().settings.base_url,
        lang=shown or ui,
        names={tag: text.name for tag, text in found.texts.items()},
        summaries={tag: text.summary for tag, text in found.texts.items() if text.summary},
    )
    return _show(
        "institution",
        row,
        described,
        shown=shown,
        texts=found.texts,
        facts=facts + _where(row, ui),
        data=data,
        parts=parts,
    )


@blueprint.get("/<lang:lang>/partnerships/<key>")
def partnership(lang: str, key: str) -> Answer:
    """A partnership: brand, place, members with their parts, programmes and works."""
    found = reading.partnership_page(session(), key=key, lang=lang)
    if found is None:
        raise NotFound("There is no partnership at this address.", kind="partnership", key=key)
    row, ui, here = found.row, interface_language(), links.current()
    shown = choose(lang, list(found.texts), source=row.source_language)
    described = _described(found.texts, row, shown or row.source_language, ui)
    facts = [_fact(gettext("Type"), labels.label(labels.PARTNERSHIP_TYPES, row.type))]
    if row.brand:
        brand = labels.label(labels.BRANDS, row.brand)
        href = here.to("partnerships", [("brand", row.brand)])
        facts.append(Fact(gettext("Brand"), [(brand, href, _NONE)]))
    facts += _where(row, ui)
    if row.founded:
        facts.append(_fact(gettext("Founded"), founded(row.founded, ui)))
    roles = labels.labels_in("MEMBER_ROLES", ui)
    parts = [
        Part(
            here.page("institution", line.key),
            line.name,
            context.marks(line.lang, ui),
            roles.get(role, role),
            place(line.city, line.country, ui),
        )
        for line, role in found.members
    ]
    languages = chain(lang, source=row.source_language)
    programmes = [best(names, languages) for names in row.programmes if names]
    data = jsonld.partnership(
        row,
        base_url=services().settings.base_url,
        lang=shown or ui,
        names={tag: text.name for tag, text in found.texts.items()},
        summaries={tag: text.summary for tag, text in found.texts.items() if text.summary},
        members=[Party(m.uuid, m.type, m.name, m.lang) for m, _ in found.members],
    )
    return _show(
        "partnership",
        row,
        described,
        shown=shown,
        texts=found.texts,
        facts=facts,
        data=data,
        parts=parts,
        programmes=[(one.text, context.marks(one.lang, ui)) for one in programmes],
    )


def _described(
    texts: Mapping[str, NameText], row: Institution | Partnership, shown: str, ui: str
) -> Described:
    """The texts in the language shown; summary and body where it has some, else the nearest."""
    lang = page_language()
    name_ = texts[shown].name if shown in texts else row.key
    told = [tag for tag, text in texts.items() if text.summary or text.body]
    text_lang = (choose(lang, told, source=row.source_language) if told else None) or shown
    text = texts.get(text_lang, NameText(name_))
    resolve = OutwardLinks()
    note = ""
    if lang not in texts:
        note = gettext(
            "This page is not available in %(wanted)s yet. You are reading it in %(shown)s.",
            wanted=name(lang, ui),
            shown=name(shown, ui),
        )
    elif told and text_lang != shown:
        note = gettext(
            "The description is not available in %(wanted)s yet. It is shown in %(shown)s.",
            wanted=name(shown, ui),
            shown=name(text_lang, ui),
        )
    body = "".join(
        render(block.source, kind=block.kind, lang=text_lang, resolve=resolve, heading_shift=1)
        for block in split(text.body)
    )
    return Described(
        title=name_,
        title_mark=context.marks(shown, ui),
        names=[
            (endonym(tag, short=True), one.name, context.marks(tag, ui))
            for tag, one in texts.items()
            if tag != shown
        ],
        summary=Markup(inline(text.summary, lang=text_lang, resolve=resolve)),  # noqa: S704  # sanitised
        body=Markup(body),  # noqa: S704  # sanitised
        text_mark=context.marks(text_lang, ui),
        note=str(note),
    )


def _fact(label: str, words: str) -> Fact:
    return Fact(label, [(words, None, _NONE)])


def _where(row: Institution | Partnership, ui: str) -> list[Fact]:
    facts = []
    where = place(row.city, row.country, ui)
    if where:
        facts.append(_fact(gettext("Place"), where))
    if row.website and urlsplit(row.website).scheme in ("http", "https"):
        words = urlsplit(row.website).netloc
        facts.append(Fact(gettext("Website"), [(words, row.website, Markup(' dir="ltr"'))]))
    return facts


def _placed(facts: list[Fact]) -> list[str]:
    """What the facts say in plain words, for a description where no summary is written."""
    return [words for fact in facts for words, href, _ in fact.values if href is None]


def _works(facet: str, key: str, ui: str) -> tuple[list[CardView], int]:
    ids, total = works_with(facet_index(), facet, key, limit=WORKS)
    listed = cards(session(), ids, lang=page_language())
    return card_views(listed, ui=ui, links=links.current()), total


def _show(
    kind: str,
    row: Institution | Partnership,
    described: Described,
    *,
    shown: str | None,
    texts: Mapping[str, NameText],
    facts: list[Fact],
    data: jsonld.Node,
    parts: list[Part],
    programmes: list[tuple[str, Markup]] | None = None,
) -> Answer:
    ui, here = interface_language(), links.current()
    segment = public_paths.SEGMENTS[kind]
    shelf = labels.label(labels.SHELVES, kind)
    rows, total = _works(kind, row.key, ui)
    own = texts.get(shown or "", NameText(row.key))
    page = Page(
        title=described.title,
        title_lang=shown,
        path=f"{segment}/{row.key}",
        description=own.summary or context.listed([described.title, *_placed(facts)]),
        nav="partnerships" if kind == "partnership" else "",
        crumbs=[
            Crumb(gettext("Library"), here.to()),
            Crumb(shelf, here.to(segment)),
            Crumb(described.title, lang=shown),
        ],
        languages=list(texts),
        shown=shown,
        source=row.source_language,
        jsonld=[jsonld.script(data)],
    )
    base = services().settings.base_url
    return context.show(
        "directory_entry.html",
        page,
        row=row,
        described=described,
        kind=labels.label(labels.KINDS, kind),
        facts=facts,
        parts=parts,
        parts_title=gettext("Members") if kind == "partnership" else gettext("Partnerships"),
        programmes=programmes or [],
        rows=rows,
        total=total,
        total_words=labels.counted_works(total, ui),
        all_works=here.to("works", [(kind, row.key)]),
        lasting=f"{base}{public_paths.lasting(row.uuid)}",
    )
