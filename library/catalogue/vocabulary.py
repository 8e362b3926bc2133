"""What the library's titles and terms are made of, kept for completing and correcting what readers type.

It is one file of arrays, made anew from the database when something was published since. A small library's
is made by whoever asks, in no time, and kept in memory; a large one's by the worker, which writes it into
the data folder for all processes. Until it is there the old one serves: a word that was published a
minute ago is found by searching, only not yet suggested.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Block, BlockText, Edition, Role, Section, Work
from library.db import session_scope
from library.directory.models import (
    CodeLabel,
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.errors import Damaged
from library.jobs import outbox
from library.markdown import BlockKind, plain_text
from library.search.analysis import ANALYSIS_VERSION
from library.search.array_file import ArrayFile, packed, store
from library.search.lexicon import Lexicon, LexiconDraft
from library.search.pinyin import pinyin_of
from library.search.prefixes import Prefixes, PrefixesDraft, Title
from library.terms.models import Term

FORMAT: Final = f"1/{ANALYSIS_VERSION}"
"""Version of what is in the file: its arrangement, and how letters are made comparable."""

SMALL: Final = 1_000
"""Titles and sections up to which a library is small: its vocabulary is made in a tenth of a second."""

THREAD: Final = "vocabulary"
"""The thread that makes a large library's where no worker does."""

# Making a vocabulary may take up this part of a process's time, and no more often than so, in seconds.
_SHARE = 10
_PAUSE = 2.0
# A large library's processes that have seen no worker make one for this long do it themselves.
_PATIENCE = 60.0
# Seconds between two looks whether the worker has written a new file.
_GLANCE = 1.0
# Rows read at once: all titles of a large library would take more memory than what is made of them.
_PORTION = 2_000
_MARKUP = frozenset("*_`~[]<>&$!\\^|=")

_log = logging.getLogger(__name__)


class Vocabulary:
    """The words and titles of the library as of one change ``number``."""

    def __init__(self, file: ArrayFile) -> None:
        """Raises ``Damaged`` for a file of another version."""
        about = file.about
        if about.get("format") != FORMAT:
            raise Damaged("The file of the vocabulary is of another version.")
        self.number: int = about["number"]
        self.took: float = about["took"]
        self.words = Lexicon(file, about["words"])
        self.titles = Prefixes(file, about["titles"])


def draft(session: Session) -> bytes:
    """The content of the file, from the database as it stands."""
    began = time.process_time()
    number = outbox.change_number(session)
    # One after the other, though titles are read twice: both together would take twice the memory.
    words = LexiconDraft(reading=pinyin_of)
    for title in _titles(session):
        words.add(title.text, title.lang)
    for label, lang in session.execute(select(CodeLabel.label, CodeLabel.lang)):
        words.add(label, lang)
    arrays, about_words = words.arrays()
    del words
    titles = PrefixesDraft(reading=pinyin_of)
    for title in _titles(session):
        titles.add(title)
    prefixes, about_titles = titles.arrays()
    about = {
        "format": FORMAT,
        "number": number,
        "took": time.process_time() - began,
        "words": about_words,
        "titles": about_titles,
    }
    return packed(arrays | prefixes, about)


def _titles(session: Session) -> Iterator[Title]:
    for key, text, lang in session.execute(
        select(Work.id, Edition.title, Edition.lang)
        .join(Edition, Edition.work_id == Work.id)
        .where(Work.status == "published", Edition.offered.is_(True))
        .execution_options(yield_per=_PORTION)
    ):
        yield Title(text, lang, "work", key)
    for key, text, lang in session.execute(
        select(Term.id, Term.text, Term.lang).where(Term.status != "forbidden")
    ):
        yield Title(text, lang, "term", key)
    for key, text, lang in session.execute(
        select(Institution.id, InstitutionText.name, InstitutionText.lang).join(
            InstitutionText, InstitutionText.institution_id == Institution.id
        )
    ):
        yield Title(text, lang, "institution", key)
    for key, text, lang in session.execute(
        select(Partnership.id, PartnershipText.name, PartnershipText.lang).join(
            PartnershipText, PartnershipText.partnership_id == Partnership.id
        )
    ):
        yield Title(text, lang, "partnership", key)
    for key, source, lang in session.execute(
        select(Section.id, BlockText.source, BlockText.lang)
        .select_from(Block)
        .join(Section, Section.id == Block.section_id)
        .join(Work, Work.id == Section.work_id)
        .join(BlockText, BlockText.block_id == Block.id)
        .join(Edition, (Edition.work_id == Work.id) & (Edition.lang == BlockText.lang))
        .where(
            Block.role == Role.TITLE,
            Block.removed_at.is_(None),
            Section.removed_at.is_(None),
            Section.position > 0,
            Work.status == "published",
            Edition.offered.is_(True),
        )
        .execution_options(yield_per=_PORTION)
    ):
        yield Title(heading(source), lang, "section", key)


def heading(source: str) -> str:
    """The text of a heading in Markdown."""
    bare = source.lstrip("#").strip()
    return bare if _MARKUP.isdisjoint(bare) else plain_text(source, kind=BlockKind.HEADING)


def is_small(session: Session) -> bool:
    """Whether the vocabulary is made in less time than a reader notices."""
    editions = session.scalar(select(func.count()).select_from(Edition)) or 0
    if editions > SMALL:
        return False
    sections = session.scalar(select(func.count()).select_from(Section)) or 0
    terms = session.scalar(select(func.count()).select_from(Term)) or 0
    return editions + sections + terms <= SMALL


class VocabularyCache:
    """The vocabulary of this process: its own where the library is small, else the file."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where the file of a large library is; without one there is no such file."""
        self._path = folder / "vocabulary" if folder else None
        self._lock = threading.Lock()
        self._current: Vocabulary | None = None
        self._file: Vocabulary | None = None
        self._seen: tuple[int, int] | None = None
        self._looked = self._made = self._large = float("-inf")
        self._stale_since: float | None = None

    def get(self, factory: sessionmaker[Session], *, number: int) -> Vocabulary | None:
        """The vocabulary as of ``number`` or a little before; None where there is none yet."""
        current = self._current
        if current is not None and current.number == number:
            self._stale_since = None
            return current
        if not self._lock.acquire(blocking=current is None):
            return current  # another thread is at it
        try:
            return self._newer(factory, number)
        finally:
            self._lock.release()

    def discard(self) -> None:
        """Let go of a vocabulary that turned out to be damaged; another one is made."""
        with self._lock:
            self._current = self._file = None
            if self._path is not None:
                with suppress(OSError):
                    self._path.unlink()

    def refresh(self, factory: sessionmaker[Session]) -> bool:
        """Write the file of a large library anew if it is time to: for the worker."""
        if self._path is None or not self.is_due(factory):
            return False
        with session_scope(factory) as session:
            content = draft(session)
        store(self._path, content)
        return True

    def is_due(self, factory: sessionmaker[Session]) -> bool:
        """Whether the file of a large library is out of date, and the last one old enough."""
        if self._path is None:
            return False
        there = self._from_file()
        with session_scope(factory) as session:
            if there is not None:
                if there.number == outbox.change_number(session):
                    return False
                rest = max(_PAUSE, _SHARE * there.took)
                with suppress(OSError):
                    if time.time() - self._path.stat().st_mtime < rest:
                        return False
            return not is_small(session)

    def _newer(self, factory: sessionmaker[Session], number: int) -> Vocabulary | None:
        now = time.monotonic()
        current = self._current
        if current is not None and current.number == number:
            return current
        if now - self._looked > _GLANCE:
            self._looked = now
            found = self._from_file()
            if found is not None and (current is None or found.number != current.number):
                current = found
        if current is None or current.number != number:
            current = self._own(factory, current, now)
        self._current = current
        self._stale_since = None if current and current.number == number else self._stale_since
        return current

    def _own(
        self, factory: sessionmaker[Session], current: Vocabulary | None, now: float
    ) -> Vocabulary | None:
        """A small library's vocabulary, made here and now."""
        if now - self._large < _PAUSE:
            return current
        if current is not None and now - self._made < _SHARE * min(current.took, 0.1):
            return current
        with session_scope(factory) as session:
            if is_small(session):
                made = Vocabulary(ArrayFile(draft(session)))
                self._made = time.monotonic()
                return made
        self._large = now
        if self._stale_since is None:
            self._stale_since = now
        elif now - self._stale_since > _PATIENCE:
            self._stale_since = now
            threading.Thread(
                target=self._instead, args=(factory,), name=THREAD, daemon=True
            ).start()
        return current

    def _instead(self, factory: sessionmaker[Session]) -> None:
        """Do the worker's part beside the requests: here it seems to have no worker."""
        try:
            self.refresh(factory)
        except Exception as error:
            _log.warning("The vocabulary could not be made: %s", error)

    def _from_file(self) -> Vocabulary | None:
        """What the worker wrote, opened anew only when it is another file; None if it is not usable."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except OSError:
            return None
        seen = (status.st_ino, status.st_mtime_ns)
        if seen == self._seen:
            return self._file
        self._seen, self._file = seen, None
        with suppress(Damaged, OSError):
            self._file = Vocabulary(ArrayFile(self._path))
        return self._file
