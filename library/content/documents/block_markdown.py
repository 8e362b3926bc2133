"""Blocks as Markdown sources, each of which the library's scanner reads as the one block it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from library.content.documents import notes
from library.content.documents.elements import (
    Block,
    Callout,
    Code,
    Definitions,
    Figure,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    Listing,
    Mark,
    Paragraph,
    Quotation,
    Raw,
    Rule,
    Source,
    Table,
    Words,
    is_empty,
    words_of,
)
from library.content.documents.inline_markdown import (
    Address,
    inline_markdown,
    opened,
    title_text,
)
from library.content.documents.notes import Notes
from library.content.documents.pictures import FOLDER
from library.errors import Invalid
from library.markdown import BlockKind, ParsedBlock, grammar, split

#: Source and level of a block; the level is that of a heading, else 0.
Written = tuple[str, int]

_LONGEST_PARAGRAPH: Final = 12_000
_LARGEST_BLOCK: Final = 120_000
_DEEPEST: Final = 8
_NUMBERED: Final = re.compile(r"\d+([.)]) ")
_PUNCTUATION: Final = re.compile(r"(?<!\\)([!-/:-@\[-`{-~])")
# Addresses inside the document: anchors, and pictures that were taken over.
_INNER: Final = re.compile(rf"(\]\()(#[^\s()<>]+|{FOLDER}/[^\s()<>]+)")
_SENTENCE_END: Final = re.compile(r"[。！？]|[.!?؟۔](?=\s)|\s")


class BlockWriter:
    """Writes blocks; ``address`` says what stands in the Markdown for a link or a picture."""

    def __init__(self, *, address: Address, remarks: Notes) -> None:
        self._address = address
        self._remarks = remarks

    def written(self, blocks: Sequence[Block], *, shift: int = 0, depth: int = 0) -> list[str]:
        """The sources of blocks in order; one that is too large comes in several."""
        made: list[str] = []
        for block in blocks:
            for source in self._sources(block, shift, depth):
                text = self._kept_apart(source, made)
                if text.strip():
                    made.append(text)
        return made

    def footnote(self, name: str, blocks: Sequence[Block]) -> str:
        """The definition of a footnote."""
        inner = self.written(blocks, depth=1) or ["…"]
        if not self._is_words(inner[0]):
            inner.insert(0, "…")
        return f"[^{name}]: " + _indented("\n\n".join(inner), 4).lstrip()

    def _readdressed(self, text: str) -> str:
        """Markdown whose pictures and links inside the document lead where they are now."""
        if "](" not in text or text.lstrip()[:3] in ("```", "~~~") or text[:4] == "    ":
            return text

        def lead(match: re.Match[str]) -> str:
            found = self._address(match[2])
            return f"{match[1]}{found}" if found else match[0]

        return _INNER.sub(lead, text)

    def inline(self, content: Sequence[Inline], *, one_line: bool = False) -> str:
        return inline_markdown(content, address=self._address, one_line=one_line)

    def _sources(self, block: Block, shift: int, depth: int) -> Iterator[str]:
        match block:
            case Source():
                yield self._readdressed(block.text)
            case Heading():
                if depth:
                    text = self.inline(block.content, one_line=True)
                    yield from self._checked(opened(f"**{text}**") if text else "")
                else:
                    yield self.heading(block, shift)
            case Paragraph():
                yield from self._paragraph(block.content)
            case Figure():
                yield self._figure(block)
            case FormulaBlock():
                yield _display(block.latex)
            case Code():
                yield _fenced(block)
            case Rule():
                yield "---"
            case Table():
                yield from self._table(block)
            case Listing():
                yield from self._list(block, depth)
            case Quotation():
                yield from self._quotation(block, depth)
            case Callout():
                yield from self._callout(block, depth)
            case Definitions():
                yield from self._definitions(block, depth)

    def heading(self, block: Heading, shift: int = 0) -> str:
        """The line of a heading; empty for one without words."""
        text = self.inline(_without_breaks(block.content), one_line=True)
        if not text:
            return ""
        if text.endswith("#"):
            text = f"{text[:-1]}\\#"
        return f"{'#' * min(6, max(1, block.level + shift))} {text}"

    def _paragraph(self, content: Sequence[Inline]) -> Iterator[str]:
        for part in _parts(content):
            if part is not content:
                self._remarks.add(notes.LONG_PARAGRAPH)
            yield from self._checked(self.inline(part))

    def _checked(self, source: str) -> Iterator[str]:
        """A paragraph that is read as one, if need be with everything in it escaped."""
        if not source:
            return
        if self._is_words(source):
            yield source
            return
        plain = " ".join(_PUNCTUATION.sub(r"\\\1", source.replace("\\\n", " ")).split())
        yield plain if self._is_words(plain) else f"\u200b{plain}"

    @staticmethod
    def _is_words(source: str) -> bool:
        try:
            found = split(source)
        except Invalid:
            return False
        kinds = (BlockKind.PARAGRAPH, BlockKind.FIGURE)
        return len(found) == 1 and found[0].kind in kinds

    def _figure(self, block: Figure) -> str:
        picture = inline_markdown([block.picture], address=self._address, one_line=True)
        caption = block.caption
        if not caption or picture.endswith("()"):
            return picture
        marked = any(not isinstance(one, Words) or one.link or one.marks for one in caption)
        if marked:
            bare = [Words(o.text, link=o.link) if isinstance(o, Words) else o for o in caption]
            line = (
                self.inline(bare, one_line=True).replace("*", "&#42;").replace("\\&#42;", "&#42;")
            )
            source = f"{picture}\n*{line}*"
            found = split(source)
            if len(found) == 1 and found[0].kind is BlockKind.FIGURE:
                return source
        titled = f'{{}} "{title_text(words_of(caption))}")'
        if block.picture.link is None:
            return titled.format(picture[:-1])
        inner, _, target = picture.rpartition("](")
        return titled.format(inner[:-1]) + f"]({target}"

    def _table(self, block: Table) -> Iterator[str]:
        rows = block.rows
        columns = max((len(row) for row in rows), default=0)
        if columns == 0:
            return
        if columns > grammar.MAX_COLUMNS:
            self._remarks.add(notes.WIDE_TABLE, number=grammar.MAX_COLUMNS)
            columns = grammar.MAX_COLUMNS
        caption = self.inline(block.caption, one_line=True)
        lines = [self._row(_upright(row) if n == 0 else row, columns) for n, row in enumerate(rows)]
        head = [lines[0], f"|{' --- |' * columns}"]
        size = len(lines[0])
        part: list[str] = []
        for line in lines[1:]:
            if part and size + len(line) > _LARGEST_BLOCK:
                yield "\n".join([*head, *part])
                part, size = [], len(lines[0])
            part.append(line)
            size += len(line)
        below = [f": {caption}"] if caption else []
        yield "\n".join([*head, *part, *below])

    def _row(self, row: Sequence[Sequence[Inline]], columns: int) -> str:
        cells = [
            inline_markdown(cell, address=self._address, in_table=True) for cell in row[:columns]
        ]
        cells += [""] * (columns - len(cells))
        return "| " + " | ".join(cells) + " |"

    def _list(self, block: Listing, depth: int) -> Iterator[str]:
        number = max(0, min(block.start, 999_999))
        made: list[str] = []
        size = 0
        for item in block.items:
            mark = f"{number}." if block.ordered else "-"
            text = self._item(item, mark, depth)
            if not text:
                continue
            number += 1
            if made and size + len(text) > _LARGEST_BLOCK:
                yield "\n".join(made)
                made, size = [], 0
            made.append(text)
            size += len(text)
        if made:
            yield "\n".join(made)

    def _item(self, item: Sequence[Block], mark: str, depth: int) -> str:
        if depth >= _DEEPEST:
            item = _flat(item)
        inner = self.written(item, depth=depth + 1)
        if not inner:
            return ""
        parts = [inner[0]]
        for previous, source in pairwise(inner):
            tight = "\n" not in previous and source[:2] in ("- ", "1.", "* ")
            parts.append(f"\n{source}" if tight else f"\n\n{source}")
        whole = "".join(parts)
        if whole.startswith(("    ", "\t")):
            whole = f"\u200b{whole}"
        return f"{mark} {_indented(whole, len(mark) + 1).lstrip()}"

    def _quotation(self, block: Quotation, depth: int) -> Iterator[str]:
        if depth >= _DEEPEST:
            yield from self.written(_flat(block.blocks), depth=depth)
            return
        inner = self.written(block.blocks, depth=depth + 1)
        if not inner:
            return
        text = "\n\n".join(inner)
        if text.startswith("[!"):
            text = f"\\{text}"
        yield "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))

    def _callout(self, block: Callout, depth: int) -> Iterator[str]:
        inner = self.written(block.blocks, depth=depth + 1)
        title = block.title.replace('"', "”").strip()
        if not inner or depth >= _DEEPEST:
            yield from inner
            return
        sign = "???" if block.folds else "!!!"
        head = f'{sign} {block.kind} "{title}"' if title else f"{sign} {block.kind}"
        yield f"{head}\n{_indented(chr(10).join(_apart(inner)), 4)}"

    def _definitions(self, block: Definitions, depth: int) -> Iterator[str]:
        term = " / ".join(filter(None, (self.inline(t, one_line=True) for t in block.terms)))
        bodies = [self.written(body, depth=depth + 1) for body in block.bodies]
        told = [body for body in bodies if body]
        if not term or not told or depth or any(not self._is_words(b[0]) for b in told):
            if term:
                yield from self._checked(f"**{term}**")
            for body in told:
                yield from body
            return
        lines = [opened(term)]
        lines += [f": {_indented(chr(10).join(_apart(body)), 4).lstrip()}" for body in told]
        yield "\n".join(lines)

    @staticmethod
    def _kept_apart(source: str, made: list[str]) -> str:
        """A list behind a list of the same marks would be read as one with it."""
        if not made:
            return source
        last = made[-1]
        for here, other in (("- ", "* "), ("* ", "- ")):
            if source.startswith(here) and last.startswith(here):
                return "\n".join(
                    other + line[2:] if line.startswith(here) else line
                    for line in source.split("\n")
                )
        here_mark, last_mark = _NUMBERED.match(source), _NUMBERED.match(last)
        if here_mark and last_mark and here_mark[1] == last_mark[1]:
            mark = ")" if here_mark[1] == "." else "."
            return re.sub(r"(?m)^(\d+)[.)](?= )", rf"\1{mark}", source)
        return source


def parsed(source: str) -> list[ParsedBlock]:
    """The blocks in a source that was written here. Markers of strangers are words like any others."""
    try:
        return split(source)
    except Invalid:
        return split(source.replace("<!--", "\\<!--"))


def _upright(row: Sequence[Sequence[Inline]]) -> list[list[Inline]]:
    """The head of a table without the bold that every head has."""
    return [
        [
            Words(one.text, one.marks - {Mark.STRONG}, one.link) if isinstance(one, Words) else one
            for one in cell
        ]
        for cell in row
    ]


def _without_breaks(content: Sequence[Inline]) -> list[Inline]:
    return [one if isinstance(one, Words | Formula | Raw) else Words(" ") for one in content]


def _parts(content: Sequence[Inline]) -> Iterator[Sequence[Inline]]:
    """Content in parts that the renderer reads; most is one part."""
    if sum(len(o.text) for o in content if isinstance(o, Words)) <= _LONGEST_PARAGRAPH:
        yield content
        return
    held: list[Inline] = []
    size = 0
    for one in content:
        if not isinstance(one, Words):
            held.append(one)
            continue
        text = one.text
        while size + len(text) > _LONGEST_PARAGRAPH:
            window = text[: max(0, _LONGEST_PARAGRAPH - size)]
            ends = [found.end() for found in _SENTENCE_END.finditer(window)]
            cut = next((end for end in reversed(ends) if window[end - 1] in "。！？.!?؟۔"), 0)
            cut = cut or (ends[-1] if ends else len(window))
            held.append(Words(text[:cut], one.marks, one.link))
            if not is_empty(held):
                yield held
            held, size, text = [], 0, text[cut:]
        held.append(Words(text, one.marks, one.link))
        size += len(text)
    if held and not is_empty(held):
        yield held


def _flat(blocks: Sequence[Block]) -> list[Block]:
    """What is nested too deeply, without its nesting."""
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Listing):
            for item in block.items:
                made += _flat(item)
        elif isinstance(block, Quotation | Callout):
            made += _flat(block.blocks)
        elif isinstance(block, Definitions):
            for body in block.bodies:
                made += _flat(body)
        else:
            made.append(block)
    return made


def _display(latex: str) -> str:
    lines = [line.strip() for line in latex.replace("$$", "$ $").split("\n") if line.strip()]
    if not lines:
        return ""
    if len(lines) == 1 and len(lines[0]) < 80:
        return f"$${lines[0]}$$"
    return "\n".join(["$$", *lines, "$$"])


def _fenced(block: Code) -> str:
    text = block.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    text = "\n".join(line.rstrip() for line in text.expandtabs(4).split("\n"))
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff\ufeff]", "", text)
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    language = (
        block.language if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,30}", block.language) else ""
    )
    return f"{fence}{language}\n{text}\n{fence}"


def _apart(sources: Sequence[str]) -> list[str]:
    made: list[str] = []
    for source in sources:
        if made:
            made.append("")
        made.append(source)
    return made


def _indented(text: str, columns: int) -> str:
    pad = " " * columns
    return "\n".join(pad + line if line else "" for line in text.split("\n"))
