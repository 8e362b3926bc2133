"""Signing in and out, with a password and the code of a device."""

from __future__ import annotations

import re

from flask import Response, request
from flask_babel import gettext  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as Answer

from library.accounts import sign_in as coming_in
from library.accounts.sign_in import Admission, Place
from library.db import utc_now
from library.errors import Invalid, TooMany
from library.http import person
from library.http.forms import Form
from library.http.services import services, writing
from library.web.desk import frame, providers, wording
from library.web.desk.frame import blueprint

# Addresses of the desk, and nothing that a browser could take for another site.
_OURS = re.compile(r"/[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}/desk(?:[/?][!-\[\]-~]*)?")


def safe_next(wanted: str) -> str:
    """Where to go after signing in: an address of the desk, by default its home."""
    return wanted if _OURS.fullmatch(wanted) else frame.to("home")


def place() -> Place:
    return Place(network=person.network(), device=request.headers.get("User-Agent", ""))


def admitted(admission: Admission, onward: str) -> Answer:
    """Hand out the cookie of a sitting that has begun, and go on: to the code, or where was wanted."""
    if admission.half:
        answer = frame.leave_for(frame.to("code", next=onward))
    else:
        answer = frame.leave_for(onward)
        person.take_back(answer, half=True)
    person.hand_out(answer, admission.token, half=admission.half)
    return answer


@blueprint.get("/sign-in")
def sign_in() -> Answer:
    onward = safe_next(request.args.get("next", ""))
    if person.present() is not None:
        return frame.leave_for(onward)
    form, failed = Form(), request.args.get("failed", "")
    if failed in providers.FAILURES:
        form.refuse("", wording.sentences()[failed])
    return door(form, onward)


@blueprint.post("/sign-in")
def signing_in() -> Answer:
    form = Form.read()
    onward = safe_next(form["next"])
    try:
        admission = coming_in.with_password(
            services().factory,
            email=form.text("email", longest=300),
            password=form.secret("password"),
            place=place(),
            now=utc_now(),
            former=request.cookies.get(person.cookie_name(), ""),
        )
    except Invalid as error:
        form.take(error, wording.sentences())
        return door(form, onward, status=422)
    except TooMany as error:
        return too_many(form, error, onward)
    return admitted(admission, onward)


def door(form: Form, onward: str, *, status: int = 200) -> Response:
    """The page to sign in on."""
    return frame.show(
        "desk/sign_in.html",
        title=gettext("Sign in"),
        status=status,
        form=form,
        next=onward,
        providers=[
            (one.name, frame.to("provider", name=one.key, next=onward))
            for one in providers.offered().values()
        ],
        notice=gettext("Your password is changed. Sign in with it.")
        if request.args.get("done") == "password"
        else "",
    )


def too_many(form: Form, error: TooMany, onward: str) -> Response:
    form.refuse("", wording.wait(error))
    answer = door(form, onward, status=429)
    answer.headers["Retry-After"] = str(error.details.get("seconds", 60))
    return answer


@blueprint.get("/sign-in/code")
def code() -> Answer:
    return _code_page(Form(), safe_next(request.args.get("next", "")))


@blueprint.post("/sign-in/code")
def giving_code() -> Answer:
    form = Form.read()
    onward = safe_next(form["next"])
    try:
        admission = coming_in.with_code(
            services().factory,
            half=request.cookies.get(person.cookie_name(half=True), ""),
            typed=form.text("code", longest=60),
            key=services().settings.secret_key,
            place=place(),
            now=utc_now(),
        )
    except TooMany as error:
        form.refuse("", wording.wait(error))
        answer = _code_page(form, onward, status=429)
        answer.headers["Retry-After"] = str(error.details.get("seconds", 60))
        return answer
    except Invalid as error:
        form.take(error, wording.sentences())
        if error.details.get("reason") == "late":
            return door(form, onward, status=422)
        return _code_page(form, onward, status=422)
    return admitted(admission, onward)


def _code_page(form: Form, onward: str, *, status: int = 200) -> Response:
    form.values.pop("code", None)
    return frame.show(
        "desk/code.html",
        title=gettext("The code of your device"),
        status=status,
        form=form,
        next=onward,
    )


@blueprint.post("/sign-out")
def sign_out() -> Answer:
    with writing() as session:
        coming_in.leave(session, request.cookies.get(person.cookie_name(), ""))
    person.forget()
    answer = frame.leave_for(frame.to("sign_in"))
    person.take_back(answer)
    person.take_back(answer, half=True)
    return answer
