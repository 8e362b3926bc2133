"""One's own account: name, password, where one is signed in, and codes of a device."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.accounts import codes, limits, passwords, service, sittings
from library.accounts import sign_in as coming_in
from library.accounts.models import Person
from library.db import session_scope, utc_now
from library.errors import Conflict, Invalid, TooMany
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.sentences import Sentence
from library.web.desk import frame, providers, wording
from library.web.desk.frame import Crumb, blueprint

frame.entry("account", lazy_gettext("Account"), endpoint="account", place=90)


@blueprint.get("/account")
def account() -> Response:
    return _page()


def _me() -> Person:
    return session().get_one(Person, person.actor().id)


def _page(*, name: Form | None = None, password: Form | None = None, status: int = 200) -> Response:
    here, me, ui = person.present(), _me(), interface_language()
    rows = [
        {
            "id": row.id,
            "device": wording.device(row.device),
            "network": row.network,
            "way": _way(row.way),
            "seen": quantities.moment(row.seen_at, ui),
            "started": quantities.moment(row.started_at, ui),
            "this": here is not None and row.id == here.sitting,
        }
        for row in sittings.own(session(), me.id, now=utc_now())
    ]
    return frame.show(
        "desk/account.html",
        title=gettext("Your account"),
        nav="account",
        status=status,
        me=me,
        name=name or Form({"name": me.name}),
        password=password or Form(),
        sittings=rows,
        codes_since=quantities.date(me.code_since, ui, "long") if me.code_since else "",
        by_mail=bool(services().settings.mail_url),
        notice=_notices().get(request.args.get("done", ""), ""),
        shortest=passwords.SHORTEST,
    )


def _notices() -> dict[str, str]:
    return {
        "name": gettext("Your name is changed."),
        "password": gettext("Your password is changed. You are signed out everywhere else."),
        "ended": gettext("That session has ended."),
        "others": gettext("You are signed out everywhere else."),
        "stopped": gettext("No codes are asked for any more."),
    }


def _way(way: str) -> str:
    """How somebody came in, where it was not with a password."""
    one = providers.offered().get(way)
    return one.name if one is not None else ""


@blueprint.post("/account/name")
def account_name() -> Answer:
    form = Form.read()
    try:
        with writing() as transaction:
            me = transaction.get_one(Person, person.actor().id)
            service.rename(transaction, me, form.text("name"))
    except Invalid as error:
        form.take(error, wording.sentences())
        return _page(name=form, status=422)
    return frame.leave_for(frame.to("account"), notice="name")


@blueprint.post("/account/password")
def account_password() -> Answer:
    form, here = Form.read(), person.present()
    if form.secret("password") != form.secret("again"):
        form.refuse("again", gettext("This is not the same password as above."))
        return _page(password=form, status=422)
    try:
        coming_in.change_password(
            services().factory,
            person.actor().id,
            old=form.secret("old"),
            new=form.secret("password"),
            sitting=here.sitting if here is not None else 0,
            now=utc_now(),
        )
    except TooMany as error:
        form.refuse("", wording.wait(error))
        return _page(password=form, status=429)
    except Invalid as error:
        form.take(error, wording.sentences())
        return _page(password=form, status=422)
    return frame.leave_for(frame.to("account"), notice="password")


@blueprint.post("/account/sessions")
def account_sessions() -> Answer:
    """End one of one's own sittings, or all but this one."""
    form, who, here = Form.read(), person.actor(), person.present()
    one = form.whole("id")
    with writing() as transaction:
        if one is not None:
            sittings.end(transaction, who.id, one)
        else:
            sittings.end_all(transaction, who.id, but=here.sitting if here is not None else None)
    return frame.leave_for(frame.to("account"), notice="ended" if one is not None else "others")


@blueprint.get("/account/codes")
def account_codes() -> Response:
    return _codes_page(Form())


@blueprint.post("/account/codes")
def changing_codes() -> Answer:
    """Begin with codes, confirm the first one, make new ones on paper, or stop."""
    form, who = Form.read(), person.actor()
    wish = form["wish"]
    try:
        me = _me()
        if wish == "confirm" and me.code_since is not None:
            # The page with the codes on paper, loaded again: they are shown once.
            return frame.leave_for(frame.to("account_codes"))
        if wish == "confirm":
            return _confirm(form, who.id)
        if wish not in ("begin", "paper", "stop") or (wish == "begin") != (me.code_since is None):
            raise Conflict(Sentence("This has been done already, in another tab perhaps."))
        if me.password is not None:
            # Who finds a desk left open must not be able to shut its owner out.
            coming_in.require_password(
                services().factory, who.id, form.secret("password"), field="password", now=utc_now()
            )
        with writing() as transaction:
            me = transaction.get_one(Person, who.id)
            if wish == "begin":
                codes.prepare(transaction, me)
            elif wish == "paper":
                return _paper(codes.new_paper(transaction, me))
            else:
                codes.stop(transaction, me)
                service.note(transaction, me, "codes stopped")
    except TooMany as error:
        form.refuse("", wording.wait(error))
        return _codes_page(form, status=429)
    except Invalid as error:
        form.take(error, wording.sentences())
        return _codes_page(form, status=422)
    if wish == "stop":
        return frame.leave_for(frame.to("account"), notice="stopped")
    return frame.leave_for(frame.to("account_codes"))


def _confirm(form: Form, person_id: int) -> Answer:
    now = utc_now()
    tried = limits.for_person("code", person_id)
    with session_scope(services().factory, write=True) as counting:
        limits.take(counting, tried, now=now)
    with writing() as transaction:
        me = transaction.get_one(Person, person_id)
        paper = None
        if me.code_since is None:
            key = services().settings.secret_key
            paper = codes.confirm(transaction, me, form.text("code", longest=60), key=key, now=now)
        if paper is None:
            raise Invalid("This code is not right.", field="code", reason="code")
        limits.forgive(transaction, tried, now=now)
        service.note(transaction, me, "codes begun")
    return _paper(paper, notice=gettext("From now on a code is asked for at each sign-in."))


def _paper(paper: list[str], *, notice: str = "") -> Response:
    """The codes on paper, which are shown this once."""
    return frame.show(
        "desk/paper_codes.html",
        title=gettext("Write these codes down"),
        nav="account",
        crumbs=_crumbs(gettext("Codes on paper")),
        paper=paper,
        notice=notice,
    )


def _crumbs(last: str) -> list[Crumb]:
    return [Crumb(gettext("Your account"), frame.to("account")), Crumb(last)]


def _codes_page(form: Form, *, status: int = 200) -> Response:
    me, site = _me(), services().settings
    picture, typed, address = Markup(""), "", ""
    if me.code_salt is not None and me.code_since is None:
        shared = codes.secret(me, key=site.secret_key)
        address = codes.address(shared, email=me.email, site=site.site_name)
        picture = _picture(address)
        typed = codes.written(shared)
    form.values.pop("code", None)
    return frame.show(
        "desk/codes.html",
        title=gettext("Codes of a device"),
        nav="account",
        crumbs=_crumbs(gettext("Codes of a device")),
        status=status,
        form=form,
        me=me,
        picture=picture,
        typed=typed,
        address=address,
        since=quantities.date(me.code_since, interface_language(), "long") if me.code_since else "",
        left=codes.left_on_paper(session(), me),
        period=codes.PERIOD,
    )


def _picture(told: str) -> Markup:
    """A QR code as SVG inside the page: nobody else is asked for it, and nothing keeps it."""
    import segno

    svg = segno.make(told, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704  # made of squares
