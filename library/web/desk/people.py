"""People: who has which role where; inviting, giving and taking roles, shutting out and letting in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask import Response, request
from flask_babel import force_locale, gettext, lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts import letters, links, service
from library.accounts.models import LogEntry, Person
from library.accounts.permissions import Action, Actor, Grant
from library.db import utc_now
from library.directory.models import Institution
from library.directory.names import Name, institution_names
from library.errors import Conflict, Forbidden, Invalid
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language, page_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.i18n.interface import locale_folder
from library.i18n.names import endonym
from library.web.desk import frame, one_time, wording
from library.web.desk.frame import Crumb, blueprint

_LAST_ENTRIES = 20

frame.entry(
    "people",
    lazy_gettext("People"),
    endpoint="people",
    place=60,
    allowed=lambda who: who.may_somewhere(Action.MANAGE_PEOPLE),
)


def _manager() -> Actor:
    who = person.actor()
    if not who.may_somewhere(Action.MANAGE_PEOPLE):
        raise Forbidden("Only administrators see who else works here.")
    return who


@blueprint.get("/people")
def people() -> Response:
    who = _manager()
    rows = service.people_for(session(), by=who)
    invited = service.invitations_for(session(), by=who)
    unsent = letters.unsent(session(), [link.email for link in invited])
    names = _names(
        [g.institution for _, grants in rows for g in grants]
        + [g.institution for link in invited for g in links.roles_of(link)]
    )
    ui, now = interface_language(), utc_now()
    return frame.show(
        "desk/people.html",
        title=gettext("People"),
        nav="people",
        people=[
            (
                one,
                [wording.role(Grant(g.role, g.institution, g.lang), names) for g in grants],
                one.uuid == who.uuid,
            )
            for one, grants in rows
        ],
        invited=[
            {
                "id": link.id,
                "email": link.email,
                "name": link.name,
                "by": link.by_name,
                "until": quantities.date(link.expires_at, ui, "long"),
                "expired": link.expires_at <= now,
                "unsent": link.email in unsent,
                "roles": [wording.role(grant, names) for grant in links.roles_of(link)],
            }
            for link in invited
        ],
        notice=_notices().get(request.args.get("done", ""), ""),
    )


def _notices() -> dict[str, str]:
    return {
        "withdrawn": gettext("The invitation is withdrawn."),
        "given": gettext("The role is given."),
        "taken": gettext("The role is taken away."),
        "out": gettext("This person is shut out, and signed out everywhere."),
        "in": gettext("This person is let in again."),
        "codes": gettext("This person can sign in without the code of a device."),
    }


def _names(keys: Iterable[str]) -> dict[str, Name]:
    return institution_names(session(), sorted({key for key in keys if key}), lang=page_language())


def _places(who: Actor) -> list[tuple[str, str, str | None]]:
    """Where somebody may give roles: key, name and the name's language."""
    keys = list(session().scalars(select(Institution.key).order_by(Institution.key)))
    given = service.open_places(who, keys)
    names = _names(given)
    named = [
        (key, names[key].text if key in names else key, names[key].lang if key in names else None)
        for key in given
        if key
    ]
    named.sort(key=lambda one: one[1].casefold())
    whole: list[tuple[str, str, str | None]] = []
    if "" in given:
        whole.append(("", gettext("The whole library"), None))
    return whole + named


def _asked_role(form: Form) -> Grant:
    """The role that a form asks for. Raises ``Invalid``."""
    institution = form.text("institution", longest=200)
    if institution:
        found = session().scalar(select(Institution.id).where(Institution.key == institution))
        if found is None:
            raise Invalid(
                "There is no such institution.", field="institution", reason="institution"
            )
    try:
        return service.checked_role(
            role=form["role"], institution=institution, lang=form.text("lang", longest=35)
        )
    except Invalid as error:
        if not error.details.get("field"):
            raise Invalid(error.message, field="lang", reason="lang") from None
        raise


def _options(who: Actor) -> dict[str, Any]:
    return {
        "roles": [("", gettext("Choose a role"))]
        + [(name, f"{label} — {wording.DUTIES[name]}") for name, label in wording.ROLES.items()],
        "places": _places(who),
        "languages": [(tag, endonym(tag)) for tag in services().settings.languages],
    }


@blueprint.get("/people/invite")
def invite() -> Response:
    return _invite_page(Form({"language": page_language()}), _manager())


@blueprint.post("/people/invite")
def inviting() -> Answer:
    who, form = _manager(), Form.read()
    try:
        with writing() as transaction:
            role = _asked_role(form)
            email, name = form.text("email", longest=300), form.text("name", longest=200)
            lang = _spoken(form)
            now = utc_now()
            token = service.invite(
                transaction, email=email, name=name, roles=[role], by=who, now=now
            )
            _mail_invitation(transaction, email, token, who, lang)
    except (Invalid, Conflict) as error:
        form.take(error, wording.sentences())
        return _invite_page(form, who, status=422)
    except Forbidden:
        form.refuse("institution", wording.sentences()["institution"])
        return _invite_page(form, who, status=422)
    return _link_page(
        gettext("Invited: %(email)s", email=email),
        address=one_time.invitation_address(token, lang),
        days=links.LIFETIMES[links.INVITATION].days,
        mailed=email,
    )


def _spoken(form: Form) -> str:
    """The language that somebody is invited in."""
    asked = form.text("language", longest=35)
    return asked if asked in services().settings.languages else page_language()


def _mail_invitation(transaction: Session, email: str, token: str, who: Actor, lang: str) -> None:
    site = services().settings
    if not site.mail_url:
        return
    with force_locale(locale_folder(lang)):
        subject = gettext("You are invited to %(site)s", site=site.site_name)
        text = gettext(
            "%(name)s invites you to work on %(site)s.\n\n"
            "Open this link within two weeks to choose a password. It works once:\n\n"
            "%(link)s\n\n"
            "If you do not know what this is about, do nothing.",
            name=who.name,
            site=site.site_name,
            link=one_time.invitation_address(token, lang),
        )
    letters.post(
        transaction,
        to=email,
        subject=subject,
        text=text + "\n",
        lang=lang,
        now=utc_now(),
        secret=token,
        key=site.secret_key,
    )


def _invite_page(form: Form, who: Actor, *, status: int = 200) -> Response:
    return frame.show(
        "desk/invite.html",
        title=gettext("Invite somebody"),
        nav="people",
        crumbs=_crumbs(gettext("Invite somebody")),
        status=status,
        form=form,
        by_mail=bool(services().settings.mail_url),
        tongues=[(tag, endonym(tag), tag) for tag in services().settings.languages],
        **_options(who),
    )


def _crumbs(last: str) -> list[Crumb]:
    return [Crumb(gettext("People"), frame.to("people")), Crumb(last)]


def _link_page(title: str, *, address: str, days: int, mailed: str = "") -> Response:
    """A one-time link, shown this once to be passed on; ``mailed`` is whom it is mailed to, too."""
    return frame.show(
        "desk/link.html",
        title=title,
        nav="people",
        crumbs=_crumbs(title),
        address=address,
        days=days,
        mailed=mailed if services().settings.mail_url else "",
    )


@blueprint.post("/people/invitations")
def invitations() -> Answer:
    """Withdraw an invitation, or make a new link for it."""
    who, form = _manager(), Form.read()
    one, now = form.whole("id") or 0, utc_now()
    with writing() as transaction:
        if form["wish"] == "withdraw":
            service.withdraw_invitation(transaction, one, by=who, now=now)
            return frame.leave_for(frame.to("people"), notice="withdrawn")
        link, token = service.invite_again(transaction, one, by=who, now=now)
        _mail_invitation(transaction, link.email, token, who, page_language())
    return _link_page(
        gettext("Invited: %(email)s", email=link.email),
        address=one_time.invitation_address(token, page_language()),
        days=links.LIFETIMES[links.INVITATION].days,
        mailed=link.email,
    )


def _somebody(opened: Session, name: uuid.UUID, who: Actor) -> Person:
    """Who an address names, if ``who`` may see them."""
    found = service.person_by_uuid(opened, name)
    if who.places(Action.MANAGE_PEOPLE) is not None:
        seen = {one.id for one, _ in service.people_for(opened, by=who)}
        if found.id not in seen:
            raise Forbidden("This person has no role at an institution of yours.")
    return found


@blueprint.get("/people/<uuid:name>")
def one_person(name: uuid.UUID) -> Response:
    return _person_page(name, Form(), _manager())


def _person_page(name: uuid.UUID, form: Form, who: Actor, *, status: int = 200) -> Response:
    one = _somebody(session(), name, who)
    grants = service.grants_of(session(), one)
    places, ui = who.places(Action.MANAGE_PEOPLE), interface_language()
    entries = (
        session()
        .scalars(
            select(LogEntry)
            .where(LogEntry.subject == service.subject(one))
            .order_by(LogEntry.at.desc(), LogEntry.id.desc())
            .limit(_LAST_ENTRIES)
        )
        .all()
    )
    shown = [*grants, *(_logged(entry) for entry in entries)]
    names = _names(grant.institution for grant in shown)
    return frame.show(
        "desk/person.html",
        title=one.name,
        nav="people",
        crumbs=_crumbs(one.name),
        status=status,
        one=one,
        form=form,
        grants=[
            (wording.role(grant, names), places is None or grant.institution in places)
            for grant in grants
        ],
        manageable=service.may_manage(session(), one, by=who),
        entries=[
            {
                "when": quantities.moment(entry.at, ui),
                "who": entry.by_name,
                "did": str(wording.DEEDS.get(entry.did, entry.did)),
                "role": wording.role(_logged(entry), names) if "role" in entry.details else None,
            }
            for entry in entries
        ],
        notice=_notices().get(request.args.get("done", ""), ""),
        **_options(who),
    )


def _logged(entry: LogEntry) -> Grant:
    """The role that an entry of the log speaks of."""
    told = entry.details
    return Grant(told.get("role", ""), told.get("institution", ""), told.get("lang", ""))


@blueprint.post("/people/<uuid:name>/roles")
def giving_role(name: uuid.UUID) -> Answer:
    """Give a role, or take one away (``wish=take``)."""
    who, form = _manager(), Form.read()
    taking = form["wish"] == "take"
    try:
        with writing() as transaction:
            one = _somebody(transaction, name, who)
            if taking:
                service.revoke_role(
                    transaction,
                    one,
                    role=form["role"],
                    institution=form["institution"],
                    lang=form["lang"],
                    by=who,
                )
            else:
                role = _asked_role(form)
                service.grant_role(
                    transaction,
                    one,
                    role=role.role,
                    institution=role.institution,
                    lang=role.lang,
                    by=who,
                )
    except (Invalid, Conflict) as error:
        form.take(error, wording.sentences())
        return _refused(name, form, who) if taking else _person_page(name, form, who, status=422)
    return frame.leave_for(_after(who, name), notice="taken" if taking else "given")


def _refused(name: uuid.UUID, form: Form, who: Actor) -> Response:
    """The page again, with why nothing was done, and the form for another role empty."""
    empty = Form()
    empty.errors = {"": " ".join(form.errors.values())}
    return _person_page(name, empty, who, status=409)


def _after(who: Actor, name: uuid.UUID) -> str:
    """Back to the person, unless their last role that ``who`` looks after has just been taken."""
    now = person.actor() if who.uuid != name else _again()
    if now is None or not now.may_somewhere(Action.MANAGE_PEOPLE):
        return frame.to("home")
    try:
        _somebody(session(), name, now)
    except Forbidden:
        return frame.to("people")
    return frame.to("one_person", name=name)


def _again() -> Actor | None:
    """Who is signed in, with the roles that they have now."""
    person.forget()
    return person.actor_or_none()


@blueprint.post("/people/<uuid:name>/access")
def changing_access(name: uuid.UUID) -> Answer:
    """Shut out or let in, make a link to choose a password, or stop asking for codes."""
    who, form = _manager(), Form.read()
    wish, token = form["wish"], ""
    try:
        with writing() as transaction:
            one = _somebody(transaction, name, who)
            if wish in ("in", "out"):
                service.set_active(transaction, one, active=wish == "in", by=who)
            elif wish == "codes":
                service.stop_codes(transaction, one, by=who)
            elif wish == "password":
                token = service.password_link(transaction, one, by=who, now=utc_now())
            else:
                raise Invalid("This cannot be done here.")
    except (Invalid, Conflict) as error:
        form.take(error, wording.sentences())
        return _refused(name, form, who)
    if token:
        return _link_page(
            gettext("A link for %(name)s", name=one.name),
            address=one_time.password_address(token),
            days=links.LIFETIMES[links.PASSWORD].days,
        )
    person.forget()
    return frame.leave_for(frame.to("one_person", name=name), notice=wish)
