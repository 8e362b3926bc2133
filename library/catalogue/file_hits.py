"""Hits inside files: which file, where in it, and what it says there."""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from sqlalchemy.orm import Session

from library.catalogue import hit_text, public_paths
from library.catalogue.file_passages import media_position, seconds
from library.catalogue.hit_statements import FILES
from library.catalogue.hit_text import Pieces
from library.search.port import Hit

# Pieces of a file after a passage's first in which its words are looked for: the lines of a scene.
_NEARBY: Final = 24
# Lines shown from the best one on, and before it: the lines of a page end where the paper does.
_LINES: Final = 4
_FILMS: Final = ("video/", "audio/")
_PAPER: Final = "application/pdf"
# Digits of a file's digest that tell it apart from others on one page.
_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file in which something was found. ``place`` is written like ``page=3``; ``url`` leads there.

    ``named``: a word of the query is in its name. ``starts_at`` is what a page takes as ``?at=``
    to have a film begin there, empty for other files.
    """

    name: str
    title: str
    media_type: str
    size: int
    place: str
    url: str
    named: bool = False
    starts_at: str = ""


@dataclass(frozen=True, slots=True)
class Inside:
    """What was found in a file: the section's path, the file, its text in pieces."""

    path: str
    file: FoundFile
    pieces: Pieces

    @property
    def key(self) -> tuple[str, ...]:
        """The same for what looks the same to a reader."""
        told = "" if self.file.place else "".join(text for text, _ in self.pieces)
        return self.file.url, self.file.place, told


@dataclass(frozen=True, slots=True)
class _Piece:
    position: int
    place: str
    text: str


@dataclass(slots=True)
class _Facts:
    name: str
    title: str
    media_type: str
    size: int


def found_files(
    session: Session, hits: Sequence[Hit], *, words: Sequence[str]
) -> dict[str, Inside]:
    """By the passage's id; hits whose file is there no more are left out. One statement, or none."""
    if not hits:
        return {}
    starts = {hit.passage: media_position(hit.passage) for hit in hits}
    positions = {
        position + n
        for hit in hits
        for _, position in [starts[hit.passage]]
        for n in range(_NEARBY if seconds(hit.place) is not None else 1)
    }
    asked = {
        "files": sorted({media for media, _ in starts.values()}),
        "positions": sorted(positions),
        "shown": sorted({hit.file for hit in hits}),
        "sections": [uuids.UUID(section) for section in sorted({hit.section for hit in hits})],
    }
    facts: dict[tuple[int, str], _Facts] = {}
    paths: dict[tuple[int, str], str] = {}
    texts: dict[int, dict[int, _Piece]] = defaultdict(dict)
    for (
        id_,
        sha256,
        name,
        title,
        media_type,
        size,
        section,
        path,
        position,
        place,
        text,
    ) in session.execute(FILES, asked):
        facts[id_, sha256] = _Facts(name, title or "", media_type, size)
        paths[id_, uuids.UUID(str(section)).hex] = path
        if position is not None:
            texts[id_][position] = _Piece(position, place, text)
    looked_for = hit_text.beginnings(words)
    made = {}
    for hit in hits:
        media, start = starts[hit.passage]
        found = facts.get((media, hit.file))
        path = paths.get((media, uuids.UUID(hit.section).hex))
        if found is None or path is None:
            continue
        near = sorted(
            (p for p in texts[media].values() if start <= p.position < start + _NEARBY),
            key=attrgetter("position"),
        )
        if seconds(hit.place) is None:
            near = [piece for piece in near if piece.position == start]
        place, pieces = hit.place, []
        if near:
            lines = [(piece.place, line) for piece in near for line in piece.text.split("\n")]
            best = hit_text.best([line for _, line in lines], looked_for)
            place = lines[best][0]
            told = "\n".join(line for _, line in lines[best : best + _LINES])
            pieces = hit_text.marked(told, words=words, looked_for=looked_for, lang=hit.lang)
        named = hit_text.says(f"{found.name}\n{found.title}", looked_for)
        made[hit.passage] = Inside(path, _file(found, hit.file, place, named=named), pieces)
    return made


def _file(facts: _Facts, sha256: str, place: str, *, named: bool) -> FoundFile:
    name = facts.name.rpartition("/")[2]
    url = public_paths.media(sha256, name)
    starts_at = ""
    if facts.media_type.startswith(_FILMS) and seconds(place) is not None:
        starts_at = f"{sha256[:_DIGITS]}.{place[2:]}"
        url = f"{url}#{place}"
    elif facts.media_type == _PAPER and place:
        url = f"{url}#{place}"
    return FoundFile(
        name, facts.title or name, facts.media_type, facts.size, place, url, named, starts_at
    )
