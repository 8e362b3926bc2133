"""The blocks of a page: one column or two, with what is up with each paragraph said beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from library.catalogue.models import Role
from library.catalogue.reading import BlockRow, Piece
from library.i18n.names import endonym, name
from library.i18n.tags import direction, script_of
from library.web import context
from library.web.prose import Prose, heading_words, plain
from library.web.reader import Opened

# Characters that somebody who learns in a language reads in a minute.
_PACE = 900
_PACE_OF_DENSE = 280
_NOTHING = Markup("")
_PLACE = "\x1a"
_PLACE = "\0"
_DENSE = frozenset(("Hans", "Hant", "Jpan", "Kore"))


@dataclass(slots=True)
class TextView:
    """The texts of one section as a template shows them.

    ``lead`` holds the row of a work's summary, ``body`` all other rows, both in one column or in two;
    ``intro`` is the summary alone. ``bytes`` and ``minutes`` are what reading costs. ``absent``: no
    block has a text in the language that is shown; ``two``: there are two columns.
    """

    title: Markup | None = None
    title_mark: Markup = _NOTHING
    other: Markup | None = None
    other_mark: Markup = _NOTHING
    intro: Markup = _NOTHING
    intro_mark: Markup = _NOTHING
    lead: Markup = _NOTHING
    body: Markup = _NOTHING
    bytes: int = 0
    minutes: int = 0
    rows: int = 0
    there: int = 0
    second_there: int = 0
    absent: bool = False
    two: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    """One language of a row: HTML, the attributes of its language, and whether the text is missing."""

    html: str
    mark: str
    gap: bool = False


class _Rows:
    """Writes the rows of one page.

    Here and not in a template: a lesson has a hundred rows, and a template escapes each of their ten
    parts anew. Every sentence is looked up once for the page.
    """

    def __init__(self, opened: Opened, prose: Prose, *, two: bool, absent: bool) -> None:
        self._opened = opened
        self._prose = prose
        self._two = two
        self._absent = absent
        self._taken: set[str] = set()
        ui = opened.ui
        self._own = f' lang="{ui}" dir="{direction(ui)}"'
        shown = name(opened.shown, ui)
        beside = name(opened.beside, ui) if opened.beside else ""
        self._pin = str(escape(gettext("Lasting link to paragraph %(number)s", number=_PLACE)))
        self._stale = self._state(
            gettext("The source text has changed since this paragraph was translated.")
        )
        self._machine = self._state(gettext("Translated by machine, not reviewed yet."))
        missing = gettext("This paragraph has no %(language)s text yet.", language=_PLACE)
        self._gap = self._missing(missing.replace(_PLACE, shown))
        self._gap_beside = self._missing(missing.replace(_PLACE, beside))
        self._fold = ""
        if opened.beside:
            mark = context.marks(opened.beside, ui)
            self._fold = f"<summary><bdi{mark}>{escape(endonym(opened.beside, short=True))}</bdi>"

    def _state(self, sentence: str) -> str:
        return f'<p class="state"{self._own}>{escape(sentence)}</p>'

    def _missing(self, sentence: str) -> _Side:
        return _Side(f'<p class="gone"{self._own}>{escape(sentence)}</p>', "", gap=True)

    def first(self, row: BlockRow) -> _Side:
        """What stands in the first column: the text, a stand-in that says so, or an open place."""
        if row.first is not None:
            return self._side(row.first)
        if self._absent and row.second is not None:
            return self._side(row.second)
        if row.second is not None or row.stand_in is None:
            return self._gap
        if self._absent:  # said once for the whole page
            return self._side(row.stand_in)
        told = gettext(
            "Not translated yet: shown in %(language)s.",
            language=name(row.stand_in.lang, self._opened.ui),
        )
        side = self._side(row.stand_in)
        return _Side(side.html + self._state(told), side.mark)

    def _side(self, piece: Piece, *, apart: bool = False) -> _Side:
        # Plain text from here on: to Markup, anything added would be something to escape.
        html = str(self._prose.html(piece.html, lang=piece.lang, apart=apart))
        if piece.stale:
            html += self._stale
        if piece.origin == "machine" and piece.reviewed_at is None:
            edition = self._opened.editions.get(piece.lang)
            # Said once at the top where the whole edition was made so.
            if edition is None or edition.origin != "machine":
                html += self._machine
        return _Side(html, context.marks(piece.lang, self._opened.ui))

    def write(self, row: BlockRow, number: int) -> str:
        """A row: its anchor, its lasting link, one side or two."""
        uuid = str(row.uuid)
        anchor = f"b-{uuid[:8]}"
        if anchor in self._taken:  # two that begin alike: one in four thousand million
            anchor = f"b-{row.uuid.hex}"
        self._taken.add(anchor)
        first = self.first(row)
        shape = "pair head" if row.kind == "heading" else "pair"
        beside = ""
        if self._two:
            second = self._gap_beside if row.second is None else self._side(row.second, apart=True)
            # A formula or a listing that is the same in both: shown once where there is one column.
            same = first.html == second.html
            if same:
                shape += " same"
            if first.gap or second.gap:
                shape += " lack"
            elif (row.first and row.first.stale) or (row.second and row.second.stale):
                shape += " stale"
            if not same and row.kind != "heading":
                opened = " open" if first.gap else ""
                beside = (
                    f'<details class="fold"{opened}>{self._fold}<span class="vh"> {number}</span>'
                    "</summary></details>"
                )
            beside += f'<div class="b"{second.mark}>{second.html}</div>'
        return (
            f'<div class="{shape}" id="{anchor}"><a class="pin" rel="nofollow" '
            f'href="/id/{uuid}?lang={self._opened.lang}" '
            f'aria-label="{self._pin.replace(_PLACE, str(number))}">¶</a>'
            f'<div class="a"{first.mark}>{first.html}</div>{beside}</div>\n'
        )


def text_view(rows: Sequence[BlockRow], *, opened: Opened, prose: Prose) -> TextView:
    """Everything that a template shows of one section."""
    view = TextView()
    view.absent = bool(rows) and not any(row.first for row in rows)
    # A section without any text in the first language is read in the second alone.
    view.two = bool(opened.beside) and not view.absent
    writer = _Rows(opened, prose, two=view.two, absent=view.absent)
    dense = {lang: script_of(lang) in _DENSE for lang in opened.editions}
    lead: list[str] = []
    body: list[str] = []
    read: tuple[list[str], list[str]] = ([], [])
    beside: list[str] = []
    for row in rows:
        if row.role == Role.TITLE:
            _title(view, row, opened, prose)
            continue
        view.rows += 1
        view.there += row.first is not None
        view.second_there += row.second is not None
        if row.role == Role.SUMMARY:
            side = writer.first(row)
            view.intro, view.intro_mark = Markup(side.html), Markup(side.mark)  # noqa: S704
            lead.append(writer.write(row, view.rows))
        else:
            body.append(writer.write(row, view.rows))
        shown = row.first or row.stand_in or row.second
        if shown is not None:
            read[dense.get(shown.lang, False)].append(shown.html)
        if view.two and row.second is not None:
            beside.append(row.second.html)
    view.lead, view.body = Markup("".join(lead)), Markup("".join(body))  # noqa: S704
    view.bytes = len("".join((*read[0], *read[1], *beside)).encode())
    minutes = len(plain("".join(read[0]))) / _PACE + len(plain("".join(read[1]))) / _PACE_OF_DENSE
    view.minutes = max(1, round(minutes)) if view.bytes else 0
    return view


def _title(view: TextView, row: BlockRow, opened: Opened, prose: Prose) -> None:
    first = row.first or row.stand_in
    second = row.second
    if first is not None:
        view.title = heading_words(prose.html(first.html, lang=first.lang))
        view.title_mark = context.marks(first.lang, opened.ui)
    if second is not None:
        other = heading_words(prose.html(second.html, lang=second.lang, apart=True))
        mark = context.marks(second.lang, opened.ui)
        if first is None:
            view.title, view.title_mark = other, mark
        else:
            view.other, view.other_mark = other, mark


def seam(opened: Opened, view: TextView) -> tuple[Markup, Markup] | None:
    """What stands over the two columns: each language in itself, and how much of the page it has."""
    if opened.beside is None or not view.two:
        return None
    total = view.rows
    made: list[Markup] = []
    for lang, there in ((opened.shown, view.there), (opened.beside, view.second_there)):
        own = Markup("<bdi{}>{}</bdi>").format(context.marks(lang, opened.ui), endonym(lang))
        # The language's name stands inside a sentence of ours, and must say that it is not ours.
        words = _PLACE
        if lang == opened.work.source_language:
            words = gettext("%(language)s, the source", language=_PLACE)
        elif there < total:
            words = gettext(
                "%(language)s, %(there)s of %(total)s", language=_PLACE, there=there, total=total
            )
        made.append(escape(words).replace(_PLACE, own))
    return made[0], made[1]
