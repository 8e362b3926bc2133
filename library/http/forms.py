"""Forms: that they come from our own pages, what was typed into them, and what is wrong with it.

Every request that may change something carries a token that only a page of this sitting can hold (in
the field ``csrf_token`` or the header ``X-CSRF-Token``), and where the browser says where the request
comes from, it must be here. `library.http.access` asks for both before any view runs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import Response, g, request

from library.errors import Forbidden, LibraryError
from library.http import person
from library.http.services import services

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
#: The longest thing that a field holds unless a view says otherwise, in characters.
LONGEST: Final = 2_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Form:
    """What was typed, by field, with a sentence beside each field that is wrong.

    ``Form.read()`` takes the fields of the request; ``Form(values)`` shows what is there already.
    Values keep what was typed, whatever is wrong with it; passwords are never shown again.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, str] = dict(values or {})
        self.many: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}

    @classmethod
    def read(cls) -> Form:
        """The fields of this request. Control characters but tabs and line ends are left out."""
        form = cls()
        for name, typed in request.form.lists():
            if name != FIELD:
                form.many[name] = [_clean(value) for value in typed]
                form.values[name] = form.many[name][-1]
        return form

    def text(self, name: str, *, longest: int = LONGEST) -> str:
        """A field without space at its ends; too long is an error beside it."""
        typed = self.values.get(name, "").strip()
        if len(typed) > longest:
            from flask_babel import gettext  # type: ignore[import-untyped]

            self.refuse(
                name, gettext("This is too long: at most %(count)s characters.", count=longest)
            )
            return ""
        return typed

    def secret(self, name: str) -> str:
        """A password as it was typed, spaces and all."""
        return request.form.get(name, "")

    def list(self, name: str) -> list[str]:
        """All values of a field that may be there several times."""
        return [value.strip() for value in self.many.get(name, []) if value.strip()]

    def ticked(self, name: str) -> bool:
        return bool(self.values.get(name))

    def whole(self, name: str) -> int | None:
        """A field that holds a number that we wrote there; None where it does not."""
        typed = self.values.get(name, "").strip()
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else None

    def refuse(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field (``""`` for the form as a whole); the first sentence stays."""
        self.errors.setdefault(name, str(sentence))

    def take(self, error: LibraryError, sentences: Mapping[str, str] | None = None) -> None:
        """Put what a service refused beside its field.

        ``error.details`` names ``field`` and, where there are several ways to be wrong, ``reason``;
        ``sentences`` are translated ones by reason or, without one, by field.
        """
        field = str(error.details.get("field", ""))
        reason = str(error.details.get("reason", "")) or field
        self.refuse(field, (sentences or {}).get(reason, error.message))

    @property
    def ok(self) -> bool:
        return not self.errors

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def _clean(typed: str) -> str:
    typed = typed.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        letter
        for letter in typed
        if letter in "\t\n"
        or not (letter < " " or "\x7f" <= letter < "\xa0" or "\ud800" <= letter <= "\udfff")
    )


def one_line(typed: str) -> str:
    """A text on one line, with single spaces."""
    return " ".join(typed.split())


def csrf_token() -> str:
    """The token for a form on this page. It is another one each time, so that compressed pages do not
    give it away by their length."""
    salt = secrets.token_hex(8)
    return f"{salt}.{_signed(salt, _binding(make=True))}"


def _signed(salt: str, binding: str) -> str:
    key = hashlib.sha256(b"csrf\0" + services().settings.secret_key.encode()).digest()
    return hmac.new(key, f"{salt}\0{binding}".encode(), hashlib.sha256).hexdigest()


def _binding(*, make: bool = False) -> str:
    """What a token is bound to: the sitting, or before sign-in a cookie for this alone."""
    here = person.present()
    if here is not None:
        return f"sitting\0{here.token}"
    kept = g.get("form_nonce") or request.cookies.get(_cookie(), "")
    if not kept and make:
        kept = g.form_nonce = secrets.token_urlsafe(32)
    return f"visitor\0{kept}" if kept else ""


def _cookie() -> str:
    return "__Host-desk_form" if person.is_https() else "desk_form"


def hand_out(response: Response) -> None:
    """Give a visitor without a sitting the cookie that the page's forms are bound to."""
    nonce = g.get("form_nonce")
    if nonce:
        response.set_cookie(
            _cookie(),
            nonce,
            path="/",
            secure=person.is_https(),
            httponly=True,
            samesite="Lax",
        )


def check() -> None:
    """Raises ``Forbidden`` (``reason="form"``) for a change that no page of ours has asked for."""
    if request.method in _SAFE:
        return
    if not _from_here():
        raise Forbidden("This form was sent from another site.", reason="form")
    # The header first: the body of an upload is not to be read here.
    token = request.headers.get(HEADER, "") or request.form.get(FIELD, "")
    salt, _, signature = token.partition(".")
    binding = _binding()
    good = binding and hmac.compare_digest(
        signature.encode("utf-8", "replace"), _signed(salt, binding).encode()
    )
    if not good:
        raise Forbidden(
            "This form is too old, or was not made for who is signed in now. "
            "Go back, load the page again, and send it once more.",
            reason="form",
        )


def _from_here() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin in _origins()


def _origins() -> Iterable[str]:
    """This site's own: as the settings say, and as the browser has asked for it."""
    base = urlsplit(services().settings.base_url)
    return (f"{base.scheme}://{base.netloc}", request.host_url.rstrip("/"))
