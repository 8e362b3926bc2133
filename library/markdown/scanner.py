"""The line scanner: which lines belong together, and what kind of block they make.

It looks at every line a bounded number of times, so that its time grows with the length of the
text whatever the text is. What a block is follows from its own lines alone: nothing that stands
before it changes it, which is what lets a file be taken apart, written back and taken apart again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from library.markdown import grammar
from library.markdown.blocks import BlockKind
from library.markdown.grammar import SPACES, TAB, indent_of
from library.markdown.markers import is_marker

# Two columns are enough to belong to what stands above: authors and their editors rarely keep four.
NESTED = 2

CONTAINERS = frozenset({"details", "div", "section", "article", "center"})
TABULAR = frozenset({"table", "p", "ul", "ol", "dl"})
# Never rendered as what they are: kept together and shown as typed.
FOREIGN = frozenset(
    {"script", "style", "pre", "textarea", "iframe", "object", "embed", "form", "svg", "math"}
    | {"video", "audio", "template", "noscript", "select", "body", "html", "head"}
)
_BLOCK_TAGS = CONTAINERS | TABULAR | FOREIGN
_TAG_START = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})(?=[\s/>]|$)")

# First characters that may end a paragraph, besides those that only do so on its second line.
_INTERRUPTING = frozenset("#`~>-*+_1<$\\!?[")


class Span(NamedTuple):
    """Lines ``start`` to ``end`` (end not included) make one block of this kind."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0


def scan(lines: Sequence[str]) -> Iterator[Span]:
    """The blocks of some lines, in order; blank lines between blocks belong to none."""
    return _Scanner(lines).spans()


class _Scanner:
    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.count = len(lines)
        self._closing: dict[int, int] | None = None
        # What a search that went far has found, so that the next one need not go there again.
        self._formula_free = {"$$": 0, "\\]": 0}
        self._comment_from = self._comment_end = -1

    def spans(self) -> Iterator[Span]:
        lines, count, index = self.lines, self.count, 0
        while index < count:
            text = lines[index].lstrip(SPACES)
            if not text:
                index += 1
                continue
            span = self._block(index, text)
            yield span
            index = span.end

    def _block(self, at: int, text: str) -> Span:
        line = self.lines[at]
        if len(text) < len(line) and indent_of(line) >= TAB:
            return Span(BlockKind.CODE, at, self._indented(at + 1, TAB))
        first = text[0]
        if first in _INTERRUPTING or first.isdigit():
            span = self._special(at, text)
            if span is not None:
                return span
            if first == "[" and grammar.REFERENCE.fullmatch(line):
                end = at + 1
                while end < self.count and grammar.REFERENCE.fullmatch(self.lines[end]):
                    end += 1
                return Span(BlockKind.REFERENCE, at, end)
        if "|" in line and self._heads_table(at):
            return Span(BlockKind.TABLE, at, self._table_end(at))
        return self._paragraph(at)

    def _special(self, at: int, text: str) -> Span | None:
        """The block at a line that its first characters give away, else nothing."""
        line, first = self.lines[at], text[0]
        if first == "#":
            heading = grammar.ATX.match(line)
            if heading is not None:
                return Span(BlockKind.HEADING, at, at + 1, len(heading[1]))
        elif first in "`~":
            fence = grammar.FENCE.match(line)
            if fence is not None and not (first == "`" and "`" in fence[2]):
                return Span(BlockKind.CODE, at, grammar.fence_end(self.lines, at, fence[1]))
        elif first == ">":
            known = grammar.ALERT.match(line)
            kind = BlockKind.NOTE if known is not None else BlockKind.QUOTATION
            return Span(kind, at, self._quote_end(at))
        elif first == "<":
            return self._angle(at, text)
        elif first in "$\\":
            end = self._formula_end(at, text)
            if end:
                return Span(BlockKind.FORMULA, at, end)
        elif first in "!?":
            if self._is_admonition(at, text):
                return Span(BlockKind.NOTE, at, self._indented(at + 1, NESTED))
        elif first == "[":
            if grammar.FOOTNOTE.match(line):
                return Span(BlockKind.FOOTNOTE, at, self._body_end(at + 1))
        elif grammar.is_rule(text):
            return Span(BlockKind.RULE, at, at + 1)
        elif first != "_":
            item = grammar.ITEM.match(line)
            if item is not None:
                return Span(BlockKind.LIST, at, self._list_end(at, item))
        return None

    def _interrupts(self, at: int, text: str) -> bool:
        """Whether a line ends the paragraph above it without a blank line between them."""
        first, line = text[0], self.lines[at]
        if first not in _INTERRUPTING or indent_of(line) >= TAB:
            return False
        if first in "-*+1_":
            if first != "1" and grammar.is_rule(text):
                return True
            item = grammar.ITEM.match(line)
            return item is not None and item.end() < len(line) and item[2] in (None, "1")
        if first == "#":
            return grammar.ATX.match(line) is not None
        if first == ">":
            return True
        if first in "`~":
            fence = grammar.FENCE.match(line)
            return fence is not None and not (first == "`" and "`" in fence[2])
        if first == "<":
            return self._angle(at, text) is not None
        if first in "$\\":
            return self._formula_end(at, text) > 0
        if first in "!?":
            return self._is_admonition(at, text)
        return grammar.FOOTNOTE.match(line) is not None

    def _paragraph(self, at: int) -> Span:
        lines, count = self.lines, self.count
        index = at + 1
        while index < count:
            line = lines[index]
            text = line.lstrip(SPACES)
            if not text:
                break
            first = text[0]
            if first in "=-" and not text.rstrip(SPACES).strip(first) and indent_of(line) < TAB:
                return Span(BlockKind.HEADING, at, index + 1, 1 if first == "=" else 2)
            if first == ":" and grammar.DEFINITION.match(line):
                return Span(BlockKind.DEFINITION, at, self._definition_end(index + 1))
            if first in _INTERRUPTING and self._interrupts(index, text):
                break
            if "|" in line and self._heads_table(index):
                break
            index += 1
        if index == at + 1:
            below = self._after_blanks(index)
            if below < count and below > index and grammar.DEFINITION.match(lines[below]):
                return Span(BlockKind.DEFINITION, at, self._definition_end(below + 1))
        if index <= at + 2 and lines[at].lstrip(SPACES)[:2] in ("![", "[!"):
            whole = lines[at] if index == at + 1 else f"{lines[at]}\n{lines[at + 1]}"
            if grammar.FIGURE.fullmatch(whole):
                return Span(BlockKind.FIGURE, at, index)
        return Span(BlockKind.PARAGRAPH, at, index)

    def _after_blanks(self, index: int) -> int:
        while index < self.count and not self.lines[index].strip(SPACES):
            index += 1
        return index

    def _indented(self, index: int, columns: int) -> int:
        """The end of a run of lines indented by so many columns, blank lines inside it included."""
        end = index
        while index < self.count:
            line = self.lines[index]
            if line.strip(SPACES):
                if indent_of(line) < columns:
                    break
                end = index + 1
            index += 1
        return end

    def _body_end(self, index: int) -> int:
        """The end of a body: lines that run on, then indented lines with blank lines between."""
        while index < self.count:
            text = self.lines[index].lstrip(SPACES)
            if not text:
                return self._indented(index, NESTED)
            if indent_of(self.lines[index]) < NESTED and self._interrupts(index, text):
                return index
            index += 1
        return index

    def _definition_end(self, index: int) -> int:
        while True:
            index = self._body_end(index)
            following = self._after_blanks(index)
            if following >= self.count or not grammar.DEFINITION.match(self.lines[following]):
                return index
            index = following + 1

    def _quote_end(self, at: int) -> int:
        index, runs_on = at, False
        while index < self.count:
            line = self.lines[index]
            text = line.lstrip(SPACES)
            if not text:
                break
            if text[0] == ">" and indent_of(line) < TAB:
                runs_on = bool(text.strip("> \t"))
            elif not runs_on or self._interrupts(index, text):
                break
            index += 1
        return index

    def _list_end(self, at: int, item: re.Match[str]) -> int:
        lines, count = self.lines, self.count
        mark = item[1] or item[3]
        index = end = at + 1
        base = indent_of(lines[at])
        blank = False
        while index < count:
            line = lines[index]
            text = line.lstrip(SPACES)
            if not text:
                blank = True
                index += 1
                continue
            if indent_of(line) < base + NESTED:
                sibling = grammar.ITEM.match(line)
                if sibling is not None and not grammar.is_rule(text):
                    if (sibling[1] or sibling[3]) != mark:
                        break
                elif indent_of(line) < NESTED and (blank or self._interrupts(index, text)):
                    break
            blank = False
            index += 1
            end = index
        return end

    def _heads_table(self, at: int) -> bool:
        lines = self.lines
        return (
            at + 1 < self.count
            and grammar.is_separator(lines[at + 1])
            and indent_of(lines[at]) < TAB
            and len(grammar.cells_of(lines[at]))
            == len(grammar.cells_of(lines[at + 1]))
            <= grammar.MAX_COLUMNS
        )

    def _table_end(self, at: int) -> int:
        index = at + 2
        while index < self.count and "|" in self.lines[index]:
            text = self.lines[index].lstrip(SPACES)
            if grammar.CAPTION.match(self.lines[index]) or self._interrupts(index, text):
                break
            index += 1
        if index < self.count and grammar.CAPTION.match(self.lines[index]):
            index += 1
        return index

    def _is_admonition(self, at: int, text: str) -> bool:
        if text[:3] not in ("!!!", "???"):
            return False
        head = grammar.ADMONITION.fullmatch(text)
        if head is None:
            return False
        has_title = head[3] is not None
        return has_title or (head[2] is not None and self._indented(at + 1, NESTED) > at + 1)

    def _formula_end(self, at: int, text: str) -> int:
        """The end of a display formula that opens here, or 0."""
        opening = text[:2]
        if opening == "$$":
            closing = "$$"
        elif opening == "\\[":
            closing = "\\]"
        else:
            return 0
        inner = text[2:].rstrip(SPACES)
        if closing in inner:
            whole = inner.index(closing) == len(inner) - 2 and inner[:-2].strip(SPACES)
            looks = closing == "$$" or any(sign in inner[:-2] for sign in "\\^_=+<>")
            return at + 1 if whole and looks else 0
        if at < self._formula_free[closing]:
            return 0
        index = at + 1
        while index < self.count:
            line = self.lines[index].strip(SPACES)
            if not line:
                break
            if closing in line:
                return index + 1 if line.index(closing) == len(line) - 2 else 0
            index += 1
        self._formula_free[closing] = index
        return 0

    def _angle(self, at: int, text: str) -> Span | None:
        if text.startswith("<!--"):
            end = self._comment_stop(at)
            return Span(BlockKind.COMMENT, at, end) if end else None
        tag = _TAG_START.match(text)
        if tag is None or tag[1] or tag[2].lower() not in _BLOCK_TAGS:
            return None
        end = self._closings().get(at, 0)
        if end:
            return Span(BlockKind.HTML, at, end)
        return None

    def _comment_stop(self, at: int) -> int:
        line = self.lines[at]
        if is_marker(line):
            return at + 1
        begin = line.index("<!--") + 4
        if "-->" not in line[begin:]:
            if not self._comment_from <= at < self._comment_end:
                self._comment_from, self._comment_end = at, at + 1
                while self._comment_end < self.count and "-->" not in self.lines[self._comment_end]:
                    self._comment_end += 1
            last, begin = self._comment_end, 0
            # An author's comment that never ends must not swallow the next block's marker.
            if last == self.count or is_marker(self.lines[last]):
                return 0
        else:
            last = at
        rest = self.lines[last][begin:]
        return last + 1 if rest.rstrip(SPACES).endswith("-->") and rest.count("-->") == 1 else 0

    def _closings(self) -> dict[int, int]:
        """For each line that opens a block of HTML, the line behind the one that closes it."""
        if self._closing is not None:
            return self._closing
        self._closing = found = {}
        stacks: dict[str, list[tuple[int, bool]]] = {}
        index = 0
        while index < self.count:
            line = self.lines[index]
            if "<" in line:
                if is_marker(line):
                    stacks.clear()
                leads = True
                for tag in _TAG_START.finditer(line):
                    name = tag[2].lower()
                    if name in _BLOCK_TAGS:
                        stack = stacks.setdefault(name, [])
                        if not tag[1]:
                            at_start = leads and not line[: tag.start()].strip(SPACES)
                            stack.append((index, at_start))
                        elif stack:
                            opened, at_start = stack.pop()
                            if at_start:
                                found[opened] = index + 1
                    leads = False
            elif "```" in line or "~~~" in line:
                fence = grammar.FENCE.match(line)
                if fence is not None and not ("`" in fence[1] and "`" in fence[2]):
                    index = grammar.fence_end(self.lines, index, fence[1])
                    continue
            index += 1
        return found
