"""A manuscript as readers will see it, section by section, in one language or two; each paragraph can be
commented on."""

from __future__ import annotations

import re
import uuid as uuids

from flask import request
from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as Answer

from library.editorial import comments, manuscripts
from library.editorial.models import Manuscript
from library.editorial.preview import Preview
from library.editorial.standing import standing
from library.errors import NotFound
from library.http import person
from library.http.language import interface_language, page_language
from library.http.services import session
from library.i18n.chains import choose
from library.i18n.names import endonym
from library.web import blocks, context
from library.web.desk import frame, manuscript_pages
from library.web.desk.frame import blueprint
from library.web.links import Links
from library.web.prose import Prose
from library.web.reader import Opened

_PIN = re.compile(
    r'<a class="pin" rel="nofollow" href="/id/([0-9a-f-]{36})[^"]*" aria-label="[^"]*">¶</a>'
)


@blueprint.get("/works/<uuid:uuid>/preview")
def preview(uuid: uuids.UUID) -> Answer:
    """``?section=`` (uuid) in ``?in=`` and, beside it, ``?with=`` (language tags)."""
    by = person.actor()
    database = session()
    manuscript = manuscripts.manuscript_of(database, uuid, by=by)
    shown = Preview(standing(database, manuscript).after)
    section = shown.section(asked_section())
    lang = choose(
        request.args.get("in", "") or page_language(),
        shown.languages,
        source=manuscript.source_language,
    )
    lang = lang or manuscript.source_language
    beside: str | None = request.args.get("with", "")
    if beside not in shown.languages or beside == lang:
        beside = None
    ui = interface_language()
    opened = Opened(
        shown.work(),
        shown.editions(),
        page_language(),
        ui,
        lang,
        beside,
        "",
        Links(page_language()),
    )
    text = blocks.text_view(
        shown.rows(section, lang=lang, beside=beside),
        opened=opened,
        prose=Prose(opened.links, ui),
    )
    said = comments.threads(database, manuscript)
    counts: dict[str, int] = {}
    for one in said:
        if one.open and one.block:
            counts[str(one.block)] = counts.get(str(one.block), 0) + 1

    def to(**values: object) -> str:
        asked = {"section": section.uuid, "in": lang, "with": beside, **values}
        return frame.to("preview", uuid=uuid, **{k: v for k, v in asked.items() if v})

    sections = shown.sections
    place = next(n for n, (one, _) in enumerate(sections) if one is section)
    title, title_lang = shown.title(section, lang=lang)
    return frame.show(
        "desk/preview.html",
        title=gettext("Preview: %(title)s", title=title),
        nav="works",
        crumbs=manuscript_pages.crumbs(manuscript, gettext("As readers will see it")),
        scripts=["comments.js"],
        manuscript=manuscript,
        tabs=manuscript_pages.tabs(manuscript, "preview"),
        text=text,
        lead=_commented(text.lead, manuscript, counts),
        body=_commented(text.body, manuscript, counts),
        heading=text.title or escape(title),
        heading_mark=text.title_mark if text.title else context.marks(title_lang, ui),
        other=text.other,
        other_mark=text.other_mark,
        seam=blocks.seam(opened, text),
        contents=[
            (
                to(section=one.uuid),
                shown.title(one, lang=lang),
                path.count("/") + 1 if path else 0,
                one is section,
            )
            for one, path in sections
        ],
        previous=to(section=sections[place - 1][0].uuid) if place else "",
        following=to(section=sections[place + 1][0].uuid) if place + 1 < len(sections) else "",
        languages=[
            (
                tag,
                endonym(tag),
                context.marks(tag, ui),
                to(**{"in": tag, "with": None}),
                tag == lang,
            )
            for tag in shown.languages
        ],
        besides=[
            (tag, endonym(tag), context.marks(tag, ui), to(**{"with": tag}), tag == beside)
            for tag in shown.languages
            if tag != lang
        ],
        alone=to(**{"with": None}),
    )


def asked_section() -> uuids.UUID | None:
    """The section that ``?section=`` names. Raises ``NotFound`` for what is no uuid."""
    asked = request.args.get("section", "")
    if not asked:
        return None
    try:
        return uuids.UUID(asked)
    except ValueError:
        raise NotFound("This section is not there any more.") from None


def _commented(html: Markup, manuscript: Manuscript, counts: dict[str, int]) -> Markup:
    """Rows whose pins lead to the comments on the paragraph, instead of to an address for readers."""
    numbered = 0

    def pin(found: re.Match[str]) -> str:
        nonlocal numbered
        numbered += 1
        block = found[1]
        count = counts.get(block, 0)
        address = frame.to("paragraph_comments", uuid=manuscript.uuid, block=block)
        label = gettext("Comments on paragraph %(number)s", number=numbered)
        return str(
            Markup(
                '<a class="pin say" href="{}" data-comment-block="{}" aria-label="{}">{}</a>'
            ).format(address, block, f"{label} ({count})" if count else label, count or "+")
        )

    return manuscript_pages.inside(_PIN.sub(pin, str(html)), manuscript)
