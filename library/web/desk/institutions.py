"""The institutions that a form offers: those where somebody may do something."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.directory.models import Institution
from library.directory.names import institution_names
from library.http.language import page_language

#: More than this many are no list to choose from.
MOST = 500


def choices(
    session: Session, by: Actor, action: Action, *, most: int = MOST
) -> list[tuple[str, str, str | None]]:
    """Key, name and the name's language, by name, of the institutions where ``by`` may do ``action``."""
    places = by.places(action)
    query = select(Institution.key).order_by(Institution.key).limit(most)
    if places is not None:
        query = query.where(Institution.key.in_(sorted(places)))
    keys = list(session.scalars(query))
    names = institution_names(session, keys, lang=page_language())
    found = [(key, names[key].text, names[key].lang) for key in keys if key in names]
    return sorted(found, key=lambda one: one[1].casefold())
