"""Reviewing and publishing a manuscript: how it stands, what changed, what is said, what may be done."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, request
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.models import Person
from library.accounts.permissions import Action, Actor
from library.catalogue import public_paths
from library.editorial import checking, comments, manuscripts, workflow
from library.editorial.checking import Finding
from library.editorial.models import Manuscript, State
from library.editorial.standing import Standing, leaning_on, standing
from library.editorial.steps import Step, steps_now
from library.errors import Conflict, Forbidden, Invalid, NotFound
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language, page_language
from library.http.services import session, writing
from library.i18n import quantities
from library.i18n.bidi import isolate
from library.web import context, labels
from library.web.desk import differences, frame, handing_on, manuscript_pages
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_pages import ZONES, moment
from library.web.desk.manuscript_words import (
    DONE,
    FINDINGS,
    STATES,
    STEPS,
    meaning,
    sentences,
)

#: A step in an address, and the notice that is shown after it.
_SLUGS: Final[Mapping[str, tuple[Step, str]]] = {
    "submit": (Step.SUBMIT, "submitted"),
    "take-back": (Step.TAKE_BACK, "taken-back"),
    "send-back": (Step.SEND_BACK, "sent-back"),
    "approve": (Step.APPROVE, "approved"),
    "publish": (Step.PUBLISH, "published"),
    "schedule": (Step.SCHEDULE, "scheduled"),
    "unschedule": (Step.UNSCHEDULE, "unscheduled"),
    "retire": (Step.RETIRE, "retired"),
    "discard": (Step.DISCARD, "discarded"),
}
_ADDRESSES: Final = {step: slug for slug, (step, _) in _SLUGS.items()}
#: Steps that stand open on the page; the others wait behind their name.
_FOREMOST: Final = (Step.SUBMIT, Step.APPROVE, Step.PUBLISH)


@dataclass(frozen=True, slots=True)
class Possible:
    """A step that may be made now. ``open``: its form stands open on the page."""

    slug: str
    label: str
    open: bool


@blueprint.get("/works/<uuid:uuid>/review")
def review(uuid: uuids.UUID) -> Answer:
    return _page(uuid, Form({"zone": "UTC"}))


@blueprint.post("/works/<uuid:uuid>/review/<slug>")
def review_step(uuid: uuids.UUID, slug: str) -> Answer:
    """Make a step; where it is refused, the page again with what was typed and why."""
    if slug not in _SLUGS:
        raise NotFound("There is no such step.")
    step, notice = _SLUGS[slug]
    form = Form.read()
    by = person.actor()
    went = frame.to("review", uuid=uuid)
    try:
        at = _time(form) if step is Step.SCHEDULE else None
        if not form.ok:
            return _page(uuid, form, at=slug, status=422)
        with writing() as transaction:
            manuscript = manuscripts.manuscript_of(transaction, uuid, by=by)
            work_uuid = manuscript.work_uuid
            gone = _make(step, transaction, manuscript, form, at=at, by=by)
            if step is Step.DISCARD:
                went = frame.to("home")
                if not gone:
                    again = manuscripts.open_work(transaction, work_uuid, by=by)
                    went = frame.to("review", uuid=again.uuid)
    except (Invalid, Conflict) as error:
        return _refused(uuid, form, slug, error)
    except Forbidden as error:
        if error.details.get("reason") != "own-words":
            raise
        return _refused(uuid, form, slug, error)
    return frame.leave_for(went, notice=notice)


def _refused(
    uuid: uuids.UUID, form: Form, slug: str, error: Invalid | Conflict | Forbidden
) -> Response:
    form.take(error, sentences())
    return _page(uuid, form, at=slug, status=error.status)


def _make(
    step: Step,
    transaction: Session,
    manuscript: Manuscript,
    form: Form,
    *,
    at: dt.datetime | None,
    by: Actor,
) -> bool:
    """Make one step; True where there is no manuscript any more."""
    # What is approved and published is what stood on the page, not what took its place since.
    seen = form.whole("seen")
    calls: dict[Step, Callable[[], object]] = {
        Step.SUBMIT: lambda: workflow.submit(
            transaction, manuscript, note=form.text("note"), by=by
        ),
        Step.TAKE_BACK: lambda: workflow.take_back(transaction, manuscript, by=by),
        Step.SEND_BACK: lambda: workflow.send_back(
            transaction, manuscript, why=form.text("why"), by=by
        ),
        Step.APPROVE: lambda: workflow.approve(
            transaction, manuscript, note=form.text("note"), version=seen, by=by
        ),
        Step.PUBLISH: lambda: workflow.publish(
            transaction, manuscript, over=form.whole("over"), version=seen, by=by
        ),
        Step.SCHEDULE: lambda: workflow.schedule(
            transaction,
            manuscript,
            at=at or dt.datetime.min.replace(tzinfo=dt.UTC),
            version=seen,
            by=by,
        ),
        Step.UNSCHEDULE: lambda: workflow.unschedule(transaction, manuscript, by=by),
        Step.RETIRE: lambda: workflow.retire(
            transaction,
            manuscript,
            because=form.text("because"),
            forward_to=forwarding(form.text("forward_to")),
            by=by,
        ),
        Step.DISCARD: lambda: workflow.discard(transaction, manuscript, by=by),
    }
    return calls[step]() is True


def _time(form: Form) -> dt.datetime | None:
    """The time that was typed, in the zone that was typed; what is wrong with it goes into the form."""
    try:
        zone = zoneinfo.ZoneInfo(form.text("zone") or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        form.refuse("zone", gettext("This is not the name of a time zone, such as Africa/Nairobi."))
        return None
    try:
        typed = dt.datetime.fromisoformat(form.text("at"))
    except ValueError:
        form.refuse("at", gettext("Give a day and a time, such as 2030-01-31 08:00."))
        return None
    if typed.tzinfo is not None or not 2000 <= typed.year <= 2200:
        form.refuse("at", gettext("Give a day and a time, such as 2030-01-31 08:00."))
        return None
    at = typed.replace(tzinfo=zone)
    if at.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != typed:
        form.refuse(
            "at", gettext("There is no such time on that day: the clocks are put forward then.")
        )
        return None
    return at


def forwarding(typed: str) -> str:
    """``course/key`` from what somebody typed or copied: that, a path, or a whole address."""
    path = typed.split("?")[0].split("#")[0]
    if "://" in path:
        path = path.split("://", 1)[1].partition("/")[2]
    parts = [part for part in path.split("/") if part]
    if len(parts) > 2:
        parts = parts[1:3]
    if len(parts) == 2:
        parts[0] = public_paths.KINDS.get(parts[0], parts[0])
    return "/".join(parts)


def _page(uuid: uuids.UUID, form: Form, *, at: str = "", status: int = 200) -> Response:
    by = person.actor()
    database = session()
    manuscript = manuscripts.manuscript_of(database, uuid, by=by)
    stands = standing(database, manuscript)
    lang = request.args.get("in", "")
    start = request.args.get("from", default=0, type=int)
    difference = None
    if stands.difference is not None:
        difference = differences.shown(database, stands.difference, lang=lang, start=max(0, start))
    places = manuscripts.institutions_of(database, manuscript)
    said = comments.threads(database, manuscript)
    steps = steps_now(database, manuscript, by=by)
    here = differences.paragraphs(difference) if difference else ()
    done = str(DONE.get(request.args.get("done", ""), "")) if request.method == "GET" else ""
    ui = interface_language()
    return frame.show(
        "desk/review.html",
        title=gettext("Review: %(title)s", title=manuscript.title or manuscript.key),
        nav="works",
        crumbs=manuscript_pages.crumbs(manuscript, gettext("Review")),
        scripts=["review.js"],
        notice=done,
        status=status,
        manuscript=manuscript,
        tabs=manuscript_pages.tabs(manuscript, "review"),
        title_mark=context.marks(manuscript.source_language, ui),
        kind=labels.label(labels.KINDS, manuscript.kind),
        state=str(STATES[manuscript.state]),
        meaning=meaning(manuscript),
        since=_since(database, manuscript),
        handed=handing_on.of_manuscript(database, manuscript),
        publish_at=quantities.moment(manuscript.publish_at, ui) if manuscript.publish_at else "",
        stands=stands,
        public=public_paths.page(stands.work.kind, stands.work.key, lang=page_language())
        if stands.work is not None and stands.public
        else "",
        meanwhile=differences.shown(database, stands.meanwhile) if stands.meanwhile else None,
        leaning=[
            (f"{one.kind}/{one.key}", public_paths.page(one.kind, one.key, lang=page_language()))
            for one in (
                leaning_on(database, stands.work)
                if stands.work is not None and Step.RETIRE in steps
                else ()
            )
        ],
        possible=[
            Possible(_ADDRESSES[step], str(STEPS[step]), step in _FOREMOST)
            for step in steps
            if step in _ADDRESSES
        ],
        # The way back to readers for what was withdrawn; elsewhere the page of revisions is enough.
        restore=manuscript_pages.find("revisions", uuid=manuscript.uuid)
        if manuscript.state == State.RETIRED and Step.RESTORE in steps
        else "",
        findings=_findings(stands, manuscript),
        difference=difference,
        narrowed=lang,
        threads=said,
        elsewhere=[one for one in said if one.block not in here],
        by_text=differences.beside(difference, said) if difference else {},
        may_comment=by.may(Action.COMMENT, institutions=places),
        form=form,
        refused_at=at,
        token=manuscript_pages.token(),
        moment=moment,
        zones=ZONES,
        log_address=manuscript_pages.find("log", work=f"{manuscript.kind}/{manuscript.key}")
        if by.may_somewhere(Action.SEE_LOG)
        else "",
    )


def _since(database: Session, manuscript: Manuscript) -> str:
    """Who changed it last or handed it in, and when."""
    waits = manuscript.state in (State.IN_REVIEW, State.APPROVED)
    who = manuscript.submitted_by if waits else manuscript.changed_by
    when = manuscript.submitted_at if waits else manuscript.changed_at
    someone = database.get(Person, who) if who is not None else None
    if when is None:
        return ""
    told = {
        "name": isolate(someone.name) if someone else gettext("somebody"),
        "when": moment(when),
    }
    if waits:
        return str(gettext("Handed in by %(name)s, %(when)s.", **told))
    if someone is None:
        return str(gettext("Last changed %(when)s.", when=told["when"]))
    return str(gettext("Last changed by %(name)s, %(when)s.", **told))


def _findings(stands: Standing, manuscript: Manuscript) -> list[tuple[Finding, str, str]]:
    """What has to be put right, and what should be looked at: each, its sentence, and where it is."""
    if manuscript.state in (State.PUBLISHED, State.RETIRED):
        return []
    return [
        (one, str(FINDINGS.get(one.kind, one.kind)), _place(one, manuscript))
        for one in checking.findings(stands.after)
    ]


def _place(one: Finding, manuscript: Manuscript) -> str:
    """The page on which it is put right."""
    if one.section is not None:
        asked = {"to": one.lang} if one.lang not in (None, manuscript.source_language) else {}
        href = manuscript_pages.find(
            "section_write", uuid=manuscript.uuid, section=one.section, **asked
        )
        return f"{href}#b-{one.block}" if href and one.block is not None else href
    endpoint = "manuscript_files" if one.file is not None else "manuscript_facts"
    return manuscript_pages.find(endpoint, uuid=manuscript.uuid)
