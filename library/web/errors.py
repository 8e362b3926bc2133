"""Error pages: what went wrong in the reader's language, and where to go from here.

People get a page, programs a problem document. A page teaches: it searches, and leads to what can be
browsed. What is our fault is logged and not shown.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

from flask import Flask, Response, current_app, g, redirect, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.affiliations import work_ids
from library.catalogue.listing import Card, cards
from library.catalogue.models import WORK_KINDS
from library.db.refusal import explain, is_outage
from library.errors import Gone, Invalid, LibraryError, Moved, SignInNeeded, Unavailable
from library.http.language import interface_language, page_language
from library.http.problem import problem
from library.http.services import services, session
from library.i18n import quantities
from library.i18n.tags import normalise
from library.sentences import Sentence
from library.web import context, labels, links
from library.web.context import Crumb, Page

# Seconds after which trying again makes sense when a part of the library does not answer.
RETRY = 30
_MEGABYTE = 1_000_000
_MACHINE = ("application/json", "application/problem+json", "application/ld+json")
# Headers of HTTP's own refusals that mean something to browsers.
_TOLD = ("allow", "content-range", "retry-after")

# What is left when templates or translations are what failed.
_LAST_RESORT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Error</title>'
    "<p>The library has made a mistake. Try again later.</p></html>"
)

_log = logging.getLogger(__name__)

#: What happened, as the heading of a page.
_TITLES: Mapping[int, LazyString] = {
    400: lazy_gettext("This request cannot be read"),
    403: lazy_gettext("This is not open to everybody"),
    404: lazy_gettext("There is no page at this address"),
    405: lazy_gettext("This page cannot be used that way"),
    409: lazy_gettext("Something has changed meanwhile"),
    410: lazy_gettext("This has been withdrawn"),
    413: lazy_gettext("This is too large"),
    414: lazy_gettext("This address is too long"),
    416: lazy_gettext("The file does not have this part"),
    422: lazy_gettext("Something in this request is not right"),
    429: lazy_gettext("Too many requests in a short time"),
    500: lazy_gettext("The library has made a mistake"),
    503: lazy_gettext("A part of the library does not answer"),
}

#: What it means to the reader.
_MEANINGS: Mapping[int, LazyString] = {
    400: lazy_gettext("The address or what was sent with it is damaged. Go back and try again."),
    403: lazy_gettext("Whoever runs the library decides who may do this."),
    404: lazy_gettext(
        "The address may have been typed with a mistake, or it led to something that has moved. "
        "Search for it, or look through the shelves."
    ),
    405: lazy_gettext("Go back to the page that you came from, and follow its links."),
    409: lazy_gettext("Go back, load the page again, and see what is different now."),
    413: lazy_gettext("What was sent is larger than the library takes at once."),
    414: lazy_gettext("Nothing in the library has an address as long as this."),
    416: lazy_gettext("Load the whole file again."),
    422: lazy_gettext("Go back, change what is named below, and try again."),
    429: lazy_gettext("Wait a minute, then try again."),
    500: lazy_gettext(
        "It is not your fault. It has been written down for whoever runs the library. Try again "
        "later; everything else can be used meanwhile."
    ),
    503: lazy_gettext("Try again in a minute. What does not need that part can be used meanwhile."),
}


def init_app(app: Flask) -> None:
    """Register the handlers. They must not need anything that may be what failed."""
    app.register_error_handler(LibraryError, _library_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)


def _library_error(error: LibraryError) -> Answer:
    if error.status >= 500:
        _log.error("%s: %s", request.path, error.message, exc_info=error)
    if isinstance(error, Moved):
        return _moved(error)
    if for_a_program():
        return _finished(problem(error), error.status)
    _find_language()
    if isinstance(error, SignInNeeded) and _at_the_desk():
        from library.web.desk import frame

        return frame.sign_in_answer()
    if isinstance(error, Gone):
        return _tombstone(error)
    told = error.status in (400, 409, 413, 422) or (_at_the_desk() and error.status == 403)
    detail = error.message if told else ""
    return _page(error.status, detail=detail)


def _moved(error: Moved) -> Answer:
    """Permanently: the old address is kept for this one thing. What was asked beside the path stays."""
    asked = request.query_string.decode("ascii", "replace")
    return redirect(f"{error.details['path']}{f'?{asked}' if asked else ''}", code=301)


def _http_error(error: HTTPException) -> Answer:
    """HTTP's own refusals, and our mistakes: those Flask has logged with their traceback by now."""
    status = error.code or 500
    if error.response is not None or status < 400:
        # Whoever made the answer knows what it says; and a redirect is none of ours.
        return error.get_response()
    if for_a_program():
        return _finished(problem(error), status, error)
    _find_language()
    try:
        return _finished(_page(status, detail=_limit(status)), status, error)
    except Exception:
        _log.exception("%s: not even the error page could be made.", request.path)
        return _finished(Response(_LAST_RESORT, status), status, error)


def _database_error(error: DBAPIError) -> Answer:
    if not is_outage(error):
        raise error
    _log.error("%s: %s", request.path, explain(error), exc_info=error)
    return _http_answer(Unavailable("The database does not answer."))


def _http_answer(error: Unavailable) -> Answer:
    if for_a_program():
        return _finished(problem(error), error.status)
    _find_language()
    return _page(error.status)


def _at_the_desk() -> bool:
    """Whether this is for the desk. The application that only readers use does without that floor."""
    if "desk" not in current_app.blueprints:
        return False
    from library.web.desk import frame

    return frame.inside()


def for_a_program() -> bool:
    """Whether who asks reads JSON rather than pages: by the address, else by what it accepts."""
    if request.path.startswith("/api/"):
        return True
    if "X-CSRF-Token" in request.headers or request.headers.get("Sec-Fetch-Dest") == "empty":
        return True  # a script of one of our own pages
    accepted = request.accept_mimetypes
    if not accepted.provided:
        return False
    machine = max(accepted[kind] for kind in _MACHINE)
    return machine > accepted["text/html"]


def _find_language() -> None:
    """Speak the language that the address names, if we speak it: where it leads nowhere, and where
    something was refused before anybody had looked at the language."""
    if request.url_rule is not None and "lang" in g:
        return
    try:
        tag = normalise(request.path.split("/", 2)[1])
    except Invalid:
        return
    if tag in g.get("offered_languages", services().settings.languages):
        g.lang = tag
        g.pop("links", None)


def _at_the_desk_said(detail: str, status: int) -> tuple[str, str]:
    """What a refusal at the desk adds, and the language that it is in."""
    from library.web.desk import refusals

    ui = interface_language()
    if not detail or ui == "en":
        return detail, ui
    # Who may do what where is told in English alone; that a role is missing, in every language.
    told = refusals.no_role() if status == 403 else refusals.sentence(detail)
    return told, ui if told != detail else "en"


def _limit(status: int) -> str:
    """How much may be sent, where it was more. What stands around a file in its form is left out."""
    most = request.max_content_length
    if status != 413 or most is None or most < _MEGABYTE:
        return ""
    size = quantities.size(most // _MEGABYTE * _MEGABYTE, interface_language())
    # Sentences write signs out that cannot be seen, a space that holds together among them.
    return Sentence("At most %(size)s can be sent here at once.", size=size.replace("\u00a0", " "))


def _page(status: int, *, detail: str = "") -> Response:
    lang = page_language()
    here = links.current()
    title = str(_TITLES.get(status) or _TITLES[500 if status >= 500 else 400])
    meaning = str(_MEANINGS.get(status) or _MEANINGS[500 if status >= 500 else 400])
    if _at_the_desk() and status < 500:
        from library.web.desk import frame

        said, said_in = _at_the_desk_said(detail, status)
        return _finished(
            frame.error_page(
                status, title=title, meaning=meaning, detail=said, detail_lang=said_in
            ),
            status,
        )
    shelves = labels.labels_in("SHELVES", interface_language())
    answer = context.show(
        "error.html",
        Page(
            title=title,
            path=_path_after(lang),
            crumbs=[Crumb(gettext("Library"), here.to()), Crumb(title)],
            noindex=True,
            searchable=False,
        ),
        status=status,
        kept=False,
        title=title,
        status_number=status,
        meaning=meaning,
        detail=detail,
        shelves=[
            (here.to(segment), shelves[kind]) for kind, segment in public_paths.SEGMENTS.items()
        ],
        teaches=status < 500,
    )
    return _finished(answer, status)


def _tombstone(error: Gone) -> Answer:
    """What was here, why it is not here any more, since when, and what takes its place."""
    lang, ui, here = page_language(), interface_language(), links.current()
    facts = error.details
    was = str(facts.get("title") or gettext("A work of the library"))
    was_in = facts.get("lang")
    when = facts.get("withdrawn_at")
    kind, _, key = str(facts.get("replaced_by") or "").partition("/")
    replacement = None
    if kind in WORK_KINDS and key:
        replacement = _published(f"{kind}/{key}", lang)
    # A section or a paragraph may be gone from a work that is still here.
    whole = _published(str(facts.get("work") or ""), lang)
    title = gettext("Withdrawn: %(title)s", title=was)
    return _finished(
        context.show(
            "gone.html",
            Page(
                title=title,
                path=_path_after(lang),
                crumbs=[Crumb(gettext("Library"), here.to()), Crumb(str(_TITLES[410]))],
                noindex=True,
            ),
            status=error.status,
            kept=False,
            was=was,
            was_mark=context.marks(str(was_in) if was_in else None, ui),
            because=facts.get("because") or "",
            when=quantities.date(when, ui, "long") if isinstance(when, dt.date) else "",
            replacement=replacement,
            replacement_mark=context.marks(replacement.lang if replacement else None, ui),
            replacement_href=here.page(kind, key) if replacement else "",
            whole=whole,
            whole_mark=context.marks(whole.lang if whole else None, ui),
            whole_href=here.page(whole.kind, whole.key) if whole else "",
            look=here.to("search", [("q", was)]),
        ),
        error.status,
    )


def _published(work: str, lang: str) -> Card | None:
    """A work by its name (``course/measuring-safely``), if it can be read."""
    try:
        ids = work_ids(session(), [work])
        found = cards(session(), list(ids.values()), lang=lang)
    except SQLAlchemyError:  # the tombstone stands without it, too
        _log.exception("What a tombstone leads to could not be read.")
        return None
    return found[0] if found else None


def _path_after(lang: str) -> str:
    """The path of this address after its language, for the switch of languages; home without one."""
    first, _, rest = request.path.lstrip("/").partition("/")
    return rest if first == lang else ""


def _finished(answer: Response, status: int, error: HTTPException | None = None) -> Response:
    if error is not None:
        for name, value in error.get_headers():
            if name.lower() in _TOLD:
                answer.headers[name] = value
    if status >= 500:
        answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers.setdefault("Retry-After", str(RETRY))
    return answer
