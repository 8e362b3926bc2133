"""The frame of the desk: its blueprint, what stands around each page, and how a page is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import gettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Actor
from library.http import forms, page_cache, person
from library.http.headers import content_security_policy
from library.http.language import interface_language, page_language
from library.http.services import services
from library.i18n.names import endonym
from library.i18n.tags import direction, normalise
from library.web import context, links

blueprint = Blueprint("desk", __name__, url_prefix="/<lang:lang>/desk")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation: shown to whom ``allowed`` says yes, in the order of ``place``."""

    name: str
    label: LazyString
    endpoint: str
    place: int
    allowed: Callable[[Actor], bool]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to this page; the last one has no ``href``. ``lang`` is that of the label."""

    label: str
    href: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class DeskFrame:
    """What stands around a page of the desk; ``frame`` in templates."""

    title: str
    lang: str
    ui: str
    dir: str
    site: str
    styles: Sequence[str]
    scripts: Sequence[str]
    modules: Sequence[str]
    icon: str
    nav: str
    entries: Sequence[tuple[str, str, str]]
    crumbs: Sequence[Crumb]
    switch: Sequence[tuple[str, str, str, str, bool]]
    language_name: str
    actor: Actor | None
    public: str
    notice: str


_ENTRIES: dict[str, Entry] = {}


def entry(
    name: str,
    label: LazyString,
    *,
    endpoint: str,
    place: int,
    allowed: Callable[[Actor], bool] = lambda _actor: True,
) -> None:
    """Put an entry into the navigation. Home is 0, Works 20, Files 40, People 60, Account 90."""
    _ENTRIES[name] = Entry(name, label, endpoint, place, allowed)


def to(endpoint: str, **values: Any) -> str:
    """The address of a page of the desk in the language of this one: ``to("people")``."""
    from flask import url_for

    values.setdefault("lang", page_language())
    return url_for(f"desk.{endpoint}", **values)


def leave_for(address: str, *, notice: str = "") -> Answer:
    """Go on to a page after a change (303). ``notice`` names a sentence that the page says once."""
    if notice:
        address += ("&" if "?" in address else "?") + f"done={quote(notice)}"
    return redirect(address, 303)


def show(
    template: str,
    *,
    title: str,
    nav: str = "",
    crumbs: Sequence[Crumb] = (),
    status: int = 200,
    scripts: Sequence[str] = (),
    notice: str = "",
    **values: Any,
) -> Response:
    """A page of the desk. ``scripts`` are files in ``static/desk/`` (``"upload.js"``), loaded as modules.

    ``notice`` is a sentence on what has just been done. Templates have ``frame``, ``actor``, ``ui``,
    ``csrf_token()`` and ``desk(endpoint, ...)`` for addresses.
    """
    framed = _frame(title, nav, crumbs, scripts, notice)
    body = render_template(
        template, frame=framed, ui=framed.ui, actor=framed.actor, title=title, **values
    )
    response = make_response(body, status)
    response.headers["Content-Language"] = framed.ui
    return response


def _frame(
    title: str, nav: str, crumbs: Sequence[Crumb], scripts: Sequence[str], notice: str
) -> DeskFrame:
    settings = services().settings
    lang, ui = page_language(), interface_language()
    here = person.actor_or_none()
    public = links.Links(lang)
    entries: list[tuple[str, str, str]] = []
    if here is not None:
        entries = [
            (one.name, str(one.label), to(one.endpoint))
            for one in sorted(_ENTRIES.values(), key=lambda one: one.place)
            if one.allowed(here)
        ]
    path = _page_path().lstrip("/").partition("/")[2]
    keep = [(k, v) for k, v in request.args.items(multi=True) if k != "done"]
    switch = [
        (tag, endonym(tag), direction(tag), public.to(path, keep, lang=tag), tag == lang)
        for tag in settings.languages
    ]
    return DeskFrame(
        title=context.page_title(title, gettext("Desk"), settings.site_name),
        lang=lang,
        ui=ui,
        dir=direction(ui),
        site=settings.site_name,
        styles=[context.static("style.css"), context.static("desk.css")],
        scripts=[context.static(f"desk/{name}") for name in scripts],
        modules=sorted({one for name in scripts for one in context.imported(f"desk/{name}")}),
        icon=context.static("icon.svg"),
        nav=nav,
        entries=entries,
        crumbs=crumbs,
        switch=switch,
        language_name=endonym(lang),
        actor=here,
        public=public.to(),
        notice=notice,
    )


def _page_path() -> str:
    """The address that shows this page: what only takes forms is left for what stands above it."""
    path = request.path
    adapter = current_app.create_url_adapter(request)
    while adapter is not None and request.method == "POST" and path.count("/") > 2:
        if adapter.test(path, "GET"):
            break
        path = path.rpartition("/")[0]
    return path


def inside() -> bool:
    """Whether this request is for the desk, even for an address there that leads nowhere."""
    if request.blueprint == blueprint.name:
        return True
    parts = request.path.split("/", 3)
    return len(parts) > 2 and parts[2] == "desk"


def error_page(
    status: int,
    *,
    title: str,
    meaning: str,
    detail: str = "",
    detail_lang: str = "en",
    beside: bool = False,
) -> Response:
    """What went wrong, within the desk, so that nobody is thrown out of what they were doing.

    ``detail`` is a sentence in ``detail_lang``, the language of the page or English. ``beside`` leads to
    the sign-in page in another tab, so that what was typed stays behind this one.
    """
    return show(
        "desk/error.html",
        title=title,
        status=status,
        status_number=status,
        meaning=meaning,
        detail=detail,
        detail_lang=detail_lang,
        beside=beside,
    )


def sign_in_answer() -> Answer:
    """To the sign-in page and back. What was sent in a form is not lost: the browser keeps its page."""
    if request.method in ("GET", "HEAD"):
        back = request.full_path.rstrip("?")
        return redirect(f"/{page_language()}/desk/sign-in?next={quote(back, safe='')}", 303)
    return error_page(
        401,
        title=gettext("You are not signed in any more"),
        meaning=gettext(
            "Nothing was saved. Sign in in another tab, come back to this one, go back to what you "
            "typed, and send it again."
        ),
        beside=True,
    )


@blueprint.before_request
def _one_address_each() -> Answer | None:
    """Lead to the one address of a page, and hand views only what is theirs."""
    values = request.view_args or {}
    tag = values.pop("lang", None)
    if tag is None or request.method not in ("GET", "HEAD"):
        return None
    wanted = f"/{normalise(tag)}{request.path[len(tag) + 1 :]}".rstrip("/")
    if wanted == request.path:
        return None
    query = request.query_string.decode("latin-1")
    return redirect(quote(wanted, safe="/") + (f"?{query}" if query else ""), 308)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(csrf_token=forms.csrf_token, desk=to, csrf_field=_csrf_field)

    @app.after_request
    def _private(response: Response) -> Response:
        if inside():
            page_cache.drop()
            forms.hand_out(response)
            response.headers["Cache-Control"] = "private, no-store"
            response.headers["X-Robots-Tag"] = "noindex"
            store = services().store
            if store.direct() is not None:
                response.headers["Content-Security-Policy"] = content_security_policy(
                    store.origin(), direct=True
                )
            # One-time links stand in addresses: they are told to nobody.
            response.headers["Referrer-Policy"] = "same-origin"
        return response


def _csrf_field() -> Markup:
    """The hidden field that each form needs."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(forms.csrf_token())
