"""What the editor's script is told: addresses, limits, and its words in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext  # type: ignore[import-untyped]

from library.http.language import interface_language
from library.web import context


def settings(
    *,
    person: str,
    manuscript: str,
    section: str,
    lang: str,
    own: bool,
    addresses: Mapping[str, str],
    largest: int,
    may_upload: bool,
) -> dict[str, Any]:
    """As JSON beside the page. ``person`` keeps apart what several people write on one computer."""
    return {
        "person": person,
        "manuscript": manuscript,
        "section": section,
        "lang": lang,
        "own": own,
        "addresses": dict(addresses),
        "largest": largest,
        "mayUpload": may_upload,
        "words": words(largest),
    }


def words(largest: int) -> dict[str, str]:
    return {
        "saved": gettext("Saved"),
        "saving": gettext("Saving…"),
        "kept": gettext("Kept on this device, waiting for the network"),
        "keptBusy": gettext("Kept on this device, waiting for the library"),
        "notKept": gettext(
            "This cannot be kept on this device: it is full. Do not close the page before it is saved."
        ),
        "signIn": gettext("You are not signed in any more. What you wrote is kept on this device."),
        "signInLink": gettext("Sign in, in a new tab"),
        "otherPerson": gettext(
            "Somebody else is signed in now. What you wrote is kept on this device until you "
            "sign in again."
        ),
        "closed": gettext("This cannot be changed now. What you wrote is kept on this device."),
        "closedLink": gettext("See its state"),
        "forbidden": gettext("You may not change this any more. What you wrote is kept here."),
        "restored": gettext("What was not saved last time is here again."),
        "wrong": gettext("This paragraph was not saved:"),
        "clash": gettext("%(name)s has changed this paragraph since you began."),
        "clashSomebody": gettext("Somebody else has changed this paragraph since you began."),
        "goneClash": gettext(
            "This paragraph has been taken out meanwhile. Your text is still here."
        ),
        "mine": gettext("Keep mine"),
        "theirs": gettext("Take theirs"),
        "both": gettext("Keep both"),
        "keepNew": gettext("Keep it as a new paragraph"),
        "letGo": gettext("Let it go"),
        "theirText": gettext("Their text, with what differs from yours"),
        "removed": gettext("The paragraph was taken out."),
        "joined": gettext("Two paragraphs became one."),
        "moved": gettext("The paragraph was moved."),
        "undo": gettext("Undo"),
        "paragraph": gettext("Paragraph %(number)s"),
        "newParagraph": gettext("A new paragraph"),
        "pictureAlt": gettext(
            "What does the picture show? Readers who cannot see it are told this. Write nothing "
            "if it only decorates."
        ),
        "pictureSending": gettext("The picture is on its way…"),
        "pictureFailed": gettext("The picture could not be taken:"),
        "pictureLarge": gettext(
            "This picture is larger than %(size)s; upload it as a file.",
            size=context.size(largest, interface_language()),
        ),
        "notPicture": gettext("Only pictures can be dropped into a text; upload other files."),
        "linkText": gettext("text of the link"),
        "address": gettext("Address"),
        "bold": gettext("bold"),
        "italic": gettext("italic"),
        "code": gettext("code"),
        "heading": gettext("Heading"),
        "item": gettext("item"),
        "column": gettext("Column"),
        "cell": gettext("cell"),
        "noteTitle": gettext("Title"),
        "noteText": gettext("What is to be noticed."),
        "quotation": gettext("quotation"),
        "noTerms": gettext("The term bank has no such term."),
        "insert": gettext("Insert"),
        "cancel": gettext("Cancel"),
        "leave": gettext("Something is not saved yet."),
        "previewAway": gettext("The preview needs the network."),
    }
