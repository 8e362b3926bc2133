"""What the index is told of a work's files: the text inside them and their names.

A file belongs to the section whose text shows it first; one that no text shows, to the section in whose
folder it lies. So a file that two works use is found in both.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
import uuid as uuids
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final
from urllib.parse import quote, unquote

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.models import MediaFile, MediaRole, MediaText, Section, Work
from library.extraction.extract import pieces
from library.i18n.guessing import by_language
from library.search.port import Passage

# Characters of a passage, see `passages`.
_LONGEST: Final = 1_600
_DENSE: Final = 600
_DENSE_LANGUAGES: Final = ("zh", "ja", "ko")
# Lines of a film that make one passage: so many seconds, about as much as one takes in at a time.
_SCENE_SECONDS: Final = 45.0
_TIME: Final = "t="

_WORDS: Final = re.compile(r"[^\W_]+")
# Where a name goes from small to large letters: ``TorqueSheet``.
_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BEFORE: Final = r"""(?P<folder>[^\s()<>\[\]"']*/)?"""


@dataclass(frozen=True, slots=True)
class _Spot:
    section: uuids.UUID
    block: uuids.UUID


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a passage: what begins at ``position``, or the part with this ``number`` of it."""

    lang: str
    position: int
    place: str
    number: int
    text: str


class WorkFiles:
    """The files of one work: told of every text by ``seen``, it gives their passages at the end."""

    def __init__(self, session: Session, work: Work, *, rows: Sequence[MediaFile]) -> None:
        """``rows``: all its files but renditions, in the order of their paths."""
        self._session = session
        self._work = work
        self._files = rows
        #: The address under which texts show a file: without its language, the film for its subtitles.
        self._shown = {row.id: row for row in rows}
        self._address = {row.id: _neutral(row) for row in rows}
        self._find_films()
        self._spots: dict[str, _Spot] = {}
        self._first: dict[str, _Spot] = {}
        self._folders: dict[uuids.UUID, str] = {}
        self._by_name: dict[str, list[str]] = {}
        for row in rows:
            for address in {self._address[row.id], row.path}:
                name = address.rpartition("/")[2]
                for written in {name, quote(name)}:
                    here = self._by_name.setdefault(written, [])
                    if self._address[row.id] not in here:
                        here.append(self._address[row.id])
        self._names: re.Pattern[str] | None = None
        if self._by_name:
            names = sorted(self._by_name, key=len, reverse=True)
            self._names = re.compile(
                rf"{_BEFORE}(?P<name>{'|'.join(map(re.escape, names))})(?![\w-])"
            )
            self._folders = _folders(session, work)

    def seen(self, section: uuids.UUID, block: uuids.UUID, source: str) -> None:
        """Note the files that a text shows. Texts come in the order in which they are read."""
        if self._names is None:
            return
        folder = self._folders.get(section, "")
        if folder not in self._first:
            self._first[folder] = _Spot(section, block)
        if "." not in source:
            return
        for found in self._names.finditer(source):
            address = _likeliest(
                self._by_name[found["name"]], folder=folder, written=found["folder"] or ""
            )
            self._spots.setdefault(address, _Spot(section, block))

    def passages(
        self,
        *,
        languages: Sequence[str],
        titles: Mapping[str, str],
        facts: Mapping[str, tuple[str, ...]],
    ) -> Iterator[Passage]:
        """The passages of all files. ``languages`` are those of the work, its own first."""
        work = self._work
        source = work.source_language
        for row in self._files:
            spot = self._spot(row)
            if spot is None:
                continue
            shown = self._shown[row.id]
            names = "\n".join(dict.fromkeys(name for one in (shown, row) for name in _names(one)))
            named: Iterator[_Text] = iter(())
            if row.role != MediaRole.SUBTITLES:
                # Of a picture one sees what it is; of other files the name is all there is to find.
                told = "" if row.media_type.startswith("image/") else names
                named = iter([_Text(row.lang or source, 0, "", 0, told)])
            texts = self._texts(row, languages)
            first = next(texts, None) or next(named, None)
            if first is None:
                continue
            for text in chain((first,), texts):
                yield Passage(
                    id=passage_id(spot.section, row.id, text),
                    work=str(work.uuid),
                    section=str(spot.section),
                    block=str(spot.block),
                    kind=work.kind,
                    lang=text.lang,
                    title="",
                    work_title=titles.get(text.lang, "") or titles.get(source, ""),
                    body=text.text,
                    keywords=names,
                    subjects=facts["subjects"],
                    level=work.level or "",
                    institutions=facts["institutions"],
                    countries=facts["countries"],
                    sizes=facts["sizes"],
                    file=shown.sha256,
                    place=text.place,
                )

    def _find_films(self) -> None:
        films = {
            self._address[row.id].rpartition(".")[0]: row
            for row in self._files
            if row.media_type.startswith(("video/", "audio/"))
        }
        for row in self._files:
            if row.role == MediaRole.SUBTITLES:
                film = films.get(self._address[row.id].rpartition(".")[0])
                if film is not None:
                    self._shown[row.id] = film
                    self._address[row.id] = self._address[film.id]

    def _spot(self, row: MediaFile) -> _Spot | None:
        address = self._address[row.id]
        spot = self._spots.get(address)
        folder = address.rpartition("/")[0]
        while spot is None:
            spot = self._first.get(folder)
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return spot

    def _texts(self, row: MediaFile, languages: Sequence[str]) -> Iterator[_Text]:
        stored = self._session.execute(
            select(MediaText.position, MediaText.place, MediaText.lang, MediaText.text)
            .where(MediaText.media_id == row.id)
            .order_by(MediaText.position)
        )
        gathered = _scenes((p, place, lang, text) for p, place, lang, text in stored)
        for position, place, own, text in gathered:
            lang = own or row.lang
            if lang:
                by_lang = iter([(lang, [text])])
            else:
                by_lang = by_language(
                    text, candidates=languages, fallback=self._work.source_language
                )
            for tag, lines in by_lang:
                dense = tag.partition("-")[0] in _DENSE_LANGUAGES
                parts = pieces("\n".join(lines), longest=_DENSE if dense else _LONGEST)
                for number, part in enumerate(parts):
                    yield _Text(tag, position, place, number, part)


def passage_id(section: uuids.UUID, media_id: int, text: _Text) -> str:
    """The id of a passage of a file; `media_position` reads it."""
    return f"{section}:{text.lang}:{media_id}.{text.position}.{text.number}"


def media_position(passage: str) -> tuple[int, int]:
    """The row of the file and the position of the text that a passage of a file begins with."""
    media_id, position, _ = passage.rpartition(":")[2].split(".")
    return int(media_id), int(position)


def seconds(place: str) -> float | None:
    """The second that a place in a film means."""
    return float(place[len(_TIME) :]) if place.startswith(_TIME) else None


def _scenes(
    rows: Iterator[tuple[int, str, str | None, str]],
) -> Iterator[tuple[int, str, str | None, str]]:
    """Lines of a film put together to scenes; anything else as it is."""
    first: tuple[int, str, str | None] | None = None
    begin = 0.0
    lines: list[str] = []
    for position, place, lang, text in rows:
        start = seconds(place)
        if first is not None and (start is None or start - begin > _SCENE_SECONDS):
            yield (*first, "\n".join(lines))
            first, lines = None, []
        if start is None:
            yield position, place, lang, text
            continue
        if first is None:
            first, begin = (position, place, lang), start
        lines.append(text)
    if first is not None:
        yield (*first, "\n".join(lines))


def _neutral(row: MediaFile) -> str:
    """The path of a file without its language: ``photo.png`` for ``photo.fr.png``."""
    stem, dot, ending = row.path.rpartition(".")
    if not dot:
        return row.path
    return f"{stem.removesuffix(f'.{row.lang}') if row.lang else stem}.{ending}"


def _names(row: MediaFile) -> Iterator[str]:
    """What a reader may type to find a file: its title, its name, the words of its name."""
    if row.title:
        yield row.title
    name = unicodedata.normalize("NFC", row.name.rpartition("/")[2])
    yield name
    stem = name.rpartition(".")[0] or name
    yield " ".join(_WORDS.findall(_HUMPS.sub(" ", stem)))


def _folders(session: Session, work: Work) -> dict[uuids.UUID, str]:
    """The folder of each section, from the work's own."""
    folders: dict[int, str] = {}
    found: dict[uuids.UUID, str] = {}
    for id_, uuid, parent_id, folder in session.execute(
        select(Section.id, Section.uuid, Section.parent_id, Section.folder)
        .where(Section.work_id == work.id, Section.removed_at.is_(None))
        .order_by(Section.depth, Section.position)
    ):
        above = folders.get(parent_id, "") if parent_id else ""
        found[uuid] = folders[id_] = f"{above}/{folder}" if above else folder
    return found


def _likeliest(candidates: Sequence[str], *, folder: str, written: str) -> str:
    """Which of several files of one name a text in ``folder`` means."""
    if len(candidates) == 1:
        return candidates[0]
    name = candidates[0].rpartition("/")[2]
    meant = posixpath.normpath(posixpath.join(folder, unquote(written), name))
    if meant in candidates:
        return meant
    return max(candidates, key=lambda path: len(posixpath.commonprefix([path, meant])))
