"""What is different between two states of a work, paragraph by paragraph, language by language."""

from __future__ import annotations

import re
import unicodedata
import uuid as uuids
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final, Literal, NamedTuple

from library.catalogue.drafts import BlockDraft, SectionDraft, WorkDraft
from library.editorial.manuscripts import EDITED_FACTS

Kind = Literal["added", "removed", "changed", "moved"]
# Words of a paragraph beyond which no finer difference than the whole is looked for.
MOST_WORDS: Final = 4_000
#: Pairs of equal words of two texts. Prose of two thousand words has half of that; what repeats one word
#: for ever would take minutes.
MOST_MEETINGS: Final = 100_000
#: Pairs of blanks up to which they are compared like words, as in paragraphs of 150 words; in longer ones
#: they belong to the word before, or most of the time would go into telling blanks from blanks.
MOST_BLANKS: Final = 20_000
# A word, a run of blanks, or one character: of scripts without blanks between words, each character.
_LETTERS: Final = r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
_WORD: Final = re.compile(rf"{_LETTERS}|\s+|.", re.S)
_SPACED: Final = re.compile(_LETTERS)


class Piece(NamedTuple):
    """A run of text that both have (``same``), or only the older (``gone``) or the newer (``new``)."""

    sort: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class TextDifference:
    """A paragraph in one language that is not what it was. ``before`` or ``after`` may be empty."""

    section: uuids.UUID | None
    block: uuids.UUID | None
    lang: str
    kind: Kind
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        """The words of both, in one row, as a reader can follow them."""
        return pieces(self.before, self.after)


@dataclass(frozen=True, slots=True)
class SectionDifference:
    """A section that is new, gone, elsewhere, or holds paragraphs that are not what they were."""

    uuid: uuids.UUID | None
    path: str
    title: str
    kind: Kind | None
    texts: list[TextDifference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """``facts`` gives for each fact that changed what it was and is."""

    facts: dict[str, tuple[Any, Any]]
    sections: list[SectionDifference]
    files: list[tuple[str, Kind]]

    @property
    def empty(self) -> bool:
        return not (self.facts or self.sections or self.files)

    @property
    def languages(self) -> list[str]:
        """The languages in which something changed."""
        return sorted({text.lang for section in self.sections for text in section.texts})

    def count(self, lang: str | None = None) -> int:
        """How many paragraphs changed, in one language or in all."""
        return sum(
            1 for s in self.sections for text in s.texts if lang is None or text.lang == lang
        )


def compare(before: WorkDraft, after: WorkDraft) -> Difference:
    """The way from one state of a work to another. Paragraphs are the same ones by their uuid."""
    return Difference(
        facts=dict(_facts(before, after)),
        sections=list(_sections(before, after)),
        files=list(_files(before, after)),
    )


def _facts(before: WorkDraft, after: WorkDraft) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in ("key", *EDITED_FACTS, "institutions"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new and not (old in (None, [], "") and new in (None, [], "")):
            yield name, (old, new)
    for lang in sorted(before.editions.keys() | after.editions.keys()):
        one, other = before.editions.get(lang), after.editions.get(lang)
        if one != other and one is not None and other is not None:
            yield f"editions.{lang}", (one, other)


def _files(before: WorkDraft, after: WorkDraft) -> Iterator[tuple[str, Kind]]:
    old = {file.path: file for file in before.media}
    new = {file.path: file for file in after.media}
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            yield path, "added"
        elif path not in new:
            yield path, "removed"
        elif old[path] != new[path]:
            yield path, "changed"


class _Place(NamedTuple):
    section: SectionDraft
    path: str
    parent: uuids.UUID | None


def _places(draft: WorkDraft) -> dict[uuids.UUID | str, _Place]:
    found: dict[uuids.UUID | str, _Place] = {}

    def below(section: SectionDraft, path: str, parent: uuids.UUID | None) -> None:
        found[section.uuid or path] = _Place(section, path, parent)
        for inner in section.sections:
            below(inner, f"{path}/{inner.key}" if path else inner.key, section.uuid)

    below(draft.root, "", None)
    return found


def _sections(before: WorkDraft, after: WorkDraft) -> Iterator[SectionDifference]:
    old, new = _places(before), _places(after)
    homes = {
        block.uuid: place.section.uuid
        for place in old.values()
        for blocks in place.section.texts.values()
        for block in blocks
        if block.uuid is not None
    }
    everything = {
        (block.uuid, lang): block
        for place in old.values()
        for lang, blocks in place.section.texts.items()
        for block in blocks
    }
    still = {
        block.uuid
        for place in new.values()
        for blocks in place.section.texts.values()
        for block in blocks
    }
    for id_, place in new.items():
        was = old.get(id_)
        texts = list(_texts(was.section if was else None, place.section, homes, everything, still))
        kind: Kind | None = None
        if was is None:
            kind = "added"
        elif was.path != place.path:
            kind = "moved"
        if texts or kind is not None:
            yield SectionDifference(
                place.section.uuid,
                place.path,
                _title(place.section, after.source_language),
                kind,
                texts,
            )
    for id_, place in old.items():
        if id_ not in new:
            texts = [
                TextDifference(
                    place.section.uuid, block.uuid, lang, "removed", block.parsed.source, ""
                )
                for lang, blocks in place.section.texts.items()
                for block in blocks
                if block.uuid not in still
            ]
            yield SectionDifference(
                place.section.uuid,
                place.path,
                _title(place.section, before.source_language),
                "removed",
                texts,
            )


def _texts(
    was: SectionDraft | None,
    now: SectionDraft,
    homes: dict[uuids.UUID, uuids.UUID | None],
    everything: dict[tuple[uuids.UUID | None, str], BlockDraft],
    still: set[uuids.UUID | None],
) -> Iterator[TextDifference]:
    langs = dict.fromkeys([*now.texts, *(was.texts if was else ())])
    for lang in langs:
        blocks = now.texts.get(lang, [])
        there = was.texts.get(lang, []) if was else []
        order = _kept_in_order(there, blocks)
        for block in blocks:
            old = everything.get((block.uuid, lang)) if block.uuid is not None else None
            source = block.parsed.source
            if old is None:
                yield TextDifference(now.uuid, block.uuid, lang, "added", "", source)
            elif old.parsed.source != source:
                yield TextDifference(
                    now.uuid, block.uuid, lang, "changed", old.parsed.source, source
                )
            elif block.uuid is not None and (
                homes.get(block.uuid) != now.uuid or block.uuid not in order
            ):
                yield TextDifference(now.uuid, block.uuid, lang, "moved", source, source)
        here = {block.uuid for block in blocks}
        for block in there:
            gone = block.uuid not in here and (
                block.uuid not in still or lang not in now.texts or block.uuid in _ids(now)
            )
            if gone:
                yield TextDifference(now.uuid, block.uuid, lang, "removed", block.parsed.source, "")


def _ids(section: SectionDraft) -> set[uuids.UUID | None]:
    return {block.uuid for blocks in section.texts.values() for block in blocks}


def _kept_in_order(
    before: Sequence[BlockDraft], after: Sequence[BlockDraft]
) -> set[uuids.UUID | None]:
    """Ids of paragraphs that did not change places among those that both have."""
    old = [block.uuid for block in before]
    new = [block.uuid for block in after]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return {
        old[at]
        for start, _, size in matcher.get_matching_blocks()
        for at in range(start, start + size)
    }


def _title(section: SectionDraft, source_language: str) -> str:
    for block in section.texts.get(source_language, []):
        if block.role == "title":
            return block.parsed.source.lstrip("# ").strip()
    return section.key


def pieces(before: str, after: str) -> list[Piece]:
    """Two texts as one row of what stayed, went and came, in words (in characters without blanks).

    What stayed by chance between two greater changes is told as changed with them, and texts that have
    next to nothing in common as one for the other: confetti is read by nobody.
    """
    old, new = words(before), words(after)
    if sum(map(str.isspace, old)) * sum(map(str.isspace, new)) > MOST_BLANKS:
        old, new = _with_blanks(old), _with_blanks(new)
    whole = [Piece("gone", before), Piece("new", after)]
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS or _meetings(old, new) > MOST_MEETINGS:
        return [piece for piece in whole if piece.text]
    runs: list[_Run] = []
    stayed = 0
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        run = _Run(tag == "equal", "".join(old[a:b]), "".join(new[c:d]))
        stayed += len(run.gone.strip()) if run.same else 0
        runs.append(run)
    if before and after and stayed * 5 < min(len(before), len(after)):
        return whole
    row: list[Piece] = []
    for run in _smoothed(runs):
        if run.same:
            row.append(Piece("same", run.gone))
            continue
        if run.gone:
            row.append(Piece("gone", run.gone))
        if run.new:
            row.append(Piece("new", run.new))
    return row


def _with_blanks(cut: Sequence[str]) -> list[str]:
    """Words with the blanks behind them."""
    row: list[str] = []
    for token in cut:
        if row and token.isspace() and not row[-1].isspace():
            row[-1] += token
        else:
            row.append(token)
    return row


def _meetings(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pairs of equal words there are: what comparing takes grows with them."""
    there = Counter(new)
    return sum(count * there[word] for word, count in Counter(old).items())


class _Run(NamedTuple):
    same: bool
    gone: str
    new: str

    @property
    def size(self) -> int:
        return max(len(self.gone), len(self.new))


def _smoothed(runs: Sequence[_Run]) -> list[_Run]:
    """Runs without what stayed by chance between two changes that are each twice as long."""
    row: list[_Run] = []
    for run in runs:
        if not run.same and len(row) >= 2 and row[-1].same:
            left, between = row[-2], row[-1]
            blank = not between.gone.strip() and all((left.gone, left.new, run.gone, run.new))
            if blank or 2 * between.size <= min(left.size, run.size):
                row[-2:] = [
                    _Run(
                        False,
                        left.gone + between.gone + run.gone,
                        left.new + between.new + run.new,
                    )
                ]
                continue
        row.append(run)
    return row


def words(text: str) -> list[str]:
    """A text cut into words, blanks and signs; in scripts without blanks into characters.

    Marks stay with the letter that they stand on, or a vowel sign would be told to have changed alone.
    """
    cut: list[str] = []
    joined = False
    for token in _WORD.findall(text):
        if cut and unicodedata.category(token[0])[0] == "M":
            cut[-1] += token
            joined = True
            continue
        if joined and _SPACED.match(token) and _SPACED.match(cut[-1]):
            cut[-1] += token
        else:
            cut.append(token)
        joined = False
    return cut
