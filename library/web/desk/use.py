"""How often works are read, by work, language, country and month: counts, never persons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from flask import request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.use import FEW, MONTHS, Bounds, Used, by_month, month_of, total, used
from library.db import utc_now
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import services, session
from library.i18n import quantities
from library.i18n.names import country, name
from library.web import context
from library.web.desk import frame, taking
from library.web.desk.frame import blueprint

_USUAL = 3
_MOST = 50

frame.entry(
    "use",
    lazy_gettext("Use"),
    endpoint="use",
    place=70,
    allowed=lambda actor: actor.may_somewhere(Action.SEE_USE),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; ``share`` is a class for its bar, in tenths of the greatest."""

    name: str
    mark: Markup
    count: str
    share: str
    href: str = ""


def _bounds(by: Actor, form: Form) -> Bounds:
    """What is asked for, and may be seen. Raises ``Forbidden`` for who may see nothing."""
    places = by.places(Action.SEE_USE)
    if places is not None and not places:
        by.require(Action.SEE_USE)
    now = month_of(utc_now().date())
    until = _month(form, "until") or now
    since = _month(form, "since") or month_of(until, before=_USUAL - 1)
    kind, _, key = form.text("work", longest=300).partition("/")
    since = max(since, month_of(now, before=MONTHS - 1))
    return Bounds(since, until, places, (kind, key) if key else None)


def _month(form: Form, field: str) -> dt.date | None:
    typed = form.text(field)
    if not typed:
        return None
    try:
        return dt.date.fromisoformat(f"{typed}-01")
    except ValueError:
        form.refuse(field, gettext("Give a month, such as 2030-01."))
        return None


def _asked() -> Form:
    return Form({name: value for name, value in request.args.items() if "\0" not in value})


@blueprint.get("/use")
def use() -> Answer:
    form = _asked()
    bounds = _bounds(person.actor(), form)
    form.values["since"] = f"{bounds.since:%Y-%m}"
    form.values["until"] = f"{bounds.until:%Y-%m}"
    database = session()
    ui = interface_language()
    kept = {name: form[name] for name in ("since", "until", "work") if form[name].strip()}
    works = used(database, bounds, by="work", limit=_MOST)
    return frame.show(
        "desk/use.html",
        title=gettext("Use"),
        nav="use",
        status=200 if form.ok else 422,
        form=form,
        total=_count(total(database, bounds), ui),
        tables=[
            (
                gettext("Works"),
                _lines(works, ui, [_work(one, ui, kept) for one in works]),
            ),
            (
                gettext("Languages"),
                _named(used(database, bounds, by="language", limit=_MOST), ui, language=True),
            ),
            (
                gettext("Countries"),
                _named(used(database, bounds, by="country", limit=250), ui, language=False),
            ),
            (gettext("Months"), _monthly(used(database, bounds, by="month", limit=MONTHS), ui)),
        ],
        months=_choices(bounds, ui),
        csv=frame.to("use_file", **kept),
        by_country=bool(services().settings.country_header),
        narrowed=form["work"],
        without=frame.to("use", **{k: v for k, v in kept.items() if k != "work"}),
    )


def _count(number: int, ui: str) -> str:
    """A number in words; below three it could be one person that everybody knows."""
    if 0 < number < FEW:
        return str(gettext("fewer than %(number)s", number=FEW))
    return context.number(number, ui)


def _work(one: Used, ui: str, kept: dict[str, str]) -> tuple[str, Markup, str]:
    href = frame.to("use", **{**kept, "work": one.name})
    return one.title, context.marks(one.lang, ui), href


def _named(rows: list[Used], ui: str, *, language: bool) -> list[Line]:
    told = []
    for one in rows:
        if language:
            words = name(one.name, ui)
        else:
            words = country(one.name, ui) if one.name else gettext("not known")
        told.append((words, Markup(""), ""))
    return _lines(rows, ui, told)


def _monthly(rows: list[Used], ui: str) -> list[Line]:
    told = [(_named_month(one.name, ui), Markup(""), "") for one in rows]
    return _lines(rows, ui, told)


def _named_month(written: str, ui: str) -> str:
    return quantities.month(dt.date.fromisoformat(f"{written}-01"), ui)


def _choices(bounds: Bounds, ui: str) -> list[tuple[str, str]]:
    """The months that can be asked for, the latest first; and the two that are, whatever they are."""
    now = utc_now().date()
    days = {month_of(now, before=n) for n in range(MONTHS)} | {bounds.since, bounds.until}
    written = [f"{day:%Y-%m}" for day in sorted(days, reverse=True)]
    return [(one, _named_month(one, ui)) for one in written]


def _share(count: int, most: int) -> str:
    """The class of a bar in tenths of the greatest; small counts show nothing of themselves."""
    if count < FEW:
        return "p0"
    tenths = round(10 * count / most)
    return f"p{10 * tenths}" if tenths < 10 else ""


def _lines(
    rows: list[Used], ui: str, told: list[tuple[str, Markup, str]] | None = None
) -> list[Line]:
    told = told or [(one.name, Markup(""), "") for one in rows]
    most = max((one.count for one in rows), default=0)
    return [
        Line(
            words,
            mark,
            _count(one.count, ui),
            _share(one.count, most),
            href,
        )
        for one, (words, mark, href) in zip(rows, told, strict=True)
    ]


@blueprint.get("/use.csv")
def use_file() -> Answer:
    """Every work, language, country and month with its count."""
    bounds = _bounds(person.actor(), _asked())
    reading = taking.Reading()

    def rows() -> Iterator[tuple[object, ...]]:
        for *what, count in by_month(reading.session, bounds):
            yield *what, count if count >= FEW else f"<{FEW}"

    return reading.csv("use.csv", ("work", "language", "country", "month", "readings"), rows())
