"""How pages say by whom a manuscript was handed on, and with what words."""

from __future__ import annotations

import uuid as uuids
from typing import NamedTuple

from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session

from library.editorial import handing_on
from library.editorial.models import Manuscript
from library.editorial.queries import Line
from library.i18n.bidi import isolate
from library.web.desk.manuscript_pages import moment


class Handed(NamedTuple):
    """``sentence`` says who did what and when, ``note`` is what they wrote; ``back``: to its authors."""

    sentence: str
    note: str
    back: bool


def of_lines(database: Session, lines: list[Line]) -> dict[uuids.UUID, Handed]:
    rows = [(one.uuid, one.kind, one.key, one.state) for one in lines]
    return {uuid: _told(step) for uuid, step in handing_on.handed_on(database, rows).items()}


def of_manuscript(database: Session, manuscript: Manuscript) -> Handed | None:
    row = (manuscript.uuid, manuscript.kind, manuscript.key, manuscript.state)
    step = handing_on.handed_on(database, [row]).get(manuscript.uuid)
    return _told(step) if step is not None else None


def _told(step: handing_on.HandedOn) -> Handed:
    told = {"name": isolate(step.by), "when": moment(step.at)}
    match step.did:
        case handing_on.SENT_BACK:
            return Handed(gettext("Sent back by %(name)s, %(when)s.", **told), step.note, True)
        case handing_on.APPROVED:
            return Handed(gettext("Approved by %(name)s, %(when)s.", **told), step.note, False)
    return Handed(gettext("Handed in by %(name)s, %(when)s.", **told), step.note, False)
