"""What the services for writing refuse, in the language of the page."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext  # type: ignore[import-untyped]

from library.errors import LibraryError
from library.sentences import sentence_of
from library.web.desk.sentences import plain

# Only marks the sentences of `library.editorial` for extraction; `said` looks them up.
N_ = str

MARKED: Final = (
    N_("A work needs a title."),
    N_("A work needs a name for its address."),
    N_("An address is made of small letters a to z, digits and hyphens."),
    N_("The licence of this work does not allow changed copies of it."),
    N_("A section needs a title."),
    N_("The section before has been moved or removed meanwhile."),
    N_("A section cannot be moved into itself."),
    N_("The work itself cannot be moved into a section."),
    N_("An address is made of letters, digits and hyphens."),
    N_("Another section here has this address."),
    N_("A section needs its title; change its words instead."),
    N_("The title and the summary stay where they are."),
    N_("The title and the summary stay what they are."),
    N_("The title is one line that begins with “# ”."),
    N_("The summary is one paragraph."),
    N_("A translation of one paragraph is one paragraph: take the blank lines out."),
    N_("A section has one title, the first line with one “#”. Begin headings inside it with “##”."),
    N_("These two cannot be one paragraph: they are of different kinds."),
    N_("These paragraphs do not stand one after the other any more."),
    N_("This paragraph has been taken out meanwhile."),
    N_("There is no such section in this manuscript any more."),
    N_("Somebody else has changed this paragraph since you began."),
    N_("Somebody else has changed these facts since you began."),
    N_("It is being reviewed; take it back from review before you change it."),
    N_("It is approved as it stands; take the approval back before you change it."),
    N_("The text has a character that cannot be kept (NUL)."),
    N_("This file has been taken out meanwhile."),
    N_("This file is empty."),
    N_("This file is not a picture."),
    N_("Each line needs a name."),
    N_("A file needs a name."),
    N_("This picture is broken: it is cut off or is not what it says."),
    N_("Its manuscript has other changes, too; it is a draft now."),
    N_("Something has to be put right before this can be published."),
    N_("Something has to be put right before this can be reviewed."),
    N_("Nothing would change."),
    N_("This PDF has no text that could be read."),
    N_("This office document does not say where its text is."),
    N_("The archive is encrypted."),
    N_("This is not a ZIP archive, or it is cut off or damaged."),
    N_("Other documents are being read now; try again in a minute."),
)


def said(error: LibraryError) -> str:
    """The sentence of an error in the language of the page, in English where it has no translation."""
    told = _by_reason(
        str(error.details.get("reason", "")), str(error.details.get("value", ""))[:80]
    )
    return told or plain(error.sentence)


def sentence(message: str) -> str:
    """A sentence of a service in the language of the page, in English where it has no translation."""
    return plain(sentence_of(message))


def no_role() -> str:
    return str(gettext("You have no role that allows this here."))


def _by_reason(reason: str, value: str) -> str:
    match reason:
        case "unknown-level":
            return str(gettext("“%(value)s” is not a level.", value=value))
        case "unknown-code":
            return str(
                gettext("“%(value)s” is not a code of a scheme that is known here.", value=value)
            )
        case "unknown-country":
            return str(gettext("“%(value)s” is not a country code of two letters.", value=value))
        case "unknown-work":
            return str(gettext("The library has no work “%(value)s”.", value=value))
        case "unknown-key":
            return str(gettext("The library does not know “%(value)s”.", value=value))
        case "no-number":
            return str(gettext("“%(value)s” is not a number.", value=value))
        case "number-bounds":
            return str(gettext("This is a number from 0 to %(value)s.", value=value))
        case "no-licence":
            return str(
                gettext(
                    "“%(value)s” is not an SPDX identifier; write CC-BY-4.0, for example.",
                    value=value,
                )
            )
        case "no-address":
            return str(gettext("“%(value)s” is not a web address.", value=value))
        case "taken":
            return str(
                gettext(
                    "Another work has the address “%(value)s” already; choose another.", value=value
                )
            )
        case "too-long":
            return str(gettext("This is too long: at most %(count)s characters.", count=value))
    return ""
