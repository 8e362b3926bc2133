"""The paragraphs of one section as the editor shows them, in a page or as JSON."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from library.editorial import queries
from library.editorial.comparison import pieces
from library.editorial.models import Manuscript
from library.editorial.originals import texts_made_from
from library.editorial.queries import BlockLine, TextLine
from library.editorial.section_rendering import SectionRenderer
from library.http.language import interface_language, page_language
from library.web import links
from library.web.prose import Prose, heading_words

_MEDIA: Final = re.compile(r'"/media/(?=[0-9a-f]{64}/)|(?<=[ ,"])/media/(?=[0-9a-f]{64}/)')
_WIDTH: Final = 70
_TALLEST: Final = 30


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in the language that is written, with the one beside it where it is a translation.

    ``source`` is its Markdown, ``version`` what to name when it is saved (0 where there is none), ``html``
    what readers will see of it. ``beside`` and ``beside_html`` are the text that it is made from,
    ``changes`` what changed there since.
    """

    uuid: str
    role: str
    source: str
    version: int
    html: Markup
    rows: int
    stale: bool
    machine: bool
    edited: str
    beside: str
    beside_html: Markup
    changes: Markup

    def as_data(self) -> dict[str, Any]:
        """As scripts are told it."""
        return {
            "uuid": self.uuid,
            "role": self.role,
            "source": self.source,
            "version": self.version,
            "html": str(self.html),
            "stale": self.stale,
            "machine": self.machine,
            "beside": self.beside,
            "besideHtml": str(self.beside_html),
            "changes": str(self.changes),
        }


class SectionTexts:
    """Makes the paragraphs of one section, in ``lang`` with ``beside`` beside it (empty for none)."""

    def __init__(
        self,
        session: Session,
        manuscript: Manuscript,
        section: uuids.UUID,
        *,
        lang: str,
        beside: str = "",
    ) -> None:
        self._session = session
        self._manuscript = manuscript
        self._section = section
        self.lang = lang
        self.beside = beside
        self._renderer = SectionRenderer(session, manuscript, section)
        self._prose = Prose(links.current(), interface_language())
        self._media = f"/{page_language()}/desk/works/{manuscript.uuid}/media/"

    def html(self, source: str, *, lang: str, role: str = "body") -> Markup:
        """A text as readers will see it, with files from the desk, where readers' pages have none yet."""
        if not source.strip():
            return Markup("")
        made = self._prose.html(self._renderer.html(source, lang=lang), lang=lang, apart=True)
        if role == "title":
            made = heading_words(made)
        if "/media/" not in made:
            return made
        told = _MEDIA.sub(
            lambda found: ('"' if found[0].startswith('"') else "") + self._media, str(made)
        )
        return Markup(told)  # noqa: S704  # sanitised when it was rendered

    def paragraphs(self, only: Collection[uuids.UUID] | None = None) -> list[Paragraph]:
        langs = [self.lang, *([self.beside] if self.beside else []), self._source_language]
        lines = queries.blocks(
            self._session, self._manuscript, self._section, langs=langs, only=only
        )
        made_from = self._made_from(lines)
        return [self._paragraph(line, made_from) for line in lines]

    def order(self) -> list[str]:
        """The numbers of the section's paragraphs, in order."""
        lines = queries.blocks(self._session, self._manuscript, self._section, langs=["und"])
        return [str(line.uuid) for line in lines]

    @property
    def _source_language(self) -> str:
        return self._manuscript.source_language

    def _made_from(self, lines: Sequence[BlockLine]) -> dict[uuids.UUID, str]:
        wanted = {
            line.uuid: text.made_from
            for line in lines
            if (text := line.texts.get(self.lang)) is not None and text.stale and text.made_from
        }
        return texts_made_from(self._session, self._manuscript, wanted)

    def _paragraph(self, line: BlockLine, made_from: dict[uuids.UUID, str]) -> Paragraph:
        own = line.texts.get(self.lang)
        other = line.texts.get(self.beside) if self.beside else None
        original = line.texts.get(self._source_language)
        source = own.source if own else ""
        beside = other.source if other else ""
        changes = Markup("")
        if own is not None and own.stale and line.uuid in made_from and original is not None:
            changes = difference(made_from[line.uuid], original.source)
        shown = source or beside
        return Paragraph(
            uuid=str(line.uuid),
            role=line.role,
            source=source,
            version=own.version if own else 0,
            html=self.html(source, lang=self.lang, role=line.role),
            rows=min(_TALLEST, sum(len(one) // _WIDTH + 1 for one in shown.split("\n"))),
            stale=bool(own and own.stale),
            machine=bool(own and own.origin == "machine"),
            edited=_edited(own),
            beside=beside,
            beside_html=self.html(beside, lang=self.beside, role=line.role)
            if beside
            else Markup(""),
            changes=changes,
        )


def difference(before: str, after: str) -> Markup:
    """What went and what came between two texts, as a reader can follow it."""
    made = Markup("")
    for piece in pieces(before, after):
        if piece.sort == "same":
            made += escape(piece.text)
        else:
            tag = "del" if piece.sort == "gone" else "ins"
            made += Markup("<{0}>{1}</{0}>").format(Markup(tag), piece.text)  # noqa: S704
    return made


def _edited(text: TextLine | None) -> str:
    if text is None or not text.edited_by:
        return ""
    return str(gettext("last changed by %(name)s", name=text.edited_by))
