"""The panel of those who only translate: drafts that somebody has begun to translate into their languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.editorial.untranslated import untranslated
from library.http.language import interface_language
from library.i18n.names import name
from library.web import context, labels
from library.web.desk import frame, panels

_MOST = 8


def _untranslated(database: Session, who: Actor) -> Mapping[str, Any] | None:
    found = untranslated(database, by=who, limit=_MOST)
    if not found:
        return None
    ui = interface_language()
    return {
        "rows": [
            {
                "href": frame.to("section_next", uuid=one.manuscript, to=one.lang),
                "title": one.title,
                "mark": context.marks(one.title_lang, ui),
                "kind": labels.label(labels.KINDS, one.kind),
                "language": name(one.lang, ui),
                "behind": one.texts,
            }
            for one in found
        ]
    }


panels.add(
    "untranslated",
    lazy_gettext("Still to be translated into my languages"),
    template="desk/_panel_stale.html",
    place=10,
    # Authors find the languages of what they write at each work.
    allowed=lambda who: who.may_somewhere(Action.TRANSLATE) and not who.may_somewhere(Action.WRITE),
    query=_untranslated,
)
