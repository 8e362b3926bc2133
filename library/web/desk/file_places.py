"""Where a file that is ready goes from its page, into a draft or a work made from it; and who uses it."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.editorial import queries
from library.editorial.models import State
from library.editorial.queries import Filters
from library.http.language import interface_language
from library.uploads.models import Upload, UploadState
from library.uploads.service import Use
from library.web import context
from library.web.desk import manuscript_pages

_MOST = 5


class FilePlaces(NamedTuple):
    """``begin`` leads to a work made from the file, empty where none can be; ``drafts`` take the file in."""

    begin: str
    drafts: list[tuple[str, str, Markup]]


def places_for(database: Session, upload: Upload, *, by: Actor) -> FilePlaces:
    """The drafts are those that this person changed last and may put files into."""
    from library.content.documents import READABLE

    if upload.state != UploadState.READY:
        return FilePlaces("", [])
    begin = ""
    if upload.media_type in READABLE and by.may_somewhere(Action.START_WORK):
        begin = manuscript_pages.find("work_document", upload=upload.uuid)
    if not by.may(Action.UPLOAD, institutions=[upload.institution]):
        return FilePlaces(begin, [])
    mine = Filters(states=[State.DRAFT], institution=upload.institution, mine=by.id)
    _, lines = queries.manuscripts(database, mine, by=by, limit=_MOST)
    ui = interface_language()
    return FilePlaces(
        begin,
        [
            (
                manuscript_pages.find("manuscript_files", uuid=line.uuid, upload=upload.uuid),
                line.title or line.key,
                context.marks(line.source_language, ui),
            )
            for line in lines
        ],
    )


def used_by(uses: Sequence[Use]) -> list[tuple[str, str, str]]:
    """Who uses a file: name, what it is called in the database, and its page where the desk has one."""
    return [(use.label, use.holder, _page(use.holder)) for use in uses]


def _page(holder: str) -> str:
    kind, _, told = holder.partition("/")
    try:
        key = uuids.UUID(told)
    except ValueError:
        return ""
    return manuscript_pages.find("manuscript_files", uuid=key) if kind == "manuscript" else ""
