"""What the editors' desk holds. References point down: a comment knows its manuscript."""

from library.editorial.models.bulk import BulkChange, BulkTable, ContentImport
from library.editorial.models.comment import Comment
from library.editorial.models.manuscript import (
    STATES,
    Manuscript,
    ManuscriptFile,
    ManuscriptInstitution,
    State,
)
from library.editorial.models.revision import Revision
from library.editorial.models.text import ManuscriptBlock, ManuscriptSection, ManuscriptText

__all__ = [
    "STATES",
    "BulkChange",
    "BulkTable",
    "Comment",
    "ContentImport",
    "Manuscript",
    "ManuscriptBlock",
    "ManuscriptFile",
    "ManuscriptInstitution",
    "ManuscriptSection",
    "ManuscriptText",
    "Revision",
    "State",
]
