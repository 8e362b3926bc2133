"""The blocks of a page: one column or two, with what is up with each paragraph said beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup

from library.catalogue import public_paths
from library.catalogue.models import Role
from library.catalogue.reading import BlockRow, Piece
from library.i18n.bidi import isolate
from library.i18n.names import endonym, name
from library.i18n.tags import direction, script_of
from library.web import context
from library.web.prose import Prose, heading_words, plain
from library.web.reader import Opened

# Characters that somebody who learns in a language reads in a minute.
_PACE = 900
_PACE_OF_DENSE = 280
_NOTHING = Markup("")
_DENSE = frozenset(("Hans", "Hant", "Jpan", "Kore"))


@dataclass(slots=True)
class Side:
    """One language of a block: a text, or ``gap``, a sentence that says that it is missing."""

    html: Markup = _NOTHING
    mark: Markup = _NOTHING
    gap: str = ""
    states: list[str] = field(default_factory=list)


@dataclass(slots=True)
class BlockView:
    """A block as templates show it. ``second`` is None where one language is read alone."""

    anchor: str
    pin: str
    shape: str
    first: Side
    second: Side | None
    number: int
    # Whether the second language waits behind a switch on narrow screens; short headings do not.
    fold: bool = True


@dataclass(slots=True)
class TextView:
    """The texts of one section: title and summary apart, the rest as blocks in order."""

    title: Markup | None = None
    title_mark: Markup = _NOTHING
    title_lang: str = ""
    other: Markup | None = None
    other_mark: Markup = _NOTHING
    summary: list[BlockView] = field(default_factory=list)
    blocks: list[BlockView] = field(default_factory=list)
    bytes: int = 0
    minutes: int = 0
    # Whether any block has a text in the language that is shown, and how many have.
    absent: bool = False
    two: bool = False
    there: int = 0
    second_there: int = 0
    plain_summary: str = ""


class _Sentences:
    """What may have to be said at a paragraph, looked up once for the page and not for each block."""

    def __init__(self, opened: Opened) -> None:
        shown = name(opened.shown, opened.ui)
        beside = name(opened.beside, opened.ui) if opened.beside else ""
        self.stale = str(
            gettext("The source text has changed since this paragraph was translated.")
        )
        self.machine = str(gettext("Translated by machine, not reviewed yet."))
        self.gap = str(gettext("This paragraph has no %(language)s text yet.", language=shown))
        self.gap_beside = str(
            gettext("This paragraph has no %(language)s text yet.", language=beside)
        )
        self.pin = str(gettext("Lasting link to paragraph %(number)s"))


def text_view(rows: Sequence[BlockRow], *, opened: Opened, prose: Prose) -> TextView:
    """Everything that a template shows of one section."""
    view = TextView()
    words = _Sentences(opened)
    bodies = [row for row in rows if row.role != Role.TITLE]
    view.there = sum(row.first is not None for row in bodies)
    view.second_there = sum(row.second is not None for row in bodies)
    view.absent = bool(rows) and not any(row.first for row in rows)
    # A section without any text in the first language is read in the second alone.
    view.two = bool(opened.beside) and not view.absent
    taken: set[str] = set()
    letters = dense = size = number = 0
    for row in rows:
        shown = row.first or (row.stand_in if not (opened.beside and row.second) else None)
        if row.role == Role.TITLE:
            _title(view, row, opened, prose)
            continue
        number += 1
        anchor = public_paths.block_anchor(row.uuid)
        if anchor in taken:  # two that begin alike: one in four thousand million
            anchor = f"b-{row.uuid.hex}"
        taken.add(anchor)
        made = BlockView(
            anchor=anchor,
            pin=f"{public_paths.lasting(row.uuid)}?lang={opened.lang}",
            shape="",
            first=_first(row, opened, prose, words, absent=view.absent),
            second=_second(row, opened, prose, words) if view.two else None,
            number=number,
            fold=row.kind != "heading",
        )
        made.shape = _shape(row, made)
        size += sum(len(piece.html.encode()) for piece in (shown, row.second) if piece)
        counted = shown or row.second
        if counted is not None:
            count = len(plain(counted.html))
            if script_of(counted.lang) in _DENSE:
                dense += count
            else:
                letters += count
            if row.role == Role.SUMMARY:
                view.plain_summary = plain(counted.html)
        (view.summary if row.role == Role.SUMMARY else view.blocks).append(made)
    view.bytes = size
    view.minutes = max(1, round(letters / _PACE + dense / _PACE_OF_DENSE)) if size else 0
    return view


def _title(view: TextView, row: BlockRow, opened: Opened, prose: Prose) -> None:
    first = row.first or row.stand_in
    if first is not None:
        view.title = heading_words(prose.html(first.html, lang=first.lang))
        view.title_mark = context.marks(first.lang, opened.ui)
        view.title_lang = first.lang
    if row.second is not None:
        view.other = heading_words(prose.html(row.second.html, lang=row.second.lang, apart=True))
        view.other_mark = context.marks(row.second.lang, opened.ui)
        if first is None:
            view.title, view.other = view.other, None
            view.title_mark, view.title_lang = view.other_mark, row.second.lang


def _first(row: BlockRow, opened: Opened, prose: Prose, words: _Sentences, *, absent: bool) -> Side:
    if row.first is not None:
        return _side(row.first, opened, prose, words)
    if absent and row.second is not None:
        return _side(row.second, opened, prose, words)
    if row.second is not None or row.stand_in is None:
        return Side(gap=words.gap)
    side = _side(row.stand_in, opened, prose, words)
    if not absent:
        side.states.insert(
            0,
            str(
                gettext(
                    "Not translated yet: shown in %(language)s.",
                    language=name(row.stand_in.lang, opened.ui),
                )
            ),
        )
    return side


def _second(row: BlockRow, opened: Opened, prose: Prose, words: _Sentences) -> Side:
    if row.second is None:
        return Side(gap=words.gap_beside)
    return _side(row.second, opened, prose, words, apart=True)


def _side(
    piece: Piece, opened: Opened, prose: Prose, words: _Sentences, *, apart: bool = False
) -> Side:
    states = []
    if piece.stale:
        states.append(words.stale)
    edition = opened.editions.get(piece.lang)
    # Said once at the top where the whole edition was made so.
    whole = edition is not None and edition.origin == "machine"
    if piece.origin == "machine" and piece.reviewed_at is None and not whole:
        states.append(words.machine)
    return Side(
        html=prose.html(piece.html, lang=piece.lang, apart=apart),
        mark=context.marks(piece.lang, opened.ui),
        states=states,
    )


def _shape(row: BlockRow, view: BlockView) -> str:
    """The classes of a row: a heading, a lack, something stale."""
    shape = "pair"
    if row.kind == "heading":
        shape += " head"
    if view.second is not None:
        if view.first.html and view.first.html == view.second.html:
            # A formula or a listing that is the same in both: shown once where there is one column.
            shape += " same"
            view.fold = False
        if view.first.gap or view.second.gap:
            shape += " lack"
        elif (row.first and row.first.stale) or (row.second and row.second.stale):
            shape += " stale"
    return shape


def seam(opened: Opened, view: TextView) -> tuple[str, Markup, str, Markup] | None:
    """What stands over the two columns: each language in itself, and how much of the page it has."""
    if opened.beside is None or not view.two:
        return None
    total = len(view.blocks) + len(view.summary)
    made: list[tuple[str, Markup]] = []
    for lang, there in ((opened.shown, view.there), (opened.beside, view.second_there)):
        words = endonym(lang)
        if direction(lang) != direction(opened.ui):
            words = isolate(words)
        if lang == opened.work.source_language:
            words = gettext("%(language)s, the source", language=words)
        elif there < total:
            words = gettext(
                "%(language)s, %(there)s of %(total)s", language=words, there=there, total=total
            )
        made.append((str(words), Markup("")))
    return (*made[0], *made[1])
