"""Searches that found nothing, counted: they tell editors what readers want and the library lacks.

A page that is asked for by GET changes nobody's state; that it was in vain is counted like a line in a
log, half a minute later (`library.catalogue.tally`).

Kept are the day, the language of the page, and the words. A question that looks like an e-mail address, a
telephone or card number or a key is counted without its words, and so is everything beyond
`MOST_A_DAY` different questions a day, so that nobody can fill the table. After `DAYS` days it is gone.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import UnansweredSearch
from library.catalogue.tally import Tally
from library.db import utc_now
from library.search.characters import CJK, UNSPACED

LONGEST: Final = 80
"""Characters of a question that are kept."""

DAYS: Final = 90
"""Days for which a count is kept."""

MOST_A_DAY: Final = 1_000
"""Different questions of a day that are kept."""

# Seconds between a search in vain and its being written down, and searches that wait in memory at most.
_LATER = 30.0
_MOST_WAITING = 500
# No word of any language is so long, but keys and addresses are.
_KEY: Final = re.compile(rf"[^\s{CJK}{UNSPACED}]{{41}}")
_PERSONAL: Final = re.compile(
    r"\S@\S|@\S*\.|(?:\d[\s().+/_\-]{0,3}){6}\d|(?:https?:|www\.|://)\S", re.IGNORECASE
)

# The number of a standard is as long as one of a telephone, and just what is asked for in vain.
_STANDARD: Final = re.compile(
    r"\b(?:gb|jb|jt|iso|iec|ieee|en|din|vdi|bs|nf|astm|asme|ansi|jis|api|гост)(?:\s*/\s*[a-z]{1,2})?"
    r"[\s/\-]*\d{1,6}(?:[.:\-]\d{1,4}){0,3}\b"
)

#: (language of the page, words)
Asked = tuple[str, str]


def kept(text: str) -> str:
    """A question as it is kept: plain, in small letters, cut short; empty where it must not be kept."""
    plain = unicodedata.normalize("NFKC", text[: LONGEST * 8]).casefold()
    plain = "".join(c if c.isprintable() else " " for c in plain)
    if _KEY.search(plain) or _PERSONAL.search(_STANDARD.sub(" ", plain)):
        return ""
    return " ".join(plain.split())[:LONGEST].rstrip()


class UnansweredTally(Tally[Asked]):
    """Searches in vain of this process that are not written down yet."""

    def __init__(self, *, later: float = _LATER) -> None:
        """``later``: seconds after which what was told is written down."""
        super().__init__(
            lambda session, counts, day: record(session, counts, day=day),
            later=later,
            most=_MOST_WAITING,
            lost="Searches without result were not counted.",
        )

    def note(self, factory: sessionmaker[Session], text: str, *, lang: str) -> None:
        """Count a search in vain, without its words where too many wait. Never raises, never waits."""
        self._count(factory, (lang, kept(text)), crowded=(lang, ""))


def record(session: Session, counts: Mapping[Asked, int], *, day: dt.date) -> None:
    """Add counts to a day's, and let go of what is older than `DAYS` days."""
    forget(session, day=day)
    there = session.scalar(
        select(func.count()).select_from(UnansweredSearch).where(UnansweredSearch.day == day)
    )
    room = MOST_A_DAY - (there or 0)
    for (lang, text), count in counts.items():
        if _add(session, day, lang, text, count):
            continue
        if text and room <= 0:
            if not _add(session, day, lang, "", count):
                _begin(session, day, lang, "", count)
            continue
        _begin(session, day, lang, text, count)
        room -= 1


def _begin(session: Session, day: dt.date, lang: str, text: str, count: int) -> None:
    try:
        with session.begin_nested():
            session.add(UnansweredSearch(day=day, lang=lang, text=text, count=count))
    except IntegrityError:  # another process has begun the row between our look and our insert
        _add(session, day, lang, text, count)


def forget(session: Session, *, day: dt.date) -> None:
    """Let go of what is older than `DAYS` days on a day; writes nothing where there is nothing."""
    old = UnansweredSearch.day <= day - dt.timedelta(days=DAYS)
    if session.scalar(select(UnansweredSearch.day).where(old).limit(1)) is not None:
        session.execute(delete(UnansweredSearch).where(old))


def _add(session: Session, day: dt.date, lang: str, text: str, count: int) -> bool:
    """Add to a row; False where there is none."""
    changed = session.execute(
        update(UnansweredSearch)
        .where(
            UnansweredSearch.day == day,
            UnansweredSearch.lang == lang,
            UnansweredSearch.text == text,
        )
        .values(count=UnansweredSearch.count + count)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What was looked for in vain: how often in all, the last day, and from pages in which languages.

    An empty ``text`` stands for questions that are only counted.
    """

    text: str
    count: int
    last: dt.date
    languages: tuple[str, ...]


def unanswered(
    session: Session, *, days: int = 30, lang: str | None = None, limit: int = 100
) -> list[Unanswered]:
    """The searches of the last ``days`` that found nothing, the most frequent first.

    ``lang`` narrows to pages of one language. What is only counted comes last.
    """
    since = utc_now().date() - dt.timedelta(days=min(days, DAYS) - 1)
    asked = (
        select(
            UnansweredSearch.text,
            UnansweredSearch.lang,
            func.sum(UnansweredSearch.count),
            func.max(UnansweredSearch.day),
        )
        .where(UnansweredSearch.day >= since)
        .group_by(UnansweredSearch.text, UnansweredSearch.lang)
    )
    if lang is not None:
        asked = asked.where(UnansweredSearch.lang == lang)
    found: dict[str, list[tuple[str, int, dt.date]]] = {}
    for text, tag, count, last in session.execute(asked):
        found.setdefault(text, []).append((tag, int(count), last))
    told = list(_told(found))
    told.sort(key=lambda one: (not one.text, -one.count, one.text))
    if len(told) <= limit:
        return told
    return told[:limit]


def _told(found: Mapping[str, list[tuple[str, int, dt.date]]]) -> Iterator[Unanswered]:
    for text, rows in found.items():
        rows.sort(key=lambda row: (-row[1], row[0]))
        yield Unanswered(
            text=text,
            count=sum(count for _, count, _ in rows),
            last=max(last for _, _, last in rows),
            languages=tuple(tag for tag, _, _ in rows),
        )
