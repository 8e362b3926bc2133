"""Files among search results: their name, type and size, and where in them something was found."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext  # type: ignore[import-untyped]

from library.catalogue.file_hits import FoundFile
from library.media.types import short_label
from library.web import context


@dataclass(frozen=True, slots=True)
class FileView:
    """A link to a file at the place that was found; ``facts`` are what it costs: "PDF, 120 kB, page 3"."""

    href: str
    name: str
    facts: str


def file_view(file: FoundFile, *, page: str, ui: str) -> FileView:
    """``page`` is the address of the page that shows the file; there a film begins at the right second."""
    facts = [short_label(file.media_type), context.size(file.size, ui)]
    place = place_name(file.place, ui)
    if place:
        facts.append(place)
    return FileView(page if file.starts_at else file.url, file.title, context.listed(facts))


def place_name(place: str, ui: str) -> str:
    """A place in a file in words: ``page=3`` is "page 3". Empty where there is nothing to say."""
    what, _, where = place.partition("=")
    if what == "t":
        return str(gettext("at %(time)s", time=clock(float(where))))
    if not where.isdigit():
        return ""
    number = context.number(int(where), ui)
    match what:
        case "page":
            return str(gettext("page %(number)s", number=number))
        case "slide":
            return str(gettext("slide %(number)s", number=number))
        case "sheet":
            return str(gettext("sheet %(number)s", number=number))
        case "chapter":
            return str(gettext("chapter %(number)s", number=number))
        case "line":
            return str(gettext("line %(number)s", number=number))
    return ""


def clock(seconds: float) -> str:
    """Seconds as a player shows them: ``1:03``, ``1:02:05``."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
