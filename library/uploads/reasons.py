"""Why a file was not taken: one code each, so that every entrance can say it in its own words.

``sentence`` is the plain English of logs and protocols; pages say it in the reader's language
(`library.web.desk.file_words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from library.errors import Invalid


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    QUOTA = "quota"
    DISK_FULL = "disk-full"
    CHECKSUM = "checksum"
    LIES = "lies"
    PROGRAM = "program"
    SCRIPT = "script"
    BROKEN = "broken"
    BOMB = "bomb"
    DOCUMENT_TYPE = "document-type"
    PIXELS = "pixels"
    PAGES = "pages"
    LOCKED = "locked"
    HEIC = "heic"
    SUBTITLES = "subtitles"
    LOST = "lost"
    STORE_AWAY = "store-away"
    OURS = "ours"


_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.EMPTY: "The file is empty: it has no bytes.",
    Reason.TOO_LARGE: "The file has {size} bytes; at most {limit} are taken.",
    Reason.QUOTA: "The institution has room for {left} more bytes; the file has {size}.",
    Reason.DISK_FULL: "There is no room on the disk of the library now.",
    Reason.CHECKSUM: "What arrived is not what was sent: its checksum is another.",
    Reason.LIES: "The name promises {claimed}, and the content is {found}.",
    Reason.PROGRAM: "The file is a program for a computer; such files are not taken.",
    Reason.SCRIPT: "The drawing holds something that could run or load other things: {what}.",
    Reason.BROKEN: "The file cannot be read: it is cut off or damaged.",
    Reason.BOMB: "The archive unpacks to far more than is taken, or its names lead out of it.",
    Reason.DOCUMENT_TYPE: "The office document could have a program load other things: {what} declares a "
    "document type.",
    Reason.PIXELS: "The picture has too many pixels; at most {limit} million are taken.",
    Reason.PAGES: "The document has {pages} pages; at most {limit} are taken.",
    Reason.LOCKED: "The file is locked with a password.",
    Reason.HEIC: "Few browsers show pictures in HEIC; save it as JPEG and send that.",
    Reason.SUBTITLES: "Line {line} of the subtitles: {what}",
    Reason.LOST: "The bytes that had arrived are no longer there; send the file again.",
    Reason.STORE_AWAY: "The media store does not answer; it is tried again.",
    Reason.OURS: "The library made a mistake with this file; it is tried again.",
}


class Refused(Invalid):
    """A file that is not taken; ``reason`` and ``facts`` say why."""

    def __init__(self, reason: Reason, **facts: Any) -> None:
        super().__init__(sentence(reason, facts), reason=reason.value, **facts)
        self.reason = reason
        self.facts = facts


def sentence(reason: str | None, facts: Mapping[str, Any]) -> str:
    """The reason in plain English; empty where there is none."""
    if reason is None:
        return ""
    try:
        return _SENTENCES[Reason(reason)].format_map(facts)
    except (ValueError, KeyError):
        return f"The file was not taken: {reason}."
