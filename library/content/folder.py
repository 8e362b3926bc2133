"""Content folders on the disk: which works and records a path holds, and which files are whose.

Nothing is read here but names. Links that lead out of a folder are refused, hidden files and what
operating systems leave behind are passed over.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.catalogue.addresses import section_key
from library.catalogue.models import WORK_KINDS
from library.catalogue.section_tree import DEEPEST
from library.content.faults import Fault, Faults, shown, suggestion
from library.content.schema import KEY, LONGEST_KEY
from library.errors import Invalid
from library.i18n.tags import normalise
from library.sentences import NOTHING, Sentence

RECORD_KINDS = ("institution", "partnership", "term")
KINDS = (*WORK_KINDS, *RECORD_KINDS)
META = "meta.toml"
MOST_SECTIONS = 20_000
LONGEST_FOLDER = 220

_LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini", "__macosx", "ehthumbs.db"})
_DIGITS = re.compile("([0-9]+)")
# Persian, Sinhala and others need these inside words; all else that cannot be seen is refused.
_JOINERS = {0x200C: None, 0x200D: None}


@dataclass(frozen=True, slots=True)
class Found:
    """One folder that holds a work or a record; ``shown`` is its path as the person named it."""

    kind: str
    key: str
    path: Path
    shown: str


@dataclass(slots=True)
class FolderTexts:
    """One folder of a work: its text files by language, its sections in order.

    ``folder`` is the path inside the work, empty for the root; ``shown`` the one for messages.
    """

    folder: str
    shown: str
    texts: dict[str, Path] = field(default_factory=dict)
    sections: list[FolderTexts] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.folder.rpartition("/")[2]

    def walk(self) -> Iterator[FolderTexts]:
        yield self
        for section in self.sections:
            yield from section.walk()


@dataclass(slots=True)
class FolderFiles:
    """Everything in a work's folder: the tree of its texts, and all other files by path."""

    root: FolderTexts
    others: dict[str, Path] = field(default_factory=dict)


def natural_order(name: str) -> tuple[list[str | int], str]:
    """The key by which people expect names sorted: ``step_2`` before ``step_10``."""
    parts: list[str | int] = list(_DIGITS.split(name))
    parts[1::2] = [int(number) for number in parts[1::2]]
    return parts, name


def is_ignored(name: str) -> bool:
    """Hidden files, editors' copies, and what operating systems leave in folders."""
    return name.startswith(".") or name.endswith("~") or name.lower() in _LEFT_BEHIND


def find(path: Path) -> tuple[list[Found], list[Fault]]:
    """The works and records at a path: a content root, the folder of a kind, or a single folder.

    In the order in which they can be stored: institutions, partnerships, terms, works.
    """
    display = str(path)
    if not path.is_dir():
        return [], [Fault(display, 0, no_folder(path))]
    real = path.resolve()
    found: list[Found] = []
    faults: list[Fault] = []
    # A record may be called what a kind is called: the term “certificate”.
    is_root = any((path / kind).is_dir() and not (path / kind / META).exists() for kind in KINDS)
    in_kind = real.parent.name in KINDS and real.name not in KINDS and not is_root
    if (path / META).exists() or in_kind:
        if real.parent.name not in KINDS:
            message = Sentence(
                "The folder lies in “%(name)s”, which is not a kind.", name=shown(real.parent.name)
            )
            return [], [Fault(display, 0, message, hint=_kinds())]
        _add(real.parent.name, real.name, path, display, found, faults)
    elif real.name in KINDS and not is_root:
        _add_kind(real.name, path, display, found, faults)
    else:
        for entry in _entries(path, display, faults):
            if not _is_folder(entry):
                continue
            inside = f"{display.rstrip('/')}/{shown(entry.name)}"
            if entry.name in KINDS:
                _add_kind(entry.name, path / entry.name, inside, found, faults)
            else:
                hint = suggestion(entry.name, KINDS) or _kinds()
                message = Sentence("“%(name)s” is not a kind.", name=shown(entry.name))
                faults.append(Fault(inside, 0, message, hint=hint))
        if not found and not faults:
            hint = Sentence("It should hold folders named %(kinds)s.", kinds=KINDS)
            message = Sentence("There is no content in this folder.")
            faults.append(Fault(display, 0, message, hint=hint))
    order = {kind: n for n, kind in enumerate((*RECORD_KINDS, *WORK_KINDS))}
    found.sort(key=lambda one: (order[one.kind], one.key))
    return found, faults


def no_folder(path: Path) -> Sentence:
    """What a path is that is no folder."""
    if path.exists():
        return Sentence("This is not a folder.")
    return Sentence("There is no such folder.")


def closed_folder(failure: OSError) -> Sentence:
    """That the system does not let a folder be read, with its reason."""
    return Sentence("The folder cannot be read: %(why)s.", why=str(failure.strerror))


def _kinds() -> Sentence:
    return Sentence("Kinds are %(kinds)s.", kinds=KINDS)


def _add_kind(kind: str, path: Path, display: str, found: list[Found], faults: list[Fault]) -> None:
    for entry in _entries(path, display, faults):
        if _is_folder(entry):
            inside = f"{display.rstrip('/')}/{shown(entry.name)}"
            _add(kind, entry.name, path / entry.name, inside, found, faults)


def _add(
    kind: str, key: str, path: Path, display: str, found: list[Found], faults: list[Fault]
) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
        message = Sentence("This is a link that leads out of the content folder.")
        faults.append(Fault(display, 0, message))
    elif not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        faults.append(
            Fault(
                display,
                0,
                Sentence(
                    "“%(key)s” cannot be a key: keys are lower-case letters of ASCII, digits "
                    "and single hyphens, %(most)s at most.",
                    key=shown(key),
                    most=LONGEST_KEY,
                ),
                hint=Sentence("Rename the folder."),
            )
        )
    else:
        found.append(Found(kind, key, path, display))


def _entries(path: Path, display: str, faults: list[Fault]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            kept = [entry for entry in entries if not is_ignored(entry.name)]
    except OSError as failure:
        faults.append(Fault(display, 0, closed_folder(failure)))
        return []
    return sorted(kept, key=lambda entry: natural_order(entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round and round
        return False


def list_work(found: Found, *, faults: Faults) -> FolderFiles:
    """Every file of a work's folder, sorted into texts, sections and others.

    Faults: languages that are none or named twice, sections with one key or none, links that lead
    out, names that cannot be shown, more than ``MOST_SECTIONS`` sections.
    """
    listing = _Listing(found, faults)
    root = listing.read(found.path, folder="", depth=0)
    if listing.sections > MOST_SECTIONS:
        faults.add(
            found.shown,
            0,
            Sentence(
                "The work has %(number)s sections; %(most)s are the most.",
                number=listing.sections,
                most=MOST_SECTIONS,
            ),
            hint=Sentence("Cut it into several works."),
        )
    return FolderFiles(root, listing.others)


class _Listing:
    def __init__(self, found: Found, faults: Faults) -> None:
        self.found = found
        self.faults = faults
        self.real = found.path.resolve()
        self.others: dict[str, Path] = {}
        self.sections = 0

    def read(self, path: Path, *, folder: str, depth: int) -> FolderTexts:
        here = f"{self.found.shown}/{shown(folder, most=400)}" if folder else self.found.shown
        texts = FolderTexts(folder, here)
        noted: list[Fault] = []
        for entry in _entries(path, here, noted):
            self._take(entry, texts, depth)
        self.faults.found.extend(noted)
        self._refuse_double_keys(texts)
        return texts

    def _take(self, entry: os.DirEntry[str], into: FolderTexts, depth: int) -> None:
        name = unicodedata.normalize("NFC", entry.name)
        display = f"{into.shown}/{shown(name, most=300)}"
        if not self._good_name(entry, display):
            return
        inside = f"{into.folder}/{name}" if into.folder else name
        if entry.is_dir():
            self._take_folder(entry, inside, display, into, depth)
        elif name.lower().endswith(".md"):
            self._take_text(entry, name[:-3], display, into)
        elif not (name == META and not into.folder):
            if inside in self.others:
                self._fault(display, Sentence("Two files have this name, differently encoded."))
            self.others[inside] = Path(entry.path)

    def _good_name(self, entry: os.DirEntry[str], display: str) -> bool:
        name = entry.name
        if not name.translate(_JOINERS).isprintable() or "\\" in name:
            message = Sentence(
                "The name has characters that cannot be shown or stand in an address."
            )
            self._fault(display, message, hint=Sentence("Rename it."))
            return False
        if entry.is_symlink():
            # Unlike Path.resolve() this does not raise for links that lead round and round.
            target = Path(os.path.realpath(entry.path))
            if not target.is_relative_to(self.real):
                message = Sentence("This is a link that leads out of the work's folder.")
                self._fault(display, message)
                return False
            if target.is_dir():
                message = Sentence("This is a link to a folder; copy the folder instead.")
                self._fault(display, message)
                return False
            if not target.exists():
                self._fault(display, Sentence("This is a link to a file that is not there."))
                return False
        # A pipe or a device would keep us waiting for ever.
        if not entry.is_dir() and not entry.is_file():
            self._fault(display, Sentence("This is not a file that can be read."))
            return False
        return True

    def _take_folder(
        self, entry: os.DirEntry[str], inside: str, display: str, into: FolderTexts, depth: int
    ) -> None:
        if depth >= DEEPEST:
            message = Sentence("Folders lie more than %(most)s deep.", most=DEEPEST)
            self._fault(display, message, hint=Sentence("Flatten the work."))
            return
        below = self.read(Path(entry.path), folder=inside, depth=depth + 1)
        # A folder without any text in it is no section but a place for pictures.
        if below.texts or below.sections:
            self.sections += 1
            into.sections.append(below)

    def _take_text(
        self, entry: os.DirEntry[str], tag: str, display: str, into: FolderTexts
    ) -> None:
        try:
            lang = normalise(tag)
        except Invalid as refusal:
            near = refusal.details.get("suggestion")
            self._fault(
                display,
                Sentence(
                    "The name of a Markdown file is its language. %(refusal)s",
                    refusal=refusal.sentence,
                ),
                hint=NOTHING if near else Sentence("Names are like en.md, pt-BR.md."),
            )
            return
        if lang in into.texts:
            self._fault(display, here_already(into.texts[lang].name, lang=lang))
            return
        into.texts[lang] = Path(entry.path)

    def _refuse_double_keys(self, texts: FolderTexts) -> None:
        keys: dict[str, str] = {}
        for section in texts.sections:
            key = section_key(section.name)
            if not key:
                self._fault(
                    section.shown, Sentence("The name of a section needs a letter or a digit.")
                )
            elif len(key) > LONGEST_KEY or len(section.name) > LONGEST_FOLDER:
                self._fault(section.shown, Sentence("The name of the section is too long."))
            elif key in keys:
                self._fault(
                    section.shown,
                    Sentence(
                        "The section has the key “%(key)s”, and so has %(other)s.",
                        key=key,
                        other=keys[key],
                    ),
                    hint=Sentence("Rename one of them; the number in front only orders."),
                )
            keys.setdefault(key, section.name)

    def _fault(self, display: str, message: Sentence, *, hint: Sentence = NOTHING) -> None:
        self.faults.add(display, 0, message, hint=hint)


def here_already(name: str, *, lang: str) -> Sentence:
    """That two names mean one language."""
    return Sentence("%(name)s is here already, and both are in %(lang)s.", name=name, lang=lang)
