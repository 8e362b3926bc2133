"""What the states, steps and facts of manuscripts are called on pages, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext, lazy_gettext, lazy_pgettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]

from library.editorial.models import Manuscript, State
from library.editorial.steps import Step

#: How far a manuscript has come.
STATES: Final[Mapping[str, LazyString]] = {
    State.DRAFT: lazy_gettext("Draft"),
    State.IN_REVIEW: lazy_gettext("In review"),
    State.APPROVED: lazy_gettext("Approved"),
    State.PUBLISHED: lazy_pgettext("state of a manuscript", "Published"),
    State.RETIRED: lazy_gettext("Withdrawn"),
}

#: What the state means for whoever comes.
MEANINGS: Final[Mapping[str, LazyString]] = {
    State.DRAFT: lazy_gettext("This is being written. Readers do not see it."),
    State.IN_REVIEW: lazy_gettext("This was handed in and waits for a reviewer."),
    State.APPROVED: lazy_gettext("A reviewer has approved this as it stands. It can be published."),
    State.PUBLISHED: lazy_gettext("Readers have this as it stands."),
    State.RETIRED: lazy_gettext("This was taken away from readers. Its address says why."),
}

_CHANGING: Final = lazy_gettext(
    "This is being written. Readers see what is changed here when it is published."
)


def meaning(manuscript: Manuscript) -> str:
    """What its state means for whoever comes."""
    if manuscript.state == State.DRAFT and manuscript.based_on is not None:
        # Readers have the work already.
        return str(_CHANGING)
    return str(MEANINGS.get(manuscript.state, ""))


#: A step as its button says it.
STEPS: Final[Mapping[str, LazyString]] = {
    Step.SUBMIT: lazy_gettext("Hand in for review"),
    Step.TAKE_BACK: lazy_gettext("Take back and go on writing"),
    Step.SEND_BACK: lazy_gettext("Send back"),
    Step.APPROVE: lazy_gettext("Approve"),
    Step.PUBLISH: lazy_gettext("Publish now"),
    Step.SCHEDULE: lazy_gettext("Publish at a time"),
    Step.UNSCHEDULE: lazy_gettext("Do not publish at that time"),
    Step.RETIRE: lazy_gettext("Withdraw from readers"),
    Step.RESTORE: lazy_gettext("Restore a revision"),
    Step.DISCARD: lazy_gettext("Throw this draft away"),
}

#: What was done, said once on the page after it.
DONE: Final[Mapping[str, LazyString]] = {
    "submitted": lazy_gettext("It is handed in. Reviewers find it on their desk."),
    "taken-back": lazy_gettext("It is a draft again. You can go on writing."),
    "sent-back": lazy_gettext("It went back to its authors with what you wrote."),
    "approved": lazy_gettext("It is approved as it stands, and kept as a revision."),
    "published": lazy_gettext("It is published. Readers have it now."),
    "scheduled": lazy_gettext("It will be published at the time you have set."),
    "unscheduled": lazy_gettext("It will not be published by itself."),
    "retired": lazy_gettext("Readers do not have it any more. Its address says why."),
    "restored": lazy_gettext("The revision is the draft now. It is reviewed like any other."),
    "discarded": lazy_gettext("The draft was thrown away. It is kept among the revisions."),
    "commented": lazy_gettext("Your comment is there."),
    "settled": lazy_gettext("The comment is settled."),
    "comment-gone": lazy_gettext("Your comment was taken back."),
    "again": lazy_gettext("It will be tried again in a moment."),
}

#: A fact of a work.
FACTS: Final[Mapping[str, LazyString]] = {
    "key": lazy_gettext("Name in the address"),
    "licence": lazy_gettext("Licence"),
    "sample": lazy_gettext("Sample"),
    "level": lazy_gettext("Level"),
    "hours": lazy_gettext("Hours"),
    "minutes": lazy_gettext("Minutes"),
    "credits": lazy_gettext("Credits"),
    "version": lazy_gettext("Version"),
    "derived_from": lazy_gettext("Made from"),
    "contributors": lazy_gettext("People"),
    "links": lazy_gettext("Pages elsewhere"),
    "parameters": lazy_gettext("Parameters"),
    "related": lazy_gettext("Related works"),
    "partnerships": lazy_gettext("Partnerships"),
    "codes": lazy_gettext("Codes"),
    "countries": lazy_gettext("Countries of use"),
    "institutions": lazy_gettext("Institutions"),
}

#: What happened to a paragraph, a section or a file.
CHANGES: Final[Mapping[str, LazyString]] = {
    "added": lazy_gettext("New"),
    "removed": lazy_gettext("Removed"),
    "changed": lazy_gettext("Changed"),
    "moved": lazy_gettext("Moved"),
}

#: A finding about a manuscript (`library.editorial.checking`).
FINDINGS: Final[Mapping[str, LazyString]] = {
    "no-licence": lazy_gettext("The work has no licence."),
    "no-institution": lazy_gettext("No institution answers for the work."),
    "no-summary": lazy_gettext("The work has no summary in its source language."),
    "no-title": lazy_gettext("A section has no title in the source language."),
    "empty-section": lazy_gettext("A section has neither text nor sections inside it."),
    "file-not-shown": lazy_gettext("No text shows this picture."),
    "no-alternative-text": lazy_gettext(
        "A picture has no alternative text for readers who cannot see it."
    ),
}

#: Verbs of the log. What is not here is shown as it was written.
DID: Final[Mapping[str, LazyString]] = {
    "submitted for review": lazy_gettext("handed in for review"),
    "took back": lazy_gettext("took back"),
    "sent back": lazy_gettext("sent back"),
    "approved": lazy_gettext("approved"),
    "published": lazy_gettext("published"),
    "scheduled": lazy_gettext("set a time to publish"),
    "unscheduled": lazy_gettext("took back the time to publish"),
    "retired": lazy_gettext("withdrew from readers"),
    "restored": lazy_gettext("restored a revision"),
    "discarded": lazy_gettext("threw a draft away"),
    "took back a comment": lazy_gettext("took back a comment"),
    "retried": lazy_gettext("had something tried again"),
    "changed in bulk": lazy_gettext("changed by a table"),
    "undid a change in bulk": lazy_gettext("took back what a table had changed"),
    "imported content": lazy_gettext("imported content"),
}


def sentences() -> dict[str, str]:
    """What services refuse, by reason or by field, for `library.http.forms.Form.take`."""
    return {
        "why": gettext("Say what is to be changed, so that the authors know."),
        "because": gettext("Say why; readers will see it at the work’s address."),
        "at": gettext("This time has passed; choose one to come, or publish now."),
        "forward_to": gettext("This is not the address of another work that readers have."),
        "own-words": gettext("You have written in this yourself; somebody else has to review it."),
        "not-published": gettext(
            "Readers do not have this work, so it cannot be taken away from them."
        ),
        "no-time": gettext("No time is set for this manuscript."),
        "state": gettext("Somebody has been faster. This page shows how it stands now."),
        "changed-meanwhile": gettext(
            "The work in the library was changed since this manuscript was made from it. Compare the "
            "two below, then decide."
        ),
        "empty-comment": gettext("Write what you want to say."),
        "long-comment": gettext("This comment is too long."),
        "answered": gettext("Somebody has answered this comment; settle it instead."),
    }
