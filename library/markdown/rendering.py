"""Blocks as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from library.markdown import addresses, containers, grammar, raw_html
from library.markdown.admonitions import ADMONITION_TITLES, admonition_class, admonition_type
from library.markdown.blocks import BlockKind
from library.markdown.formulas import formula
from library.markdown.plain import plain_text
from library.markdown.sanitiser import sanitised
from library.markdown.scanner import CONTAINERS, TABULAR, scan
from library.markdown.scripts import marked
from library.markdown.slugs import slug
from library.markdown.spans import Page, Spans, borrowed, cleaned, escaped, is_plain, note_key
from library.markdown.tables import table_of
from library.markdown.targets import Resolver

# Part of the key under which rendered blocks are kept: one more whenever the output changes.
RENDERER_VERSION: Final = 4

# A paragraph of plain words: nothing on any of its lines starts anything.
_WORDS = re.compile(
    r"[^\s\\`*_~$<&\[#>+\-=:!?|0-9\x00-\x20\x7f\ud800-\udfff\ufffe\uffff][^\\`*_~$<&\[\n\x00-\x08\x0b-\x1f\x7f"
    r"\ud800-\udfff\ufffe\uffff]*+(?:\n(?=[^\W\d_])[^\\`*_~$<&\[\n\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]*+)*+"
)
_SUMMARY = re.compile(r"\s*<summary>(.{0,2000}?)</summary>[ \t]*", re.DOTALL | re.IGNORECASE)


def render(
    source: str,
    *,
    kind: BlockKind,
    lang: str,
    resolve: Resolver,
    references: Sequence[str] = (),
    heading_shift: int = 0,
    id_prefix: str = "",
    titles: Mapping[str, str] | None = None,
) -> str:
    """A block as HTML that is safe to put on a page, without a wrapper of its own.

    ``lang`` is the language of the text. ``references`` are the sources of the file's reference
    blocks. ``heading_shift`` is added to heading levels (never beyond 6). ``id_prefix`` goes before
    the ids of headings and footnotes and before every fragment, for pages that show one work twice.
    ``titles`` names notes without a title of their own, by the keys of ``ADMONITION_TITLES``; by
    default such a note has none.

    The source decides what it is: a paragraph that a translator made a list is a list. ``kind``
    settles what the source leaves open. Never raises for any source; a text that is too long, too
    deeply nested or not a formula that can be set is shown as typed.
    """
    if kind is BlockKind.PARAGRAPH and "://" not in source and "  \n" not in source:
        plain = source.strip()
        if _WORDS.fullmatch(plain) is not None:
            return marked(f"<p>{escaped(plain)}</p>", lang=lang)
    if len(source) > grammar.MAX_BLOCK:
        return f"<p>{escape(cleaned(source.strip()), quote=False)}</p>"
    page = Page(lang, resolve, addresses.references(tuple(references)), id_prefix)
    with borrowed(page) as spans:
        writer = _Writer(spans, shift=heading_shift, titles=titles or {})
        return marked(sanitised(writer.whole(source, kind)), lang=lang)


def inline(
    source: str,
    *,
    lang: str,
    resolve: Resolver,
    references: Sequence[str] = (),
    id_prefix: str = "",
) -> str:
    """A title or summary as safe inline HTML, without a paragraph around it."""
    text = source.strip()
    if is_plain(text) or len(text) > grammar.MAX_INLINE:
        return marked(escaped(cleaned(text)), lang=lang)
    page = Page(lang, resolve, addresses.references(tuple(references)), id_prefix)
    with borrowed(page) as spans:
        return marked(sanitised(spans.html(text)), lang=lang)


class _Writer:
    def __init__(self, spans: Spans, *, shift: int, titles: Mapping[str, str]) -> None:
        self.spans = spans
        self.shift = shift
        self.titles = titles
        self.depth = 0

    def whole(self, source: str, kind: BlockKind) -> str:
        source = cleaned(source.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
        if (
            kind is BlockKind.HEADING
            and "\n" not in source
            and containers.heading_of(source)[0] == 0
        ):
            return self._heading(2, source)
        if kind is BlockKind.FORMULA and not source.lstrip().startswith(("$$", "\\[")):
            return self._formula(source)
        return self.blocks(source.split("\n"))

    def blocks(self, lines: Sequence[str], *, tight: bool = False) -> str:
        """The HTML of some lines; ``tight`` leaves out the paragraph marks, as in a short list."""
        if self.depth >= grammar.MAX_NESTING:
            text = "\n".join(lines).strip()
            return f"<p>{escape(text, quote=False)}</p>" if text else ""
        self.depth += 1
        try:
            return "\n".join(
                part
                for span in scan(lines)
                if (part := self._block(span.kind, lines[span.start : span.end], tight))
            )
        finally:
            self.depth -= 1

    def _block(self, kind: BlockKind, lines: Sequence[str], tight: bool) -> str:
        match kind:
            case BlockKind.PARAGRAPH:
                text = self.spans.html("\n".join(lines))
                return text if tight else f"<p>{text}</p>"
            case BlockKind.HEADING:
                return self._heading(*containers.heading_of("\n".join(lines)))
            case BlockKind.LIST:
                return self._list(lines)
            case BlockKind.TABLE:
                return self._table(lines)
            case BlockKind.CODE:
                return self._code(*containers.code_of(lines))
            case BlockKind.FIGURE:
                return self._figure(lines)
            case BlockKind.FORMULA:
                return self._formula("\n".join(lines))
            case BlockKind.QUOTATION:
                body = self.blocks(containers.quoted(lines))
                return f"<blockquote>\n{body}\n</blockquote>"
            case BlockKind.NOTE:
                return self._note(lines)
            case BlockKind.DEFINITION:
                return self._definition(lines)
            case BlockKind.FOOTNOTE:
                return self._footnote(lines)
            case BlockKind.RULE:
                return "<hr>"
            case BlockKind.HTML:
                return self._html("\n".join(lines))
            case BlockKind.REFERENCE | BlockKind.COMMENT:
                return ""

    def _heading(self, level: int, text: str) -> str:
        level = min(6, max(1, level + self.shift))
        name = slug(plain_text(text, kind=BlockKind.PARAGRAPH))
        own = f' id="{escape(self.spans.where.prefix + name)}"' if name else ""
        return f"<h{level}{own}>{self.spans.html(text)}</h{level}>"

    def _list(self, lines: Sequence[str]) -> str:
        found = containers.items_of(lines)
        apart = found.apart or any(self._is_spread(item.lines) for item in found.items)
        out: list[str] = []
        for item in found.items:
            body = self.blocks(item.lines, tight=not apart)
            if item.done is None:
                out.append(f"<li>{body}</li>")
                continue
            box = f'<span class="box">{"☑" if item.done else "☐"}</span> '
            opening = "<p>" if body.startswith("<p>") else ""
            out.append(f'<li class="task">{opening}{box}{body.removeprefix("<p>")}</li>')
        start = f' start="{found.start}"' if found.ordered and found.start != 1 else ""
        tag = "ol" if found.ordered else "ul"
        return _wrapped(tag, start, out)

    @staticmethod
    def _is_spread(lines: Sequence[str]) -> bool:
        """Whether blank lines part the blocks of one item."""
        if all(line.strip(grammar.SPACES) for line in lines):
            return False
        end = None
        for span in scan(lines):
            if end is not None and span.start > end:
                return True
            end = span.end
        return False

    def _table(self, lines: Sequence[str]) -> str:
        table = table_of(lines)
        html = self.spans.html
        sides = [f' class="{side}"' if side else "" for side in table.sides]
        head = "".join(
            f'<th scope="col"{side}>{html(cell)}</th>' if cell else f"<td{side}></td>"
            for cell, side in zip(table.head, sides, strict=True)
        )
        rows = [
            "<tr>"
            + "".join(f"<td{side}>{html(cell)}</td>" for cell, side in zip(row, sides, strict=True))
            + "</tr>"
            for row in table.rows
        ]
        # A region that can be scrolled needs a name; the head names a table without a caption.
        words = [table.caption] if table.caption else [cell for cell in table.head if cell]
        name = ", ".join(plain_text(word, kind=BlockKind.PARAGRAPH) for word in words)
        label = f' aria-label="{escape(name)}"' if name else ""
        caption = f"<caption>{html(table.caption)}</caption>" if table.caption else ""
        body = f"<tbody>\n{_lines(rows)}\n</tbody>" if rows else ""
        return (
            f'<div class="scroll" tabindex="0" role="region"{label}><table>{caption}'
            f"<thead>\n<tr>{head}</tr>\n</thead>{body}</table></div>"
        )

    def _code(self, language: str, text: str) -> str:
        name = f' class="language-{escape(language.lower())}"' if language else ""
        inside = escape(text, quote=False)
        return f'<pre dir="ltr" tabindex="0"><code{name}>{inside}\n</code></pre>'

    def _figure(self, lines: Sequence[str]) -> str:
        """A figure: one picture, perhaps inside a link, with its title or a second line below it."""
        line = lines[0].strip()
        found = self.spans.sole_picture(line)
        if found is None:
            text = self.spans.html(_lines(lines))
            return f"<p>{text}</p>"
        shown, title = found
        caption = escape(title, quote=False)
        if len(lines) > 1:
            caption = self.spans.html(lines[1].strip()[1:-1])
        below = f"<figcaption>{caption}</figcaption>" if caption else ""
        return f"<figure>{shown}{below}</figure>"

    def _formula(self, source: str) -> str:
        latex = containers.formula_of(source)
        return f'<div class="formula">{formula(latex, display=True)}</div>'

    def _note(self, lines: Sequence[str]) -> str:
        found = containers.callout_of(lines)
        kind = admonition_type(found.type)
        body = self.blocks(found.lines)
        title = self.spans.html(found.title) or escape(self.titles.get(kind, ""), quote=False)
        names = f'class="{admonition_class(kind)}" data-admonition="{kind}"'
        if found.folds:
            opened = ' open=""' if found.opened else ""
            summary = title or escape(ADMONITION_TITLES[kind])
            return f"<details {names}{opened}><summary>{summary}</summary>\n{body}\n</details>"
        head = f'<p class="note-title"><strong>{title}</strong></p>\n' if title else ""
        return f'<aside {names} role="note">\n{head}{body}\n</aside>'

    def _definition(self, lines: Sequence[str]) -> str:
        found = containers.described(lines)
        terms = [f"<dt>{self.spans.html(term)}</dt>" for term in found.terms]
        bodies = [
            f"<dd>{self.blocks(body, tight=not self._is_spread(body))}</dd>"
            for body in found.bodies
        ]
        return _wrapped("dl", "", terms + bodies)

    def _footnote(self, lines: Sequence[str]) -> str:
        name, body = containers.footnote_of(lines)
        key = escape(self.spans.where.prefix + note_key(name))
        back = (
            f'<a class="footnote-back" href="#fnref-{key}" role="doc-backlink">'
            f"{escape(name, quote=False)}</a>"
        )
        return (
            f'<aside class="footnote" id="fn-{key}" role="doc-footnote">{back} '
            f"{self.blocks(body, tight=not self._is_spread(body))}</aside>"
        )

    def _html(self, source: str) -> str:
        """A block that an author wrote in HTML, Markdown inside it included."""
        source = source.strip()
        opening = grammar.TAG.match(source)
        name = opening[2].lower() if opening is not None else ""
        if opening is not None and name in CONTAINERS:
            return self._container(source, opening, name)
        if name in TABULAR:
            return raw_html.woven(self.spans.parts_of(source))
        return f'<pre dir="ltr" tabindex="0"><code>{escape(source, quote=False)}\n</code></pre>'

    def _container(self, source: str, opening: re.Match[str], name: str) -> str:
        shut = source.lower().rfind(f"</{name}")
        inner, rest = source[opening.end() : shut], source[shut:].partition(">")[2]
        given = raw_html.attributes_of(opening[3])
        tag = "details" if name == "details" else "div"
        words = ' open=""' if tag == "details" and "open" in given else ""
        words += raw_html.language_words(given)
        summary = _SUMMARY.match(inner) if tag == "details" else None
        head = f"<summary>{self.spans.html(summary[1])}</summary>" if summary else ""
        body = self.blocks(inner[summary.end() if summary else 0 :].split("\n"))
        behind = self.blocks(rest.split("\n")) if rest.strip() else ""
        return f"<{tag}{words}>{head}\n{body}\n</{tag}>{behind}"


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(parts)


def _wrapped(tag: str, words: str, parts: Sequence[str]) -> str:
    return f"<{tag}{words}>\n{_lines(parts)}\n</{tag}>"
