"""Providers of sign-in (OpenID Connect): what the file that ``LIBRARY_SIGN_IN`` names says of them.

::

    [college]
    name = "Mbeya College"
    issuer = "https://login.example.org"
    client_id = "mortise"
    client_secret = "…"
    domains = ["mbeya.example"]

``domains`` are those whose e-mail addresses this provider knows. Whoever runs it can sign in as anybody
with such an address, and as nobody else; ``["*"]`` trusts it with every address, also with yours.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from library.accounts.addresses import canonical
from library.errors import Invalid, Misconfigured

_KEY = re.compile(r"[a-z0-9-]{1,40}")
_NEEDED = ("name", "issuer", "client_id", "client_secret")
_LOCAL = ("127.0.0.1", "localhost", "::1")
_EVERY = "*"


@dataclass(frozen=True, slots=True)
class Provider:
    """An institution's own sign-in. ``issuer`` has no slash at its end that is not there at theirs.

    ``domains`` are in the form in which addresses are kept (`library.accounts.addresses`).
    """

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    domains: tuple[str, ...]

    def may_vouch_for(self, email: str) -> bool:
        """Whether an address is of a domain that this provider answers for; not of one below it."""
        if _EVERY in self.domains:
            return True
        try:
            return canonical(email).rpartition("@")[2] in self.domains
        except Invalid:
            return False

    def may_be_asked(self, address: str) -> bool:
        """Whether one of its addresses is safe to ask: over TLS, or this machine's own, as the issuer is.

        What a provider says of itself must not send us, and our secret, to services behind our firewall.
        """
        try:
            asked, issuer = urlsplit(address), urlsplit(self.issuer)
            if not asked.hostname or asked.username is not None or asked.password is not None:
                return False
            if asked.scheme == "https":
                return True
            return (asked.scheme, asked.hostname, asked.port) == (
                "http",
                issuer.hostname if issuer.scheme == "http" else None,
                issuer.port,
            )
        except ValueError:
            return False


def load(path: Path | None) -> Mapping[str, Provider]:
    """The providers by key, in the order of the file. Raises ``Misconfigured``."""
    if path is None:
        return MappingProxyType({})
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"LIBRARY_SIGN_IN: {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"LIBRARY_SIGN_IN: {path} is not TOML: {error}.") from None
    return MappingProxyType({key: _provider(path, key, table) for key, table in tables.items()})


def _provider(path: Path, key: str, table: object) -> Provider:
    where = f"LIBRARY_SIGN_IN: {path}, [{key}]"
    if not _KEY.fullmatch(key):
        raise Misconfigured(f"{where}: a key is made of a-z, 0-9 and hyphens.")
    if not isinstance(table, dict):
        raise Misconfigured(f"{where} is not a table.")
    wrong = sorted(set(table) - {*_NEEDED, "domains"})
    if wrong:
        raise Misconfigured(f"{where} has {', '.join(wrong)}, which means nothing here.")
    values = {name: table.get(name) for name in _NEEDED}
    for name, value in values.items():
        if not isinstance(value, str) or not value.strip():
            raise Misconfigured(f"{where} needs {name}, a text.")
    told = {name: str(value).strip() for name, value in values.items()}
    issuer = urlsplit(told["issuer"])
    # Without TLS anybody on the way could say who somebody is.
    safe = issuer.scheme == "https" or (issuer.scheme == "http" and issuer.hostname in _LOCAL)
    if not (safe and issuer.hostname) or issuer.query or issuer.fragment:
        raise Misconfigured(f"{where}: the issuer must be an https:// address.")
    return Provider(key=key, domains=_domains(where, table.get("domains")), **told)


def _domains(where: str, said: object) -> tuple[str, ...]:
    """The domains whose addresses a provider may vouch for, as addresses are kept."""
    if not isinstance(said, list) or not said:
        raise Misconfigured(
            f"{where} needs domains, a list of what stands behind the @ in its people's addresses, such as "
            'domains = ["mbeya.example"]. Whoever runs the provider can sign in as anybody there.'
        )
    kept = []
    for one in said:
        if one == _EVERY:
            kept.append(_EVERY)
            continue
        try:
            kept.append(canonical(f"anybody@{one}").rpartition("@")[2])
        except Invalid:
            raise Misconfigured(f"{where}: {one!r} is not a domain of e-mail addresses.") from None
    return tuple(dict.fromkeys(kept))
