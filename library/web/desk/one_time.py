"""What one-time links lead to: accepting an invitation, choosing a password; and asking for a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as Answer

from library.accounts import letters, limits, links, passwords
from library.accounts import sign_in as coming_in
from library.accounts.addresses import canonical
from library.accounts.models import OneTimeLink
from library.db import session_scope, utc_now
from library.directory.names import institution_names
from library.errors import Gone, Invalid, TooMany
from library.http import person
from library.http.forms import Form
from library.http.language import page_language
from library.http.services import services, session, writing
from library.web.desk import frame, sign_in, wording
from library.web.desk.frame import blueprint

_USELESS: Final[Mapping[str, LazyString]] = {
    "unknown": lazy_gettext("Look whether the whole link was copied, to its last character."),
    "used": lazy_gettext("A link works once. If you have chosen a password already, sign in."),
    "expired": lazy_gettext("A link works for some days only. Ask for a new one."),
    "withdrawn": lazy_gettext("It was withdrawn. Ask whoever sent it to you."),
}


def password_address(token: str = "") -> str:
    """The whole address of a link to choose a password, or what such addresses begin with."""
    return f"{services().settings.base_url}/{page_language()}/desk/password/{token}"


def invitation_address(token: str, lang: str) -> str:
    return f"{services().settings.base_url}/{lang}/desk/invitation/{token}"


def _link(token: str, purpose: str) -> OneTimeLink:
    """The link of an address. Raises ``Gone``; who tries many that were never given is made to wait."""
    now = utc_now()
    tried = limits.for_links(person.network())
    limits.require_room(session(), tried, now=now)
    try:
        return links.find(session(), token, purpose=purpose, now=now)
    except Gone as error:
        if error.details.get("reason") == "unknown":
            with session_scope(services().factory, write=True) as counting:
                limits.take(counting, tried, now=now)
        raise


def _useless(error: Gone) -> Response:
    reason = str(error.details.get("reason", "unknown"))
    return frame.show(
        "desk/useless_link.html",
        title=gettext("This link does not work"),
        status=410,
        why=str(_USELESS.get(reason, _USELESS["unknown"])),
    )


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> Answer:
    try:
        link = _link(token, links.INVITATION)
    except Gone as error:
        return _useless(error)
    return _invitation_page(Form({"name": link.name}), link)


@blueprint.post("/invitation/<token>")
def accepting(token: str) -> Answer:
    form = Form.read()
    try:
        link = _link(token, links.INVITATION)
        _twice_the_same(form)
        if not form.ok:
            return _invitation_page(form, link, status=422)
        with writing() as transaction:
            admission = coming_in.by_invitation(
                transaction,
                token,
                name=form.text("name"),
                password=form.secret("password"),
                place=sign_in.place(),
                now=utc_now(),
            )
    except Gone as error:
        return _useless(error)
    except Invalid as error:
        form.take(error, wording.sentences())
        return _invitation_page(form, link, status=422)
    return sign_in.admitted(admission, frame.to("home"))


def _roles(link: OneTimeLink) -> list[dict[str, Any]]:
    """The roles of an invitation in words: what, in which language, where."""
    given = links.roles_of(link)
    keys = sorted({grant.institution for grant in given if grant.institution})
    names = institution_names(session(), keys, lang=page_language())
    return [wording.role(grant, names) for grant in given]


def _invitation_page(form: Form, link: OneTimeLink, *, status: int = 200) -> Response:
    return frame.show(
        "desk/invitation.html",
        title=gettext("Welcome to %(site)s", site=services().settings.site_name),
        status=status,
        form=form,
        link=link,
        roles=_roles(link),
        shortest=passwords.SHORTEST,
    )


def _twice_the_same(form: Form) -> None:
    if form.secret("password") != form.secret("again"):
        form.refuse("again", gettext("This is not the same password as above."))


@blueprint.get("/password/<token>")
def password(token: str) -> Answer:
    try:
        link = _link(token, links.PASSWORD)
    except Gone as error:
        return _useless(error)
    return _password_page(Form(), link)


@blueprint.post("/password/<token>")
def choosing_password(token: str) -> Answer:
    form = Form.read()
    try:
        link = _link(token, links.PASSWORD)
        _twice_the_same(form)
        if not form.ok:
            return _password_page(form, link, status=422)
        with writing() as transaction:
            coming_in.choose_password(
                transaction,
                token,
                password=form.secret("password"),
                network=person.network(),
                now=utc_now(),
            )
    except Gone as error:
        return _useless(error)
    except Invalid as error:
        form.take(error, wording.sentences())
        return _password_page(form, link, status=422)
    return frame.leave_for(frame.to("sign_in"), notice="password")


def _password_page(form: Form, link: OneTimeLink, *, status: int = 200) -> Response:
    return frame.show(
        "desk/password.html",
        title=gettext("Choose a password"),
        status=status,
        form=form,
        link=link,
        shortest=passwords.SHORTEST,
    )


@blueprint.get("/forgotten")
def forgotten() -> Answer:
    return _forgotten_page(Form(), sent=request.args.get("done") == "sent")


@blueprint.post("/forgotten")
def asking_for_link() -> Answer:
    """The same answer after the same work, whether anybody here has the address."""
    form = Form.read()
    if not services().settings.mail_url:
        return _forgotten_page(form)
    try:
        email = canonical(form.text("email", longest=300))
        now = utc_now()
        tried = limits.for_mail(email=email, network=person.network())
        with writing() as transaction:
            limits.take(transaction, tried, now=now)
            letters.post(
                transaction,
                to=email,
                subject=gettext("A new password for %(site)s", site=services().settings.site_name),
                text=gettext(
                    "Somebody, probably you, has asked to choose a new password for %(site)s.\n\n"
                    "Open this link within a day to choose one. It works once:\n\n"
                    "{link}\n\n"
                    "If it was not you, do nothing: your password stays as it is.",
                    site=services().settings.site_name,
                )
                + "\n",
                lang=page_language(),
                link=password_address(),
                now=now,
            )
    except TooMany as error:
        form.refuse("", wording.wait(error))
        answer = _forgotten_page(form, status=429)
        answer.headers["Retry-After"] = str(error.details.get("seconds", 60))
        return answer
    except Invalid as error:
        form.take(error, wording.sentences())
        return _forgotten_page(form, status=422)
    return frame.leave_for(frame.to("forgotten"), notice="sent")


def _forgotten_page(form: Form, *, sent: bool = False, status: int = 200) -> Response:
    return frame.show(
        "desk/forgotten.html",
        title=gettext("Password forgotten?"),
        status=status,
        form=form,
        sent=sent,
        by_mail=bool(services().settings.mail_url),
    )
