"""One file of a translated course: front matter, title, and what its publisher's tools left in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from library.catalogue.drafts import BlockDraft
from library.content.directives import has_directives, plain_markdown
from library.content.faults import Faults, shown
from library.content.text_blocks import SILENT, block_drafts, draft_of
from library.content.text_file import META_LIMIT, read_text, unprintable
from library.errors import Invalid
from library.markdown import BlockKind, ParsedBlock, join, plain_text, split
from library.sentences import Sentence

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
# Behind so many blocks a heading opens a part of the text and is no longer the title of the whole.
_TITLE_WITHIN = 4
_LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class FileHead:
    """What front matter or a ``meta.yml`` says: a title and a description, each on one line."""

    title: str = ""
    description: str = ""


def read_head(path: Path, *, shown: str, faults: Faults) -> FileHead:
    """Title and description of a ``meta.yml``; nothing after a fault."""
    text = read_text(path, shown=shown, faults=faults, limit=META_LIMIT)
    return FileHead() if text is None else _head(text, place=shown, first_line=1, faults=faults)


def _head(text: str, *, place: str, first_line: int, faults: Faults) -> FileHead:
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        line = first_line + mark.line if mark is not None else first_line
        problem = getattr(failure, "problem", None)
        why = shown(str(problem)) if problem else Sentence("it cannot be read")
        message = Sentence("This is not YAML: %(why)s.", why=why)
        faults.add(place, line, message)
        return FileHead()
    except (RecursionError, ValueError) as failure:
        message = Sentence("This YAML cannot be read: %(why)s.", why=shown(str(failure)))
        faults.add(place, first_line, message)
        return FileHead()
    if not isinstance(data, dict):
        return FileHead()
    return FileHead(_line_of(data.get("title")), _line_of(data.get("description")))


def _line_of(value: object) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    words = " ".join(str(value).split())
    return "" if unprintable(words) else words


def root_blocks(head: FileHead, text: str, *, place: str, faults: Faults) -> list[BlockDraft]:
    """The text of the course itself: its title and description, then what stands in its own file."""
    body, inner, _ = without_front_matter(text, place=place, faults=faults)
    head = FileHead(head.title or inner.title, head.description or inner.description)
    blocks = _blocks(body, place=place, faults=faults)
    title, blocks = _title(blocks, head.title)
    if head.title:
        title = _heading(head.title, title.line if title else 1)
    parts = [title] if title else []
    if head.description:
        parts += _paragraph(head.description)
    source = join([*parts, *(replace(block, marker=None) for block in blocks)])
    return block_drafts(source, place=place, faults=faults, is_root=True)


def file_blocks(text: str, *, name: str, place: str, faults: Faults) -> list[BlockDraft]:
    """The text of a file as a section: its title first, whatever level its heading had."""
    body, head, offset = without_front_matter(text, place=place, faults=faults)
    blocks = _blocks(body, place=place, faults=faults)
    if not any(block.kind not in SILENT for block in blocks):
        return []
    title, blocks = _title(blocks, head.title)
    if title is None:
        title = _heading(_words_of(name), blocks[0].line)
        message = Sentence(
            "The text has no title and is called “%(title)s”.", title=_words_of(name)
        )
        faults.warn(place, 0, message)
    moved = [title, *blocks]
    if offset:
        moved = [replace(block, line=block.line + offset) for block in moved]
    drafts = [draft_of(block, place=place, faults=faults) for block in moved]
    drafts[0].role = "title"
    return drafts


def without_front_matter(text: str, *, place: str, faults: Faults) -> tuple[str, FileHead, int]:
    """The text behind its front matter, what that says, and how many lines it took."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return text, FileHead(), 0
    head = _head(match[1], place=place, first_line=2, faults=faults)
    return text[match.end() :], head, match[0].count("\n")


def _blocks(text: str, *, place: str, faults: Faults) -> list[ParsedBlock]:
    if has_directives(text):
        text = plain_markdown(text)
    try:
        blocks = split(text)
    except Invalid as refusal:
        line = refusal.details.get("line", 0)
        faults.add(place, line if isinstance(line, int) else 0, refusal.sentence)
        return []
    # Tools write their own notes above the text; they say nothing about it that a reader needs.
    while blocks and blocks[0].kind is BlockKind.COMMENT:
        blocks = blocks[1:]
    return blocks


def _title(blocks: list[ParsedBlock], front: str) -> tuple[ParsedBlock | None, list[ParsedBlock]]:
    """The title as a heading of the first level, and the blocks without it."""
    at = next((n for n, b in enumerate(blocks) if b.level == 1), None)
    if at is None and not front:
        near = (n for n, b in enumerate(blocks) if b.kind is BlockKind.HEADING)
        at = next((n for n in near if n < _TITLE_WITHIN), None)
    if at is not None:
        words = _words_of_heading(blocks[at])
        if plain_text(f"# {words}", kind=BlockKind.HEADING).strip():
            title = replace(blocks[at], source=f"# {words}", level=1)
            return title, [*blocks[:at], *blocks[at + 1 :]]
    return (_heading(front, 1) if front else None), blocks


def _words_of_heading(block: ParsedBlock) -> str:
    source = block.source.strip()
    if source.startswith("#"):
        return source.lstrip("#").strip()
    return " ".join(source.rpartition("\n")[0].split())


def _heading(words: str, line: int) -> ParsedBlock:
    return ParsedBlock(BlockKind.HEADING, f"# {words[:_LONGEST_TITLE]}", line, 1)


def _paragraph(words: str) -> list[ParsedBlock]:
    blocks = split(words)
    if len(blocks) == 1 and blocks[0].kind is BlockKind.PARAGRAPH:
        return blocks
    return [ParsedBlock(BlockKind.PARAGRAPH, f"\\{words}", 1)]


def _words_of(name: str) -> str:
    words = re.sub(r"[\W_]+", " ", name).strip()
    return words[:1].upper() + words[1:] or "Untitled"
