"""What tables have changed, and taking it back."""

from __future__ import annotations

import uuid as uuids
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext, ngettext  # type: ignore[import-untyped]
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.editorial.models import BulkChange, Manuscript
from library.errors import Conflict, LibraryError
from library.http import person
from library.http.forms import Form
from library.http.services import session, writing
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.manuscript_pages import moment
from library.web.desk.tables import (
    about_words,
    chosen_way,
    column_words,
    page_tabs,
    send_on,
    sentence,
    shown_rows,
)
from library.web.paging import page_number, paging

PAGE: Final = 20
_SHOWN: Final = 500


@blueprint.get("/tables/changes")
def table_changes() -> Response:
    from library.content.tables import applying

    by = person.actor()
    number = page_number(request.args.get("page"))
    total, rows = applying.changes(session(), by=by, offset=(number - 1) * PAGE, limit=PAGE)
    return frame.show(
        "desk/table_changes.html",
        title=gettext("Changes by tables"),
        nav="tables",
        tabs=page_tabs("table_changes", by),
        notice=gettext(
            "This table is not here any more: it was applied already, or handed in more than a day ago."
        )
        if request.args.get("done") == "away"
        else "",
        rows=[_line(row) for row in rows],
        pages=paging(
            number, total=total, size=PAGE, href=lambda n: frame.to("table_changes", page=n)
        ),
    )


def _line(row: BulkChange) -> dict[str, Any]:
    return {
        "href": frame.to("table_change", uuid=row.uuid),
        "name": row.name,
        "about": about_words(row.about),
        "by": row.by_name,
        "at": moment(row.made_at),
        "counted": ngettext("%(num)s row", "%(num)s rows", row.rows),
        "undone": row.undone_at is not None,
        "undoes": row.undoes is not None,
    }


@blueprint.get("/tables/changes/<uuid:uuid>")
def table_change(uuid: uuids.UUID) -> Response:
    return _page(uuid, Form())


@blueprint.post("/tables/changes/<uuid:uuid>")
def table_change_undo(uuid: uuids.UUID) -> Answer:
    """Make it as it was before, where nothing has changed since; say what was left, and why."""
    from library.content.tables import applying, undoing

    by = person.actor()
    form = Form.read()
    then = chosen_way(form)
    try:
        with writing() as transaction:
            change = applying.change_of(transaction, uuid, by=by)
            outcome = undoing.undo(transaction, change, then=then, by=by)
            made = outcome.change.uuid
        send_on(outcome, then=then, by=by)
        return frame.leave_for(frame.to("table_change", uuid=made), notice="undone")
    except Conflict as error:
        sentences = {
            "undone": gettext("This has been taken back already."),
            "nothing": gettext(
                "Nothing of this can be taken back: everything has been changed again since."
            ),
        }
        reason = str(error.details.get("reason", ""))
        form.refuse("", sentences.get(reason, error.message))
    return _page(uuid, form, status=409)


def _page(uuid: uuids.UUID, form: Form, *, status: int = 200) -> Response:
    from library.content.tables import applying, undoing

    by = person.actor()
    change = applying.change_of(session(), uuid, by=by)
    rows = applying.rows_of(change)
    undo = None
    if change.undone_at is None and _may_undo(change, by):
        undo = undoing.plan_undo(session(), change, by=by)
    shown = rows[:_SHOWN]
    desks = _desks([row["subject"] for row in shown]) if change.about == "works" else {}
    done = request.args.get("done", "")
    notices = {
        "applied": gettext("The table is applied."),
        "undone": gettext("It is as it was before, where nothing had changed since."),
    }
    return frame.show(
        "desk/table_change.html",
        title=gettext("A change by a table"),
        nav="tables",
        crumbs=[
            Crumb(gettext("Changes by tables"), frame.to("table_changes")),
            Crumb(change.name),
        ],
        status=status,
        notice=notices.get(done, ""),
        form=form,
        change=_line(change),
        address=frame.to("table_change", uuid=uuid),
        is_works=change.about == "works",
        handed_in=change.handed_in,
        published=change.published,
        undone=(change.undone_by, moment(change.undone_at)) if change.undone_at else None,
        rows=[
            {
                "line": row["line"],
                "name": row["name"],
                "href": desks.get(row["subject"], ""),
                "title": row["title"],
                "lang": row["lang"],
                "new": row["new"],
                "cells": [(column_words(cell[0]), cell[1], cell[2]) for cell in row["cells"]],
            }
            for row in shown
        ],
        more_rows=max(0, len(rows) - _SHOWN),
        left=[_left(one) for one in change.left[:_SHOWN]],
        undo=undo,
        undo_rows=list(shown_rows(undo.plan, most=_SHOWN)) if undo is not None else [],
        undo_left=[_left(one) for one in undo.left[:_SHOWN]] if undo is not None else [],
        may_publish=by.may_somewhere(Action.PUBLISH),
        may_submit=by.may_somewhere(Action.SUBMIT),
    )


def _desks(works: list[str]) -> dict[str, str]:
    """Where each work that has a manuscript is looked at, by its uuid."""
    found = session().execute(
        select(Manuscript.work_uuid, Manuscript.uuid).where(
            Manuscript.work_uuid.in_([uuids.UUID(one) for one in works])
        )
    )
    return {str(row.work_uuid): frame.to("manuscript", uuid=row.uuid) for row in found}


def _left(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["name"], one["column"], sentence(one["why"], one.get("values") or {})


def _may_undo(change: BulkChange, by: Actor) -> bool:
    from library.content.tables import applying

    try:
        applying.require_about(change.about, by=by)
    except LibraryError:
        return False
    return True
