"""Words for files on their way in: their states, why one was refused, what a script says meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import flask_babel  # type: ignore[import-untyped]
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]

from library.catalogue.models import Making, MakingState
from library.http.language import interface_language
from library.i18n import quantities
from library.sentences import revived
from library.uploads.models import TextFound, Upload, UploadState
from library.uploads.reasons import Reason
from library.web.desk.sentences import plain

gettext: Callable[..., str] = flask_babel.gettext

STATES: Final[Mapping[str, LazyString]] = {
    UploadState.RECEIVING: lazy_gettext("On its way"),
    UploadState.CHECKING: lazy_gettext("Being looked at"),
    UploadState.READY: lazy_gettext("Ready"),
    UploadState.REFUSED: lazy_gettext("Refused"),
    UploadState.FAILED: lazy_gettext("Failed"),
}


def reason(upload: Upload) -> str:
    """Why a file was refused, or waits, in the reader's language; empty where there is nothing to say."""
    if not upload.reason:
        return ""
    facts = _facts(upload.reason_facts)
    say = _REASONS.get(upload.reason)
    return say(facts) if say is not None else gettext("The file was not taken.")


def limit_sentence(details: Mapping[str, Any]) -> str:
    """What a limit says that a file breaks before it is sent, by the details of its error."""
    say = _REASONS.get(str(details.get("reason", "")))
    return say(_facts(details)) if say is not None else ""


def making(row: Making | None) -> str:
    """What becomes of the small versions of a file."""
    if row is None:
        return ""
    if row.state == MakingState.WAITING:
        if row.progress:
            return gettext("Small versions: %(percent)s%% made", percent=row.progress)
        return gettext("Small versions are being made.")
    if row.state == MakingState.FAILED:
        return gettext("Small versions could not be made.")
    if row.state == MakingState.NONE:
        return gettext("No small versions: this server has no ffmpeg.")
    return ""


def text(upload: Upload) -> str:
    """Whether there is text in a file that readers can search."""
    match upload.text_state:
        case TextFound.EMPTY:
            return gettext("There is no text in it that can be searched: scanned pages, perhaps.")
        case TextFound.FAILED:
            return gettext("Its text cannot be read.")
        case TextFound.CUT:
            return gettext("Only the beginning of its text can be searched.")
        case TextFound.DONE:
            return gettext("Its text can be searched.")
    return ""


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    lang = interface_language()
    said = dict(facts)
    for name in ("size", "left"):
        if isinstance(said.get(name), int):
            said[name] = quantities.size(said[name], lang)
    if isinstance(said.get("limit"), int) and said["limit"] > 1_000_000:
        said["limit"] = quantities.size(said["limit"], lang)
    return said


_REASONS: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    Reason.EMPTY: lambda _: gettext("The file is empty."),
    Reason.TOO_LARGE: lambda f: gettext(
        "The file is too large (%(size)s); at most %(limit)s are taken.",
        size=f.get("size"),
        limit=f.get("limit"),
    ),
    Reason.QUOTA: lambda f: gettext(
        "Your institution has room for %(left)s more, and the file has %(size)s.",
        left=f.get("left"),
        size=f.get("size"),
    ),
    Reason.DISK_FULL: lambda _: gettext(
        "There is no room on the disk of the library now. Your administrator can make some."
    ),
    Reason.CHECKSUM: lambda _: gettext(
        "What arrived is not what was sent: its checksum is another. Send it again."
    ),
    Reason.LIES: lambda f: gettext(
        "The name promises %(claimed)s, but the content is %(found)s. Save it again in the "
        "program that it was made with.",
        claimed=f.get("claimed"),
        found=f.get("found"),
    ),
    Reason.PROGRAM: lambda _: gettext("The file is a program; such files are not taken."),
    Reason.SCRIPT: lambda f: gettext(
        "The drawing holds something that could run or load other things: %(what)s. Save it as "
        "plain SVG, or as PNG.",
        what=f.get("what"),
    ),
    Reason.BROKEN: lambda _: gettext("The file cannot be read: it is cut off or damaged."),
    Reason.BOMB: lambda _: gettext(
        "The archive unpacks to far more than is taken, or its names lead out of it."
    ),
    Reason.DOCUMENT_TYPE: lambda f: gettext(
        "The office document could have a program load other things: %(what)s declares a document "
        "type. Save it again in the program that it was made with.",
        what=f.get("what"),
    ),
    Reason.PIXELS: lambda f: gettext(
        "The picture has too many pixels; at most %(limit)s million are taken.",
        limit=f.get("limit"),
    ),
    Reason.PAGES: lambda f: gettext(
        "The document has %(pages)s pages; at most %(limit)s are taken. Split it.",
        pages=f.get("pages"),
        limit=f.get("limit"),
    ),
    Reason.LOCKED: lambda _: gettext("The file is locked with a password. Save it without one."),
    Reason.HEIC: lambda _: gettext(
        "Few browsers show pictures in HEIC. Save it as JPEG and send that."
    ),
    Reason.SUBTITLES: lambda f: gettext(
        "These subtitles would not be shown. Line %(line)s: %(what)s",
        line=f.get("line"),
        what=plain(revived(f.get("said", f.get("what")))),
    ),
    Reason.LOST: lambda _: gettext("What had arrived is no longer there. Send the file again."),
    Reason.STORE_AWAY: lambda _: gettext(
        "The media store does not answer. It is tried again by itself."
    ),
    Reason.OURS: lambda _: gettext("The library made a mistake with this file."),
}


def for_script() -> str:
    """The sentences that the script of the page says, as JSON."""
    return json.dumps(
        {
            "pause": gettext("Pause"),
            "pause-file": gettext("Pause %(name)s"),
            "resume": gettext("Go on"),
            "resume-file": gettext("Go on with %(name)s"),
            "retry": gettext("Try again"),
            "retry-file": gettext("Try %(name)s again"),
            "leave": gettext("Give up"),
            "leave-file": gettext("Give up %(name)s"),
            "waiting": gettext("Waits for its turn"),
            "looking": gettext("It is asked whether the library has this file already"),
            "looking-at": gettext(
                "It is asked whether the library has this file already: %(left)s left"
            ),
            "sending": gettext("%(done)s of %(size)s"),
            "sending-at": gettext("%(done)s of %(size)s, %(speed)s, %(left)s left"),
            "a second": gettext("%(amount)s a second"),
            "paused": gettext("Paused at %(done)s of %(size)s"),
            "sent": gettext("All of it is here"),
            "known": gettext("The library has this file already: nothing had to be sent"),
            "waits-line": gettext("The line is cut; it is tried again (%(done)s of %(size)s)"),
            "waits-server": gettext(
                "The library does not answer; it is tried again (%(done)s of %(size)s)"
            ),
            "waits-room": gettext(
                "There is no room on the disk of the library now; it is tried again"
            ),
            "waits-other": gettext("This file is being sent from another window"),
            "summary": gettext("%(sent)s of %(all)s files sent, %(failed)s failed"),
            "no-empty": gettext("The file is empty."),
            "no-too-large": gettext(
                "The file is too large (%(size)s); at most %(limit)s are taken."
            ),
            "no-quota": gettext(
                "Your institution has room for %(left)s more, and the file has %(size)s."
            ),
            "no-sign-in": gettext("You are no longer signed in. Sign in, then try again."),
            "no-form": gettext("You are no longer signed in. Sign in, then try again."),
            "no-forbidden": gettext("You have no role that allows this here."),
            "no-changed": gettext("The file was changed or taken away meanwhile. Choose it again."),
            "no-other": gettext("The file was not taken. %(detail)s"),
        },
        ensure_ascii=False,
    )
