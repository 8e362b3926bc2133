"""The page of a work: what it is, what is in it, in which languages, and how to take it along."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths, reading
from library.catalogue.affiliations import (
    Affiliations,
    affiliations_of,
    derived_ids,
    work_ids,
)
from library.catalogue.listing import cards
from library.catalogue.models import WORK_KINDS
from library.catalogue.reading import SectionNode
from library.formats import jsonld
from library.http import page_cache
from library.http.language import interface_language
from library.http.services import services, session
from library.web import blocks, context, labels, links, outline, work_facts
from library.web.cards import CardView, badge, card_views
from library.web.context import Crumb, Page
from library.web.pages import blueprint
from library.web.reader import Opened, beside_choices, clean_address, notes, open_work, prose_for

_SEGMENTS = ", ".join(public_paths.SEGMENTS[kind] for kind in WORK_KINDS)


@blueprint.get(f"/<lang:lang>/<any({_SEGMENTS}):segment>/<key>")
def work(lang: str, segment: str, key: str) -> Answer:
    """A work in the language of the address, with ``?with=`` in two."""
    ui = interface_language()
    database = session()
    opened = open_work(database, kind=public_paths.KINDS[segment], key=key, lang=lang, ui=ui)
    redirected = clean_address(opened, opened.path)
    if redirected is not None:
        return redirected
    item, edition = opened.work, opened.edition
    nodes = reading.contents(database, item, lang=opened.shown)
    rows = reading.blocks_of(database, item, nodes[0], lang=opened.shown, beside=opened.beside)
    text = blocks.text_view(rows, opened=opened, prose=prose_for(database, opened, rows))
    around = affiliations_of(database, item, lang=opened.lang)
    title, title_lang = opened.title
    other = opened.editions.get(item.source_language)
    related, derived = _relatives(database, opened)
    files = reading.downloads(database, item, lang=opened.shown)
    page = Page(
        title=title,
        title_lang=title_lang,
        path=opened.path,
        description=edition.summary,
        nav=segment,
        crumbs=[
            Crumb(gettext("Library"), opened.links.to()),
            Crumb(labels.label(labels.SHELVES, item.kind), opened.links.to(segment)),
            Crumb(title, lang=title_lang),
        ],
        languages=list(opened.editions),
        shown=opened.shown,
        source=item.source_language,
        feed=segment,
        jsonld=[_described(opened, around, nodes, title)],
    )
    page_cache.reading(item.id, opened.shown)
    return context.show(
        "work.html",
        page,
        opened=opened,
        work=item,
        kind=labels.label(labels.KINDS, item.kind),
        title=text.title or title,
        title_mark=text.title_mark if text.title else context.marks(title_lang, ui),
        other=_other_title(opened, text, other.title if other else ""),
        text=text,
        notes=notes(opened),
        badges=[
            badge(
                one.lang,
                one.percent,
                ui,
                href=opened.links.to(opened.path, lang=one.lang),
                current=one.lang == opened.shown,
            )
            for one in opened.editions.values()
        ],
        choices=beside_choices(opened, opened.path),
        facts=work_facts.facts(opened, around, nodes),
        lines=outline.outline(nodes, opened=opened),
        first=nodes[1] if len(nodes) > 1 else None,
        first_href=f"{opened.links.prefix}{opened.path}/{quote(nodes[1].path)}"
        if len(nodes) > 1
        else "",
        files=[
            work_facts.file(one, ui) for one in files if not one.media_type.startswith("image/")
        ],
        pictures=[work_facts.file(one, ui) for one in files if one.media_type.startswith("image/")],
        parameters=work_facts.parameters(item, opened.lang),
        editions=[work_facts.edition(opened, one) for one in opened.editions.values()],
        related=related,
        derived=derived,
        cite=_citation(opened, title),
        lasting=context.absolute(public_paths.lasting(item.uuid)),
        api=f"/api/v1/works/{item.uuid}",
        seam=blocks.seam(opened, text),
    )


def _other_title(
    opened: Opened, text: blocks.TextView, source_title: str
) -> tuple[Markup | str, Markup] | None:
    """The title in the language beside, else in the source language where another is shown."""
    if opened.beside:
        return (text.other, text.other_mark) if text.other else None
    if opened.shown != opened.work.source_language and source_title:
        return source_title, context.marks(opened.work.source_language, opened.ui)
    return None


def _relatives(database: Session, opened: Opened) -> tuple[list[CardView], list[CardView]]:
    """Works that belong together with this one, and works that were made from it."""
    work = opened.work
    wanted = [*([work.derived_from] if work.derived_from else []), *work.related]
    found = work_ids(database, wanted)
    near = [found[name] for name in dict.fromkeys(wanted) if name in found]
    made = derived_ids(database, work)
    views = card_views(
        cards(database, [*near, *made], lang=opened.lang), ui=opened.ui, links=links.current()
    )
    return views[: len(near)], views[len(near) :]


def _citation(opened: Opened, title: str) -> Markup:
    work = opened.work
    people = context.listed(person["name"] for person in work.contributors if person.get("name"))
    source = opened.editions.get(work.source_language)
    named = _named(title, opened.shown, opened.ui)
    if source and source.title and source.title != title:
        named += Markup(" [{}]").format(_named(source.title, source.lang, opened.ui))
    site = services().settings.site_name
    parts = [
        f"{people} ({work.updated_at.year})" if people else str(work.updated_at.year),
        named,
        gettext("Revision %(number)s", number=work.revision),
        site,
        work_facts.licence_name(work.licence),
        context.absolute(public_paths.lasting(work.uuid)),
    ]
    return Markup(". ").join(part.rstrip(".") for part in parts)


def _named(title: str, lang: str, ui: str) -> Markup:
    return Markup("<bdi{}>{}</bdi>").format(context.marks(lang, ui), title)


def _described(
    opened: Opened, around: Affiliations, nodes: Sequence[SectionNode], title: str
) -> Markup:
    base = services().settings.base_url
    shelf = labels.label(labels.SHELVES, opened.work.kind)
    segment = public_paths.SEGMENTS[opened.work.kind]
    return jsonld.script(
        jsonld.work_page(
            base_url=base,
            lang=opened.shown,
            work=opened.work,
            editions=opened.editions,
            title=title,
            summary=opened.edition.summary,
            sections=nodes,
            institutions=[
                jsonld.Party(one.uuid, one.type, one.name, one.lang) for one in around.institutions
            ],
        ),
        jsonld.breadcrumb(
            base_url=base,
            trail=[
                (services().settings.site_name, f"/{opened.lang}/"),
                (shelf, f"/{opened.lang}/{segment}"),
                (title, f"/{opened.lang}/{opened.path}"),
            ],
        ),
    )
