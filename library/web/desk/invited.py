"""The panel of administrators: whom they have invited and who has not come yet, and inviting somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session

from library.accounts import service
from library.accounts.permissions import Action, Actor
from library.db import utc_now
from library.http.language import interface_language
from library.i18n import quantities
from library.web.desk import panels

_MOST = 8


def _invited(database: Session, who: Actor) -> Mapping[str, Any]:
    found, ui, now = service.invitations_for(database, by=who), interface_language(), utc_now()
    return {
        "rows": [
            {
                "email": link.email,
                "name": link.name,
                "until": quantities.date(link.expires_at, ui, "long"),
                "expired": link.expires_at <= now,
            }
            for link in found[:_MOST]
        ]
    }


panels.add(
    "people",
    lazy_gettext("People"),
    template="desk/_panel_people.html",
    place=50,
    allowed=lambda who: who.may_somewhere(Action.MANAGE_PEOPLE),
    query=_invited,
)
