"""Settings: one environment variable each, all documented in ``docs/settings.md``.

Every part outside the process is a URL with an embedded default in one data folder, so that an empty
environment runs, and growing means changing one line.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from library.errors import Misconfigured

# The languages that the interface itself speaks, in the order of the switcher. One catalogue each in
# `translations/`; a new one is added here and nowhere else.
INTERFACE_LANGUAGES = ("en", "zh-Hans", "fr", "ar", "ru", "pt", "th", "id", "sw", "km")
_KNOWN = {
    "LIBRARY_DATA",
    "LIBRARY_DATABASE_URL",
    "LIBRARY_MEDIA_URL",
    "LIBRARY_SEARCH_URL",
    "LIBRARY_QUEUE_URL",
    "LIBRARY_SECRET_KEY",
    "LIBRARY_BASE_URL",
    "LIBRARY_SITE_NAME",
    "LIBRARY_LANGUAGES",
    "LIBRARY_UPLOAD_LARGEST",
    "LIBRARY_UPLOAD_QUOTA",
    "LIBRARY_MAIL_URL",
    "LIBRARY_MAIL_FROM",
    "LIBRARY_SIGN_IN",
    "LIBRARY_COUNTRY_HEADER",
    "LIBRARY_LINK_CHECK",
}
_DATABASE_SCHEMES = ("sqlite", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, checked. ``base_url`` has no slash at its end."""

    data: Path
    database_url: str
    media_url: str
    search_url: str
    queue_url: str
    secret_key: str
    base_url: str
    site_name: str
    languages: tuple[str, ...]
    # Bytes of one file, and of all files of one institution (0 for no limit), with those of some by key.
    upload_largest: int = 10_000_000_000
    upload_quota: int = 100_000_000_000
    upload_quotas: Mapping[str, int] = field(default_factory=dict)
    mail_url: str = ""
    mail_from: str = ""
    sign_in: Path | None = None
    # The header in which a proxy says the reader's country, if one does.
    country_header: str = ""
    # Days between two looks at a link to elsewhere; 0 for none.
    link_check_days: int = 7


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; raises ``Misconfigured`` with a sentence that names the setting.

    Makes the data folder, and the secret key in it on the first run.
    """
    env = os.environ if environ is None else environ
    _refuse_unknown(env)
    data = Path(env.get("LIBRARY_DATA") or "data").expanduser().absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"LIBRARY_DATA is {data}, which cannot be made a folder: {error.strerror}."
        ) from None
    quota, quotas = _quotas(env)
    return Settings(
        data=data,
        database_url=_database_url(env.get("LIBRARY_DATABASE_URL") or "", data),
        media_url=env.get("LIBRARY_MEDIA_URL") or "file:media",
        search_url=env.get("LIBRARY_SEARCH_URL") or "whoosh:",
        queue_url=env.get("LIBRARY_QUEUE_URL") or "sqlite:",
        secret_key=env.get("LIBRARY_SECRET_KEY") or _kept_secret(data),
        base_url=_base_url(env.get("LIBRARY_BASE_URL") or "http://127.0.0.1:8000"),
        site_name=(env.get("LIBRARY_SITE_NAME") or "Mortise").strip(),
        languages=_languages(env.get("LIBRARY_LANGUAGES") or ""),
        upload_largest=_bytes(env, "LIBRARY_UPLOAD_LARGEST", "10G", least=1),
        upload_quota=quota,
        upload_quotas=quotas,
        mail_url=_mail_url(env.get("LIBRARY_MAIL_URL") or ""),
        mail_from=_mail_from(env),
        sign_in=_sign_in(env.get("LIBRARY_SIGN_IN") or "", data),
        country_header=_header(env.get("LIBRARY_COUNTRY_HEADER") or ""),
        link_check_days=_days(env.get("LIBRARY_LINK_CHECK") or "7"),
    )


def _refuse_unknown(env: Mapping[str, str]) -> None:
    """A misspelt setting is worse than none: it looks as if it held."""
    for name in sorted(env):
        if name.startswith("LIBRARY_") and name not in _KNOWN:
            if name in {"LIBRARY_JUDGES", "LIBRARY_WORKER"}:
                continue
            raise Misconfigured(
                f"{name} is not a setting of this library. Known are: {', '.join(sorted(_KNOWN))}."
            )


def _database_url(url: str, data: Path) -> str:
    if not url:
        return f"sqlite:///{data / 'library.sqlite'}"
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if url.split("://")[0] not in _DATABASE_SCHEMES:
        raise Misconfigured(
            f"LIBRARY_DATABASE_URL starts with {url.split(':')[0]!r}; it must be sqlite:///FILE or "
            "postgresql+psycopg://USER@HOST/NAME."
        )
    return url


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise Misconfigured(
            f"LIBRARY_BASE_URL is {url!r}; it must be the public address of the site, such as "
            "https://library.example.org."
        )
    return url.rstrip("/")


def _bytes(env: Mapping[str, str], name: str, usual: str, *, least: int) -> int:
    """A number of bytes: ``500M``, ``10G``, ``2T`` (thousands), or digits alone."""
    return _size(name, (env.get(name) or usual).strip(), least=least)


def _quotas(env: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """What each institution may have, and those that may have something else, by key."""
    name, usual = "LIBRARY_UPLOAD_QUOTA", "100G"
    said, own = [], {}
    for word in (env.get(name) or usual).split():
        key, sign, size = word.partition("=")
        if not sign:
            said.append(word)
        elif not key or key in own:
            raise Misconfigured(
                f"{name} says {word!r}; each institution is named once, by its key."
            )
        else:
            own[key] = _size(name, size, least=0)
    # A size may be written with a blank before its unit.
    return _size(name, " ".join(said) or usual, least=0), own


def _size(name: str, said: str, *, least: int) -> int:
    match = re.fullmatch(r"(\d{1,15})\s*([kKMGT]?)B?", said, re.ASCII)
    if match is None or int(match[1]) < least:
        raise Misconfigured(
            f"{name} is {said!r}; it must be a number of bytes such as 500M or 10G."
        )
    return (
        int(match[1]) * {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}[match[2].lower()]
    )


def _header(name: str) -> str:
    """The name of a header that a proxy sets, such as ``CF-IPCountry``; empty for none."""
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,60}", name):
        raise Misconfigured(
            f"LIBRARY_COUNTRY_HEADER is {name!r}; it must be the name of a header, such as CF-IPCountry."
        )
    return name


def _days(said: str) -> int:
    """After how many days links to elsewhere are looked at again; ``off`` for never."""
    if said.strip().lower() in ("off", "0"):
        return 0
    if not re.fullmatch(r"[1-9]\d{0,2}", said.strip(), re.ASCII):
        raise Misconfigured(
            f"LIBRARY_LINK_CHECK is {said!r}; it must be a number of days such as 7, or off."
        )
    return int(said)


def _languages(value: str) -> tuple[str, ...]:
    """The interface languages to offer, in order; all ten unless fewer are named."""
    if not value.strip():
        return INTERFACE_LANGUAGES
    named = tuple(dict.fromkeys(re.split(r"[\s,]+", value.strip())))
    unknown = [tag for tag in named if tag not in INTERFACE_LANGUAGES]
    if unknown:
        raise Misconfigured(
            f"LIBRARY_LANGUAGES names {', '.join(unknown)}, which the interface does not speak. "
            f"It speaks: {', '.join(INTERFACE_LANGUAGES)}."
        )
    return named


def _mail_url(url: str) -> str:
    """The mail server, or nothing where mails are not sent."""
    if not url:
        return ""
    parts = urlsplit(url)
    try:
        well = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        well = False
    if not well:
        raise Misconfigured(
            "LIBRARY_MAIL_URL must be smtp://USER:PASSWORD@HOST:PORT or smtps://USER:PASSWORD@HOST:PORT."
        )
    return url


def _mail_from(env: Mapping[str, str]) -> str:
    """Who mails come from; needed where there is a server to send them."""
    sender = (env.get("LIBRARY_MAIL_FROM") or "").strip()
    if env.get("LIBRARY_MAIL_URL") and not sender:
        raise Misconfigured(
            "LIBRARY_MAIL_URL is set, so LIBRARY_MAIL_FROM must say who mails come from, such as: "
            "Library <library@example.org>."
        )
    if sender and not re.fullmatch(
        r"(?:[^<>\r\n]*<[^@\s<>]+@[^@\s<>]+>|[^@\s<>]+@[^@\s<>]+)", sender
    ):
        raise Misconfigured(f"LIBRARY_MAIL_FROM is {sender!r}, which is not an e-mail address.")
    return sender


def _sign_in(name: str, data: Path) -> Path | None:
    """The file that names providers of sign-in; None where there is none."""
    path = data / (name or "sign-in.toml")
    if path.is_file():
        return path
    if name:
        raise Misconfigured(f"LIBRARY_SIGN_IN names {path}, which is not a file.")
    return None


def _kept_secret(data: Path) -> str:
    """The secret made on the first run and kept in the data folder, readable by its owner alone."""
    path = data / "secret.key"
    try:
        if path.exists():
            key = path.read_text(encoding="ascii").strip()
            if len(key) < 32:
                raise Misconfigured(
                    f"The file {path} holds no usable key. Delete it to have a new one made, or set "
                    "LIBRARY_SECRET_KEY."
                )
            return key
        key = secrets.token_urlsafe(48)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
        return key
    except FileExistsError:  # another process made it between our look and our write
        return _kept_secret(data)
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"The data folder {data} cannot be written ({error}), so no secret key can be kept in it. "
            "Make it writable, set LIBRARY_DATA to another folder, or set LIBRARY_SECRET_KEY."
        ) from None
