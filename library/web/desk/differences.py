"""What changed between two states of a work, as pages show it: facts and files in words, texts by word."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, pgettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.directory.names import institution_names
from library.editorial.comments import Thread
from library.editorial.comparison import Difference, Piece, SectionDifference, TextDifference
from library.http.language import interface_language, page_language
from library.i18n.names import name
from library.web import context, labels
from library.web.desk.manuscript_words import CHANGES, FACTS

#: Paragraphs on one page.
PAGE = 200
# Unchanged words around a change, in characters; what lies further away is left out.
_AROUND = 160


@dataclass(frozen=True, slots=True)
class ShownText:
    """A paragraph that is not what it was. ``anchor`` is its name in the page, ``mark`` its language."""

    block: uuids.UUID | None
    lang: str
    language: str
    kind: str
    change: str
    html: Markup
    mark: Markup
    anchor: str


@dataclass(frozen=True, slots=True)
class ShownSection:
    uuid: uuids.UUID | None
    title: str
    path: str
    change: str
    texts: list[ShownText]


@dataclass(frozen=True, slots=True)
class ShownFact:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """A page of a difference; ``following`` is where the next page begins, 0 for none."""

    facts: list[ShownFact]
    files: list[tuple[str, str]]
    sections: list[ShownSection]
    languages: list[tuple[str, str, int]]
    count: int
    following: int

    @property
    def empty(self) -> bool:
        return not (self.facts or self.files or self.sections)


def shown(
    session: Session, difference: Difference, *, lang: str = "", start: int = 0
) -> ShownDifference:
    """A difference in words; ``lang`` narrows the texts to one language, ``start`` leaves the first out."""
    ui = interface_language()
    sections: list[ShownSection] = []
    at = taken = 0
    for section in difference.sections:
        texts = [text for text in section.texts if not lang or text.lang == lang]
        some = []
        for text in texts:
            if at >= start and taken < PAGE:
                some.append(_text(text, ui))
                taken += 1
            at += 1
        if some or (not start and section.kind is not None and not section.texts):
            sections.append(_section(section, some))
    return ShownDifference(
        facts=[] if start else list(_facts(session, difference)),
        files=[] if start else [(path, str(CHANGES[change])) for path, change in difference.files],
        sections=sections,
        languages=[(tag, name(tag, ui), difference.count(tag)) for tag in difference.languages],
        count=difference.count(),
        following=start + PAGE if at > start + PAGE else 0,
    )


def _section(section: SectionDifference, texts: list[ShownText]) -> ShownSection:
    change = str(CHANGES[section.kind]) if section.kind is not None else ""
    return ShownSection(section.uuid, section.title, section.path, change, texts)


def _text(text: TextDifference, ui: str) -> ShownText:
    return ShownText(
        block=text.block,
        lang=text.lang,
        language=name(text.lang, ui),
        kind=text.kind,
        change=str(CHANGES[text.kind]),
        html=marked(text.pieces) if text.kind != "moved" else _moved(text),
        mark=context.marks(text.lang, ui),
        anchor=f"d-{text.block.hex if text.block else 'none'}-{text.lang}",
    )


def _moved(text: TextDifference) -> Markup:
    return escape(context.shortened(text.after, _AROUND * 2))


def marked(pieces: Sequence[Piece]) -> Markup:
    """Words that stayed, went (``del``) and came (``ins``); long stretches that stayed are cut short."""
    parts: list[Markup] = []
    alone = len({piece.sort for piece in pieces}) == 1
    for n, piece in enumerate(pieces):
        if piece.sort == "same":
            text = piece.text
            if not alone:
                text = _cut(text, first=n == 0, last=n == len(pieces) - 1)
            parts.append(escape(text))
        elif piece.sort == "gone":
            parts.append(Markup("<del>{}</del>").format(piece.text))
        else:
            parts.append(Markup("<ins>{}</ins>").format(piece.text))
    return Markup("").join(parts)


def _cut(text: str, *, first: bool, last: bool) -> str:
    before = _beginning(text)
    after = _beginning(text[::-1])[::-1]
    if first and len(text) > _AROUND:
        return f"… {after}"
    if last and len(text) > _AROUND:
        return f"{before} …"
    if len(text) > _AROUND * 2:
        return f"{before} … {after}"
    return text


def _beginning(text: str) -> str:
    """The first words of a text; where there are blanks, it is cut at one."""
    some = text[:_AROUND]
    blank = some.rfind(" ")
    return some[:blank] if blank > _AROUND - 30 else some


def _facts(session: Session, difference: Difference) -> Iterator[ShownFact]:
    for fact, (before, after) in difference.facts.items():
        if fact.startswith("editions."):
            tag = fact.partition(".")[2]
            label = gettext("Edition: %(language)s", language=name(tag, interface_language()))
        else:
            label = str(FACTS.get(fact, fact))
        yield ShownFact(label, said(session, fact, before), said(session, fact, after))


def said(session: Session, fact: str, value: Any) -> str:
    """A fact in words; a dash where it says nothing."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, EditionDraft):
        offered = gettext("offered to readers") if value.offered else gettext("not offered yet")
        origin = str(labels.label(labels.ORIGINS, value.origin))
        return context.listed(
            [offered, origin, *([value.answered_by] if value.answered_by else [])]
        )
    if isinstance(value, bool):
        return str(pgettext("of a fact", "yes") if value else pgettext("of a fact", "no"))
    if isinstance(value, int | float):
        return context.number(value, interface_language())
    if fact == "level":
        return str(labels.label(labels.LEVELS, value))
    if fact == "institutions":
        named = institution_names(session, value, lang=page_language())
        return context.listed(named[key].text if key in named else key for key in value)
    if isinstance(value, list):
        return context.listed(_item(one) for one in value)
    return str(value)


def _item(one: Any) -> str:
    """An entry of a list of facts: a person, a page elsewhere, a parameter, a key."""
    if not isinstance(one, dict):
        return str(one)
    if "url" in one:
        return f"{one.get('title', '')} ({one['url']})".strip()
    if "value" in one:
        told = one.get("name", "")
        words = next(iter(told.values()), "") if isinstance(told, dict) else told
        return f"{words}: {one['value']} {one.get('unit') or ''}".strip()
    if "role" in one:
        role = labels.label(labels.CONTRIBUTIONS, str(one["role"]))
        return f"{one.get('name', '')} ({role})"
    return " – ".join(str(said) for said in one.values() if said)


def beside(difference: ShownDifference, threads: Sequence[Thread]) -> dict[str, list[Thread]]:
    """Comments by the anchor of the text that they stand beside: of its language, else of the first."""
    found: dict[str, list[Thread]] = {}
    left = list(threads)
    texts = [text for section in difference.sections for text in section.texts]
    for exactly in (True, False):
        for text in texts:
            mine = [
                one
                for one in left
                if one.block == text.block and (not exactly or one.lang == text.lang)
            ]
            found.setdefault(text.anchor, []).extend(mine)
            left = [one for one in left if one not in mine]
    return found


def paragraphs(difference: ShownDifference) -> Collection[uuids.UUID]:
    """The blocks that a page of a difference shows."""
    return {text.block for section in difference.sections for text in section.texts if text.block}
