"""Providers of sign-in (OpenID Connect): what the file that ``LIBRARY_SIGN_IN`` names says of them.

::

    [college]
    name = "Mbeya College"
    issuer = "https://login.example.org"
    client_id = "mortise"
    client_secret = "…"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from library.errors import Misconfigured

_KEY = re.compile(r"[a-z0-9-]{1,40}")
_NEEDED = ("name", "issuer", "client_id", "client_secret")
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Provider:
    """An institution's own sign-in. ``issuer`` has no slash at its end that is not there at theirs."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str


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
    wrong = sorted(set(table) - set(_NEEDED))
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
    return Provider(key=key, **told)
