"""The panels of those who translate: what fell behind its source, and drafts begun in their languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.editorial.falling_behind import Behind, behind
from library.editorial.untranslated import Untranslated, untranslated
from library.http.language import interface_language
from library.i18n.names import name
from library.web import context, labels
from library.web.desk import frame, panels

_MOST = 8


def _row(one: Behind | Untranslated) -> dict[str, Any]:
    ui = interface_language()
    there = one.manuscript
    return {
        "href": frame.to("section_next", uuid=there, to=one.lang) if there else "",
        "title": one.title,
        "mark": context.marks(one.title_lang, ui),
        "kind": labels.label(labels.KINDS, one.kind),
        "language": name(one.lang, ui),
        "behind": one.texts,
    }


def _stale(database: Session, who: Actor) -> Mapping[str, Any] | None:
    rows = [_row(one) | {"work": one.work} for one in behind(database, by=who, limit=_MOST)]
    return {"rows": rows} if rows else None


def _untranslated(database: Session, who: Actor) -> Mapping[str, Any] | None:
    rows = [_row(one) for one in untranslated(database, by=who, limit=_MOST)]
    return {"rows": rows} if rows else None


panels.add(
    "untranslated",
    lazy_gettext("Still to be translated into my languages"),
    template="desk/_panel_stale.html",
    place=10,
    # Authors find the languages of what they write at each work.
    allowed=lambda who: who.may_somewhere(Action.TRANSLATE) and not who.may_somewhere(Action.WRITE),
    query=_untranslated,
)
panels.add(
    "stale",
    lazy_gettext("Fallen behind in my languages"),
    template="desk/_panel_stale.html",
    place=40,
    allowed=lambda who: who.may_somewhere(Action.TRANSLATE),
    query=_stale,
)
