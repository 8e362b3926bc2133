"""Addresses that authors write in texts, and what they lead to.

Authors link as git shows files: ``../02-meters/``, ``../02-meters/en.md#torque``, ``wiring.svg``,
``../../../textbook/basics/``. Readers see pages in their own language. Everything between the two is
here and is pure: import uses it to say what leads nowhere, reading to write the ``href``.

Courses that were translated elsewhere keep the addresses of the folders they once had. Where such a
folder was flattened into one name (``2-farm__1-predict`` for ``2-farm/lessons/1-predict``), a link
finds it if the parts of that name occur in it in order and the last of them ends it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import unquote

from library.catalogue.models import WORK_KINDS
from library.errors import Invalid
from library.i18n.tags import normalise

# What stands between the parts of a folder name that was flattened.
FLATTENED = "__"
_KINDS = frozenset({*WORK_KINDS, "institution", "partnership", "term"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_EXTERNAL = ("http:", "https:", "mailto:", "tel:", "ftp:", "sms:", "geo:", "doi:")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_FOLDER_TEXTS = frozenset({"readme", "index"})
_VARIANT = re.compile(r"(.+)\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)(\.[^./]+)")
_FILE_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_LEADING_NUMBER = re.compile(r"[\W_]*\d+(?:\.\d+)*[\W_]+(?=\w)")


@dataclass(frozen=True, slots=True)
class SectionTarget:
    """A section of some work; ``section_path`` is empty for the work itself.

    Whether another work has such a section is for the caller to look up.
    """

    kind: str
    key: str
    section_path: str
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class MediaTarget:
    """A file of this work by its path; some language of it exists (see `language_variant`)."""

    path: str
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class External:
    """Somewhere else: a web page, a mail address, a telephone number."""

    url: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing that the library has, or a scheme that it does not follow (``javascript:``)."""

    address: str


Target = SectionTarget | MediaTarget | External | Missing


@lru_cache(maxsize=8192)
def section_key(folder: str) -> str:
    """The key of a section from the name of its folder: the number in front only orders.

    ``02-insulation`` gives ``insulation``, ``2-farm__1-predict`` gives ``farm-predict``, ``01`` stays
    ``01``. Letters of any script stay; empty where the name has neither letter nor digit.
    """
    parts = []
    for part in folder.split(FLATTENED):
        plain = unicodedata.normalize("NFC", part).lower()
        match = _LEADING_NUMBER.match(plain)
        parts.append(_hyphenated(plain[match.end() :] if match else plain))
    return "-".join(part for part in parts if part)


def _hyphenated(name: str) -> str:
    # Vowel signs and tone marks are part of their word but no word characters to ``re``.
    kept = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else "-" for c in name)
    return re.sub("-+", "-", kept).strip("-")


def section_path(folder: str) -> str:
    """Section path of a folder path: ``01-safety/02-meters`` gives ``safety/meters``."""
    return "/".join(section_key(part) for part in folder.split("/")) if folder else ""


@dataclass(frozen=True)
class LinkIndex:
    """Everything that a link written in one work can mean.

    ``sections`` maps folder paths (``01-safety/02-meters``, empty for the root) to section paths
    (``safety/meters``); ``media`` holds the paths of the work's files; ``languages`` are those that it
    is in, so that ``pi.md`` is known for a page about a Raspberry Pi and not for a text in Pali (empty:
    any language).
    """

    kind: str
    key: str
    sections: Mapping[str, str]
    media: Mapping[str, object]
    languages: Collection[str] = ()

    def resolve(self, address: str, *, folder: str) -> Target:
        """What ``address`` leads to when it is written in the section of ``folder``."""
        text = address.strip()
        if text.startswith("#"):
            return SectionTarget(self.kind, self.key, self._path_of(folder), unquote(text[1:]))
        if text.startswith("//"):
            return External(text)
        if _SCHEME.match(text):
            external = text.lower().startswith(_EXTERNAL)
            return External(text) if external else Missing(address)
        path, _, fragment = text.partition("#")
        path = unquote(path.partition("?")[0]).replace("\\", "/")
        path = unicodedata.normalize("NFC", path)
        if not path.strip("/"):
            return Missing(address)
        found = self._find(path, folder)
        if isinstance(found, SectionTarget):
            return SectionTarget(found.kind, found.key, found.section_path, unquote(fragment))
        if isinstance(found, MediaTarget):
            return MediaTarget(found.path, unquote(fragment))
        return Missing(address)

    def _find(self, path: str, folder: str) -> SectionTarget | MediaTarget | None:
        written = path.split("/")
        if path.startswith("/"):
            return self._at(_walk([], written)) or self._likeliest(written)
        here = [self.kind, self.key, *(folder.split("/") if folder else ())]
        exact = self._at(_walk(here, written))
        if isinstance(exact, SectionTarget) and (exact.kind, exact.key) != (self.kind, self.key):
            # Folders of a flattened course can look like a neighbouring work; their names decide.
            return self._likeliest(written, parts=2) or exact
        if exact is not None:
            return exact
        for base in _bases(folder):
            segments = _walk(base, written, above=True)
            found = self._inside(segments) if segments else None
            if found is not None:
                return found
        return self._likeliest(written)

    def _at(self, segments: list[str] | None) -> SectionTarget | MediaTarget | None:
        if segments is None or len(segments) < 2 or segments[0] not in _KINDS:
            return None
        kind, key, *rest = segments
        if (kind, key) == (self.kind, self.key):
            return self._inside(rest)
        rest = _without_text_name(rest, ())
        if rest and _FILE_ENDING.search(rest[-1]):
            return None
        return SectionTarget(kind, key, section_path("/".join(rest)))

    def _inside(self, segments: list[str]) -> SectionTarget | MediaTarget | None:
        path = "/".join(segments)
        if path in self.media or path in self._translated:
            return MediaTarget(path)
        plain = _without_text_name(segments, self.languages)
        for folder in ("/".join(plain), FLATTENED.join(plain)):
            if folder in self.sections:
                return SectionTarget(self.kind, self.key, self.sections[folder])
        if not plain or _FILE_ENDING.search(plain[-1]):
            return None
        numbered = self._by_path.get(section_path("/".join(plain)))
        if numbered:
            return SectionTarget(self.kind, self.key, numbered)
        return None

    def _likeliest(
        self, written: list[str], *, parts: int = 1
    ) -> SectionTarget | MediaTarget | None:
        """The one section (of so many ``parts`` at least) or file that the address names best."""
        names = [name for name in written if name not in ("", ".", "..")]
        for start in range(1, len(names) - 1):
            tail = "/".join(names[start:])
            if tail in self.media or tail in self._translated:
                return MediaTarget(tail)
        names = _without_text_name(names, self.languages)
        if not names:
            return None
        best: list[str] = []
        most = parts
        for words, folder in self._by_last_part.get(names[-1], ()):
            if len(words) < most or not _in_order(words, names):
                continue
            if len(words) == 1 and not all(_TAG.fullmatch(name) for name in names[:-1]):
                continue
            if len(words) > most:
                best, most = [], len(words)
            best.append(folder)
        if len(best) != 1:
            return None
        return SectionTarget(self.kind, self.key, self.sections[best[0]])

    def _path_of(self, folder: str) -> str:
        return self.sections.get(folder, section_path(folder))

    @cached_property
    def _by_path(self) -> dict[str, str]:
        # A link may carry yesterday's number: the key, not the number, is the section's name.
        return {section_path(folder): path for folder, path in self.sections.items()}

    @cached_property
    def _by_last_part(self) -> dict[str, list[tuple[list[str], str]]]:
        found: dict[str, list[tuple[list[str], str]]] = {}
        for folder in self.sections:
            if folder:
                parts = [part for name in folder.split("/") for part in name.split(FLATTENED)]
                found.setdefault(parts[-1], []).append((parts, folder))
        return found

    @cached_property
    def _translated(self) -> frozenset[str]:
        """Names whose only files are translations: ``photo.png`` where there is ``photo.fr.png``."""
        matches = (_VARIANT.fullmatch(path) for path in self.media)
        return frozenset(m[1] + m[3] for m in matches if m is not None)


def resolve(
    address: str,
    *,
    folder: str,
    sections: Mapping[str, str],
    media: Mapping[str, object],
    this: tuple[str, str],
    languages: Collection[str] = (),
) -> Target:
    """What one address leads to; keep a `LinkIndex` where a work has many."""
    kind, key = this
    return LinkIndex(kind, key, sections, media, languages).resolve(address, folder=folder)


def language_variant(path: str, *, lang: str, media: Mapping[str, object]) -> str | None:
    """The file to show for ``photo.png`` to a reader of ``lang``: ``photo.fr.png`` if it is there.

    Else the file itself, else its translation into some other language, else None.
    """
    stem, dot, ending = path.rpartition(".")
    if dot:
        own = f"{stem}.{lang}.{ending}"
        if own in media:
            return own
    if path in media:
        return path
    if dot:
        for other in sorted(media):
            match = _VARIANT.fullmatch(other)
            if match is not None and match[1] == stem and match[3] == f".{ending}":
                return other
    return None


def _walk(base: list[str], written: list[str], *, above: bool = False) -> list[str] | None:
    """Follow a relative path; None where it leaves the content, unless ``above`` stops it there."""
    at = list(base)
    for name in written:
        if name in ("", "."):
            continue
        if name != "..":
            at.append(name)
        elif at:
            at.pop()
        elif not above:
            return None
    return at


def _bases(folder: str) -> Iterator[list[str]]:
    """Folders of this work that a link may be relative to, besides the section's own.

    Files that became sections were written one folder up, and those that were flattened stood in the
    folders that their name still tells.
    """
    at = folder.split("/") if folder else []
    while at:
        flattened = at[-1].split(FLATTENED)[:-1]
        at = at[:-1]
        if flattened:
            yield [*at, *flattened]
        yield list(at)


def _without_text_name(segments: list[str], languages: Collection[str]) -> list[str]:
    """Drop the name of a text file (``en.md``, ``README.md``); of others the ending."""
    if not segments or not segments[-1].lower().endswith(".md"):
        return segments
    stem = segments[-1][:-3]
    if stem.lower() in _FOLDER_TEXTS or _is_language(stem, languages):
        return segments[:-1]
    return [*segments[:-1], stem]


def _is_language(name: str, languages: Collection[str]) -> bool:
    if _TAG.fullmatch(name) is None:
        return False
    # Normalising what is no tag is slow, and most names are none: compare the first letters before.
    first = re.split("[-_]", name.lower())[0]
    if languages and first not in {tag.partition("-")[0] for tag in languages}:
        return False
    try:
        tag = normalise(name)
    except Invalid:
        return False
    return not languages or tag in languages


def _in_order(parts: list[str], names: list[str]) -> bool:
    remaining = iter(names)
    return all(part in remaining for part in parts)
