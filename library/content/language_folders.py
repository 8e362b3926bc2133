"""The folders of a translated course: which language each holds, and which files it has."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from library.catalogue.addresses import FLATTENED
from library.content.faults import Faults
from library.content.faults import shown as as_shown
from library.content.folder import here_already, is_ignored
from library.content.markdown_file import FileHead, read_head
from library.content.work_folder import looks_otherwise
from library.errors import Invalid
from library.i18n.tags import colloquial, normalise, plausible
from library.sentences import Sentence

# Enough of a text to judge by what it is written in.
_SAMPLE = 2_000
_META_FILES = ("meta.yml", "meta.yaml")
_ROOT_FILES = frozenset({"readme", "index"})


@dataclass(slots=True)
class LanguageFolder:
    """One language folder: ``files`` maps the name of a section's folder to its file."""

    tag: str
    path: Path
    shown: str
    files: dict[str, Path] = field(default_factory=dict)
    others: dict[str, Path] = field(default_factory=dict)
    root_text: Path | None = None
    head: FileHead = field(default_factory=FileHead)


def language_folders(path: Path) -> list[Path]:
    """Folders that may be languages by their name and hold Markdown."""
    found = []
    for entry in sorted(path.iterdir(), key=lambda p: p.name):
        named = entry.is_dir() and not is_ignored(entry.name) and _meant(entry.name) is not None
        if named and next(_markdown_files(entry), None) is not None:
            found.append(entry)
    return found


def _meant(name: str) -> str | None:
    try:
        return normalise(name)
    except Invalid:
        return colloquial(name)


def _markdown_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Markdown files inside a folder with their paths in it; links are passed over."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not is_ignored(name) and not os.path.islink(os.path.join(at, name))
        )
        for name in sorted(names):
            whole = Path(at, name)
            if name.lower().endswith(".md") and not is_ignored(name) and not whole.is_symlink():
                yield whole.relative_to(folder).as_posix(), whole


def read_languages(path: Path, *, shown: str, faults: Faults) -> dict[str, LanguageFolder]:
    """The language folders of a course by tag; what cannot be read as a language is reported."""
    found: dict[str, LanguageFolder] = {}
    for entry in sorted(path.iterdir(), key=lambda p: p.name):
        if not entry.is_dir() or is_ignored(entry.name):
            continue
        files = dict(_markdown_files(entry))
        if not files:
            continue
        place = f"{shown}/{as_shown(entry.name)}"
        tag = _tag(entry.name, place, files, faults)
        if tag is None:
            continue
        if tag in found:
            faults.add(place, 0, here_already(found[tag].path.name, lang=tag))
            continue
        one = LanguageFolder(tag, entry, place)
        _sort_files(one, files, faults)
        found[tag] = one
    return found


def _tag(name: str, place: str, files: Mapping[str, Path], faults: Faults) -> str | None:
    """The language of a folder: by its name, unless the text says that another one is meant."""
    sample = _sample(files)
    other = colloquial(name)
    try:
        tag = normalise(name)
    except Invalid as refusal:
        if other is not None and plausible(other, sample):
            message = Sentence(
                "The folder is read as %(lang)s. %(refusal)s", lang=other, refusal=refusal.sentence
            )
            faults.warn(place, 0, message)
            return other
        message = Sentence("The folder is left out. %(refusal)s", refusal=refusal.sentence)
        faults.warn(place, 0, message)
        return None
    if not plausible(tag, sample):
        if other is not None and plausible(other, sample):
            message = Sentence(
                "The text is not in %(lang)s; the folder is read as %(other)s.",
                lang=tag,
                other=other,
            )
            faults.warn(place, 0, message)
            return other
        faults.warn(place, 0, looks_otherwise(tag))
    return tag


def _sample(files: Mapping[str, Path]) -> str:
    for path in files.values():
        try:
            with path.open("rb") as stream:
                text = stream.read(4 * _SAMPLE).decode("utf-8", "ignore")
        except OSError:
            continue
        if len(text) > 200:
            # The beginning is often a comment or a table of facts in English.
            return text[-_SAMPLE:]
    return ""


def _sort_files(one: LanguageFolder, files: Mapping[str, Path], faults: Faults) -> None:
    for name in _META_FILES:
        meta = one.path / name
        if meta.is_file():
            one.head = read_head(meta, shown=f"{one.shown}/{name}", faults=faults)
    for at, path in files.items():
        stem = unicodedata.normalize("NFC", at)[:-3]
        folder, _, name = stem.rpartition("/")
        if name.lower() in _ROOT_FILES:
            if not folder:
                one.root_text = path
                continue
            stem = folder
        one.files[stem.replace("/", FLATTENED)] = path
    for at, folders, names in os.walk(one.path):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        for name in sorted(names):
            path = Path(at, name)
            if is_ignored(name) or name.lower().endswith((".md", ".yml", ".yaml")):
                continue
            if path.is_symlink() or not path.is_file():
                continue
            inside = unicodedata.normalize("NFC", path.relative_to(one.path).as_posix())
            if inside.isprintable() and "\\" not in inside:
                one.others[inside] = path
