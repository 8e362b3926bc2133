"""The reading page: one section of a work, in one language or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths, reading
from library.catalogue.models import WORK_KINDS
from library.catalogue.reading import SectionNode
from library.errors import NotFound
from library.formats import jsonld
from library.http import page_cache
from library.http.language import interface_language
from library.http.services import services, session
from library.i18n import quantities
from library.web import blocks, context, labels, outline, work_facts
from library.web.context import Crumb, Page
from library.web.pages import blueprint
from library.web.prose import plain
from library.web.reader import (
    Opened,
    beside_choices,
    clean_address,
    follow_former,
    notes,
    open_work,
    prose_for,
)

_SEGMENTS = ", ".join(public_paths.SEGMENTS[kind] for kind in WORK_KINDS)


@dataclass(frozen=True, slots=True)
class Step:
    """The section before or after this one."""

    href: str
    title: str
    mark: Markup


@blueprint.get(f"/<lang:lang>/<any({_SEGMENTS}):segment>/<key>/<path:section>")
def section(lang: str, segment: str, key: str, section: str) -> Answer:
    """A section in the language of the address, with ``?with=`` in two."""
    ui = interface_language()
    database = session()
    opened = open_work(
        database, kind=public_paths.KINDS[segment], key=key, lang=lang, ui=ui, section=section
    )
    nodes = reading.contents(database, opened.work, lang=opened.shown)
    node = next((one for one in nodes if one.path == section and one.path), None)
    if node is None:
        follow_former(database, kind=opened.work.kind, key=key, lang=lang, section=section)
        raise NotFound(
            "This work has no section at this address.", work=f"{opened.work.kind}/{key}"
        )
    path = f"{opened.path}/{quote(section)}"
    redirected = clean_address(opened, path)
    if redirected is not None:
        return redirected
    rows = reading.blocks_of(database, opened.work, node, lang=opened.shown, beside=opened.beside)
    text = blocks.text_view(rows, opened=opened, prose=prose_for(database, opened, rows))
    place = nodes.index(node)
    previous = _step(nodes[place - 1], opened)
    following = _step(nodes[place + 1], opened) if place + 1 < len(nodes) else None
    work_title, work_lang = opened.title
    languages = [tag for tag in opened.editions if tag in node.languages]
    there = opened.shown in languages
    page = Page(
        title=f"{node.title} · {work_title}",
        title_lang=node.lang,
        path=path,
        description=_description(rows) or opened.edition.summary,
        nav=segment,
        crumbs=_crumbs(opened, nodes, node, segment),
        languages=languages,
        shown=opened.shown if there or not languages else languages[0],
        source=opened.work.source_language,
        noindex=not languages,
        previous=previous.href,
        following=following.href if following else None,
        feed=segment,
        jsonld=[_described(opened, node, languages, work_title)] if there else [],
    )
    page_cache.reading(opened.work.id, opened.shown)
    return context.show(
        "section.html",
        page,
        opened=opened,
        work=opened.work,
        node=node,
        title=text.title or escape(node.title),
        title_mark=text.title_mark if text.title else context.marks(node.lang, ui),
        other=(text.other, text.other_mark) if text.other else None,
        text=text,
        notes=notes(opened, absent=text.absent),
        seam=blocks.seam(opened, text),
        choices=beside_choices(opened, path),
        lines=outline.outline(nodes, opened=opened, current=node),
        inside=outline.children(node, opened=opened),
        previous=previous,
        following=following,
        where=_where(text, place, len(nodes) - 1, ui),
        work_title=work_title,
        work_mark=context.marks(work_lang, ui),
        work_href=f"{opened.links.prefix}{opened.path}{opened.links.suffix_inside}",
        colophon=_colophon(opened, node),
    )


def _step(node: SectionNode, opened: Opened) -> Step:
    path = f"{opened.path}/{quote(node.path)}" if node.path else opened.path
    return Step(
        f"{opened.links.prefix}{path}{opened.links.suffix_inside}",
        node.title,
        context.marks(node.lang, opened.ui),
    )


def _where(text: blocks.TextView, place: int, total: int, ui: str) -> str:
    """“4 of 23, 15 kB, about 3 minutes”."""
    told = [
        gettext(
            "%(place)s of %(total)s",
            place=context.number(place, ui),
            total=context.number(total, ui),
        )
    ]
    if text.bytes:
        told.append(context.size(text.bytes, ui))
        told.append(gettext("about %(minutes)s", minutes=context.minutes(text.minutes, ui)))
    return context.listed(str(one) for one in told)


def _crumbs(
    opened: Opened, nodes: Sequence[SectionNode], node: SectionNode, segment: str
) -> list[Crumb]:
    here = opened.links
    suffix = here.suffix_inside
    work_title, work_lang = opened.title
    crumbs = [
        Crumb(gettext("Library"), here.to()),
        Crumb(labels.label(labels.SHELVES, opened.work.kind), here.to(segment)),
        Crumb(work_title, f"{here.prefix}{opened.path}{suffix}", work_lang),
    ]
    crumbs += [
        Crumb(one.title, f"{here.prefix}{opened.path}/{quote(one.path)}{suffix}", one.lang)
        for one in nodes
        if one.path and node.path.startswith(f"{one.path}/")
    ]
    crumbs.append(Crumb(node.title, lang=node.lang))
    return crumbs


def _description(rows: Sequence[reading.BlockRow]) -> str:
    """The first paragraph, as the page's description."""
    for row in rows:
        if row.kind == "paragraph" and row.first is not None:
            return plain(row.first.html)
    return ""


def _colophon(opened: Opened, node: SectionNode) -> str:
    """For print: where the sheet of paper comes from."""
    work = opened.work
    parts = [
        services().settings.site_name,
        gettext(
            "Revision %(number)s, %(date)s",
            number=context.number(work.revision, opened.ui),
            date=quantities.date(work.updated_at, opened.ui),
        ),
        *notes(opened),
        work_facts.licence_name(work.licence),
        context.absolute(public_paths.lasting(node.uuid)),
    ]
    return ". ".join(str(part).rstrip(".。") for part in parts)


def _described(
    opened: Opened, node: SectionNode, languages: Sequence[str], work_title: str
) -> Markup:
    base = services().settings.base_url
    segment = public_paths.SEGMENTS[opened.work.kind]
    return jsonld.script(
        jsonld.section_page(
            base_url=base,
            lang=opened.shown,
            work=opened.work,
            title=node.title,
            node=node,
            position=node.position,
            work_title=work_title,
            languages=languages,
        ),
        jsonld.breadcrumb(
            base_url=base,
            trail=[
                (services().settings.site_name, f"/{opened.lang}/"),
                (labels.label(labels.SHELVES, opened.work.kind), f"/{opened.lang}/{segment}"),
                (work_title, f"/{opened.lang}/{opened.path}"),
                (node.title, f"/{opened.lang}/{opened.path}/{quote(node.path)}"),
            ],
        ),
    )
