"""Hostile text: nothing runs, nothing foreign loads, nothing takes for ever."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.errors import Invalid
from library.markdown import BlockKind, inline, plain_text, render, split
from tests.markdown.shelf import Shelf, assert_safe, shown, words_of

_PIECES = st.sampled_from(
    [
        *("<script>", "</script>", "<img src=x onerror=alert(1)>"),
        *("<a href='javascript:x'>", "</a>", "<", ">", '"', "'", "`", "``", "*", "**", "_"),
        *("~~", "[", "]", "(", ")", "](", "![", "\\", "&", ";", "&#106;", "javascript:"),
        *("data:", "$", "$$", "\\(", "\\)", "\\[", "\\]", "<!--", "-->", "\n", "\n\n"),
        *("- ", "> ", "    ", "|", "\n|---|---|\n", "<b>", "</b>", "<table>", "</table>"),
        *("<td>", "<div>", "</div>", "<details>", "<math>", "<mi>", "<svg/onload=x>"),
        *("<style>", "</style>", "\x00", "\x02", "\x03", "\x02m0\x03"),
        *("\x02klzzwxh:0000\x03", "[^1]", "[^1]: ", "[a]: b", "a"),
        *("\\href{javascript:x}{y}", "\\text{<script>}", "x", " ", "<p>"),
        *("<iframe src=//x>", "![x](y)", "photo.jpg", "https://e.org/", "<a href=a.md>"),
        *("</p>", "<![CDATA[", "]]>", "<?x?>", "```\n"),
    ]
)
_HOSTILE = st.one_of(st.lists(_PIECES, max_size=25).map("".join), st.text(max_size=150))


@settings(max_examples=400, deadline=None)
@given(_HOSTILE, st.sampled_from(BlockKind))
def test_no_text_makes_an_unsafe_page(source: str, kind: BlockKind) -> None:
    assert_safe(shown(source, kind))
    assert_safe(inline(source, lang="en", resolve=Shelf()))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["L", "Nd", "P", "S", "Zs"]), max_size=80))
def test_inside_code_every_character_is_shown_as_typed(text: str) -> None:
    page = shown(f"~~~\n{text}\n~~~", BlockKind.CODE)
    assert words_of(page) == "".join(text.split())


def test_every_naughty_string_is_shown_and_harmless(data: Path) -> None:
    path = data / "hostile" / "blns.json"
    strings: list[str] = json.loads(path.read_text(encoding="utf-8"))
    assert len(strings) > 400
    for string in strings:
        for kind in BlockKind:
            assert_safe(shown(string, kind))
        assert_safe(inline(string, lang="ar", resolve=Shelf()))
        plain_text(string, kind=BlockKind.PARAGRAPH)
        try:
            for block in split(string):
                assert_safe(shown(block.source, block.kind))
        except Invalid:
            pytest.fail(f"taken for a marker: {string!r}")
        if string.isascii() and string.isalnum():
            assert words_of(shown(string)) == string


def test_naughty_strings_with_tags_keep_their_words(data: Path) -> None:
    path = data / "hostile" / "blns.json"
    for string in json.loads(path.read_text(encoding="utf-8")):
        if string.startswith("<script>") and string.endswith("</script>") and "\\" not in string:
            expected = "".join(string.split())
            assert words_of(inline(string, lang="en", resolve=Shelf())) == expected


@pytest.mark.parametrize(
    "unit",
    [
        *(">", "> ", "[", "![", "*", "**", "_", "`", "``` ", "$", "\\", "\\(", "\\[", "<"),
        *("<a ", "<b>", "<!--", "&#", "~~a", "- ", "1. ", "#", "|", "[a](", "[a](<"),
        *('[a](b "', "[a](b) ", "![a](b) ", "*a ", "**a*b", "a*_b_ ", "[*a", "http://a"),
        *("<x@", "$a", "a\n: b\n", "<details>\n\n", "<div>\n", "- a\n  "),
        *("| a | b |\n|---|---|\n", "```\n", "<!--\n", "$$a\n", "[^a]", "<b><i>", "[!["),
        *(" ", "!!! a\n", "\t", "\n", "[a]: b\n", "[^a]: ", "<img src=a ", "<table>\n"),
        *("a\n---\n", "\\\n"),
    ],
)
def test_bombs_take_bounded_time(unit: str) -> None:
    for length in (19_900, 199_000, 1_000_000):
        text = unit * (length // len(unit))
        started = time.process_time()
        blocks = split(text)
        for block in blocks[:3]:
            shown(block.source, block.kind)
        shown(text)
        assert time.process_time() - started < 5, length


def test_deep_nesting_ends_as_words() -> None:
    page = shown("> " * 3000 + "x", BlockKind.QUOTATION)
    assert page.count("<blockquote>") < 30
    assert "&gt; x" in page
    assert shown("<b>" * 500 + "x" + "</b>" * 500).count("<b>") < 60
    assert_safe(shown("\n".join("  " * depth + "- a" for depth in range(300)), BlockKind.LIST))


def test_a_block_beyond_all_measure_is_shown_as_typed(resolve: Shelf) -> None:
    text = "*a* <b>c</b> " * 100_000
    page = render(text, kind=BlockKind.PARAGRAPH, lang="en", resolve=resolve)
    assert page.startswith("<p>*a* &lt;b&gt;c&lt;/b&gt; ")
    assert resolve.asked == []
