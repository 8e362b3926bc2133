"""From the lines of pages to paragraphs, lists and headings, by how the lines stand."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from library.content.documents.elements import (
    Block,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Table,
    Words,
)
from library.content.documents.joining import joined_lines, joined_pair
from library.content.documents.pdf_sheet import Line, Sheet

_EDGE: Final = 3
_FURNITURE_SHARE: Final = 0.3
_PAGE_NUMBER: Final = re.compile(
    r"\W*(?:page|seite|página|стр\.?|صفحة|หน้า|第)?\s*(?:\d{1,4}|[ivxlc]{1,7}|[٠-٩]{1,4})\s*"
    r"(?:(?:/|of|de|von|из|من|共)\s*\d{1,4})?\s*(?:页|頁)?\W*",
    re.IGNORECASE,
)
# A line of a table of contents: a title, a row of dots, a page.
_LEADER: Final = re.compile(r"(?:[.·…] ?){4,60} *[\divxlc]{1,5} *$", re.IGNORECASE)
_CONTENTS: Final = re.compile(
    r"(?:table of )?contents|目\s*录|目\s*次|目\s*錄|table des matières|sommaire|índice|sumário|оглавление"
    r"|содержание|الفهرس|المحتويات|สารบัญ|mục lục|daftar isi|yaliyomo|inhalt(?:sverzeichnis)?",
    re.IGNORECASE,
)
_BULLET: Final = re.compile(r"(?:[•●▪◦■□‣⁃➢➤✓✔❖·∙]|[-–—](?=\s)|o(?=\s[A-Z]))\s*(?=\S)")
_NUMBER: Final = re.compile(r"(?:[(（]?(\d{1,3})[.)、．）]|([①-⑳]))\s*(?=\S)")
_ENDS: Final = re.compile(r"[.!?:;。！？：；؟۔।…”’»\")\]）】]$")
_CHAPTER: Final = re.compile(
    r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+\S|第[一二三四五六七八九十百\d]+[章节節]"
)
_LONGEST_HEADING: Final = 120
_LEVELS: Final = 4
# Rows of a table stand this much further apart than lines, at most.
_ROW_ROOM: Final = 2.6
_HEAVIER: Final = 150


@dataclass(slots=True)
class Bookmark:
    """A line of the outline: ``level`` from 1, ``page`` an index or -1."""

    title: str
    level: int
    page: int


@dataclass(slots=True)
class Run:
    """Lines that make a paragraph or a heading."""

    lines: list[Line] = field(default_factory=list)
    level: int = 0

    @property
    def text(self) -> str:
        return joined_lines([line.text for line in self.lines])

    @property
    def is_table(self) -> bool:
        """Whether these are rows: two at least, of as many cells each."""
        counts = {len(line.cells) for line in self.lines}
        return len(self.lines) > 1 and len(counts) == 1 and min(counts) > 1


def without_furniture(sheets: Sequence[Sheet]) -> None:
    """Take running heads, running feet and page numbers out of the pages."""
    seen: Counter[str] = Counter()
    for sheet in sheets:
        edge = {_key(line, sheet) for line in _edges(sheet)}
        seen.update(edge)
    least = max(3, int(len(sheets) * _FURNITURE_SHARE))
    for sheet in sheets:
        edges = _edges(sheet)
        outer = {id(line) for line in (edges[:1] + edges[-1:])}
        gone = {
            id(line)
            for line in edges
            if seen[_key(line, sheet)] >= least
            or (
                id(line) in outer
                and len(sheets) > 1
                and len(sheet.lines) > 1
                and _PAGE_NUMBER.fullmatch(line.text)
            )
        }
        sheet.lines = [line for line in sheet.lines if id(line) not in gone]


def _edges(sheet: Sheet) -> list[Line]:
    """The lines at the upper and lower edge of a page, from above."""
    ordered = sorted(sheet.lines, key=lambda line: -line.y)
    upper = [line for line in ordered[:_EDGE] if line.y > sheet.height * 0.82]
    lower = [line for line in ordered[-_EDGE:] if line.y < sheet.height * 0.14]
    return [*upper, *(line for line in lower if line not in upper)]


def _key(line: Line, sheet: Sheet) -> str:
    words = re.sub(r"[\d٠-٩]+", "#", line.text)
    return f"{words}@{round(line.y / sheet.height * 40)}"


def without_contents(sheets: Sequence[Sheet]) -> None:
    """Take tables of contents out: the library makes its own."""
    for sheet in sheets:
        gone = {id(line) for line in sheet.lines if _LEADER.search(line.text[-200:])}
        if len(gone) < 3:
            continue
        sheet.lines = [
            line
            for line in sheet.lines
            if id(line) not in gone and not _CONTENTS.fullmatch(line.text.strip())
        ]


def settle_rows(sheets: Sequence[Sheet]) -> None:
    """Leave cells to lines that stand among rows of as many cells: a lone one is a line set wide."""
    for sheet in sheets:
        counts = [0, *(len(line.cells) for line in sheet.lines), 0]
        for at, line in enumerate(sheet.lines, 1):
            if counts[at] > 1 and counts[at] not in (counts[at - 1], counts[at + 1]):
                line.cells = ()


def _is_row(line: Line) -> bool:
    """Whether a line is the row of a table: it has cells, or numbers are most of it."""
    text = line.text
    letters = sum(1 for c in text if c.isalpha())
    digits = sum(1 for c in text if c.isdigit())
    return bool(line.cells) or (text.count(" ") >= 2 and digits * 2 > letters)


def usual_size(sheets: Sequence[Sheet]) -> float:
    """The size of most letters."""
    weights: Counter[float] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 10.0


def mark_bold(sheets: Sequence[Sheet]) -> None:
    """Take lines for bold that are heavier than most, where the names of fonts say nothing."""
    weights: Counter[int] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            weights[line.weight] += len(line.text)
    usual = weights.most_common(1)[0][0] if weights else 0
    if usual <= 0 or any(line.bold for sheet in sheets for line in sheet.lines):
        return
    for sheet in sheets:
        for line in sheet.lines:
            line.bold = line.weight >= usual + _HEAVIER


def runs_of(sheet: Sheet, levels: dict[int, int]) -> list[Run]:
    """The lines of a page as paragraphs and headings. ``levels`` by ``id`` of the lines of headings."""
    made: list[Run] = []
    lines = sheet.lines
    gaps = [a.y - b.y for a, b in itertools.pairwise(lines) if 0 < a.y - b.y < 60]
    leading = median(gaps) if gaps else 14.0
    right = _reach(lines)
    left = _margin(lines)
    for line in lines:
        level = levels.get(id(line), 0)
        last = made[-1] if made else None
        if (
            last is not None
            and last.level == level
            and _goes_on(
                last.lines[-1],
                line,
                leading=leading,
                left=left,
                right=right,
                is_heading=bool(level),
            )
        ):
            last.lines.append(line)
        else:
            made.append(Run([line], level))
    return made


def _reach(lines: Sequence[Line]) -> float:
    """How far full lines reach."""
    ends = sorted(line.end for line in lines)
    return ends[int(len(ends) * 0.9)] if ends else 0.0


def _margin(lines: Sequence[Line]) -> float:
    """Where most lines start."""
    starts = Counter(round(line.start / 4) * 4 for line in lines)
    return float(starts.most_common(1)[0][0]) if starts else 0.0


def _goes_on(
    before: Line, line: Line, *, leading: float, left: float, right: float, is_heading: bool
) -> bool:
    gap = before.y - line.y
    size = max(before.size, line.size, 1.0)
    if abs(gap) < size * 0.3:
        # A cell of a table, or a number beside a heading: what stands on one line is one thing.
        return True
    if before.cells or line.cells:
        near = gap < max(leading, size) * _ROW_ROOM
        return len(before.cells) == len(line.cells) and near and not _NUMBER.match(line.text)
    if _is_row(before) and _is_row(line):
        return False
    if gap < 0 or abs(before.size - line.size) > 0.12 * size or before.bold != line.bold:
        return False
    if is_heading:
        return gap <= size * 1.9
    if (
        gap > max(leading * 1.35, size * 1.1)
        or _BULLET.match(line.text)
        or _NUMBER.match(line.text)
    ):
        return False
    marked = _BULLET.match(before.text) or _NUMBER.match(before.text)
    if line.start > before.start + size * 0.9 and not marked and before.start <= left + size * 0.5:
        return False
    if before.start > line.start + size * 0.9 and marked:
        return False
    room = right - before.end
    first_word = line.text.split(" ")[0]
    width = size * 0.5 * min(len(first_word), 12)
    if room > max(width + size, size * 4) and not before.text.endswith(("-", "\u2010")):
        return False
    return not (_ENDS.search(before.text) and room > size * 2.2)


def levels_by_bookmarks(
    sheets: Sequence[Sheet], bookmarks: Sequence[Bookmark]
) -> tuple[dict[int, int], list[Bookmark]]:
    """The lines that bookmarks name, and the bookmarks whose lines were not found."""
    by_page = {sheet.number: sheet for sheet in sheets}
    levels: dict[int, int] = {}
    missed: list[Bookmark] = []
    for mark in bookmarks:
        sheet = by_page.get(mark.page)
        wanted = _bare(mark.title)
        found = False
        if sheet is not None and wanted:
            for at, line in enumerate(sheet.lines):
                said, end = _bare(line.text), at + 1
                while (
                    end < len(sheet.lines) and said != wanted and wanted.startswith(said) and said
                ):
                    said += _bare(sheet.lines[end].text)
                    end += 1
                # A bookmark often leaves the number out, or the line has more of it.
                same = said == wanted or (line.rtl and sorted(said) == sorted(wanted))
                if same or (said.endswith(wanted) and len(said) - len(wanted) <= 6):
                    for one in sheet.lines[at:end]:
                        levels.setdefault(id(one), mark.level)
                    found = True
                    break
        if not found:
            missed.append(mark)
    return levels, missed


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def levels_by_look(sheets: Sequence[Sheet], usual: float) -> dict[int, int]:
    """Lines that look like headings: larger than the text, or bold and short."""
    found: dict[int, tuple[float, bool]] = {}
    total = 0
    for sheet in sheets:
        for line in sheet.lines:
            total += len(line.text)
            size = round(line.size * 2) / 2
            words = line.text.strip()
            if len(words) > _LONGEST_HEADING or not any(c.isalpha() for c in words):
                continue
            larger = size >= usual * 1.14 and size - usual >= 1
            chapter = bool(_CHAPTER.match(words))
            strong = not _is_row(line) and line.bold and len(words) <= 80 and size >= usual - 0.5
            if (larger and not _is_row(line)) or (
                strong and (chapter or not _ENDS.search(words)) and not _BULLET.match(words)
            ):
                found[id(line)] = (max(size, usual), line.bold)
    lengths = [len(line.text) for sheet in sheets for line in sheet.lines if id(line) in found]
    # Where most is large or bold, that is how the text is set.
    if not found or sum(lengths) > total * 0.35:
        return {}
    kinds = sorted(set(found.values()), reverse=True)
    sizes = sorted({size for size, _ in kinds}, reverse=True)
    level = {size: min(at, _LEVELS) for at, size in enumerate(sizes, 1)}
    return {key: level[size] for key, (size, _) in found.items()}


def blocks_of(runs: Sequence[Run]) -> list[Block]:
    """Runs as blocks: bullets and numbers that go on from one another as lists."""
    made: list[Block] = []
    number = 0
    for run in runs:
        text = run.text
        if run.level:
            made.append(Heading(run.level, [Words(text)]))
            number = 0
            continue
        if run.is_table:
            rows: list[list[list[Inline]]] = [
                [[Words(cell)] for cell in line.cells] for line in run.lines
            ]
            made.append(Table(rows))
            continue
        last = made[-1] if made else None
        bullet = _BULLET.match(text)
        if bullet is not None:
            item: list[Block] = [Paragraph([Words(text[bullet.end() :])])]
            if isinstance(last, Listing) and not last.ordered:
                last.items.append(item)
            else:
                made.append(Listing(False, [item]))
            continue
        counted = _NUMBER.match(text)
        if counted is not None:
            value = int(counted[1]) if counted[1] else ord(counted[2]) - ord("①") + 1
            item = [Paragraph([Words(text[counted.end() :])])]
            if isinstance(last, Listing) and last.ordered and value == number + 1:
                last.items.append(item)
                number = value
                continue
            if value <= 1 or (isinstance(last, Listing) and value == number + 1):
                made.append(Listing(True, [item], value))
                number = value
                continue
        made.append(Paragraph([Words(text)]))
    return made


def joined_pages(before: list[Block], after: list[Block], *, full: bool) -> list[Block]:
    """Blocks of two pages; a paragraph that the end of a page cut in two is one again."""
    if before and after and full:
        last, first = before[-1], after[0]
        if isinstance(last, Listing) and isinstance(first, Paragraph):
            inner = last.items[-1][-1]
            last = inner if isinstance(inner, Paragraph) else last
        if isinstance(last, Paragraph) and isinstance(first, Paragraph):
            one, two = _words(last), _words(first)
            if one and two and not _ENDS.search(one) and _continues(two):
                last.content = [Words(joined_pair(one, two))]
                return [*before, *after[1:]]
    return [*before, *after]


def _continues(text: str) -> bool:
    return not text[0].isupper() and not text[0].isdigit()


def _words(block: Paragraph) -> str:
    return "".join(one.text for one in block.content if isinstance(one, Words))
