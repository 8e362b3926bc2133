"""Signing in at an institution's own provider (OpenID Connect)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import cast

from flask import Flask, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as Answer

from library.accounts import openid
from library.accounts import providers as told
from library.accounts import sign_in as coming_in
from library.accounts.providers import Provider
from library.db import utc_now
from library.errors import Invalid, NotFound, Unavailable
from library.http import person
from library.http.incoming import away
from library.http.language import page_language
from library.http.services import services
from library.web.desk import frame, sign_in
from library.web.desk.frame import blueprint

#: Why somebody may come back from a provider without being let in; see `library.web.desk.wording`.
FAILURES = ("foreign", "cancelled", "refused", "unverified", "elsewhere", "unknown", "away")

_EXTENSION = "library.sign_in"
_log = logging.getLogger(__name__)


def offered() -> Mapping[str, Provider]:
    """The providers of this site, by key."""
    return cast("Mapping[str, Provider]", current_app.extensions[_EXTENSION])


def init_app(app: Flask) -> None:
    """Read the providers. Raises ``Misconfigured``."""
    app.extensions[_EXTENSION] = told.load(app.extensions["library"].settings.sign_in)


def _provider(name: str) -> Provider:
    found = offered().get(name)
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def _back(provider: Provider) -> str:
    """Our address that the provider sends people back to: one for all languages, as it is registered."""
    return f"{services().settings.base_url}/en/desk/sign-in/with/{provider.key}/back"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().settings.secret_key, salt="sign-in journey")


def _cookie() -> str:
    return "__Host-desk_journey" if person.is_https() else "desk_journey"


@blueprint.get("/sign-in/with/<name>")
def provider(name: str) -> Answer:
    """Off to the provider."""
    one, journey = _provider(name), openid.new_journey()
    onward = sign_in.safe_next(request.args.get("next", ""))
    try:
        # A provider that keeps us waiting must not keep readers waiting.
        with away():
            address = openid.way_out(
                one, journey=journey, back=_back(one), key=services().settings.secret_key
            )
    except Unavailable as error:
        return _failed(one, error, onward)
    answer = frame.leave_for(address)
    answer.set_cookie(
        _cookie(),
        _signer().dumps([one.key, journey, page_language(), onward]),
        max_age=openid.LONGEST,
        path="/",
        secure=person.is_https(),
        httponly=True,
        samesite="Lax",
    )
    return answer


@blueprint.get("/sign-in/with/<name>/back")
def provider_back(name: str) -> Answer:
    """Back from the provider, whose answer is taken once and only in the browser that began."""
    one = _provider(name)
    try:
        key, journey, lang, onward = _signer().loads(
            request.cookies.get(_cookie(), ""), max_age=openid.LONGEST
        )
    except (BadSignature, ValueError, TypeError):
        key, journey, lang, onward = "", "", page_language(), ""
    speak(lang)
    onward = sign_in.safe_next(str(onward))
    try:
        if key != one.key or not journey:
            raise Invalid("This sign-in was not begun in this browser.", reason="foreign")
        with away():
            vouched = openid.way_back(
                one,
                address=_address(one),
                journey=journey,
                back=_back(one),
                key=services().settings.secret_key,
                now=utc_now(),
            )
        admission = coming_in.by_provider(
            services().factory,
            provider=one.key,
            email=vouched.email,
            name=vouched.name,
            place=sign_in.place(),
            now=utc_now(),
            former=request.cookies.get(person.cookie_name(), ""),
        )
    except (Invalid, Unavailable) as error:
        answer: Answer = _failed(one, error, onward)
    else:
        answer = sign_in.admitted(admission, onward)
    answer.delete_cookie(
        _cookie(), path="/", secure=person.is_https(), httponly=True, samesite="Lax"
    )
    return answer


def speak(lang: str) -> None:
    """Go on in the language that somebody left in: the provider knows one address only."""
    from flask import g
    from flask_babel import refresh  # type: ignore[import-untyped]

    if lang != page_language():
        g.lang = lang
        g.pop("catalogue", None)
        g.pop("links", None)
        refresh()


def _address(provider: Provider) -> str:
    """The address that the browser came back to, as the provider knows it."""
    return f"{_back(provider)}?{request.query_string.decode('latin-1')}"


def _failed(provider: Provider, error: Invalid | Unavailable, onward: str) -> Answer:
    """To the sign-in page, which says why; what the provider said is for the log, and not kept in the
    address."""
    # What it said may hold line ends, which would look like entries of their own.
    _log.warning("Sign-in through %s failed: %s", provider.key, " ".join(error.message.split()))
    reason = "away" if isinstance(error, Unavailable) else str(error.details.get("reason"))
    return frame.leave_for(
        frame.to("sign_in", next=onward, failed=reason if reason in FAILURES else "refused")
    )
