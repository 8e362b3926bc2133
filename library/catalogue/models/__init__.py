"""What the catalogue holds. References point down: a section knows its work, never the other way."""

from library.catalogue.models.block import Block, BlockText, Origin, Role
from library.catalogue.models.edition import Edition
from library.catalogue.models.external_link import (
    ExternalLink,
    LinkPlace,
    LinkScan,
    LinkState,
)
from library.catalogue.models.former_address import FormerSectionAddress, FormerWorkAddress
from library.catalogue.models.making import MadeFile, Making, MakingState, Purpose
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
from library.catalogue.models.work_use import LibraryUse, WorkUse, WorkUseSum

__all__ = [
    "LEVELS",
    "WORK_KINDS",
    "Block",
    "BlockText",
    "Edition",
    "ExternalLink",
    "FormerSectionAddress",
    "FormerWorkAddress",
    "LibraryUse",
    "LinkPlace",
    "LinkScan",
    "LinkState",
    "MadeFile",
    "Making",
    "MakingState",
    "MediaFile",
    "MediaRole",
    "MediaText",
    "Origin",
    "Purpose",
    "Role",
    "Section",
    "TextState",
    "UnansweredSearch",
    "Work",
    "WorkCode",
    "WorkCountry",
    "WorkInstitution",
    "WorkPartnership",
    "WorkUse",
    "WorkUseSum",
]
