"""The tree of a manuscript: adding, moving, renaming and removing sections."""

from __future__ import annotations

import uuid as uuids
from typing import NamedTuple

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Actor
from library.editorial import manuscripts, queries, structure, uses
from library.editorial.models import Manuscript
from library.editorial.queries import SectionLine
from library.errors import Conflict, Invalid, NotFound
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import session, writing
from library.web import context, labels
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.manuscript import crumbs, head, may_write, page, standing
from library.web.desk.refusals import said

#: Uses of a section that a page names one by one.
_NAMED = 30


class Place(NamedTuple):
    """Where a section goes: inside ``parent``, behind ``after`` or first."""

    parent: uuids.UUID
    after: uuids.UUID | None


@blueprint.post("/works/<uuid:uuid>/sections")
def section_add(uuid: uuids.UUID) -> Answer:
    """A new section behind or inside another one; or one that moves, where a button says so."""
    by = person.actor()
    form = Form.read()
    try:
        with writing() as transaction:
            found = manuscripts.manuscript_of(transaction, uuid, by=by)
            if form["move"]:
                anchor = _move(transaction, found, form, by)
                went = "moved"
            else:
                place = _new_place(queries.contents(transaction, found), form)
                made = structure.add_section(
                    transaction,
                    found,
                    parent=place.parent,
                    after=place.after,
                    title=form.text("title"),
                    by=by,
                )
                anchor, went = str(made.uuid), "added"
    except (Invalid, Conflict) as error:
        if _for_script():
            raise
        form.refuse("title" if not form["move"] else "", said(error))
        return page(uuid, form, status=error.status)
    if _for_script():
        return Response(status=204)
    address = frame.to("manuscript", uuid=uuid)
    return frame.leave_for(f"{address}?done={went}#s-{anchor}")


def _for_script() -> bool:
    return "X-CSRF-Token" in request.headers


def _move(transaction: Session, found: Manuscript, form: Form, by: Actor) -> str:
    """``move`` is ``up:UUID`` (down, in, out), or ``to:UUID`` with ``parent`` and ``after``."""
    way, _, typed = form.text("move").partition(":")
    section = _uuid(typed)
    lines = queries.contents(transaction, found)
    if way == "to":
        after = form.text("after")
        place: Place | None = Place(_uuid(form.text("parent")), _uuid(after) if after else None)
    else:
        place = _step(lines, section, way)
    if place is not None:
        structure.move_section(
            transaction, found, section, parent=place.parent, after=place.after, by=by
        )
    return str(section)


def _uuid(typed: str) -> uuids.UUID:
    try:
        return uuids.UUID(typed)
    except ValueError:
        raise Invalid("This is not the number of a section.") from None


def _step(lines: list[SectionLine], section: uuids.UUID, way: str) -> Place | None:
    """Where one step up, down, in or out leads; None where there is no further step that way."""
    by_uuid = {line.uuid: line for line in lines}
    here = by_uuid.get(section)
    if here is None or here.parent is None:
        raise Conflict("The section before has been moved or removed meanwhile.")
    beside = [line.uuid for line in lines if line.parent == here.parent]
    at = beside.index(section)
    if way == "up" and at > 0:
        return Place(here.parent, beside[at - 2] if at > 1 else None)
    if way == "down" and at + 1 < len(beside):
        return Place(here.parent, beside[at + 1])
    if way == "in" and at > 0:
        above = beside[at - 1]
        inside = [line.uuid for line in lines if line.parent == above]
        return Place(above, inside[-1] if inside else None)
    if way == "out" and (outer := by_uuid[here.parent].parent) is not None:
        return Place(outer, here.parent)
    return None


def _new_place(lines: list[SectionLine], form: Form) -> Place:
    """``place`` is ``after:UUID`` or ``inside:UUID``; empty for the end of the work."""
    way, _, typed = form.text("place").partition(":")
    root = lines[0].uuid
    if way not in ("after", "inside"):
        way, typed = "inside", str(root)
    section = next((line for line in lines if line.uuid == _uuid(typed)), None)
    if section is None:
        raise Conflict("The section before has been moved or removed meanwhile.")
    if way == "after" and section.parent is not None:
        return Place(section.parent, section.uuid)
    inside = [line.uuid for line in lines if line.parent == section.uuid]
    return Place(section.uuid, inside[-1] if inside else None)


@blueprint.get("/works/<uuid:uuid>/sections/<uuid:section>/settings")
def section_settings(uuid: uuids.UUID, section: uuids.UUID) -> Response:
    """A section's name in addresses, its place, and what would notice if it were removed."""
    return _settings(uuid, section, Form())


@blueprint.post("/works/<uuid:uuid>/sections/<uuid:section>/settings")
def section_change_settings(uuid: uuids.UUID, section: uuids.UUID) -> Answer:
    by = person.actor()
    form = Form.read()
    went = "renamed"
    try:
        with writing() as transaction:
            found = manuscripts.manuscript_of(transaction, uuid, by=by)
            if form["do"] == "remove":
                structure.remove_section(transaction, found, section, by=by)
                went = "removed"
            else:
                structure.rename_section(transaction, found, section, key=form.text("key"), by=by)
    except (Invalid, Conflict) as error:
        form.refuse(str(error.details.get("field", "")), said(error))
        return _settings(uuid, section, form, status=error.status)
    return frame.leave_for(frame.to("manuscript", uuid=uuid), notice=went)


def _settings(uuid: uuids.UUID, section: uuids.UUID, form: Form, *, status: int = 200) -> Response:
    found, by, keys = standing(uuid)
    database, ui = session(), interface_language()
    lines = queries.contents(database, found)
    here = next((line for line in lines if line.uuid == section), None)
    if here is None:
        raise NotFound("There is no such section in this manuscript any more.")
    form.values.setdefault("key", here.key)
    path = _path(lines, here)
    inside = [line for line in lines if _is_inside(lines, line, here)]
    titles = {line.uuid: line.title for line in lines}
    linking = uses.places_linking(database, found, path) if here.parent else []
    others = uses.of_section(database, found, path) if here.parent else []
    kinds = labels.labels_in("KINDS", ui)
    return frame.show(
        "desk/section_settings.html",
        title=here.title,
        nav="works",
        crumbs=crumbs(found, Crumb(here.title, lang=found.source_language)),
        status=status,
        form=form,
        here=here,
        here_mark=context.marks(found.source_language, ui),
        write=frame.to("section_write", uuid=uuid, section=section),
        count=len(inside),
        path=path,
        places=[
            (
                titles.get(place.section, ""),
                frame.to("section_write", uuid=uuid, section=place.section) + f"#b-{place.block}",
            )
            for place in {(p.section, p.block): p for p in linking}.values()
        ][:_NAMED],
        others=[(kinds.get(use.kind, use.kind), use.title) for use in others][:_NAMED],
        may_write=may_write(found, by, keys),
        **head(found, "manuscript"),
    )


def _path(lines: list[SectionLine], here: SectionLine) -> str:
    by_uuid = {line.uuid: line for line in lines}
    parts: list[str] = []
    at: SectionLine | None = here
    while at is not None and at.parent is not None:
        parts.append(at.key)
        at = by_uuid.get(at.parent)
    return "/".join(reversed(parts))


def _is_inside(lines: list[SectionLine], line: SectionLine, above: SectionLine) -> bool:
    by_uuid = {one.uuid: one for one in lines}
    at: SectionLine | None = line
    while at is not None:
        if at.uuid == above.uuid:
            return True
        at = by_uuid.get(at.parent) if at.parent else None
    return False
