"""The facts of a manuscript as a form: what ``meta.toml`` would say."""

from __future__ import annotations

import json
import uuid as uuids
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask import Response
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action
from library.catalogue.models import LEVELS
from library.directory.names import code_labels, institution_names, partnership_names
from library.editorial import facts, manuscripts
from library.editorial.models import Manuscript
from library.errors import Conflict, Invalid
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language, page_language
from library.http.services import session, writing
from library.i18n.names import countries, country
from library.web import context, labels
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.institutions import choices
from library.web.desk.manuscript import crumbs, head, may_write, notice, standing
from library.web.desk.manuscript_words import FACTS
from library.web.desk.refusals import said
from library.web.desk.work_beginnings import LICENCES

_LINES: Final = ("institutions", "partnerships", "codes", "related")
_LONGEST: Final = 20_000


def _lines(value: Any) -> str:
    return "\n".join(str(one) for one in value or ())


def _pairs(*names: str) -> Callable[[Any], str]:
    def shown(value: Any) -> str:
        return "\n".join(
            " | ".join(part for name in names if (part := str(one.get(name, ""))))
            for one in value or ()
        )

    return shown


def _plain(value: Any) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value)


#: How each fact is typed: from its value to the text of its field.
_SHOWN: Final[Mapping[str, Callable[[Any], str]]] = {
    "licence": _plain,
    "level": _plain,
    "hours": _plain,
    "minutes": _plain,
    "credits": _plain,
    "version": _plain,
    "sample": lambda value: "on" if value else "",
    "institutions": _lines,
    "partnerships": _lines,
    "codes": _lines,
    "countries": lambda value: ", ".join(value or ()),
    "contributors": _pairs("name", "role"),
    "links": _pairs("url", "title"),
    "related": _lines,
    "derived_from": _plain,
}


@blueprint.get("/works/<uuid:uuid>/facts")
def manuscript_facts(uuid: uuids.UUID) -> Response:
    found, _, keys = standing(uuid)
    return _page(uuid, Form(_typed(found, keys)))


@blueprint.post("/works/<uuid:uuid>/facts")
def manuscript_facts_save(uuid: uuids.UUID) -> Answer:
    """Save what was changed in the form, and nothing else: two may change different facts at once."""
    by = person.actor()
    form = Form.read()
    was = _was(form)
    typed = {name: form.text(name, longest=_LONGEST) for name in _SHOWN}
    changed = [name for name, text in typed.items() if text != was.get(name, ("", None))[0]]
    if form.ok:
        try:
            with writing() as transaction:
                found = manuscripts.manuscript_of(transaction, uuid, by=by)
                _save(transaction, found, form, typed, changed, was, by=by)
            return frame.leave_for(frame.to("manuscript_facts", uuid=uuid), notice="facts")
        except Conflict as error:
            if error.details.get("field"):
                form.refuse(str(error.details["field"]), said(error))
            else:
                return _page(uuid, form, status=409, conflict=error)
        except Invalid as error:
            form.refuse(str(error.details.get("field", "")), said(error))
    return _page(uuid, form, status=422)


def _save(
    transaction: Session,
    found: Manuscript,
    form: Form,
    typed: Mapping[str, str],
    changed: Iterable[str],
    was: Mapping[str, tuple[str, Any]],
    *,
    by: Any,
) -> None:
    values = {name: _read(name, typed[name]) for name in changed}
    if values:
        before = {name: was[name][1] for name in values if name in was and name != "institutions"}
        facts.save_facts(
            transaction, found, {**values, "was": before}, version=form.whole("at_version"), by=by
        )
    key = form.text("key", longest=200)
    if key and key != found.key:
        facts.rename(transaction, found, key=key, by=by)


def _read(name: str, typed: str) -> Any:
    """What a field says, as `facts.save_facts` takes it."""
    if name in _LINES:
        return [line.strip() for line in typed.splitlines() if line.strip()]
    if name == "countries":
        return [one for one in typed.replace(",", " ").replace("،", " ").split() if one]
    if name in ("contributors", "links"):
        first, second = ("name", "role") if name == "contributors" else ("url", "title")
        records = []
        for line in typed.splitlines():
            one, _, other = line.partition("|")
            if line.strip():
                records.append({first: one.strip(), second: other.strip()})
        return records
    return typed


def _was(form: Form) -> dict[str, tuple[str, Any]]:
    """The facts as the page had shown them, by name: the text of the field, and the value."""
    try:
        kept = json.loads(form.text("was", longest=100_000) or "{}")
    except ValueError:
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: (_SHOWN[name](value), value) for name, value in kept.items() if name in _SHOWN}


def _typed(found: Manuscript, keys: list[str]) -> dict[str, str]:
    values = {name: shown(found.facts.get(name)) for name, shown in _SHOWN.items()}
    values["institutions"] = _lines(keys)
    values["key"] = found.key
    return values


def _page(
    uuid: uuids.UUID, form: Form, *, status: int = 200, conflict: Conflict | None = None
) -> Response:
    found, by, keys = standing(uuid)
    ui = interface_language()
    now = {**{name: found.facts.get(name) for name in _SHOWN}, "institutions": keys}
    if conflict is None and not form.ok:
        # What was shown when the typing began: what others have done since is still to be noticed.
        kept, version = form["was"], form["at_version"]
    else:
        kept, version = json.dumps(now, ensure_ascii=False), str(found.version)
    levels = labels.labels_in("LEVELS", ui)
    return frame.show(
        "desk/manuscript_facts.html",
        title=gettext("Facts about the work"),
        nav="works",
        crumbs=crumbs(found, Crumb(gettext("Facts"))),
        status=status,
        notice=notice(),
        form=form,
        was=kept,
        at_version=version,
        moved=_moved(conflict, now) if conflict is not None else [],
        may_write=may_write(found, by, keys),
        levels=[("", gettext("not said")), *((level, levels[level]) for level in LEVELS)],
        licences=LICENCES,
        contributions=list(labels.CONTRIBUTIONS),
        countries=[(code, country(code, ui)) for code in countries()],
        institutions=choices(session(), by, Action.WRITE, most=200),
        meanings=_meanings(found, keys),
        **head(found, "manuscript_facts"),
    )


def _moved(conflict: Conflict, now: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts that somebody else has changed, with what they are now."""
    names = conflict.details.get("fields")
    moved = names if isinstance(names, list) else []
    return [
        (str(FACTS.get(name, name)), _SHOWN[name](now.get(name)) or "–")
        for name in moved
        if name in _SHOWN
    ]


def _meanings(found: Manuscript, keys: list[str]) -> dict[str, list[tuple[str, str, Any]]]:
    """What keys and codes are called: key, name and the marks of its language, by fact."""
    database, lang, ui = session(), page_language(), interface_language()
    told: dict[str, list[tuple[str, str, Any]]] = {
        "institutions": [],
        "partnerships": [],
        "codes": [],
    }
    for key, named in institution_names(database, keys, lang=lang).items():
        told["institutions"].append((key, named.text, context.marks(named.lang, ui)))
    partners = found.facts.get("partnerships", [])
    for key, named in partnership_names(database, partners, lang=lang).items():
        told["partnerships"].append((key, named.text, context.marks(named.lang, ui)))
    by_scheme: dict[str, list[str]] = {}
    for one in found.facts.get("codes", []):
        scheme, _, code = one.partition(":")
        by_scheme.setdefault(scheme, []).append(code)
    for scheme, codes in by_scheme.items():
        for code, named in code_labels(database, codes, scheme=scheme, lang=lang).items():
            told["codes"].append((f"{scheme}:{code}", named.text, context.marks(named.lang, ui)))
    return told
