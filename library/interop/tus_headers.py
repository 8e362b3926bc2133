"""What tus says in headers: which version, how far, of what type, with which checksum, and the metadata."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import request

from library.errors import LibraryError, Malformed

VERSION: Final = "1.0.0"
PIECE_TYPE: Final = "application/offset+octet-stream"

DIGESTS: Final = {"sha1": 20, "sha256": 32}
"""How many bytes the checksums have that are understood."""

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


class Unsupported(LibraryError):
    """The client speaks another version, or something that we do not."""

    status = 412
    slug = "unsupported"


class WrongType(LibraryError):
    """The body is not a piece of a file."""

    status = 415
    slug = "wrong-type"


def metadata(header: str) -> dict[str, str]:
    """The pairs of ``Upload-Metadata``: a name, and a value in Base64 that is UTF-8. Raises ``Malformed``."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, coded = pair.partition(" ")
        try:
            found[name.lower()] = base64.b64decode(coded, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            raise Malformed(f"The value of {name!r} in Upload-Metadata is not Base64.") from None
    return found


def coded(told: Mapping[str, str]) -> str:
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}"
        for name, value in told.items()
        if value
    )


def require_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Unsupported(f"This server speaks tus {VERSION}: send Tus-Resumable.")


def require_piece_type() -> None:
    if request.mimetype != PIECE_TYPE:
        raise WrongType(f"A piece of a file has the Content-Type {PIECE_TYPE}.")


def number(header: str) -> int:
    said = request.headers.get(header, "").strip()
    if not _NUMBER.fullmatch(said):
        raise Malformed(f"The header {header} is a number of bytes.")
    return int(said)


def checksum(header: str) -> tuple[str | None, bytes | None]:
    said = request.headers.get(header)
    if said is None:
        return None, None
    algorithm, _, coded = said.strip().partition(" ")
    if algorithm not in DIGESTS or algorithm not in hashlib.algorithms_available:
        raise Malformed(f"{header} is made with {' or '.join(DIGESTS)}.")
    try:
        wanted = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"The checksum in {header} is not Base64.") from None
    if len(wanted) != DIGESTS[algorithm]:
        raise Malformed(f"The checksum in {header} has the wrong length.")
    return algorithm, wanted


def key_in(address: str) -> uuid.UUID:
    try:
        return uuid.UUID(urlsplit(address).path.rpartition("/")[2])
    except ValueError:
        raise Malformed("An address in Upload-Concat is none of ours.") from None
