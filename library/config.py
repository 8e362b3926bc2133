"""Settings: one environment variable each, all documented in ``docs/settings.md``.

Every part outside the process is a URL with an embedded default in one data folder, so that an empty
environment runs, and growing means changing one line.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
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
