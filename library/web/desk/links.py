"""Links to elsewhere that do not lead there any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext, lazy_gettext, ngettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue import public_paths
from library.catalogue.link_checking import Listed, check_again, failing
from library.catalogue.models import LinkState
from library.db import utc_now
from library.errors import NotFound
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language, page_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.untrusted.outgoing import Trouble
from library.web import context
from library.web.desk import frame, panels
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_words import DONE
from library.web.paging import page_number, paging

PAGE = 50
_SHOWN = 5

#: Why a link is not well.
_TROUBLES: Final[Mapping[str, LazyString]] = {
    Trouble.ADDRESS: lazy_gettext("This is not an address that the library asks."),
    Trouble.NAME: lazy_gettext("There is no such site."),
    Trouble.PRIVATE: lazy_gettext("The address is not in the public Internet."),
    Trouble.CONNECTION: lazy_gettext("Nobody answers there."),
    Trouble.CERTIFICATE: lazy_gettext("The certificate of the site is not valid."),
    Trouble.TIME: lazy_gettext("The site takes too long to answer."),
    Trouble.ANSWER: lazy_gettext("What the site answers cannot be understood."),
    Trouble.REDIRECTS: lazy_gettext("The site sends readers round in a circle."),
}

frame.entry(
    "links",
    lazy_gettext("Links"),
    endpoint="links",
    place=60,
    allowed=lambda actor: actor.may_somewhere(Action.SEE_DRAFTS),
)


def _why(one: Listed) -> str:
    if one.link.trouble:
        return str(_TROUBLES.get(one.link.trouble, one.link.trouble))
    if one.link.status in (404, 410):
        return str(gettext("The page is not there any more (%(status)s).", status=one.link.status))
    return str(gettext("The site answers with an error (%(status)s).", status=one.link.status))


def _told(one: Listed, ui: str) -> dict[str, Any]:
    link, lang = one.link, page_language()
    return {
        "id": link.id,
        "again": bool(services().settings.link_check_days),
        "url": link.url,
        # An address that nobody should follow is shown, not linked.
        "follow": link.trouble not in (Trouble.PRIVATE, Trouble.ADDRESS),
        "broken": link.state == LinkState.BROKEN,
        "why": _why(one),
        "checked": quantities.date(link.checked_at, ui) if link.checked_at else "",
        "since": quantities.date(link.failing_since, ui) if link.failing_since else "",
        "places": [
            (
                place.title,
                context.marks(place.title_lang, ui),
                f"/id/{place.block}?lang={place.lang}"
                if place.block
                else public_paths.page(place.kind, place.key, lang=lang),
            )
            for place in one.some
        ],
        "more": one.places - len(one.some),
    }


@blueprint.get("/links")
def links() -> Answer:
    by = person.actor()
    places = by.places(Action.SEE_DRAFTS)
    if places is not None and not places:
        by.require(Action.SEE_DRAFTS)
    number = page_number(request.args.get("page"))
    every = bool(request.args.get("doubtful"))
    states = (LinkState.BROKEN, LinkState.DOUBTFUL) if every else (LinkState.BROKEN,)
    total, rows = failing(
        session(), institutions=places, states=states, offset=(number - 1) * PAGE, limit=PAGE
    )
    kept = {"doubtful": 1} if every else {}
    ui = interface_language()
    return frame.show(
        "desk/links.html",
        title=gettext("Links to elsewhere"),
        nav="links",
        notice=str(DONE.get(request.args.get("done", ""), "")),
        rows=[_told(one, ui) for one in rows],
        counted=ngettext("%(num)s link", "%(num)s links", total),
        every=every,
        checked=bool(services().settings.link_check_days),
        days=services().settings.link_check_days,
        pages=paging(
            number, total=total, size=PAGE, href=lambda n: frame.to("links", **kept, page=n)
        ),
    )


@blueprint.post("/links/again")
def link_again() -> Answer:
    """Have a link looked at soon: field ``link``."""
    by = person.actor()
    if not by.may_somewhere(Action.SEE_DRAFTS):
        by.require(Action.SEE_DRAFTS)
    which = Form.read().whole("link")
    if which is None:
        raise NotFound("This link is not in any published work any more.")
    with writing() as transaction:
        places = by.places(Action.SEE_DRAFTS)
        check_again(transaction, which, institutions=places, now=utc_now())
    return frame.leave_for(frame.to("links"), notice="again")


def _panel(database: Session, by: Actor) -> Mapping[str, Any] | None:
    total, rows = failing(
        database,
        institutions=by.places(Action.SEE_DRAFTS),
        states=(LinkState.BROKEN,),
        limit=_SHOWN,
    )
    if not total:
        return None
    ui = interface_language()
    return {"rows": [_told(one, ui) for one in rows], "total": total}


panels.add(
    "links",
    lazy_gettext("Broken links"),
    template="desk/_panel_links.html",
    place=60,
    allowed=lambda who: who.may_somewhere(Action.SEE_DRAFTS),
    query=_panel,
)
