"""Inline content as Markdown of the library's dialect: everything that is not meant is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from library.content.documents.elements import (
    PLAIN,
    Break,
    Formula,
    Inline,
    Mark,
    NoteMark,
    Raw,
    Words,
    tidy,
)
from library.markdown import grammar

Address = Callable[[str], str]
"""From a link or a picture's path to what stands in the Markdown; empty where it leads nowhere."""

_URL: Final = re.compile(grammar.BARE_URL)
_SPECIAL: Final = re.compile(
    r"[\\`*$\[]|\](?=\()|!\Z|_|~~|<(?=[A-Za-z/!?])|&(?=#?[A-Za-z0-9]{1,31};)|(?<=~)~"
)
_WORD: Final = re.compile(r"[^\W_]")
_BLANKS: Final = re.compile(r"[^\S\u00a0\u3000]+")
_NOISE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff\u00ad]")
# What would begin a block of another kind, at the beginning of a line.
_OPENING: Final = re.compile(
    r"(?:#{1,6}(?=[ \t]|$)|>|[-+](?=[ \t]|$)|:(?=[ \t])|!!!|\?\?\?|={2,}[ \t]*$|-{2,}[ \t]*$"
    r"|(?:-[ \t]*){3,}$|!(?=\[))",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)")
_ORDER: Final = (Mark.STRONG, Mark.EMPHASIS, Mark.DELETED, Mark.SUBSCRIPT, Mark.SUPERSCRIPT)
_SIGNS: Final = {Mark.STRONG: "**", Mark.EMPHASIS: "*", Mark.DELETED: "~~"}
_MOST_MARKS: Final = grammar.MAX_DELIMITERS // 2


def inline_markdown(
    content: Sequence[Inline], *, address: Address, in_table: bool = False, one_line: bool = False
) -> str:
    """The Markdown of inline content. ``in_table`` and ``one_line`` keep it on one line."""
    content = tidy([_cleaned(one) for one in content])
    if sum(1 for one in content if isinstance(one, Words) and one.marks) * 2 > _MOST_MARKS:
        # More marks than the renderer reads: without any, the words are shown as words.
        content = tidy(
            [Words(o.text, PLAIN, o.link) if isinstance(o, Words) else o for o in content]
        )
    writer = _Writer(address, in_table=in_table, one_line=one_line or in_table)
    text = writer.written(content)
    if in_table or one_line:
        return text.replace("\n", " ").strip(" \t")
    return "\n".join(opened(line.strip(" \t")) for line in text.split("\n")).strip("\n")


def opened(line: str) -> str:
    """A line of text that begins no block but a paragraph."""
    numbered = _NUMBERED.match(line)
    if numbered is not None:
        return f"{numbered[1]}\\{line[numbered.end(1) :]}"
    return f"\\{line}" if _OPENING.match(line) else line


def escaped(text: str) -> str:
    """Plain text as Markdown. Web addresses stay as they are: they become links."""
    made: list[str] = []
    at = 0
    for url in _URL.finditer(text):
        made += [_escaped(text[at : url.start()]), url[0]]
        at = url.end()
    return "".join([*made, _escaped(text[at:])])


def _escaped(text: str) -> str:
    def escape(match: re.Match[str]) -> str:
        if match[0] == "_":
            before, after = text[: match.start()][-1:], text[match.end() : match.end() + 1]
            if _WORD.match(before) and _WORD.match(after):
                return "_"
        if match[0] == "]":
            # With a backslash it could end a formula.
            return "&#93;"
        return "".join(f"\\{character}" for character in match[0])

    return _SPECIAL.sub(escape, text)


def title_text(text: str, *, in_table: bool = False) -> str:
    """Text for between the quotation marks behind an address."""
    text = " ".join(_NOISE.sub("", text).split()).replace("\\", "\\\\").replace('"', '\\"')
    text = re.sub(r"&(?=#?[A-Za-z0-9]{1,31};)", r"\&", text)
    return text.replace("|", "\\|") if in_table else text


def _cleaned(one: Inline) -> Inline:
    if not isinstance(one, Words):
        return one
    text = _NOISE.sub("", one.text.replace("\t", " ").replace("\n", " ").replace("\x0b", " "))
    return Words(text if Mark.CODE in one.marks else _BLANKS.sub(" ", text), one.marks, one.link)


class _Writer:
    def __init__(self, address: Address, *, in_table: bool, one_line: bool) -> None:
        self.address = address
        self.in_table = in_table
        self.one_line = one_line

    def written(self, content: Sequence[Inline]) -> str:
        parts: list[str] = []
        at = 0
        while at < len(content):
            link = getattr(content[at], "link", None)
            end = at + 1
            while link and end < len(content) and getattr(content[end], "link", None) == link:
                end += 1
            before = parts[-1] if parts else ""
            behind = content[end] if end < len(content) else None
            part = (
                self._link(content[at:end], link)
                if link
                else self._one(content[at], before, behind)
            )
            if before.endswith("!") and not before.endswith("\\!") and part[:1] == "[":
                parts[-1] = f"{before[:-1]}\\!"
            parts.append(part)
            at = end
        return "".join(parts)

    def _link(self, content: Sequence[Inline], link: str) -> str:
        target = self.address(link)
        parts: list[str] = []
        for one in content:
            parts.append(self._one(one, parts[-1] if parts else "", None, linked=bool(target)))
        text = "".join(parts)
        inner = text.strip()
        if not target or not inner:
            return text
        if inner == target and _URL.fullmatch(inner):
            return text
        lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        if inner[0] == "^":
            inner = f"\\{inner}"
        return f"{lead}[{inner}]({self._bars(target)}){trail}"

    def _one(self, one: Inline, before: str, behind: Inline | None, *, linked: bool = False) -> str:
        if isinstance(one, Words):
            return self._words(one, before, behind, linked=linked)
        if isinstance(one, Break):
            return "<br>" if self.one_line else "\\\n"
        if isinstance(one, NoteMark):
            return f"[^{one.name}]"
        if isinstance(one, Raw):
            return one.text
        if isinstance(one, Formula):
            return self._formula(one.latex, before, behind)
        alt = _escaped(" ".join(_NOISE.sub("", one.alt).split())).replace("]", "&#93;")
        alt = alt.replace("\\[", "&#91;")
        return f"![{self._bars(alt)}]({self._bars(self.address(one.path) or one.path)})"

    def _formula(self, latex: str, before: str, behind: Inline | None) -> str:
        latex = " ".join(latex.split())
        if self.in_table:
            latex = latex.replace("\\|", "\\Vert ").replace("|", "\\vert ")
            latex = " ".join(latex.split())
        after = behind.text[:1] if isinstance(behind, Words) else ""
        touches = (before[-1:].isascii() and before[-1:].isalnum()) or before[-1:] in ("$", "\\")
        if touches or (after.isascii() and after.isalnum()) or after == "$" or "$" in latex:
            return f"\\({latex}\\)"
        return f"${latex}$"

    def _words(self, one: Words, before: str, behind: Inline | None, *, linked: bool) -> str:
        text = one.text
        if not one.marks or not text.strip():
            return self._plain(text, linked=linked)
        inner = text.strip()
        lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        made = self._code(inner) if Mark.CODE in one.marks else self._plain(inner, linked=linked)
        follows = (
            behind.text[:1]
            if isinstance(behind, Words) and not behind.marks
            else "*"
            if isinstance(behind, Words) and behind.marks and not trail
            else ""
        )
        ends = before[-1:] if not lead else ""
        both = {Mark.STRONG, Mark.EMPHASIS} <= one.marks
        for mark in reversed(_ORDER):
            if mark not in one.marks or (both and mark is Mark.EMPHASIS):
                continue
            sign = "***" if both and mark is Mark.STRONG else _SIGNS.get(mark)
            made = self._marked(made, mark, sign, ends, follows if not trail else "")
        return f"{lead}{made}{trail}"

    @staticmethod
    def _marked(text: str, mark: Mark, sign: str | None, before: str, behind: str) -> str:
        # Signs beside signs are read otherwise than they were meant; elements never are.
        if (
            sign is None
            or before in ("*", "~", "\\")
            or behind in ("*", "~")
            or text[:1] in "*~"
            or text[-1:] in "*~\\"
            or (mark is Mark.DELETED and "~" in text)
        ):
            inner = f"<em>{text}</em>" if sign == "***" else text
            return f"<{mark.value}>{inner}</{mark.value}>"
        return f"{sign}{text}{sign}"

    def _code(self, text: str) -> str:
        longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
        ticks = "`" * (longest + 1)
        pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
        return self._bars(f"{ticks}{pad}{text}{pad}{ticks}")

    def _plain(self, text: str, *, linked: bool) -> str:
        made = (
            _escaped(text).replace("\\[", "&#91;").replace("]", "&#93;")
            if linked
            else escaped(text)
        )
        return self._bars(made)

    def _bars(self, text: str) -> str:
        return text.replace("|", "\\|") if self.in_table else text
