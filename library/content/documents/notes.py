"""What of a document was not carried over, or otherwise than it was, for its editor to look after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# Only marks the strings for extraction; whoever shows them to people translates them.
N_ = str

GUESSED_HEADINGS: Final = N_("Headings were guessed by their look; please go through them.")
GUESSED_PDF: Final = N_(
    "Paragraphs, lists, tables and headings of a PDF are guessed from where the letters stand, and "
    "drawings made of lines are left out. Please go through the whole text."
)
NO_TEXT: Final = N_("This page has no text: it may be a scan.")
PAGES_CUT: Final = N_("Only the first %(pages)s pages were read.")
TEXT_BOX: Final = N_("A text box was put behind the paragraph that it hangs on.")
DRAWING: Final = N_("A drawing, chart or diagram of the program was left out.")
OBJECT: Final = N_("An embedded object was left out.")
OLD_FORMULA: Final = N_("A formula of an old formula editor was left out.")
FORMULA: Final = N_("A formula could not be read and was left out.")
PICTURE_KIND: Final = N_("A picture of the type %(type)s was left out: browsers do not show it.")
PICTURE_BROKEN: Final = N_("A picture is broken and was left out.")
PICTURE_LARGE: Final = N_("A picture is too large and was left out.")
PICTURE_REMOTE: Final = N_("A picture that lies on another server was left out: %(address)s")
PICTURE_ABSENT: Final = N_("A picture is not in the file and was left out: %(address)s")
PICTURES_CUT: Final = N_("Only the first %(number)s pictures were taken over.")
NO_ALT: Final = N_("A picture has no alternative text.")
MERGED: Final = N_("Merged cells of a table were taken apart; each carries the text of the whole.")
NESTED_TABLE: Final = N_("A table inside a table became lines of text.")
WIDE_TABLE: Final = N_("A table has more than %(number)s columns; the others were left out.")
DELETIONS: Final = N_("Text that was deleted under tracked changes was left out.")
INSERTIONS: Final = N_("Text that was inserted under tracked changes was kept.")
COMMENT: Final = N_("A comment was left out.")
MOVING: Final = N_("A film, a sound or an embedded page was left out: %(address)s")
FORM: Final = N_("A form was left out.")
DEAD_LINK: Final = N_("A link to another part of the document became plain text.")
LOOSE_LINK: Final = N_("A link to a place inside a section now leads to the heading above it.")
LOST_FILE: Final = N_("A link to a file that is not here became plain text: %(address)s")
LONG_PARAGRAPH: Final = N_("A very long paragraph was cut in two.")
TEXT_CUT: Final = N_("Only the first %(number)s characters were read.")
ENCODING: Final = N_("Some characters could not be read.")

_MOST: Final = 200
_MOST_PLACES: Final = 20


@dataclass(slots=True)
class Note:
    """One thing for the editor: a sentence with named places for ``values``, how often, and where.

    ``places`` are pages or parts of the document as people name them; the first few of them.
    """

    message: str
    values: dict[str, str | int] = field(default_factory=dict)
    count: int = 1
    places: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = self.message % self.values if self.values else self.message
        times = f" ({self.count} times)" if self.count > 1 else ""
        where = f" [{', '.join(self.places)}]" if self.places else ""
        return f"{said}{times}{where}"


class Notes:
    """Gathers notes: equal ones are one with a count."""

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], Note] = {}
        self.place = ""
        """Where the reader stands now (``page 3``); taken where a note names no other place."""

    def add(self, message: str, *, place: str | None = None, **values: str | int) -> None:
        """Note something at ``place``, or where the reader stands."""
        at = self.place if place is None else place
        values = {k: v[:200] if isinstance(v, str) else v for k, v in values.items()}
        key = (message, *sorted(values.items()))
        note = self._found.get(key)
        if note is None:
            if len(self._found) >= _MOST:
                return
            self._found[key] = Note(message, values, 1, [at] if at else [])
            return
        note.count += 1
        if at and at not in note.places and len(note.places) < _MOST_PLACES:
            note.places.append(at)

    def all(self) -> list[Note]:
        """All notes in the order in which the first of each came."""
        return list(self._found.values())


def as_data(note: Note) -> Mapping[str, Any]:
    """A note as JSON can carry it."""
    return {
        "message": note.message,
        "values": note.values,
        "count": note.count,
        "places": note.places,
    }
