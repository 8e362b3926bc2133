"""The words of a block without its markup: for search, titles and the texts of pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from library.markdown import containers, grammar
from library.markdown.addresses import decoded
from library.markdown.blocks import BlockKind
from library.markdown.raw_html import ALLOWED, BLOCK
from library.markdown.scanner import FOREIGN, scan
from library.markdown.tables import table_of

_SPECIAL = re.compile(r"[\\`*_~$<&\[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOISE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LITERAL = re.compile(
    "|".join(
        (
            grammar.ROUND_FORMULA,
            grammar.SQUARE_FORMULA,
            rf"\\({grammar.PUNCTUATION})",
            r"(?<!`)(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)",
            grammar.DOUBLE_DOLLARS,
            grammar.DOLLARS,
            r"<((?:https?://|mailto:|tel:)[^\s<>]++|[\w.+-]++@[\w.-]++)>",
            rf"(?P<tag>{grammar.TAG.pattern})",
            r"(?P<newline>\\\n)",
        )
    ),
    re.DOTALL,
)
_OUTER = re.compile(rf"</?(?:{'|'.join(sorted(BLOCK))})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_KEPT = re.compile("\x02(\\d+)\x03")
_NOTE = re.compile(grammar.NOTE_MARK)
_BRACKETED = re.compile(
    rf"!?\[((?:[^\[\]]++|\[[^\[\]]*+\])*+)\](?:{grammar.TAIL.pattern}|\[[^\[\]]*+\])"
)
_EMPHASIS = re.compile(
    r"(\*{1,3})(?=[^\s*])(.{1,1000}?)(?<=[^\s*])\1(?!\*)"
    r"|(?<![\w_])(_{1,3})(?=[^\s_])(.{1,1000}?)(?<=[^\s_])\3(?![\w_])"
    r"|(~~)(?=[^\s~])(.{1,1000}?)(?<=[^\s~])~~",
    re.DOTALL,
)


def plain_text(source: str, *, kind: BlockKind) -> str:
    """The text of a block: no markup, no footnote marks, formulas as their LaTeX.

    Spaces are single; the parts of lists, tables and quotations stand on lines of their own.
    Comments, rules and reference definitions have no text.
    """
    if kind in (BlockKind.RULE, BlockKind.REFERENCE, BlockKind.COMMENT):
        return ""
    source = source.strip("\r\n")
    if len(source) > grammar.MAX_BLOCK:
        return _spaced(_NOISE.sub(" ", source))
    if kind is BlockKind.HEADING:
        return _words(containers.heading_of(source)[1])
    if kind in (BlockKind.PARAGRAPH, BlockKind.FIGURE):
        return _words(source)
    if kind is BlockKind.FORMULA:
        return " ".join(containers.formula_of(source).split())
    return _text(source.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 0)


def _text(lines: Sequence[str], depth: int) -> str:
    if depth >= grammar.MAX_NESTING:
        return _words("\n".join(lines))
    parts = (_block(span.kind, lines[span.start : span.end], depth + 1) for span in scan(lines))
    return "\n".join(part for part in parts if part)


def _block(kind: BlockKind, lines: Sequence[str], depth: int) -> str:
    match kind:
        case BlockKind.LIST:
            found = containers.items_of(lines)
            return "\n".join(_text(item.lines, depth) for item in found.items)
        case BlockKind.QUOTATION:
            return _text(containers.quoted(lines), depth)
        case BlockKind.NOTE:
            note = containers.callout_of(lines)
            return f"{_words(note.title)}\n{_text(note.lines, depth)}".strip()
        case BlockKind.FOOTNOTE:
            return _text(containers.footnote_of(lines)[1], depth)
        case BlockKind.DEFINITION:
            terms, bodies = containers.described(lines)
            return "\n".join([*map(_words, terms), *(_text(body, depth) for body in bodies)])
        case BlockKind.TABLE:
            table = table_of(lines)
            rows = [[table.caption], table.head, *table.rows]
            found_rows = (" ".join(filter(None, map(_words, row))) for row in rows)
            return "\n".join(filter(None, found_rows))
        case BlockKind.CODE:
            return containers.code_of(lines).text
        case BlockKind.HTML:
            return _html("\n".join(lines), depth)
        case _:
            return plain_text("\n".join(lines), kind=kind)


def _html(source: str, depth: int) -> str:
    opening = grammar.TAG.match(source.lstrip())
    if opening is None or opening[2].lower() in FOREIGN or depth >= grammar.MAX_NESTING:
        return " ".join(source.split())
    return _text(_OUTER.sub("\n\n", source).split("\n"), depth)


def _words(text: str) -> str:
    """Inline text without markup, spaces single."""
    if _SPECIAL.search(text) is None:
        return _spaced(text)
    kept: list[str] = []
    text = _NOISE.sub(" ", text)
    if len(text) > grammar.MAX_INLINE or sum(map(text.count, "*_~")) > grammar.MAX_DELIMITERS:
        return _spaced(text)

    def keep(match: re.Match[str]) -> str:
        if match["newline"]:
            return "\n"
        if match["tag"]:
            name = match["tag"].strip("</>").split()[0].lower()
            if name not in ALLOWED:
                return match[0]
            return " " if name == "br" else ""
        kept.append(match["code"] or next((one for one in match.groups() if one), ""))
        return f"\x02{len(kept) - 1}\x03"

    text = _LITERAL.sub(keep, text)
    text = decoded(unmarked(text))
    return _spaced(_KEPT.sub(lambda match: kept[int(match[1])], text))


def unmarked(text: str) -> str:
    """Text without the marks of links, footnotes and emphasis; code and escapes are not looked at."""
    if "[" in text:
        text = _NOTE.sub("", text)
        text = _again(_BRACKETED, lambda match: match[1], text)
    return _again(_EMPHASIS, lambda match: match[2] or match[4] or match[6], text)


def _again(pattern: re.Pattern[str], inner: Callable[[re.Match[str]], str], text: str) -> str:
    """What is left when marks around marks have been taken away, three deep."""
    for _ in range(3):
        shorter = pattern.sub(inner, text)
        if shorter == text:
            break
        text = shorter
    return text


def _spaced(text: str) -> str:
    if "\n" in text:
        text = grammar.WRAPPED_WIDE.sub("", text)
    return " ".join(text.split())
