"""Drawings (SVG) from strangers: whatever could run, or load something from elsewhere, is refused.

They are served so that nothing in them runs. But they are also downloaded, and opened from a disk where
nobody guards them.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from library.errors import LibraryError
from library.media.types import HEAD_BYTES
from library.untrusted.xml import Limits, Start, Text, events
from library.uploads.reasons import Reason, Refused

_NEVER: Final = frozenset(
    (
        *("script", "foreignobject", "iframe", "object", "embed", "handler", "listener"),
        *("audio", "video", "meta", "link", "base", "form"),
    )
)
_STYLESHEET: Final = re.compile(rb"<\?\s*xml-stylesheet", re.I)
_ADDRESSES: Final = frozenset(("href", "src", "from", "to", "values", "xlink:href"))
_PLAIN: Final = re.compile(r"\s*(#|data:image/(png|jpeg|gif|webp);)", re.I)
_LOADING: Final = re.compile(
    r"@import|url\(\s*['\"]?\s*(?!#|['\"]?\s*#|data:image/)|expression\(", re.I
)
_RUNNING: Final = re.compile(r"\s*(javascript|vbscript|data)\s*:", re.I)


def require_harmless(stream: BinaryIO) -> None:
    """Raises ``Refused`` for a drawing that holds script, foreign content, or addresses of elsewhere."""
    if _STYLESHEET.search(stream.read(HEAD_BYTES)):
        raise Refused(Reason.SCRIPT, what="<?xml-stylesheet?>")
    stream.seek(0)
    inside_style = False
    try:
        for event in events(stream, doctype=True, limits=Limits(nodes=1_000_000)):
            if isinstance(event, Start):
                name = _local(event.name)
                if name in _NEVER:
                    raise Refused(Reason.SCRIPT, what=f"<{name}>")
                for key, said in event.attributes.items():
                    _check(name, _local(key), said)
                inside_style = name == "style"
            elif isinstance(event, Text) and inside_style and _LOADING.search(event.text):
                raise Refused(Reason.SCRIPT, what="<style>")
    except Refused:
        raise
    except LibraryError as error:
        raise Refused(Reason.BROKEN) from error


def _check(element: str, key: str, said: str) -> None:
    if key.startswith("on") and len(key) > 2:
        raise Refused(Reason.SCRIPT, what=key)
    if key == "style" and _LOADING.search(said):
        raise Refused(Reason.SCRIPT, what="style")
    if key in _ADDRESSES and said.strip():
        if element == "a" and key == "href":
            if _RUNNING.match(said):
                raise Refused(Reason.SCRIPT, what="href")
        elif not _PLAIN.match(said) and (key in ("href", "src") or _RUNNING.match(said)):
            raise Refused(Reason.SCRIPT, what=key)
    elif key not in ("d", "points") and _LOADING.search(said):
        raise Refused(Reason.SCRIPT, what=key)


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2].lower()
