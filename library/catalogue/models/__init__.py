"""What the catalogue holds. References point down: a section knows its work, never the other way."""

from library.catalogue.models.block import Block, BlockText, Origin, Role
from library.catalogue.models.edition import Edition
from library.catalogue.models.media_file import MediaFile, MediaRole, MediaText, TextState
from library.catalogue.models.section import Section
from library.catalogue.models.unanswered import UnansweredSearch
from library.catalogue.models.work import (
    LEVELS,
    WORK_KINDS,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)

__all__ = [
    "LEVELS",
    "WORK_KINDS",
    "Block",
    "BlockText",
    "Edition",
    "MediaFile",
    "MediaRole",
    "MediaText",
    "Origin",
    "Role",
    "Section",
    "TextState",
    "UnansweredSearch",
    "Work",
    "WorkCode",
    "WorkCountry",
    "WorkInstitution",
    "WorkPartnership",
]
