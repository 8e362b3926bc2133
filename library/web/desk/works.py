"""The list of works on the desk, and the works of the library that can be taken onto it."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.models import WORK_KINDS
from library.directory.names import institution_names
from library.editorial import manuscripts, opening, queries
from library.editorial.models import STATES
from library.editorial.queries import Filters
from library.errors import Invalid
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language, page_language
from library.http.services import session, writing
from library.i18n import quantities
from library.web import context, labels
from library.web.desk import frame, manuscript_pages, manuscript_words
from library.web.desk.frame import blueprint
from library.web.desk.institutions import choices
from library.web.paging import page_number, paging

PAGE: Final = 20
_LONGEST: Final = 200
_FILTERS: Final = ("q", "state", "kind", "at", "mine")

frame.entry(
    "works",
    lazy_gettext("Works"),
    endpoint="works",
    place=20,
    allowed=lambda actor: actor.may_somewhere(Action.SEE_DRAFTS),
)


class Row(NamedTuple):
    """A manuscript or a work in a list, as the template shows it."""

    href: str
    kind: str
    title: str
    lang: str
    state: str
    state_name: str
    changed: str
    told: str
    open_comments: int = 0
    fault: str = ""
    work: str = ""


@blueprint.get("/works")
def works() -> Response:
    """Manuscripts, those changed last first."""
    by = person.actor()
    asked = _asked()
    number = page_number(request.args.get("page"))
    filters = Filters(
        states=[asked["state"]] if asked["state"] in STATES else (),
        kinds=[asked["kind"]] if asked["kind"] in WORK_KINDS else (),
        institution=asked["at"],
        text=asked["q"],
        mine=by.id if asked["mine"] else None,
    )
    total, lines = queries.manuscripts(
        session(), filters, by=by, offset=(number - 1) * PAGE, limit=PAGE
    )
    return _list("works", by, asked, number, total, [_manuscript(line) for line in lines])


@blueprint.get("/works/library")
def works_library() -> Response:
    """What readers have: whoever may write there takes a work onto the desk from here."""
    by = person.actor()
    asked = _asked()
    number = page_number(request.args.get("page"))
    total, lines = opening.works(
        session(),
        by=by,
        text=asked["q"],
        kind=asked["kind"] if asked["kind"] in WORK_KINDS else "",
        institution=asked["at"],
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    return _list("works_library", by, asked, number, total, [_work(line) for line in lines])


@blueprint.post("/works/open")
def work_open() -> Answer:
    """Take a work of the library onto the desk; where it is there already, lead to it."""
    by = person.actor()
    form = Form.read()
    try:
        work = uuids.UUID(form.text("work"))
    except ValueError:
        raise Invalid("This is not the number of a work.") from None
    with writing() as transaction:
        manuscript = manuscripts.open_work(transaction, work, by=by)
        uuid = manuscript.uuid
    return frame.leave_for(frame.to("manuscript", uuid=uuid))


def _asked() -> dict[str, str]:
    return {
        name: "".join(c for c in request.args.get(name, "") if c.isprintable()).strip()[:_LONGEST]
        for name in _FILTERS
    }


def _list(
    here: str,
    by: Actor,
    asked: Mapping[str, str],
    number: int,
    total: int,
    rows: Sequence[Row],
) -> Response:
    ui = interface_language()
    kept = {name: value for name, value in asked.items() if value}

    def at_page(n: int) -> str:
        told = {**kept, **({"page": str(n)} if n > 1 else {})}
        return frame.to(here) + (f"?{urlencode(told)}" if told else "")

    kinds = labels.labels_in("KINDS", ui)
    return frame.show(
        "desk/works.html",
        title=gettext("Works"),
        nav="works",
        here=here,
        rows=rows,
        total=total,
        counted=labels.counted_works(total, ui),
        asked=asked,
        narrowed=bool(kept),
        kinds=[(kind, kinds[kind]) for kind in WORK_KINDS],
        states=[(state, str(name)) for state, name in manuscript_words.STATES.items()],
        institutions=choices(session(), by, Action.SEE_DRAFTS, most=200),
        token=manuscript_pages.token(),
        pages=paging(number, total=total, size=PAGE, href=at_page),
        may_start=by.may_somewhere(Action.START_WORK),
    )


def _manuscript(line: queries.Line) -> Row:
    ui = interface_language()
    kinds = labels.labels_in("KINDS", ui)
    told = ""
    if line.publish_at is not None and not line.publish_fault:
        told = gettext("will be published on %(when)s", when=quantities.moment(line.publish_at, ui))
    return Row(
        href=frame.to("manuscript", uuid=line.uuid),
        kind=kinds.get(line.kind, line.kind),
        title=line.title or line.key,
        lang=line.source_language,
        state=line.state.replace(" ", "-"),
        state_name=str(manuscript_words.STATES.get(line.state, line.state)),
        changed=_changed(line.changed_at, line.changed_by, ui),
        told=told,
        open_comments=line.open_comments,
        fault=line.publish_fault or "",
    )


def _work(line: opening.WorkLine) -> Row:
    ui = interface_language()
    kinds = labels.labels_in("KINDS", ui)
    state = "published" if line.status == "published" else "retired"
    return Row(
        href=frame.to("manuscript", uuid=line.manuscript) if line.manuscript else "",
        kind=kinds.get(line.kind, line.kind),
        title=line.title,
        lang=line.source_language,
        state=state,
        state_name=str(manuscript_words.STATES[state]),
        changed=quantities.date(line.updated_at, ui),
        told=f"{line.kind}/{line.key}",
        work=str(line.uuid),
    )


def _changed(when: Any, who: str | None, ui: str) -> str:
    if not who:
        return str(quantities.date(when, ui))
    return str(gettext("%(when)s, %(name)s", when=quantities.date(when, ui), name=who))


def named_institutions(keys: Sequence[str]) -> list[tuple[str, str, str | None]]:
    """Key, name and the name's language of institutions, in the order of the keys."""
    names = institution_names(session(), keys, lang=page_language())
    return [
        (key, names[key].text, names[key].lang) if key in names else (key, key, None)
        for key in keys
    ]


def mark(lang: str | None) -> Any:
    """The attributes of text in a language on this page."""
    return context.marks(lang, interface_language())
