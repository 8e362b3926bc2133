"""This library's own inline patterns for Python-Markdown.

Each finds its stretch of text, hands finished HTML to the engine that keeps it until the end, and
leaves to Python-Markdown what may still be marked up inside.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from library.markdown import addresses, grammar, raw_html
from library.markdown.addresses import Destination, decoded
from library.markdown.formulas import formula

if TYPE_CHECKING:
    from library.markdown.spans import Spans

MAX_BRACKETS = 6
MAX_LABEL = 3_000


_LITERAL = "|".join(
    (
        rf"(?P<round>{grammar.ROUND_FORMULA})",
        rf"(?P<square>{grammar.SQUARE_FORMULA})",
        rf"\\(?P<escape>{grammar.PUNCTUATION})",
        r"(?P<newline>\\\n)",
        r"(?<!`)(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)",
        r"(?P<loose>`++)",
        rf"(?P<double>{grammar.DOUBLE_DOLLARS})",
        rf"(?P<single>{grammar.DOLLARS})",
        rf"(?P<behind>\]{grammar.TAIL.pattern})",
        r"(?P<url><(?:https?://|mailto:|tel:)[^\s<>]++>)",
        r"(?P<mail><[\w.!#$%&'*+/=?^`{|}~-]++@[\w.-]++>)",
        rf"(?P<tag>{grammar.TAG.pattern})",
        r"(?P<comment><!--)",
        rf"(?P<bare>{grammar.BARE_URL})",
    )
)
_TRAILING = re.compile(r"[.,;:!?*_~']+\Z")


_Answer = tuple[Element | str | None, int | None, int | None]


class _Pattern(InlineProcessor):
    def __init__(self, spans: Spans, markdown: Markdown, pattern: str) -> None:
        super().__init__(pattern, markdown)
        self.spans = spans


class Literal(_Pattern):
    """What is not Markdown inside: the leftmost of code, formulas, escapes, addresses and tags."""

    def __init__(self, spans: Spans, markdown: Markdown) -> None:
        super().__init__(spans, markdown, _LITERAL)

    def handleMatch(self, m: re.Match[str], data: str) -> _Answer:  # type: ignore[override]  # noqa: N802
        start, end, kind = m.start(), m.end(), m.lastgroup
        keep = self.spans.keep
        if kind in ("behind", "loose", "bare"):
            return None, start, end
        if kind == "escape":
            return keep(escape(m["escape"]), m["escape"]), start, end
        if kind == "code":
            return self._code(m["code"]), start, end
        if kind == "newline":
            return keep("<br>\n", "\n"), start, end
        if kind in ("round", "square", "double", "single"):
            latex = m[m.re.groupindex[kind] + 1].strip()
            if not latex:
                return None, start, end
            return keep(formula(latex, display=kind in ("square", "double")), latex), start, end
        if kind in ("url", "mail"):
            shown = decoded(m[0][1:-1])
            return self._address(shown, f"mailto:{shown}" if kind == "mail" else shown), start, end
        if kind == "comment":
            closed = data.find("-->", start + 4)
            return (keep("", ""), start, closed + 3) if closed > 0 else (None, start, end)
        return self._tag(m[0], start, end)

    def _code(self, text: str) -> str:
        text = text.replace("\n", " ")
        if len(text) > 2 and text[0] == text[-1] == " " and text.strip():
            text = text[1:-1]
        return self.spans.keep(f'<code dir="ltr">{escape(text, quote=False)}</code>', text)

    def _address(self, shown: str, address: str) -> str:
        anchor = self.spans.anchor(Destination(address, ""))
        words = escape(shown, quote=False)
        return self.spans.keep(f"{anchor.opening}{words}{anchor.closing}", shown)

    def _tag(self, text: str, start: int, end: int) -> _Answer:
        match = grammar.TAG.fullmatch(text)
        spans = self.spans
        if match is not None and match[2].lower() == "img" and not match[1]:
            return spans.keep(self._picture(match[3]), ""), start, end
        tag = None if match is None else raw_html.tag_of(match, link=self._around)
        # Of a tag that is none only the bracket is text for sure; Markdown may follow.
        return (None, start, start + 1) if tag is None else (spans.keep(tag, ""), start, end)

    def _around(self, address: str) -> tuple[str, str]:
        anchor = self.spans.anchor(Destination(decoded(address).strip(), ""))
        return anchor.opening, anchor.closing

    def _picture(self, attributes: str) -> str:
        given = raw_html.attributes_of(attributes)
        found = Destination(decoded(given.get("src", "")).strip(), decoded(given.get("title", "")))
        asked = (raw_html.pixels(given.get("width")), raw_html.pixels(given.get("height")))
        return self.spans.picture(found, decoded(given.get("alt", "")), linked=False, asked=asked)


class NoteMark(_Pattern):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, spans: Spans, markdown: Markdown) -> None:
        super().__init__(spans, markdown, grammar.NOTE_MARK)

    def handleMatch(self, m: re.Match[str], data: str) -> _Answer:  # type: ignore[override]  # noqa: N802
        if "\x02" in m[1]:
            return None, m.start(), m.end()
        return self.spans.keep(self.spans.note_mark(m[1]), ""), m.start(), m.end()


_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)


class _Bracketed(_Pattern):
    """The grammar that links and pictures share."""

    def find(self, data: str, opened: int) -> tuple[str, Destination, int] | None:
        """The text in brackets, where it leads, and the index behind it all."""
        depth, closed = 1, -1
        for match in _BRACKET.finditer(data, opened, opened + MAX_LABEL):
            if match[0][0] == "\\":
                continue
            depth += 1 if match[0] == "[" else -1
            if depth > MAX_BRACKETS:
                return None
            if depth == 0:
                closed = match.start()
                break
        if closed < 0:
            return None
        text, end = data[opened:closed], closed + 1
        if data.startswith("(", end):
            tail = grammar.TAIL.match(data, end)
            if tail is not None:
                return text, addresses.destination(tail), tail.end()
        known = self.spans.where.references
        if not known:
            return None
        name = text
        if data.startswith("[", end):
            shut = data.find("]", end + 1, end + MAX_LABEL)
            if shut > 0:
                name, end = data[end + 1 : shut] or text, shut + 1
        found = known.get(addresses.label(self.spans.plain(name)))
        return None if found is None else (text, found, end)


class Link(_Bracketed):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, spans: Spans, markdown: Markdown) -> None:
        super().__init__(spans, markdown, r"!?\[")

    def handleMatch(self, m: re.Match[str], data: str) -> _Answer:  # type: ignore[override]  # noqa: N802
        found = self.find(data, m.end())
        if found is None:
            return None, None, None
        text, destination, end = found
        if m[0] == "![":
            return None, m.start(), end
        anchor = self.spans.anchor(destination)
        link = anchor.element()
        link.text = text if text.strip() else AtomicString(destination.address)
        if anchor.behind:
            link.tail = self.spans.keep(anchor.behind, "")
        return link, m.start(), end


class Picture(_Bracketed):
    def __init__(self, spans: Spans, markdown: Markdown) -> None:
        super().__init__(spans, markdown, r"!\[")

    def handleMatch(self, m: re.Match[str], data: str) -> _Answer:  # type: ignore[override]  # noqa: N802
        found = self.find(data, m.end())
        if found is None:
            return None, None, None
        text, destination, end = found
        alt = self.spans.one_line(text)
        shown = self.spans.picture(destination, alt, linked=self.spans.linked)
        return self.spans.keep(shown, alt), m.start(), end


class BareUrl(_Pattern):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, spans: Spans, markdown: Markdown) -> None:
        super().__init__(spans, markdown, grammar.BARE_URL)

    def handleMatch(self, m: re.Match[str], data: str) -> _Answer:  # type: ignore[override]  # noqa: N802
        address = _TRAILING.sub("", m[0])
        while address.endswith(")") and address.count(")") > address.count("("):
            address = _TRAILING.sub("", address[:-1])
        anchor = self.spans.anchor(Destination(decoded(address), ""))
        link = anchor.element()
        link.text = AtomicString(address.replace("&", "&amp;"))
        if anchor.behind:
            link.tail = self.spans.keep(anchor.behind, "")
        return link, m.start(), m.start() + len(address)
