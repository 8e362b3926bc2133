"""The log: who did what when, narrowed by work, person and time, to read and to take along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from flask import request
from flask_babel import gettext, lazy_gettext, ngettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.accounts.log import people_in
from library.accounts.models import LogEntry
from library.accounts.permissions import Action, Actor
from library.catalogue.models import WORK_KINDS
from library.editorial import history
from library.editorial.history import Filters
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import session
from library.web import context
from library.web.desk import frame, taking
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_pages import find, moment
from library.web.desk.manuscript_words import DID
from library.web.desk.wording import DEEDS, ROLES
from library.web.paging import page_number, paging

PAGE = 50

frame.entry(
    "log",
    lazy_gettext("Log"),
    endpoint="log",
    place=80,
    allowed=lambda actor: actor.may_somewhere(Action.SEE_LOG),
)


_VERBS: Final[Mapping[str, LazyString]] = {**DID, **DEEDS}
_FACTS: Final[Mapping[str, LazyString]] = {
    "role": lazy_gettext("Role"),
    "institution": lazy_gettext("Institution"),
    "lang": lazy_gettext("Language"),
    "name": lazy_gettext("Name"),
    "forward_to": lazy_gettext("Replaced by"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page shows it. ``did_mark`` is empty where the verb is in the page's language.

    ``name`` is that of a person, where the entry is on one; ``told`` holds names of facts, what they say,
    and the mark of the name.
    """

    at: str
    by: str
    did: str
    did_mark: Markup
    subject: str
    name: str
    href: str
    told: list[tuple[str, str, Markup]]


def _filters(form: Form) -> Filters:
    return Filters(
        subject=form.text("work", longest=300),
        who=form.text("who", longest=200),
        did=form.text("did", longest=60),
        since=_day(form, "since"),
        until=_day(form, "until"),
    )


def _day(form: Form, field: str) -> dt.date | None:
    typed = form.text(field)
    if not typed:
        return None
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        form.refuse(field, gettext("Give a day, such as 2030-01-31."))
        return None


def _asked() -> Form:
    return Form({name: value for name, value in request.args.items() if "\0" not in value})


@blueprint.get("/log")
def log() -> Answer:
    by = person.actor()
    form = _asked()
    filters = _filters(form)
    database = session()
    number = page_number(request.args.get("page"))
    total, rows = history.entries(database, filters, by=by, offset=(number - 1) * PAGE, limit=PAGE)
    ui = interface_language()
    kept = {
        name: form[name] for name in ("work", "who", "did", "since", "until") if form[name].strip()
    }
    verbs = history.verbs(database, by=by)
    people = people_in(database, [entry.subject for entry in rows])
    return frame.show(
        "desk/log.html",
        title=gettext("Log"),
        nav="log",
        status=200 if form.ok else 422,
        form=form,
        lines=[_line(entry, ui, people, by) for entry in rows],
        counted=ngettext("%(num)s entry", "%(num)s entries", total),
        verbs=[
            ("", gettext("Everything")),
            *((verb, str(_VERBS.get(verb, verb))) for verb in verbs),
        ],
        csv=frame.to("log_file", ending="csv", **kept),
        jsonl=frame.to("log_file", ending="jsonl", **kept),
        pages=paging(
            number, total=total, size=PAGE, href=lambda n: frame.to("log", **kept, page=n)
        ),
        narrowed=bool(kept),
    )


def _line(entry: LogEntry, ui: str, people: Mapping[str, str], by: Actor) -> Line:
    verb = _VERBS.get(entry.did)
    kind, _, key = entry.subject.partition("/")
    manuscript = entry.details.get("manuscript")
    name, href = people.get(entry.subject, ""), ""
    if kind in WORK_KINDS and isinstance(manuscript, str):
        href = find("review", uuid=manuscript)
    elif name and by.may_somewhere(Action.MANAGE_PEOPLE):
        href = find("one_person", name=key)
    return Line(
        at=moment(entry.at),
        by=entry.by_name,
        did=str(verb) if verb is not None else entry.did,
        did_mark=context.marks("en", ui) if verb is None else Markup(""),
        subject=entry.subject,
        name=name,
        href=href,
        told=[
            _fact(field, str(value), ui)
            for field, value in entry.details.items()
            if field not in ("manuscript", "work") and value not in ("", None, name)
        ],
    )


def _fact(field: str, value: str, ui: str) -> tuple[str, str, Markup]:
    match field:
        case "note":
            return "", value, Markup("")
        case "revision":
            return "", gettext("Revision %(number)s", number=value), Markup("")
        case "at":
            with suppress(ValueError):
                return "", moment(dt.datetime.fromisoformat(value)), Markup("")
        case "role":
            value = str(ROLES.get(value, value))
    if field in _FACTS:
        return str(_FACTS[field]), value, Markup("")
    return field, value, context.marks("en", ui)


@blueprint.get("/log.<any(csv, jsonl):ending>")
def log_file(ending: str) -> Answer:
    """The log with the same filters as a file: CSV for a spreadsheet, JSON lines for a program."""
    by = person.actor()
    filters = _filters(_asked())
    history.entries(session(), filters, by=by, limit=1)  # refused before anything is sent
    reading = taking.Reading()
    rows = history.every_entry(reading.session, filters, by=by)
    # Names can be changed, and two people may have one: who it was says the number of the person.
    people = history.person_uuids(reading.session)
    if ending == "csv":
        header = ("at", "by", "person", "did", "subject", "details")
        return reading.csv("log.csv", header, _cells(rows, people))
    return reading.json_lines("log.jsonl", (_told(entry, people) for entry in rows))


def _cells(
    rows: Iterator[LogEntry], people: Mapping[int | None, str]
) -> Iterator[tuple[object, ...]]:
    for entry in rows:
        details = "; ".join(f"{name}: {value}" for name, value in entry.details.items())
        yield (
            entry.at.isoformat(),
            entry.by_name,
            people.get(entry.by_id, ""),
            entry.did,
            entry.subject,
            details,
        )


def _told(entry: LogEntry, people: Mapping[int | None, str]) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "by": entry.by_name,
        "person": people.get(entry.by_id, ""),
        "did": entry.did,
        "subject": entry.subject,
        "details": entry.details,
    }
