"""Where media files live, read from the setting ``LIBRARY_MEDIA_URL``.

``file:media`` (in the data folder), ``file:///srv/media``, or
``s3://BUCKET/prefix?endpoint=https://...&region=...&style=path|virtual&serve=redirect|proxy&verify=...``
where ``verify`` is the absolute path of a file of trusted certificates, or ``no``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from library.errors import Misconfigured
from library.media import s3
from library.media.folder import LocalStore
from library.media.port import MediaStore
from library.media.s3 import Serve, Style

SETTING: Final = "LIBRARY_MEDIA_URL"
DEFAULT: Final = "file:media"

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}", re.ASCII)
_REGION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_PARAMETERS: Final = ("endpoint", "region", "style", "serve", "verify")


_STYLES: Final[tuple[Style, ...]] = ("path", "virtual")
_SERVES: Final[tuple[Serve, ...]] = ("redirect", "proxy")

_Choice = TypeVar("_Choice", bound=str)
_Default = TypeVar("_Default")


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder; a relative path starts at the data folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket, the prefix within it (no slash at either end) and how to reach it."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    style: Style | None = None
    serve: Serve = "redirect"
    verify: Path | bool = True


def parse(url: str) -> FolderAddress | S3Address:
    """The address that the setting names. Raises ``Misconfigured``, which says what is wrong with it.

    Credentials do not belong in the setting and are refused; the message never repeats the whole.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("is not a URL") from None
    if "\0" in unquote(url):
        raise _wrong("contains a null character")
    if parts.fragment:
        raise _wrong("has a part after '#', which means nothing here")
    if parts.scheme == "file":
        return _folder(parts)
    if parts.scheme == "s3":
        if port is not None:
            raise _wrong("has a port after the bucket; it belongs in the parameter endpoint")
        return _bucket(parts)
    raise _wrong(
        f"has the scheme {parts.scheme!r}; it must start with file: or s3://"
        if parts.scheme
        else "has no scheme; it must start with file: or s3://"
    )


def open_store(url: str, *, data: Path) -> MediaStore:
    """The store that the setting names; ``data`` is where relative folders start.

    Touches neither disk nor network, except to see that a file of certificates is there.
    Raises ``Misconfigured``.
    """
    address = parse(url)
    if isinstance(address, FolderAddress):
        return LocalStore(data / address.path)
    if isinstance(address.verify, Path) and not address.verify.is_file():
        raise _wrong(f"names certificates in verify={address.verify}, where there is no file")
    return s3.connect(
        address.bucket,
        prefix=address.prefix,
        endpoint=address.endpoint,
        region=address.region,
        style=address.style,
        serve=address.serve,
        verify=address.verify,
    )


def _folder(parts: SplitResult) -> FolderAddress:
    if parts.netloc not in ("", "localhost"):
        raise _wrong(
            f"names the machine {parts.netloc!r}; a folder is written file:media or file:///srv/media"
        )
    if parts.query:
        raise _wrong("has parameters, and file: takes none")
    return FolderAddress(Path(unquote(parts.path) or DEFAULT.partition(":")[2]))


def _bucket(parts: SplitResult) -> S3Address:
    if "@" in parts.netloc:
        raise _wrong(
            "holds credentials; they belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if not parts.netloc:
        raise _wrong("names no bucket; it is written s3://BUCKET/prefix")
    if not _BUCKET.fullmatch(parts.netloc):
        raise _wrong(f"names the bucket {parts.netloc!r}, which is no name for a bucket")
    given = _parameters(parts.query)
    prefix = unquote(parts.path).strip("/")
    if any(step in ("", ".", "..") for step in prefix.split("/")) and prefix:
        raise _wrong("has an empty or dotted step in the prefix")
    region = given.get("region")
    if region is not None and not _REGION.fullmatch(region):
        raise _wrong(f"names the region {region!r}, which is no name for a region")
    return S3Address(
        bucket=parts.netloc,
        prefix=prefix,
        endpoint=_endpoint(given.get("endpoint")),
        region=region,
        style=_choice(given, "style", _STYLES, None),
        serve=_choice(given, "serve", _SERVES, "redirect"),
        verify=_verify(given.get("verify")),
    )


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise _wrong("has parameters that are not written name=value") from None
    given: dict[str, str] = {}
    for name, text in pairs:
        if name not in _PARAMETERS:
            raise _wrong(f"has the parameter {name!r}; known are {', '.join(_PARAMETERS)}")
        if name in given:
            raise _wrong(f"has the parameter {name} twice")
        if not text:
            raise _wrong(f"has an empty parameter {name}")
        given[name] = text
    return given


def _choice(
    given: dict[str, str], name: str, choices: tuple[_Choice, ...], default: _Default
) -> _Choice | _Default:
    text = given.get(name)
    if text is None:
        return default
    for choice in choices:
        if choice == text:
            return choice
    raise _wrong(f"has {name}={text}; it can be {' or '.join(choices)}")


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise _wrong("has an endpoint that is not a URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong("has an endpoint that does not start with https:// or http:// and a host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _wrong("has an endpoint with more in it than scheme, host, port and path")
    return text.rstrip("/")


def _verify(text: str | None) -> Path | bool:
    if text is None:
        return True
    if text == "no":
        return False
    if not Path(text).is_absolute():
        raise _wrong("has a parameter verify that is neither 'no' nor an absolute path")
    return Path(text)


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"{SETTING} {what}.", setting=SETTING)
