"""Hits: what the search engine found, as readers see it: titles, places and marked passages.

The engine answers with ids; what they are called and say is read from the database, in a fixed number of
statements however many hits there are: one for works, one for passages, one for files, and one for each
other kind of entry that is among them.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from library.catalogue import file_hits, hit_text, public_paths
from library.catalogue.file_hits import FoundFile
from library.catalogue.hit_statements import ENTRIES, PLACES, WORKS
from library.catalogue.hit_text import Pieces
from library.catalogue.listing import Badge
from library.catalogue.models import Role
from library.catalogue.reading import percent
from library.i18n.chains import chain, choose
from library.markdown import BlockKind, plain_text
from library.search.port import PASSAGES_PER_WORK, Hit, Results

# Kinds that are no works: their only passage is their own text.
ENTRY_KINDS = ("institution", "partnership", "term")


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A paragraph that was found: where it is, and its text in pieces, True where it is marked.

    ``file`` is the file in which it stands, for text that is not the library's own; the address is then
    that of the page that shows the file, a film there begins where the words are said.
    """

    section: uuids.UUID
    title: str
    lang: str
    url: str
    pieces: Pieces
    score: float
    file: FoundFile | None = None


@dataclass(frozen=True, slots=True)
class FoundWork:
    """A work, institution, partnership or concept that was found. Links begin with ``/@/``."""

    uuid: uuids.UUID
    kind: str
    key: str
    title: str
    lang: str
    other: str | None
    other_lang: str | None
    url: str
    score: float
    badges: list[Badge] = field(default_factory=list)
    passages: list[FoundPassage] = field(default_factory=list)
    sample: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a passage is: its section, the paragraph that says the most of the query, and its text."""

    path: str
    title: str
    block: uuids.UUID
    pieces: Pieces


@dataclass(slots=True)
class _Paragraph:
    position: int
    block: str | uuids.UUID
    kind: str
    source: str


def found_works(
    session: Session, results: Results, *, lang: str, passages: int = PASSAGES_PER_WORK
) -> list[FoundWork]:
    """The hits in their order. What was withdrawn since the index last looked is left out."""
    hits = [hit for found in results.hits for hit in found.passages[:passages]]
    inside = [hit for hit in hits if hit.kind not in ENTRY_KINDS]
    words = results.words
    places = _places(session, inside, words=words)
    files = file_hits.found_files(session, [hit for hit in inside if hit.file], words=words)
    there = _works(session, {uuids.UUID(hit.work) for hit in inside}, lang=lang)
    there |= _entries(session, [h for h in hits if h.kind in ENTRY_KINDS], lang=lang, words=words)
    made: list[FoundWork] = []
    for found in results.hits:
        work = there.get(uuids.UUID(found.work))
        if work is None:
            continue
        made.append(replace(work, score=found.score))
        shown: set[tuple[str, ...]] = set()
        for hit in found.passages[:passages]:
            place = places.get(hit.passage)
            if hit.file:
                inside_file = files.get(hit.passage)
                if inside_file is None or inside_file.key in shown:
                    continue  # one page is a passage for each of its languages
                shown.add(inside_file.key)
                title = place.title if place is not None else ""
                place = _Place(inside_file.path, title, uuids.UUID(hit.block), inside_file.pieces)
            if place is None:
                continue
            file = files[hit.passage].file if hit.file else None
            url = public_paths.page(work.kind, work.key, place.path)
            if file is not None and file.starts_at:
                url = f"{url}?at={file.starts_at}"
            work.passages.append(
                FoundPassage(
                    section=uuids.UUID(hit.section),
                    title=place.title or work.title,
                    lang=hit.lang,
                    url=f"{url}#{public_paths.block_anchor(place.block)}",
                    pieces=place.pieces,
                    score=hit.score,
                    file=file,
                )
            )
    return made


def _works(session: Session, wanted: set[uuids.UUID], *, lang: str) -> dict[uuids.UUID, FoundWork]:
    """Published works by uuid, titled along the reader's chain, with their languages."""
    if not wanted:
        return {}
    editions: dict[uuids.UUID, dict[str, Any]] = defaultdict(dict)
    for row in session.execute(WORKS, {"wanted": list(wanted)}):
        editions[row[0]][row.lang] = row
    made = {}
    for uuid, there in editions.items():
        work = next(iter(there.values()))
        source = work.source_language
        titled = [tag for tag, row in there.items() if row.title] or list(there)
        tag = choose(lang, titled, source=source) or titled[0]
        other = source if source != tag and source in there else None
        badges = [Badge(row.lang, percent(row.translated, row.blocks)) for row in there.values()]
        badges.sort(key=lambda b: (b.lang != source, b.lang != lang, -b.percent, b.lang))
        made[uuid] = FoundWork(
            uuid=uuid,
            kind=work.kind,
            key=work.key,
            title=there[tag].title or work.key,
            lang=tag,
            other=there[other].title if other else None,
            other_lang=other,
            url=public_paths.page(work.kind, work.key),
            score=0.0,
            badges=badges,
            sample=work.sample,
        )
    return made


def _places(session: Session, hits: Sequence[Hit], *, words: Sequence[str]) -> dict[str, _Place]:
    """Where each passage is, the marked text of its best paragraph, its section's title."""
    if not hits:
        return {}
    blocks = {uuids.UUID(hit.block) for hit in hits}
    titles: dict[tuple[str, str], str] = {}
    paths: dict[str, str] = {}
    texts: dict[tuple[str, str], list[_Paragraph]] = defaultdict(list)
    asked = {"blocks": list(blocks), "languages": sorted({hit.lang for hit in hits})}
    for passage, start, path, block, position, role, kind, lang, source in session.execute(
        PLACES, asked
    ):
        place = (_hex(passage), lang)
        paths[place[0]] = path
        if role == Role.TITLE:
            titles[place] = source
        elif position >= start:
            texts[place].append(_Paragraph(position, block, kind, source))
    looked_for = hit_text.beginnings(words)
    made: dict[str, _Place] = {}
    for hit in hits:
        place = (_hex(hit.block), hit.lang)
        if place[0] not in paths:
            continue
        paragraphs = sorted(texts.get(place, ()), key=attrgetter("position"))
        block, pieces = place[0], []
        if paragraphs:
            best = hit_text.best([paragraph.source for paragraph in paragraphs], looked_for)
            block = _hex(paragraphs[best].block)
            pieces = hit_text.told(
                [(p.kind, p.source) for p in paragraphs[best : best + 2]],
                words=words,
                looked_for=looked_for,
                lang=hit.lang,
            )
        made[hit.passage] = _Place(
            paths[place[0]], _title(titles.get(place, "")), uuids.UUID(block), pieces
        )
    return made


def _title(source: str) -> str:
    return plain_text(source, kind=BlockKind.HEADING) if source else ""


def _hex(uuid: str | uuids.UUID) -> str:
    """A uuid as 32 digits, however the database's driver gives it."""
    return uuid.replace("-", "") if isinstance(uuid, str) else uuid.hex


@dataclass(frozen=True, slots=True)
class _Said:
    """What an entry is called and says in one language."""

    name: str
    texts: tuple[str, ...]


def _entries(
    session: Session, hits: Sequence[Hit], *, lang: str, words: Sequence[str]
) -> dict[uuids.UUID, FoundWork]:
    """Institutions, partnerships and concepts that were found, each with the text that was."""
    best: dict[uuids.UUID, Hit] = {}
    for hit in hits:
        best.setdefault(uuids.UUID(hit.work), hit)
    said: dict[uuids.UUID, dict[str, _Said]] = defaultdict(dict)
    keys: dict[uuids.UUID, tuple[str, str]] = {}
    for kind in {hit.kind for hit in hits}:
        wanted = [uuid for uuid, hit in best.items() if hit.kind == kind]
        for uuid, key, source, tag, name, *texts in session.execute(
            ENTRIES[kind], {"wanted": wanted}
        ):
            said[uuid][tag] = _Said(name, tuple(text for text in texts if text))
            keys[uuid] = (key, source)
    looked_for = hit_text.beginnings(words)
    made = {}
    for uuid, by_lang in said.items():
        hit, (key, source) = best[uuid], keys[uuid]
        tag = next((t for t in chain(lang, source=source) if t in by_lang), next(iter(by_lang)))
        other = hit.lang if hit.lang != tag and hit.lang in by_lang else None
        if other is None and source != tag and source in by_lang:
            other = source
        spoken = hit.lang if by_lang.get(hit.lang, _NOTHING).texts else tag
        url = public_paths.page(hit.kind, key)
        badges = [Badge(t, 100) for t in by_lang]
        badges.sort(key=lambda b: (b.lang != source, b.lang != lang, b.lang))
        work = FoundWork(
            uuid=uuid,
            kind=hit.kind,
            key=key,
            title=by_lang[tag].name,
            lang=tag,
            other=by_lang[other].name if other else None,
            other_lang=other,
            url=url,
            score=hit.score,
            badges=badges,
        )
        texts = [part for text in by_lang[spoken].texts for part in text.split("\n\n")]
        if texts:
            text = texts[hit_text.best(texts, looked_for)]
            pieces = hit_text.told(
                [(BlockKind.PARAGRAPH, text)], words=words, looked_for=looked_for, lang=spoken
            )
            work.passages.append(
                FoundPassage(uuid, by_lang[spoken].name, spoken, url, pieces, hit.score)
            )
        made[uuid] = work
    return made


_NOTHING = _Said("", ())
