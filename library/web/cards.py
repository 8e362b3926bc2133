"""Cards as templates want them: every string and address made, nothing left to work out in a loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from flask_babel import gettext, ngettext  # type: ignore[import-untyped]
from markupsafe import Markup

from library.catalogue import public_paths
from library.catalogue.listing import Badge, Card
from library.i18n.names import endonym
from library.web import context
from library.web.labels import counted_sections, labels_in
from library.web.links import Links

_SUMMARY = 280
# Languages shown on a card: the source, the reader's own and the most complete ones come first.
MOST_BADGES = 7


@dataclass(slots=True)
class BadgeView:
    """A language with how complete it is. ``step`` is the class of its bar; none where complete."""

    name: str
    mark: Markup
    step: str
    percent: str
    href: str = ""
    current: bool = False


@dataclass(slots=True)
class CardView:
    """A work in a list. The ``…mark`` fields are ``lang`` and ``dir`` attributes, empty where usual."""

    kind: str
    sample: str
    href: str
    title: str
    mark: Markup
    other: str | None
    other_mark: Markup
    summary: str
    summary_mark: Markup
    badges: list[BadgeView]
    institution: str | None
    institution_mark: Markup
    facts: list[str]
    # “and 5 more”, where there are more languages than badges.
    more_badges: str = ""


def badge(lang: str, percent: int, ui: str, *, href: str = "", current: bool = False) -> BadgeView:
    """The badge of one edition; complete ones carry no figure, because that is what readers expect."""
    complete = percent >= 100
    return BadgeView(
        name=endonym(lang, short=True),
        mark=context.marks(lang, ui),
        step="" if complete else f"p{percent // 10 * 10}",
        percent="" if complete else context.percent(percent, ui),
        href=href,
        current=current,
    )


def card_views(cards: Iterable[Card], *, ui: str, links: Links) -> list[CardView]:
    """Views of cards on a page whose interface speaks ``ui``."""
    kinds = labels_in("KINDS", ui)
    levels = labels_in("LEVELS", ui)
    sample = str(gettext(", sample"))
    badges: dict[Badge, BadgeView] = {}
    prefix, suffix, marks = links.prefix, links.suffix, context.marks
    segments = public_paths.SEGMENTS
    made = []
    for card in cards:
        for one in card.badges[:MOST_BADGES]:
            if one not in badges:
                badges[one] = badge(one.lang, one.percent, ui)
        made.append(
            CardView(
                kind=kinds.get(card.kind, card.kind),
                sample=sample if card.sample else "",
                href=f"{prefix}{segments[card.kind]}/{quote(card.key)}{suffix}",
                title=card.title,
                mark=marks(card.lang, ui),
                other=card.other,
                other_mark=marks(card.other_lang, ui),
                summary=context.shortened(card.summary, _SUMMARY),
                summary_mark=marks(card.summary_lang, ui),
                badges=[badges[one] for one in card.badges[:MOST_BADGES]],
                more_badges=and_more(len(card.badges) - MOST_BADGES, ui),
                institution=card.institution,
                institution_mark=marks(card.institution_lang, ui),
                facts=_facts(card, levels.get(card.level or "", card.level or ""), ui),
            )
        )
    return made


@lru_cache(maxsize=512)
def and_more(count: int, ui: str) -> str:
    """“and 5 more” languages, in the interface language ``ui`` of this request."""
    del ui
    return str(ngettext("and %(num)s more", "and %(num)s more", count)) if count > 0 else ""


def _facts(card: Card, level: str, ui: str) -> list[str]:
    facts = [level] if level else []
    if card.hours:
        facts.append(context.hours(card.hours, ui))
    if card.minutes:
        facts.append(context.minutes(card.minutes, ui))
    if card.sections:
        facts.append(counted_sections(card.sections, ui))
    if card.bytes + card.media_bytes:
        facts.append(context.size(card.bytes + card.media_bytes, ui))
    return facts
