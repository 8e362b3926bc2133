"""A manuscript: its contents, its languages, what has to be put right, and where to go from here."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from flask import Response
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.editorial import checking, comments, facts, manuscripts, queries
from library.editorial.models import Manuscript, State
from library.editorial.progress import Progress, progress
from library.errors import Conflict, Invalid
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import session, writing
from library.i18n.names import endonym, name
from library.web import context, labels
from library.web.desk import frame, handing_on, manuscript_pages, manuscript_words
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.refusals import said
from library.web.desk.work_beginnings import language_of, languages

_MOST_FINDINGS: Final = 100

NOTICES: Final[Mapping[str, Any]] = {
    "started": lazy_gettext("The work is on the desk. Write its first paragraphs."),
    "read": lazy_gettext(
        "The document was read. What is to be looked at stands among the comments."
    ),
    "moved": lazy_gettext("The section was moved."),
    "added": lazy_gettext("The section is there."),
    "removed": lazy_gettext("The section was taken out."),
    "renamed": lazy_gettext("The address was changed. The old one will lead to the new one."),
    "language": lazy_gettext("The language was changed."),
    "facts": lazy_gettext("The facts are saved."),
    "files": lazy_gettext("The files are saved."),
}


class LanguageLine(NamedTuple):
    """A language of a manuscript on its page."""

    tag: str
    name: str
    mark: Markup
    is_source: bool
    offered: bool
    percent: str
    step: str
    told: str
    stale: int
    href: str
    may: bool


class Badge(NamedTuple):
    """How much of a section a language has."""

    name: str
    mark: Markup
    step: str
    percent: str
    href: str


class Line(NamedTuple):
    """A section in the contents."""

    uuid: str
    depth: int
    title: str
    mark: Markup
    href: str
    settings: str
    badges: list[Badge]
    open_comments: int
    first: bool
    last: bool
    is_root: bool


class Found(NamedTuple):
    """A finding in words, with where it is."""

    words: str
    where: str
    href: str
    stops: bool


def standing(uuid: uuids.UUID) -> tuple[Manuscript, Actor, list[str]]:
    """A manuscript of this request, who asks, and the institutions that answer for it."""
    by = person.actor()
    found = manuscripts.manuscript_of(session(), uuid, by=by)
    return found, by, manuscripts.institutions_of(session(), found)


def may_write(manuscript: Manuscript, by: Actor, keys: list[str], lang: str = "") -> bool:
    """Whether this person could write in a language (by default the source) as the manuscript stands."""
    lang = lang or manuscript.source_language
    own = lang == manuscript.source_language
    action = Action.WRITE if own else Action.TRANSLATE
    closed = manuscript.state in (State.IN_REVIEW, State.APPROVED)
    return not closed and by.may(action, institutions=keys, lang=lang)


def crumbs(manuscript: Manuscript, *more: Crumb) -> list[Crumb]:
    """The way from the list of works to a page of a manuscript; without ``more``, to its own."""
    own = frame.to("manuscript", uuid=manuscript.uuid) if more else None
    lang = manuscript.source_language
    return [
        Crumb(gettext("Works"), frame.to("works")),
        Crumb(manuscript.title or manuscript.key, own, lang),
        *more,
    ]


def head(manuscript: Manuscript, current: str) -> dict[str, Any]:
    """What the head of every page about a manuscript shows."""
    ui = interface_language()
    return {
        "manuscript": manuscript,
        "manuscript_mark": context.marks(manuscript.source_language, ui),
        "kind": labels.label(labels.KINDS, manuscript.kind),
        "state": manuscript.state.replace(" ", "-"),
        "state_name": str(manuscript_words.STATES.get(manuscript.state, manuscript.state)),
        "state_means": manuscript_words.meaning(manuscript),
        "review": manuscript_pages.find("review", uuid=manuscript.uuid),
        "tabs": manuscript_pages.tabs(manuscript, current),
    }


def notice() -> str:
    """The sentence on what has just been done."""
    from flask import request

    told = NOTICES.get(request.args.get("done", ""))
    return str(told) if told else ""


@blueprint.get("/works/<uuid:uuid>")
def manuscript(uuid: uuids.UUID) -> Response:
    return page(uuid, Form())


def page(uuid: uuids.UUID, form: Form, *, status: int = 200) -> Response:
    """The page of a manuscript; ``form`` holds what was typed where something was refused."""
    found, by, keys = standing(uuid)
    database, ui = session(), interface_language()
    lines = queries.contents(database, found)
    counts = progress(database, found)
    spoken = queries.languages(database, found)
    writes = may_write(found, by, keys)
    draft = manuscripts.draft_from(database, found)
    told = _findings(found, checking.findings(draft), lines)
    return frame.show(
        "desk/manuscript.html",
        title=found.title or found.key,
        nav="works",
        crumbs=crumbs(found),
        status=status,
        notice=notice(),
        scripts=["sections.js"],
        form=form,
        lines=_lines(found, lines, spoken, ui),
        findings=told[:_MOST_FINDINGS],
        stops=sum(one.stops for one in told),
        languages=[_language(found, lang, counts, by, keys, ui) for lang in spoken],
        offered_languages=languages(),
        handed=handing_on.of_manuscript(database, found),
        may_write=writes,
        may_translate=by.may(Action.TRANSLATE, institutions=keys),
        open_comments=comments.open_comments(database, found),
        **head(found, "manuscript"),
    )


def _lines(
    found: Manuscript, lines: list[queries.SectionLine], spoken: list[str], ui: str
) -> list[Line]:
    siblings: dict[uuids.UUID | None, list[uuids.UUID]] = {}
    for line in lines:
        siblings.setdefault(line.parent, []).append(line.uuid)
    made = []
    for line in lines:
        total = line.languages.get(found.source_language, 0)
        beside = siblings[line.parent]
        badges = []
        for lang in spoken[1:]:
            part = min(100, line.languages.get(lang, 0) * 100 // total) if total else 0
            badges.append(
                Badge(
                    endonym(lang, short=True),
                    context.marks(lang, ui),
                    f"p{part // 10 * 10}" if part < 100 else "",
                    context.percent(part, ui) if part < 100 else "",
                    frame.to("section_write", uuid=found.uuid, section=line.uuid, to=lang),
                )
            )
        made.append(
            Line(
                str(line.uuid),
                line.depth,
                line.title,
                context.marks(found.source_language, ui),
                frame.to("section_write", uuid=found.uuid, section=line.uuid),
                frame.to("section_settings", uuid=found.uuid, section=line.uuid),
                badges,
                line.open_comments,
                beside[0] == line.uuid,
                beside[-1] == line.uuid,
                line.parent is None,
            )
        )
    return made


def _language(
    found: Manuscript,
    lang: str,
    counts: Mapping[str, Progress],
    by: Actor,
    keys: list[str],
    ui: str,
) -> LanguageLine:
    total = counts.get(found.source_language, Progress(0, 0)).texts
    here = counts.get(lang, Progress(0, 0))
    part = min(100, here.texts * 100 // total) if total else 0
    said_of = found.facts.get("editions", {}).get(lang, {})
    return LanguageLine(
        lang,
        name(lang, ui),
        context.marks(lang, ui),
        lang == found.source_language,
        bool(said_of.get("offered", True)),
        context.percent(part, ui),
        f"p{part // 10 * 10}" if part < 100 else "",
        labels.label(labels.ORIGINS, said_of.get("origin", "human")),
        here.stale,
        frame.to("section_next", uuid=found.uuid, to=lang),
        may_write(found, by, keys, lang),
    )


def _findings(
    found: Manuscript, told: list[checking.Finding], lines: list[queries.SectionLine]
) -> list[Found]:
    titles = {line.uuid: line.title for line in lines}
    made = []
    for one in told:
        where, href = "", ""
        if one.section is not None:
            where = titles.get(one.section, "")
            asked = {"to": one.lang} if one.lang and one.lang != found.source_language else {}
            href = frame.to("section_write", uuid=found.uuid, section=one.section, **asked)
            if one.block is not None:
                href += f"#b-{one.block}"
        elif one.file is not None:
            where, href = one.file, frame.to("manuscript_files", uuid=found.uuid)
        elif one.kind in ("no-licence", "no-institution"):
            href = frame.to("manuscript_facts", uuid=found.uuid)
        made.append(
            Found(manuscript_words.FINDINGS.get(one.kind, one.kind), where, href, one.stops)
        )
    return made


@blueprint.post("/works/<uuid:uuid>/languages")
def manuscript_language(uuid: uuids.UUID) -> Answer:
    """Begin a language, or offer it to readers or not any more."""
    by = person.actor()
    form = Form.read()
    lang = language_of(form)
    if form.ok:
        try:
            with writing() as transaction:
                found = manuscripts.manuscript_of(transaction, uuid, by=by)
                facts.set_edition(
                    transaction, found, lang=lang, offered=_offered(transaction, found, form), by=by
                )
            return frame.leave_for(frame.to("manuscript", uuid=uuid), notice="language")
        except (Invalid, Conflict) as error:
            form.refuse("lang", said(error))
    return page(uuid, form, status=422)


def _offered(transaction: Session, found: Manuscript, form: Form) -> bool | None:
    del transaction
    wished = form.text("offered")
    if wished in ("yes", "no"):
        return wished == "yes"
    # A language that is only begun is not for readers yet.
    there = form.text("lang") in found.facts.get("editions", {})
    return None if there else False
