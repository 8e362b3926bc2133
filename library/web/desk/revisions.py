"""The revisions of a work: who wrote, approved and published what when; comparing any two; restoring one."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass

from flask import Response, request
from flask_babel import gettext  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as Answer

from library.catalogue.drafting import draft_of
from library.catalogue.drafts import WorkDraft
from library.editorial import manuscripts, workflow
from library.editorial import revisions as kept
from library.editorial.comparison import compare
from library.editorial.models import Manuscript
from library.editorial.preview import Preview
from library.editorial.steps import Step, steps
from library.errors import Conflict, NotFound
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import session, writing
from library.i18n.bidi import isolate
from library.i18n.names import name
from library.web import context
from library.web.desk import differences, frame, manuscript_pages, preview
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_pages import moment
from library.web.desk.manuscript_words import sentences

#: What can be compared beside the revisions by number: the manuscript, and what readers have.
DRAFT, PUBLIC = "draft", "readers"


@dataclass(frozen=True, slots=True)
class Line:
    """A revision in the list; empty where nobody did that."""

    number: int
    made_at: str
    written_by: str
    approved_by: str
    published_by: str
    published_at: str
    note: str
    current: bool


@blueprint.get("/works/<uuid:uuid>/revisions")
def revisions(uuid: uuids.UUID) -> Answer:
    return _list(uuid, Form())


def _list(uuid: uuids.UUID, form: Form, *, status: int = 200) -> Response:
    by = person.actor()
    database = session()
    manuscript = manuscripts.manuscript_of(database, uuid, by=by)
    rows = kept.revisions(database, manuscript.work_uuid)
    public = kept.published_revision(database, manuscript.work_uuid)
    lines = [
        Line(
            number=one.number,
            made_at=moment(one.made_at),
            written_by=isolate(one.written_by) if one.written_by else "",
            approved_by=isolate(one.approved_by) if one.approved_by else "",
            published_by=isolate(one.published_by) if one.published_by else "",
            published_at=moment(one.published_at),
            note=_note(one.note),
            current=public is not None and one.id == public.id,
        )
        for one in rows
    ]
    return frame.show(
        "desk/revisions.html",
        title=gettext("Revisions: %(title)s", title=manuscript.title or manuscript.key),
        nav="works",
        crumbs=manuscript_pages.crumbs(manuscript, gettext("Revisions")),
        status=status,
        manuscript=manuscript,
        tabs=manuscript_pages.tabs(manuscript, "revisions"),
        lines=lines,
        choices=_choices(lines),
        form=form,
    )


def _note(note: str) -> str:
    """What was noted with a revision; what the software notes itself is said in the page's language."""
    own = {
        "before restoring": gettext("Kept before another revision was restored."),
        "discarded": gettext("A draft that was thrown away."),
    }
    return str(own.get(note, note))


def _choices(lines: list[Line]) -> list[tuple[str, str]]:
    return [
        (DRAFT, gettext("What is on the desk now")),
        (PUBLIC, gettext("What readers have")),
        *(
            (
                str(line.number),
                gettext(
                    "Revision %(number)s, %(when)s",
                    number=line.number,
                    when=line.published_at or line.made_at,
                ),
            )
            for line in lines
        ),
    ]


@blueprint.get("/works/<uuid:uuid>/revisions/<int:number>")
def revision(uuid: uuids.UUID, number: int) -> Answer:
    """One revision: ``?section=`` (uuid) in ``?in=`` (language)."""
    by = person.actor()
    database = session()
    manuscript = manuscripts.manuscript_of(database, uuid, by=by)
    found = kept.revision(database, manuscript.work_uuid, number)
    shown = Preview(kept.draft_in(found))
    here = shown.section(preview.asked_section())
    ui = interface_language()
    lang = request.args.get("in", "")
    if lang not in shown.languages:
        lang = shown.draft.source_language
    return frame.show(
        "desk/revision.html",
        title=gettext(
            "Revision %(number)s: %(title)s",
            number=number,
            title=manuscript.title or manuscript.key,
        ),
        nav="works",
        crumbs=manuscript_pages.crumbs(manuscript, gettext("Revision %(number)s", number=number)),
        manuscript=manuscript,
        tabs=manuscript_pages.tabs(manuscript, ""),
        revision=found,
        note=_note(found.note),
        moment=moment,
        lang=lang,
        mark=context.marks(lang, ui),
        languages=[
            (
                tag,
                name(tag, ui),
                frame.to("revision", uuid=uuid, number=number, section=here.uuid, **{"in": tag}),
                tag == lang,
            )
            for tag in shown.languages
        ],
        contents=[
            (
                frame.to("revision", uuid=uuid, number=number, section=one.uuid, **{"in": lang}),
                shown.title(one, lang=lang),
                path.count("/") + 1 if path else 0,
                one is here,
            )
            for one, path in shown.sections
        ],
        heading=shown.title(here, lang=lang),
        texts=[
            manuscript_pages.inside(row.first.html, manuscript)
            for row in shown.rows(here, lang=lang, beside=None)
            if row.first is not None and row.role != "title"
        ],
        may_restore=Step.RESTORE in steps(database, manuscript, by=by),
    )


@blueprint.get("/works/<uuid:uuid>/revisions/compare")
def revisions_compare(uuid: uuids.UUID) -> Answer:
    """``?from=`` and ``?to=``: numbers of revisions, ``draft`` or ``readers``."""
    by = person.actor()
    database = session()
    manuscript = manuscripts.manuscript_of(database, uuid, by=by)
    before, after = request.args.get("from", PUBLIC), request.args.get("to", DRAFT)
    difference = compare(_side(manuscript, before), _side(manuscript, after))
    lang = request.args.get("in", "")
    start = request.args.get("at", default=0, type=int)
    shown = differences.shown(database, difference, lang=lang, start=max(0, start))
    return frame.show(
        "desk/compare.html",
        title=gettext("Compared: %(title)s", title=manuscript.title or manuscript.key),
        nav="works",
        crumbs=manuscript_pages.crumbs(manuscript, gettext("Compared")),
        manuscript=manuscript,
        tabs=manuscript_pages.tabs(manuscript, ""),
        sides=(_called(before), _called(after)),
        before=before,
        after=after,
        difference=shown,
        narrowed=lang,
    )


def _called(side: str) -> str:
    if side == DRAFT:
        return str(gettext("what is on the desk now"))
    if side == PUBLIC:
        return str(gettext("what readers have"))
    return str(gettext("revision %(number)s", number=side))


def _side(manuscript: Manuscript, side: str) -> WorkDraft:
    database = session()
    if side == DRAFT:
        return manuscripts.draft_from(database, manuscript)
    if side == PUBLIC:
        return draft_of(database, manuscript.work_uuid)
    if not side.isascii() or not side.isdigit() or len(side) > 9:
        raise NotFound(f"{side!r} is not the number of a revision.")
    return kept.draft_in(kept.revision(database, manuscript.work_uuid, int(side)))


@blueprint.post("/works/<uuid:uuid>/revisions/<int:number>/restore")
def revision_restore(uuid: uuids.UUID, number: int) -> Answer:
    by = person.actor()
    form = Form.read()
    try:
        with writing() as transaction:
            manuscript = manuscripts.manuscript_of(transaction, uuid, by=by)
            workflow.restore(transaction, manuscript, number=number, by=by)
    except Conflict as error:
        form.take(error, sentences())
        return _list(uuid, form, status=error.status)
    return frame.leave_for(frame.to("review", uuid=uuid), notice="restored")
