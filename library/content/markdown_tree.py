"""The format ``markdown``: a folder for each language with Markdown files of equal names inside.

That is how open courses are usually translated. Every file becomes a section of one course; facts that
the files do not state come from a ``meta.toml`` beside the language folders, or from what is there.
"""

from __future__ import annotations

import filecmp
import posixpath
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from library.catalogue.addresses import section_key
from library.catalogue.drafts import BlockDraft, EditionDraft, SectionDraft
from library.catalogue.models import WORK_KINDS, Origin
from library.content import licences
from library.content.faults import Fault, Faults, shown
from library.content.folder import (
    LONGEST_FOLDER,
    META,
    MOST_SECTIONS,
    closed_folder,
    is_ignored,
    natural_order,
    no_folder,
)
from library.content.language_folders import LanguageFolder, language_folders, read_languages
from library.content.links import written_addresses
from library.content.markdown_file import FileHead, file_blocks, root_blocks
from library.content.media_files import sources_of
from library.content.meta import Entry, Spot, choice, language, parse_meta, read_meta
from library.content.schema import KEY, LONGEST_KEY, WORK, licence
from library.content.text_file import MARKDOWN_LIMIT, META_LIMIT, read_text
from library.content.work_folder import WorkReading, draft_from
from library.sentences import Sentence

_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")


def _key(value: Any, spot: Spot) -> Any:
    if isinstance(value, str) and KEY.fullmatch(value) and len(value) <= LONGEST_KEY:
        return value
    return spot.fault(Sentence("A key is lower-case letters of ASCII, digits and single hyphens."))


# Beside language folders a few more things may be said, and none must be.
SCHEMA: Mapping[str, Entry] = {
    **WORK,
    "kind": Entry(choice(WORK_KINDS)),
    "key": Entry(_key),
    "source_language": Entry(language),
    "licence": Entry(licence),
}


def find_courses(path: Path) -> tuple[list[Path], list[Fault]]:
    """The courses at a path: the folder itself, or those folders in it that hold languages."""
    if not path.is_dir():
        return [], [Fault(str(path), 0, no_folder(path))]
    try:
        if language_folders(path):
            return [path], []
        inside = sorted((p for p in path.iterdir() if p.is_dir()), key=lambda p: p.name)
        courses = [p for p in inside if not is_ignored(p.name) and language_folders(p)]
    except OSError as failure:
        return [], [Fault(str(path), 0, closed_folder(failure))]
    if courses:
        return courses, []
    message = Sentence(
        "There is no folder here that is named for a language and holds Markdown files."
    )
    hint = Sentence("It should hold folders such as en, fr, zh-Hans.")
    return [], [Fault(str(path), 0, message, hint=hint)]


def read_course(path: Path) -> WorkReading:
    """Read one course; every fault is in the reading's ``faults``."""
    faults = Faults()
    display = str(path)
    meta_path = path / META
    if meta_path.exists():
        meta = read_meta(meta_path, shown=f"{display}/{META}", faults=faults, schema=SCHEMA)
    else:
        meta = parse_meta("", shown=f"{display}/{META}", faults=faults, schema=SCHEMA)
    values: dict[str, Any] = dict(meta.values) if meta else {}
    key = values.pop("key", None) or _key_from(path.resolve().name)
    kind = values.pop("kind", "course")
    reading = WorkReading(kind, key or "", display, faults, meta=meta, origin="markdown")
    if key is None:
        message = Sentence(
            "No key can be made of the folder's name “%(name)s”.", name=shown(path.resolve().name)
        )
        faults.add(display, 0, message, hint=_beside('key = "…"'))
    languages = read_languages(path, shown=display, faults=faults)
    if meta is None or not languages:
        return reading
    source_tag = values.get("source_language") or _source_language(languages)
    if source_tag not in languages:
        message = Sentence("There is no folder for the source language %(lang)s.", lang=source_tag)
        faults.add(display, 0, message)
        return reading
    if "licence" not in values:
        found = _licence(path, display, faults)
        if found is not None:
            values["licence"] = found
    root = _Course(reading, languages, source_tag, course=path).tree()
    reading.media = _media(path, display, languages, source_tag, values, reading, root)
    if key is not None and "licence" in values:
        draft = draft_from(values, kind=kind, key=key, root=root, source_language=source_tag)
        for tag in languages:
            draft.editions.setdefault(tag, EditionDraft(origin=Origin.IMPORTED))
        reading.draft = draft
    return reading


def _beside(line: str) -> Sentence:
    return Sentence("Write a %(file)s beside the languages: %(line)s.", file=META, line=line)


def _key_from(name: str) -> str | None:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = _NOT_IN_KEY.sub("-", plain).strip("-")
    return key[:LONGEST_KEY].strip("-") or None


def _source_language(languages: Mapping[str, LanguageFolder]) -> str:
    if "en" in languages:
        return "en"

    def weight(one: LanguageFolder) -> tuple[int, int]:
        return len(one.files), sum(path.stat().st_size for path in one.files.values())

    return max(sorted(languages), key=lambda tag: weight(languages[tag]))


def _licence(path: Path, display: str, faults: Faults) -> str | None:
    hint = _beside('licence = "CC-BY-4.0"')
    for entry in sorted(path.iterdir(), key=lambda p: p.name):
        if entry.name.lower() not in licences.FILE_NAMES or not entry.is_file():
            continue
        place = f"{display}/{entry.name}"
        text = read_text(entry, shown=place, faults=faults, limit=META_LIMIT)
        if text is None:
            return None
        found = licences.recognise(text)
        if found is None:
            faults.add(place, 0, Sentence("The licence is none that is known here."), hint=hint)
        return found
    faults.add(display, 0, Sentence("There is no licence."), hint=hint)
    return None


class _Course:
    """Makes the tree of sections: one root, and below it a section for each file."""

    def __init__(
        self,
        reading: WorkReading,
        languages: Mapping[str, LanguageFolder],
        source_tag: str,
        *,
        course: Path,
    ) -> None:
        self.reading = reading
        self.faults = reading.faults
        self.languages = languages
        self.source = languages[source_tag]
        self.course = course

    def tree(self) -> SectionDraft:
        root = SectionDraft(key="", folder="")
        for tag in self._tags():
            one = self.languages[tag]
            blocks = self._root_text(one)
            if blocks is not None:
                root.texts[tag] = blocks
        folders = sorted(self.source.files, key=natural_order)
        if len(folders) > MOST_SECTIONS:
            message = Sentence(
                "There are %(number)s files; %(most)s sections are the most.",
                number=len(folders),
                most=MOST_SECTIONS,
            )
            self.faults.add(self.source.shown, 0, message)
            return root
        for stem, (folder, key) in zip(folders, _names(folders), strict=True):
            root.sections.append(self._section(stem, folder, key))
        self._report_strangers()
        return root

    def _tags(self) -> list[str]:
        return sorted(self.languages, key=lambda tag: (tag != self.source.tag, tag))

    def _root_text(self, one: LanguageFolder) -> list[BlockDraft] | None:
        is_source = one is self.source
        place = one.shown
        body: str | None = None
        if one.root_text is not None:
            place = f"{one.shown}/{one.root_text.name}"
            body = read_text(one.root_text, shown=place, faults=self.faults, limit=MARKDOWN_LIMIT)
            if body is None:
                return None
        head = one.head
        if not head.title and body is None:
            if not is_source:
                return None
            words = self.course.resolve().name.replace("-", " ").replace("_", " ").strip()
            head = FileHead(title=words[:1].upper() + words[1:])
            self.faults.warn(
                place,
                0,
                Sentence(
                    "The course has no title and is called “%(title)s” for now.",
                    title=shown(head.title),
                ),
                hint=Sentence(
                    "Write a README.md or a meta.yml with a title in the language's folder."
                ),
            )
        self.reading.places["", one.tag] = place
        return root_blocks(head, body or "", place=place, faults=self.faults)

    def _section(self, stem: str, folder: str, key: str) -> SectionDraft:
        section = SectionDraft(key=key, folder=folder)
        for tag in self._tags():
            one = self.languages[tag]
            path = one.files.get(stem)
            if path is None:
                continue
            place = f"{one.shown}/{path.relative_to(one.path).as_posix()}"
            self.reading.places[folder, tag] = place
            text = read_text(path, shown=place, faults=self.faults, limit=MARKDOWN_LIMIT)
            if text is not None:
                section.texts[tag] = file_blocks(text, name=stem, place=place, faults=self.faults)
        return section

    def _report_strangers(self) -> None:
        for tag in self._tags():
            one = self.languages[tag]
            for stem in sorted(one.files.keys() - self.source.files.keys(), key=natural_order):
                place = f"{one.shown}/{one.files[stem].relative_to(one.path).as_posix()}"
                message = Sentence(
                    "The file has no counterpart in %(lang)s and is left out.",
                    lang=self.source.tag,
                )
                self.faults.warn(place, 0, message)


def _names(stems: list[str]) -> list[tuple[str, str]]:
    """Folder and key for each file, in order; keys are made different where they are equal."""
    taken: set[str] = set()
    names: list[tuple[str, str]] = []
    for stem in stems:
        folder = stem[:LONGEST_FOLDER]
        key = section_key(folder)[:LONGEST_KEY].strip("-") or "section"
        if not section_key(folder):
            folder = f"{folder}-{key}"
        count = 1
        while key in taken:
            count += 1
            key = f"{section_key(folder)}-{count}"
        taken.add(key)
        # The folder has to give the key again when the course comes back from an export.
        names.append((folder if count == 1 else f"{folder}-{count}", key))
    return names


def _media(
    path: Path,
    display: str,
    languages: Mapping[str, LanguageFolder],
    source_tag: str,
    values: Mapping[str, Any],
    reading: WorkReading,
    root: SectionDraft,
) -> list[Any]:
    """Files in the language folders, and those beside them that the texts lead to.

    A translation's own version of a picture becomes its language's: ``images/a.png`` in ``fr`` is
    ``images/a.fr.png`` where its bytes are others than the source language's.
    """
    others: dict[str, Path] = {}
    for tag in sorted(languages, key=lambda tag: (tag != source_tag, tag)):
        for at, file in languages[tag].others.items():
            if tag == source_tag:
                others[at] = file
                continue
            if at in others and filecmp.cmp(others[at], file, shallow=False):
                continue
            stem, dot, ending = at.rpartition(".")
            others[f"{stem}.{tag}.{ending}" if dot else at] = file
    inside = {one.path.name for one in languages.values()}
    for at, file in _led_to(path, languages, root, reading):
        if at.partition("/")[0] not in inside:
            others.setdefault(at, file)
    return sources_of(others, base=display, spoken=languages, facts=values.get("media", {}))


def _led_to(
    course: Path, languages: Mapping[str, LanguageFolder], root: SectionDraft, reading: WorkReading
) -> Iterator[tuple[str, Path]]:
    real = course.resolve()
    looked_at: set[tuple[str, str]] = set()
    for section in (root, *root.sections):
        for tag, blocks in section.texts.items():
            place = reading.places.get((section.folder, tag), "")
            within = posixpath.dirname(place.removeprefix(f"{languages[tag].shown}/"))
            base = posixpath.join(languages[tag].path.name, within)
            for block in blocks:
                for written in written_addresses(block.parsed):
                    address = unquote(written.address.partition("#")[0].partition("?")[0])
                    if (base, address) in looked_at or not address or ":" in address:
                        continue
                    looked_at.add((base, address))
                    at = posixpath.normpath(posixpath.join(base, address))
                    file = course / at
                    if at.startswith(("..", "/")) or at.lower().endswith(".md"):
                        continue
                    if not file.is_file() or not file.resolve().is_relative_to(real):
                        continue
                    yield unicodedata.normalize("NFC", at), file
