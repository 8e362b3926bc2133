"""Who it is that asks: the person of the sitting that the request's cookie belongs to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import cast

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from library.accounts import sittings
from library.accounts.actors import actor_of
from library.accounts.permissions import Actor
from library.db import session_scope, utc_now
from library.errors import SignInNeeded
from library.http.services import services, session

_HALF = "_half"


@dataclass(frozen=True, slots=True)
class Present:
    """Who is signed in, and by which sitting. ``token`` is the hash that the database keeps."""

    actor: Actor
    sitting: int
    token: str


def actor() -> Actor:
    """Who is signed in; raises ``SignInNeeded``, which leads browsers to the sign-in page."""
    found = present()
    if found is None:
        raise SignInNeeded("Sign in first.")
    return found.actor


def actor_or_none() -> Actor | None:
    """Who is signed in, if anybody is."""
    found = present()
    return None if found is None else found.actor


def present() -> Present | None:
    """The sitting of this request, looked up once."""
    if "present" not in g:
        g.present = _find()
    return cast("Present | None", g.present)


def _find() -> Present | None:
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    now = utc_now()
    found = sittings.find(session(), token, now=now)
    if found is None:
        return None
    sitting, person = found
    who = Present(actor_of(session(), person), sitting.id, sitting.token)
    if sittings.is_stale(sitting, now=now):
        try:
            with session_scope(services().factory, write=True) as writing:
                sittings.touch(writing, sitting.id, now=now, network=network())
        except SQLAlchemyError:
            # A database that cannot be written is no reason to show nobody their page.
            pass
    return who


def is_https() -> bool:
    """Whether cookies may be kept to encrypted connections."""
    return services().settings.base_url.startswith("https://")


def cookie_name(half: bool = False) -> str:
    """``__Host-`` makes browsers refuse a cookie that another host of the domain, or plain HTTP, set."""
    name = "desk" + (_HALF if half else "")
    return f"__Host-{name}" if is_https() else name


def hand_out(response: Response, token: str, *, half: bool = False) -> None:
    """Give the browser the cookie of a sitting; it goes when the browser is closed or the sitting ends."""
    lifetime = sittings.HALF if half else sittings.LONGEST
    response.set_cookie(
        cookie_name(half),
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=is_https(),
        httponly=True,
        samesite="Lax",
    )


def take_back(response: Response, *, half: bool = False) -> None:
    response.delete_cookie(
        cookie_name(half), path="/", secure=is_https(), httponly=True, samesite="Lax"
    )


def forget() -> None:
    """Look the person up again: the sitting has changed during this request."""
    g.pop("present", None)


def network() -> str:
    """Where the request comes from: an IPv4 address, or the /64 that an IPv6 address is in.

    Behind a proxy on the same machine or network, the last address that it has passed on. From
    elsewhere anybody could write that header, so it is not believed.
    """
    try:
        near = ipaddress.ip_address(request.remote_addr or "127.0.0.1")
    except ValueError:
        return "unknown"
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if told and (near.is_loopback or near.is_private):
        try:
            near = ipaddress.ip_address(told)
        except ValueError:
            return str(near)
    if isinstance(near, ipaddress.IPv6Address):
        if near.ipv4_mapped is not None:
            return str(near.ipv4_mapped)
        return str(ipaddress.ip_network((near, 64), strict=False))
    return str(near)
