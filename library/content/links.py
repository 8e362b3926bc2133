"""Links and pictures in the texts of a work, and which of them lead nowhere.

A missing target is no fault: an author may link to what is still to come, and a translated course to
what stayed behind. It is said once for each target, with the number of links and the first place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from library.catalogue.addresses import LinkIndex, MediaTarget, Missing, SectionTarget
from library.content.faults import shown
from library.content.work_folder import WorkReading, folders
from library.markdown import BlockKind, ParsedBlock
from library.sentences import Sentence, counted

_WORDS = r"\[[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*+\]"  # one pair of brackets deep
_TAIL = r"\(\s*+(?:<([^<>\n]*+)>|((?:[^\s()\\]++|\\.|\([^\s()]*+\))*+))"
_LINK = re.compile(rf"(?<!!){_WORDS}{_TAIL}")
# Sought apart from links, for a picture may be what a link is put on.
_PICTURE = re.compile(rf"!{_WORDS}{_TAIL}")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ATTRIBUTE = re.compile(r"<(img|source|a)\b[^<>]*?\s(?:src|href)\s*=\s*[\"']([^\"'<>]*)[\"']", re.I)
_ALT = re.compile(r"\salt\s*=\s*[\"']([^\"']*)", re.I)
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]\n]+\]:[ \t]*<?([^\s<>]+)", re.MULTILINE)
_CODE_SPAN = re.compile(r"(?<!`)(`{1,8})(?!`)[^`]++(?:`++[^`]++)*?(?<!`)\1(?!`)")
_NO_LINKS = frozenset({BlockKind.CODE, BlockKind.COMMENT, BlockKind.FORMULA, BlockKind.RULE})
# From so many missing files of one folder on, the folder is what is missing.
_WHOLE_FOLDER = 6
_UP = re.compile(r"^(?:\.{0,2}/)+")


@dataclass(frozen=True, slots=True)
class Written:
    """An address as it stands in a block; ``line`` is its line in the file.

    ``words`` are the alternative text of a picture.
    """

    address: str
    line: int
    is_picture: bool
    words: str = ""


@dataclass(slots=True)
class _Lost:
    address: str
    place: str
    line: int
    links: int = 0
    pictures: int = 0
    files: int = 1


def written_addresses(block: ParsedBlock) -> Iterator[Written]:
    """Every address in a block, those in code left out."""
    source = block.source
    if block.kind in _NO_LINKS or ("](" not in source and "<" not in source and "]:" not in source):
        return
    if "`" in source:
        source = _CODE_SPAN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)

    def at(position: int) -> int:
        return block.line + source.count("\n", 0, position)

    if "](" in source:
        for pattern, is_picture in ((_LINK, False), (_PICTURE, True)):
            for match in pattern.finditer(source):
                address = match[1] if match[1] is not None else match[2]
                words = match[0].rpartition("](")[0][2:] if is_picture else ""
                yield Written(_ESCAPED.sub(r"\1", address), at(match.start()), is_picture, words)
    if "<" in source:
        for match in _ATTRIBUTE.finditer(source):
            tag = source[match.start() : source.find(">", match.end())]
            alt = _ALT.search(tag)
            yield Written(
                match[2], at(match.start()), match[1].lower() != "a", alt[1] if alt else ""
            )
    if block.kind is BlockKind.REFERENCE:
        for match in _DEFINITION.finditer(source):
            yield Written(match[1], at(match.start()), False)


def index_of(reading: WorkReading) -> LinkIndex:
    """What the links of a work that has just been read can lead to."""
    sections: dict[str, str] = {}
    languages: set[str] = set()
    media: Mapping[str, object] = {source.at: source for source in reading.media}
    if reading.draft is not None:
        paths = {"": ""}
        for folder, section in folders(reading.draft.root):
            above = folder.rpartition("/")[0]
            if folder:
                parent = paths[above]
                paths[folder] = f"{parent}/{section.key}" if parent else section.key
            sections[folder] = paths[folder]
            languages.update(section.texts)
    return LinkIndex(reading.kind, reading.key, sections, media, frozenset(languages))


def check_links(reading: WorkReading, *, exists: Callable[[str, str, str], bool]) -> None:
    """Warn of addresses that lead nowhere. ``exists`` knows sections by kind, key and path."""
    if reading.draft is None:
        return
    index = index_of(reading)
    source = reading.draft.source_language
    known: dict[tuple[str, str], bool] = {}
    lost: dict[str, _Lost] = {}
    for folder, section in folders(reading.draft.root):
        for lang in sorted(section.texts, key=lambda tag: (tag != source, tag)):
            place = reading.places.get((folder, lang), reading.shown)
            for draft in section.texts[lang]:
                for written in written_addresses(draft.parsed):
                    spot = (folder, written.address)
                    if spot not in known:
                        known[spot] = _leads(index, written.address, folder, exists)
                    if not known[spot]:
                        _count(lost, written, place)
    for one in _gathered(lost):
        reading.faults.warn(one.place, one.line, _sentence(one))


def _leads(
    index: LinkIndex, address: str, folder: str, exists: Callable[[str, str, str], bool]
) -> bool:
    if not address:
        return False
    target = index.resolve(address, folder=folder)
    if isinstance(target, Missing):
        return False
    if isinstance(target, SectionTarget) and (target.kind, target.key) != (index.kind, index.key):
        return exists(target.kind, target.key, target.section_path)
    if isinstance(target, MediaTarget):
        return True
    return True


def _count(lost: dict[str, _Lost], written: Written, place: str) -> None:
    # However many folders up it says it is, the file that is missing is the same.
    name = _UP.sub("", unquote(written.address.partition("#")[0])) or written.address
    one = lost.setdefault(name, _Lost(name, place, written.line))
    if written.is_picture:
        one.pictures += 1
    else:
        one.links += 1


def _gathered(lost: dict[str, _Lost]) -> list[_Lost]:
    """Where a whole folder stayed behind, its files are one thing that is missing and not hundreds."""
    by_folder: dict[str, list[_Lost]] = defaultdict(list)
    for name, one in lost.items():
        by_folder[name.rpartition("/")[0]].append(one)
    kept: list[_Lost] = []
    for folder, files in by_folder.items():
        if not folder or len(files) < _WHOLE_FOLDER:
            kept += files
            continue
        first = files[0]
        kept.append(
            _Lost(
                f"{folder}/",
                first.place,
                first.line,
                sum(one.links for one in files),
                sum(one.pictures for one in files),
                files=len(files),
            )
        )
    return kept


def _sentence(one: _Lost) -> Sentence:
    address = shown(one.address)
    if one.links and one.pictures:
        links = counted("%(num)s link", "%(num)s links", one.links)
        pictures = counted("%(num)s picture", "%(num)s pictures", one.pictures)
        if not one.address:
            return Sentence(
                "%(links)s and %(pictures)s lead nowhere: the address is empty.",
                links=links,
                pictures=pictures,
            )
        if one.files > 1:
            return Sentence(
                "%(links)s and %(pictures)s lead to %(files)s files in “%(address)s” "
                "that are not here.",
                links=links,
                pictures=pictures,
                files=one.files,
                address=address,
            )
        return Sentence(
            "%(links)s and %(pictures)s lead to “%(address)s”, which is not here.",
            links=links,
            pictures=pictures,
            address=address,
        )
    if one.pictures:
        return _of_pictures(one, address)
    return _of_links(one, address)


def _of_links(one: _Lost, address: str) -> Sentence:
    if not address:
        return counted(
            "%(num)s link leads nowhere: the address is empty.",
            "%(num)s links lead nowhere: the address is empty.",
            one.links,
        )
    if one.files > 1:
        return counted(
            "%(num)s link leads to %(files)s files in “%(address)s” that are not here.",
            "%(num)s links lead to %(files)s files in “%(address)s” that are not here.",
            one.links,
            files=one.files,
            address=address,
        )
    return counted(
        "%(num)s link leads to “%(address)s”, which is not here.",
        "%(num)s links lead to “%(address)s”, which is not here.",
        one.links,
        address=address,
    )


def _of_pictures(one: _Lost, address: str) -> Sentence:
    if not address:
        return counted(
            "%(num)s picture leads nowhere: the address is empty.",
            "%(num)s pictures lead nowhere: the address is empty.",
            one.pictures,
        )
    if one.files > 1:
        return counted(
            "%(num)s picture leads to %(files)s files in “%(address)s” that are not here.",
            "%(num)s pictures lead to %(files)s files in “%(address)s” that are not here.",
            one.pictures,
            files=one.files,
            address=address,
        )
    return counted(
        "%(num)s picture leads to “%(address)s”, which is not here.",
        "%(num)s pictures lead to “%(address)s”, which is not here.",
        one.pictures,
        address=address,
    )
